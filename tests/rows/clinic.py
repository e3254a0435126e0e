"""A practice with everything: a booking tool that exports, a Twilio, a CRM and a mail server, and every row switched on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from canonical.ids import LocationId, ProviderId
from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.running import running
from emulators.smtp import SmtpEmulator
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from ledger.delays import Delay, announce_delay
from pipelines.tick.founding import ensure_founded, found_installation
from tests.pipelines.lifecycle.catalogue import ROWS
from tests.proofs.town import CONSENT, GO_LIVE, NEW_YORK, SENDER, Town, TownClock, local
from tests.receiver.folder import practice_folder, write

ANA, BEN, MUM, DESK = "+12125550142", "+12125550143", "+12125550144", "+12125550190"
MAIL = "ana@example.com"
CRM_KEY = "key-lumen"
APPOINTMENTS = [
    *("appointment_id", "patient_id", "start", "end", "status", "service", "provider", "location", "booked_at"),
    *("booked_by", "updated_at", "checked_out_at"),
]
PEOPLE = [
    *("patient_id", "full_name", "birth_date", "phone", "email", "guardian_phone", "language", "flags", "tags"),
    *("sms_consent", "sms_consent_at", "consent_form", "sms_marketing_consent", "sms_marketing_consent_at"),
    *("email_marketing_consent", "email_marketing_consent_at", "sms_opt_out", "is_patient"),
]
SERVICES: dict[str, Any] = {
    "visit": {"name": "Visit", "neutral_label": "appointment", "kind": "treatment", "names": ["Visit"]},
    "consult": {"name": "Consult", "neutral_label": "appointment", "kind": "consult", "names": ["Consult"]},
    "laser": {
        "name": "Laser",
        "neutral_label": "appointment",
        "kind": "series_session",
        "sessions": 3,
        "names": ["Laser"],
        "lexicon": ["laser"],
        "intake": True,
        "deposit_cents": 5000,
        "instructions": [{"lead": "7d", "text": "Please stay out of the sun."}],
        "preparation": "Please come without make-up.",
        "aftercare": "Keep the treated area cool.",
        "rebook_after_days": 30,
        "complements": ["peel"],
    },
    "peel": {
        "name": "Peel",
        "neutral_label": "appointment",
        "kind": "treatment",
        "names": ["Peel"],
        "lexicon": ["peel"],
        "aftercare": "Keep it dry for a day.",
        "complements": ["laser"],
    },
}
PROVIDERS = {
    "dr-okafor": {"display_name": "Dr. Okafor", "credentials": "MD", "bio": "Twenty years.", "names": ["Okafor"]}
}
LINKS = {
    "manage": "https://go.example/l/1",
    "booking": "https://go.example/b/1",
    "intake": "https://go.example/i/1",
    "deposit": "https://go.example/d/1",
    "unsubscribe": "https://go.example/u/1",
    "desk": "https://go.example/t/1",
}
AGREEMENT = {
    "status": "signed",
    "signed_on": "2026-01-14",
    "reviewed_on": "2026-01-14",
    "document_sha256": "0" * 64,
    "stored_in": "United States",
    "encrypted_at_rest": True,
    "encrypted_in_transit": True,
}
ATTESTED = """\
front-desk-clipboard:
  connection: schedule
  wording: "We may text you about your visits and ask how they were. Reply STOP to stop."
  since: 1970-01-01T00:00:00Z
  kind: express
  categories: [informational, feedback]
  attested_by: Practice manager
  attested_on: 2026-10-20
"""
PRODUCTS = {"twilio": "sms", "hubspot": "crm", "smtp": "email"}


@dataclass
class Clinic(Town):
    """A town whose practice has every tool."""

    hubspot: HubSpotEmulator = None  # type: ignore[assignment]  # always given
    smtp: SmtpEmulator = None  # type: ignore[assignment]  # always given
    written: dict[str, tuple[list[str], dict[str, dict[str, str]]]] = field(default_factory=dict)
    """Further files: name, columns, rows."""

    def person(self, name: str, phone: str, *, consent: bool = True, born: str = "1980-01-01", **more: str) -> str:
        """Somebody who agreed to texts, and in writing to offers unless `consent` is false."""
        patient = super().person(name, phone, consent=consent, born=born)
        if consent:
            at = {"sms_marketing_consent_at": "2026-09-01 10:00"}
            self.people[patient] |= {"sms_marketing_consent": "written"} | at
        self.people[patient] |= more
        return patient

    def visit(self, patient: str, start: str, service: str = "Visit", **more: str) -> str:
        """An appointment, booked long ago unless `booked_at` says otherwise."""
        number = self.book(patient, start)
        self.calendar[number] |= {"service": service, "provider": "Okafor"} | more
        return number

    def complete(self, number: str, status: str = "completed", **more: str) -> None:
        """The front desk marks what became of it."""
        self.calendar[number] |= {"status": status} | more

    def file(self, name: str, columns: list[str], **row: str) -> None:
        """A row of a further file of the booking tool; the first column is its id."""
        _, rows = self.written.setdefault(name, (columns, {}))
        rows[row[columns[0]]] = row

    def files(self) -> dict[str, tuple[list[str], dict[str, dict[str, str]]]]:
        """What the booking tool exports: by file, its columns and its rows."""
        return {"appointments": (APPOINTMENTS, self.calendar), "contacts": (PEOPLE, self.people)} | self.written

    def turn(self, at: datetime) -> None:
        """Turn every clock, and let the booking tool export."""
        super().turn(at)
        self.hubspot.clock.set(at, frozen=True)

    def known_to_the_crm(self, name: str, phone: str, email: str) -> None:
        """The portal has the person as a contact."""
        given, _, family = name.partition(" ")
        properties = {"firstname": given, "lastname": family, "phone": phone, "email": email}
        self.hubspot.do("create", type="contacts", properties=properties)

    def says(self, phone: str, text: str) -> None:
        """Somebody writes to the practice."""
        self.twilio.do("inbound", from_=phone, to=SENDER, body=text)

    def mails(self) -> list[dict[str, Any]]:
        """What the mail server took: sender, recipients, subject, body."""
        return list(self.smtp.do("messages")["messages"])

    def subjects(self) -> list[str]:
        """The subjects of the mails, oldest first."""
        return [str(one["subject"]) for one in self.mails()]

    def crm(self, kind: str) -> list[dict[str, Any]]:
        """What the portal holds of one kind."""
        return [one["properties"] for one in self.hubspot.do("objects", type=kind)["results"]]

    def steps(self, *rows: str) -> list[str]:
        """The steps that left the house, of some rows or of all, by time and name."""
        closed = [one for one in self.table("closed_actions") if one["state"] == "sent"]
        closed.sort(key=lambda one: (one["claimed_at"], one["step"]))
        return [one["step"] for one in closed if not rows or one["row"] in rows]

    def settings_of(self, name: str) -> dict[str, Any]:
        """What stands in a settings file of the practice."""
        found: dict[str, Any] = yaml.safe_load((self.home / self.practice / f"{name}.yaml").read_text()) or {}
        return found

    def tool(self, name: str) -> dict[str, Any]:
        """One connection of the practice, as written."""
        found: dict[str, Any] = self.settings_of("connections")[name]
        return found

    def late(self, provider: str, minutes: int) -> None:
        """The desk says that somebody runs late."""
        now = self.clock.business
        with self.opened().store.writing(business_now=now) as session:
            day = now.astimezone(NEW_YORK).date()
            place, who = LocationId("downtown"), ProviderId(provider)
            announce_delay(session, Delay(place, who, minutes, day, now, "user:desk", f"test:{now:%H%M}"), now)

    def settings(self, name: str, **more: Any) -> None:  # noqa: ANN401 - whatever stands in the file
        """Change a settings file of the practice."""
        path = self.home / self.practice / f"{name}.yaml"
        write(path, (self.settings_of(name) if path.exists() else {}) | more)


@contextmanager
def opened(folder: Path, mode: str = "everyone", **policy: Any) -> Iterator[Clinic]:  # noqa: ANN401 - as in the file
    """A clinic with an empty calendar, on the morning of go-live."""
    account = Account().add(Sender(SENDER))
    portal = Portal(143553, search_limit=None, burst_limit=None).open_to(CRM_KEY)
    with (
        running(TwilioEmulator(account, state=folder / "vendor")) as twilio,
        running(HubSpotEmulator(portal)) as hubspot,
        running(SmtpEmulator()) as smtp,
    ):
        hubspot.clock.set(GO_LIVE, frozen=True)
        for kind in ("contacts", "tasks", "communications", "notes"):
            hubspot.do("property", type=kind, name="glowline_id", unique=True)
        hubspot.do("property", type="contacts", name="glowline_source")
        home, drop = folder / "home", folder / "drops"
        drop.mkdir(parents=True)
        _secrets(home, account)
        write(home / "installation.yaml", {"checkpoints": str(folder / "off-the-box")})
        more = _settings(home, drop, (twilio.url, hubspot.url, smtp), {"review_invites": {"mode": mode}} | policy)
        practice_folder(home, "lumen", number=SENDER, base_url=twilio.url, more=more)
        clinic = Clinic(home, drop, twilio, TownClock(GO_LIVE), hubspot=hubspot, smtp=smtp)
        found_installation(home)
        ensure_founded(clinic.hub, "lumen")
        yield clinic


def _secrets(home: Path, account: Account) -> None:
    secrets = {
        "twilio": {"account_sid": account.sid, "auth_token": account.auth_token},
        "hubspot": {"token": CRM_KEY},
        "smtp": {"user": "office@clinic.example", "password": "an-invented-password"},
    }
    for name, secret in secrets.items():
        write(home / "secrets" / name, json.dumps(secret))


def _settings(
    home: Path, drop: Path, vendors: tuple[str, str, SmtpEmulator], policy: dict[str, Any]
) -> dict[str, object]:
    twilio, hubspot, smtp = vendors
    tools = {
        "schedule": {"vendor": "files", "account": "schedule", "settings": {"folder": str(drop)}},
        "twilio": {"vendor": "twilio", "account": "shared", "settings": {"base_url": twilio}},
        "crm": {"vendor": "hubspot", "account": "portal", "settings": {"base_url": hubspot}},
        "mail": {"vendor": "smtp", "account": "mail", "settings": {"host": "127.0.0.1", "port": str(smtp.port)}},
    }
    tools["schedule"] |= {"streams": ["appointments", "contacts"], "cadence": "1min"}
    tools["twilio"] |= {"streams": ["messages"], "select": {"numbers": SENDER}, "cadence": "1min"}
    tools["crm"] |= {"streams": ["new_leads", "contacts"], "cadence": "1min"}
    tools["mail"]["settings"] |= {"ca_file": str(smtp.ca_file)}  # type: ignore[operator]  # a dict, like all of them
    for name, secret in (("twilio", "twilio"), ("crm", "hubspot"), ("mail", "smtp")):
        tools[name]["secret"] = f"file:{home / 'secrets' / secret}"
    office = {"connection": "mail", "brand": "lumen", "registration": "dkim"}
    return {
        "connections": tools,
        "vendors": {vendor: AGREEMENT | {"covered_products": [product]} for vendor, product in PRODUCTS.items()},
        "rows": {row: {"owner": "glowline", "live_from": GO_LIVE.isoformat()} for row in ROWS},
        "consent": CONSENT + ATTESTED,
        "services": SERVICES,
        "providers": PROVIDERS,
        "locations": _location(),
        "senders": {
            SENDER: {
                "channel": "sms",
                "connection": "twilio",
                "brand": "lumen",
                "registration": "approved",
                "registered_uses": ["customer_care", "marketing"],
            },
            "office@clinic.example": office | {"channel": "email"},
            "secure@clinic.example": office | {"channel": "secure_email"},
        },
        "policy": policy,
    }


def _location() -> dict[str, Any]:
    return {
        "downtown": {
            "name": "Downtown",
            "zone": "America/New_York",
            "state": "NY",
            "address": "12 Mercer St, New York",
            "phone": "+12125550101",
            "emergency_line": "+12125550199",
            "sms_sender": SENDER,
            "reply_inbox": "desk@clinic.example",
            "review_link": "https://go.example/r/1",
            "links": LINKS,
            "hours": {"mon-fri": "09:00-18:00", "sat": "10:00-15:00"},
        }
    }


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    """A fresh clinic in the review mode `everyone`."""
    with opened(tmp_path) as made:
        yield made


def minutes_after(start: str, minutes: int) -> str:
    """A local time so many minutes later."""
    return (datetime.fromisoformat(start) + timedelta(minutes=minutes)).isoformat(sep=" ")[:16]


__all__ = ["ANA", "BEN", "DESK", "MAIL", "MUM", "Clinic", "clinic", "local", "minutes_after", "opened"]
