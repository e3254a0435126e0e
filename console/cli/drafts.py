"""The first version of the files a person then edits. Each says what belongs into it."""

import re
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import available_timezones

from canonical.problems import GlowlineError
from settings.installation import SHIPPED

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
TAKEN = frozenset({"installation", "signing", "data", "keys", "checkpoints"})

INSTALLATION = """\
# One installation: where its data lives, where its keys live, where its checkpoints go.
data: data
keys: keys                  # never inside data: a key beside what it locks locks nothing
checkpoints: checkpoints    # better a folder that another machine takes away
"""

PRACTICE = {
    "practice.yaml": """\
practice_id: {name}
vertical: {vertical}
name: {title}
sms_name: {title}           # what texts call you; must not name a treatment (R42)
brand: {name}
state: {state}
default_location: main
alerts: ""                  # who hears of trouble
""",
    "locations.yaml": """\
main:
  name: {title}
  zone: {zone}
  state: {state}
  address: "Street and number, Town"
  phone: "+12125550101"
  sms_sender: "+12125550110"
  hours: {{mon-fri: "09:00-18:00"}}
""",
    "services.yaml": """\
# id: {{name: …, neutral_label: appointment, kind: consult | treatment | …, names: [how your tools spell it]}}
""",
    "connections.yaml": """\
# id: {{vendor: files, account: …, settings: {{folder: "…"}}, streams: [appointments, contacts]}}
""",
    "senders.yaml": """\
# "+12125550110": {{channel: sms, connection: twilio, brand: {name}, registration: approved}}
""",
    "vendors.yaml": """\
# twilio: {{status: signed, covered_products: [sms], signed_on: 2026-01-14, document_sha256: …}}
""",
    "consent.yaml": """\
# front-desk: {{connection: …, stream: contacts, wording: "…", since: 2025-01-01T00:00:00Z, attested_by: …, attested_on: 2026-01-01}}
""",
    "rows.yaml": """\
# Who sends each row of the catalogue, and since when. A row that is not listed is off.
# "3.2": {{owner: glowline, live_from: "2026-12-01T05:00:00Z"}}
""",
    "policy.yaml": """\
review_invites: {{mode: "off"}}   # required: everyone | survey_then_everyone | sample | off
""",
}


def draft_installation(home: Path) -> list[Path]:
    """Write installation.yaml where there is none; returns what was written."""
    home.mkdir(parents=True, exist_ok=True)
    return _write(home / "installation.yaml", INSTALLATION)


class NotFit(GlowlineError):
    """A practice cannot be begun like that; nothing was written."""


def must_be_fit(name: str, *, vertical: str, zone: str) -> None:
    """Raise NotFit for a name that is no folder's, a vertical that does not ship, a zone that nobody keeps."""
    verticals = sorted(folder.name for folder in (SHIPPED / "verticals").iterdir() if folder.is_dir())
    if not NAME.fullmatch(name) or name in TAKEN:
        raise NotFit("that cannot be a practice's name", next_step="Use small letters, digits and hyphens: lumen-soho")
    if vertical not in verticals:
        raise NotFit("there is no such vertical", next_step=f"Choose one of: {', '.join(verticals)}.")
    if zone not in available_timezones():
        raise NotFit("there is no such time zone", next_step="Write it like this: America/New_York")


def withdraw(drafts: Sequence[Path]) -> None:
    """Take back what was just written, and its folder where nothing else lies in it."""
    for path in drafts:
        path.unlink()
    for folder in {path.parent for path in drafts}:
        if not any(folder.iterdir()):
            folder.rmdir()


def draft_practice(home: Path, name: str, *, vertical: str, zone: str, state: str) -> list[Path]:
    """Write a practice's folder; files that exist stay as they are. Returns what was written."""
    folder = home / name
    folder.mkdir(parents=True, exist_ok=True)
    values = {"name": name, "title": name.replace("-", " ").title(), "vertical": vertical, "zone": zone, "state": state}
    return [path for file, text in PRACTICE.items() for path in _write(folder / file, text.format(**values))]


def _write(path: Path, text: str) -> list[Path]:
    if path.exists():
        return []
    path.write_text(text, encoding="utf-8")
    return [path]
