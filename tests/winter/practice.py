"""A practice with two locations in two zones, a booking tool that exports, and a Twilio that keeps a journal."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from typing_extensions import override

from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from pipelines.tick.founding import ensure_founded, found_installation
from pipelines.tick.hub import Hub
from pipelines.tick.opening import open_hub
from tests.kept_open import Kept, kept_open
from tests.proofs.town import Town, TownClock
from tests.receiver.folder import practice_folder, write
from tests.winter.facts import Place

GO_LIVE = datetime(2026, 10, 25, 13, tzinfo=UTC)
DOWNTOWN = Place("Downtown", ZoneInfo("America/New_York"), "+12125550110")
MESA = Place("Mesa", ZoneInfo("America/Phoenix"), "+16025550110")
"""Arizona's clocks never change: the two are two hours apart in winter and three before and after."""
PLACES = (DOWNTOWN, MESA)
PROVIDERS = {"Downtown": ("Okafor", "Lindgren"), "Mesa": ("Reyes-Marsh", "Tan")}
VISIT, SERIES = "Visit", "Laser"
ROWS = ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1", "4.4", "5.1", "5.4", "6.1", "6.2", "6.3", "7.1", "7.2", "7.3")
APPOINTMENTS = [
    *("appointment_id", "patient_id", "start", "end", "status", "service", "provider", "location"),
    *("booked_at", "booked_by", "updated_at", "checked_out_at"),
]
PEOPLE = [
    *("patient_id", "full_name", "birth_date", "phone", "guardian_phone", "language", "flags", "member", "sms_opt_out"),
    *("sms_consent", "sms_consent_at", "sms_feedback_consent", "sms_marketing_consent", "sms_marketing_consent_at"),
    "consent_form",
]
AGREEMENT = {
    "status": "signed",
    "covered_products": ["sms"],
    "signed_on": "2026-01-14",
    "reviewed_on": "2026-10-14",
    "document_sha256": "0" * 64,
    "stored_in": "United States",
    "encrypted_at_rest": True,
    "encrypted_in_transit": True,
}
CONSENT = """\
front-desk-tablet:
  connection: schedule
  stream: contacts
  wording: "You agree to texts about your visits, how they were, and our offers. Reply STOP to stop, HELP for help."
  form_version: v4
  since: 2025-01-01T00:00:00Z
  kind: express
  categories: [informational, feedback]
  attested_by: Practice manager
  attested_on: 2026-10-20
"""
SERVICES = {
    "visit": {"name": VISIT, "neutral_label": "appointment", "kind": "treatment", "names": [VISIT]},
    "laser": {
        "name": SERIES,
        "neutral_label": "appointment",
        "kind": "series_session",
        "sessions": 3,
        "names": [SERIES],
        "lexicon": ["laser"],
        "rebook_after_days": 30,
    },
}


@dataclass
class Practice(Town):
    """The town's clock and runs, with the columns of a larger booking tool."""

    kept: Kept = None  # type: ignore[assignment]  # always given
    closures: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    @override
    def files(self) -> dict[str, tuple[list[str], dict[str, dict[str, str]]]]:
        return {"appointments": (APPOINTMENTS, self.calendar), "contacts": (PEOPLE, self.people)}

    @cached_property
    def hub(self) -> Hub:
        """The installation, in no hurry: whoever waits moves the machine's clock on, and none of our hours pass (R46)."""
        hub = open_hub(self.home, clock=self.clock)
        return replace(hub, tools=replace(hub.tools, pause=self.passes, budgets=None))

    def passes(self, seconds: float) -> bool:
        """So much of the machine's time has passed."""
        self.clock.ahead += timedelta(seconds=seconds)
        return False

    def unhurried(self) -> None:
        """The same between two texts after an outage; settings that changed make a new outbox."""
        object.__setattr__(self.opened().outbox, "wait", self.passes)

    def appoint(self, patient: str, place: Place, wall: datetime, provider: str, **more: str) -> str:
        """An appointment in the booking tool, half an hour long; returns its number."""
        number = f"A{len(self.calendar) + 1:04d}"
        row = {"appointment_id": number, "patient_id": patient, "status": "booked", "service": VISIT}
        row |= {"provider": provider, "location": place.name, "booked_by": "staff"} | more
        self.calendar[number] = row | _span(wall)
        return number

    def edit(self, number: str, **fields: str) -> None:
        """Somebody changes an appointment now."""
        self.calendar[number] |= fields | {"updated_at": self.clock.business.isoformat(timespec="seconds")}

    def put_at(self, number: str, wall: datetime) -> None:
        """The appointment is at another time."""
        self.edit(number, **_span(wall))

    def settings(self, name: str, content: object) -> None:
        """A settings file of the practice says this from now on."""
        write(self.home / self.practice / f"{name}.yaml", content)

    def agreement_ends(self, day: str) -> None:
        """The vendor's agreement is in force until that day."""
        self.settings("vendors", {"twilio": AGREEMENT | {"expires_on": day}})

    def closes(self, place: Place, day: str) -> None:
        """A location is shut that day."""
        self.closures.setdefault(place.name.lower(), []).append({"first_day": day, "last_day": day, "why": "inventory"})
        self.settings("locations", _locations(self.closures))


def _span(wall: datetime) -> dict[str, str]:
    return {
        "start": wall.isoformat(sep=" ", timespec="minutes"),
        "end": (wall + timedelta(minutes=30)).isoformat(sep=" ", timespec="minutes"),
    }


def _locations(closures: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    common = {"hours": {"mon-sun": "08:00-18:00"}, "reply_inbox": "desk@clinic.example"}
    about = {
        "downtown": {"zone": "America/New_York", "state": "NY", "address": "12 Mercer St, New York"},
        "mesa": {"zone": "America/Phoenix", "state": "AZ", "address": "40 Main St, Mesa"},
    }
    return {
        place.name.lower(): common
        | about[place.name.lower()]
        | {
            "name": place.name,
            "phone": f"{place.sender[:-3]}101",
            "emergency_line": f"{place.sender[:-3]}199",
            "sms_sender": place.sender,
            "review_link": f"https://go.example/r/{number}",
            "links": {"manage": f"https://go.example/l/{number}", "booking": f"https://go.example/b/{number}"},
            "closures": closures.get(place.name.lower(), []),
        }
        for number, place in enumerate(PLACES, start=1)
    }


def _settings(home: Path, drop: Path, url: str, mode: str) -> dict[str, object]:
    schedule = {"vendor": "files", "account": "schedule", "settings": {"folder": str(drop)}}
    numbers = ",".join(place.sender for place in PLACES)
    twilio = {"vendor": "twilio", "account": "shared", "streams": ["messages"], "select": {"numbers": numbers}}
    sender = {"channel": "sms", "connection": "twilio", "brand": "lumen", "registration": "approved"}
    places = {place.name: place.name.lower() for place in PLACES}
    return {
        "connections": {
            "schedule": schedule | {"streams": ["appointments", "contacts"], "locations": places},
            "twilio": twilio | {"secret": f"file:{home / 'secrets' / 'twilio'}", "settings": {"base_url": url}},
        },
        "rows": {row: {"owner": "glowline", "live_from": GO_LIVE.isoformat()} for row in ROWS},
        "vendors": {"twilio": AGREEMENT},
        "consent": CONSENT,
        "services": SERVICES,
        "providers": {
            name.lower(): {"display_name": f"Dr. {name}", "names": [name]} for two in PROVIDERS.values() for name in two
        },
        "locations": _locations({}),
        "senders": {place.sender: sender | {"registered_uses": ["customer_care", "marketing"]} for place in PLACES},
        "policy": {"review_invites": {"mode": mode}},
    }


@contextmanager
def opened(folder: Path, mode: str) -> Iterator[Practice]:
    """The practice on the morning of go-live, with an empty calendar."""
    account = Account().add(*(Sender(place.sender) for place in PLACES))
    with running(TwilioEmulator(account, state=folder / "vendor")) as twilio:
        home, drop = folder / "home", folder / "drops"
        drop.mkdir(parents=True)
        write(home / "secrets" / "twilio", json.dumps({"account_sid": account.sid, "auth_token": account.auth_token}))
        write(home / "installation.yaml", {"checkpoints": str(folder / "off-the-box")})
        more = _settings(home, drop, twilio.url, mode)
        practice_folder(home, "lumen", number=DOWNTOWN.sender, base_url=twilio.url, more=more)
        with kept_open() as kept:
            practice = Practice(home, drop, twilio, TownClock(GO_LIVE), kept=kept)
            found_installation(home)
            ensure_founded(practice.hub, "lumen")
            yield practice


def settings_of(practice: Practice, name: str) -> dict[str, Any]:
    """What stands in a settings file."""
    found: dict[str, Any] = yaml.safe_load((practice.home / practice.practice / f"{name}.yaml").read_text())
    return found
