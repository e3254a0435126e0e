"""The settings of a small demo practice, as the files an operator would write."""

from collections.abc import Mapping
from pathlib import Path

import yaml

LIVE = ("1.1", "1.2", "1.3", "1.4", "1.5", "2.5", "2.7", "2.8", "3.1", "3.2", "4.1", "7.1", "7.2")

PRACTICE = """
practice_id: {name}
vertical: medspa
name: {title} Aesthetics
sms_name: {title}
brand: {name}
demo: true
state: NY
default_location: downtown
"""
LOCATIONS = """
downtown:
  name: Downtown
  zone: America/New_York
  state: NY
  address: 12 Mercer St, New York
  phone: "+12125550101"
  sms_sender: "{number}"
  reply_inbox: desk@{name}.example
  links: {{manage: "https://go.example/l/1", booking: "https://go.example/b/1"}}
  hours: {{mon-fri: "09:00-18:00", sat: "10:00-15:00"}}
"""
SERVICES = """
visit: {{name: Visit, neutral_label: appointment, kind: treatment, names: [Visit]}}
"""
CONNECTIONS = """
twilio:
  vendor: twilio
  account: shared-twilio
  secret: "file:{secret}"
  settings: {{base_url: "{base_url}"}}
  streams: [messages]
"""
SENDERS = """
"{number}":
  channel: sms
  connection: twilio
  brand: {name}
  registration: approved
  registered_uses: [customer_care]
"""
VENDORS = """
twilio:
  status: signed
  covered_products: [sms]
  signed_on: 2026-01-14
  expires_on: 2027-01-14
  reviewed_on: 2026-01-14
  document_sha256: "0000000000000000000000000000000000000000000000000000000000000000"
  stored_in: United States
  encrypted_at_rest: true
  encrypted_in_transit: true
"""
ROWS = "".join(f'"{row}": {{{{owner: glowline, live_from: "2026-11-01T04:00:00Z"}}}}\n' for row in LIVE)
FILES = {
    "practice": PRACTICE,
    "locations": LOCATIONS,
    "services": SERVICES,
    "connections": CONNECTIONS,
    "senders": SENDERS,
    "vendors": VENDORS,
    "rows": ROWS,
    "consent": "{{}}\n",
    "policy": "review_invites: {{mode: everyone}}\n",
}


def write(file: Path, content: object) -> None:
    """A text as it is, anything else as YAML."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))


def practice_folder(
    home: Path, name: str, *, number: str, base_url: str, more: Mapping[str, object] | None = None
) -> None:
    """A demo practice of one location whose texts go out through the account both practices share."""
    said = {"name": name, "title": name.title(), "number": number, "base_url": base_url}
    for file, text in FILES.items():
        write(home / name / f"{file}.yaml", text.format(**said, secret=home / "secrets" / "twilio"))
    for file, content in (more or {}).items():
        write(home / name / f"{file}.yaml", content)
