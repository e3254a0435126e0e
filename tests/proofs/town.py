"""A practice in a small town: its booking tool exports a CSV, its texts go to a Twilio that keeps a journal.

Everything between the two is the real thing: drop folder, ledger, planner, policy, outbox, HTTP. The test turns the clock,
edits the calendar, and reads what people received from the journal's side.
"""

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from pipelines.tick.founding import ensure_founded, found_installation
from pipelines.tick.hub import Hub, PracticeHub
from pipelines.tick.opening import open_hub
from pipelines.tick.sequence import TickReport, run_id, tick
from pipelines.tick.sync import sync
from settings.clock import SystemClock
from tests.receiver.folder import practice_folder, write

NEW_YORK = ZoneInfo("America/New_York")
SENDER = "+12125550110"
GO_LIVE = datetime(2026, 11, 1, 13, tzinfo=UTC)
APPOINTMENTS = ["appointment_id", "patient_id", "start", "end", "status", "service", "booked_at", "booked_by"]
PEOPLE = [
    "patient_id",
    "full_name",
    "birth_date",
    "phone",
    "email",
    "sms_consent",
    "sms_consent_at",
    "consent_form",
    "is_patient",
]
ROWS = ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1")
CONSENT = """\
front-desk-tablet:
  connection: schedule
  stream: contacts
  wording: "By giving this number you agree to texts about your appointments. Reply STOP to stop, HELP for help."
  form_version: v4
  since: 2025-01-01T00:00:00Z
  kind: express
  categories: [informational]
  attested_by: Practice manager
  attested_on: 2026-10-20
"""


def local(text: str) -> datetime:
    """A New York wall-clock time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@dataclass
class TownClock:
    """Business time stands where the test put it; machine time is the machine's, moved on where a lease must lapse."""

    business: datetime
    ahead: timedelta = timedelta(0)

    def business_now(self) -> datetime:
        """Where the test put it."""
        return self.business

    def machine_now(self) -> datetime:
        """The machine's, plus what the test skipped."""
        return SystemClock().machine_now() + self.ahead


@dataclass
class Town:
    """One practice, its calendar and its people, and the vendor at the other end."""

    home: Path
    drop: Path
    twilio: TwilioEmulator
    clock: TownClock
    practice: str = "lumen"
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    calendar: dict[str, dict[str, str]] = field(default_factory=dict)
    ticks: int = 0

    def person(self, name: str, phone: str, *, consent: bool = True, born: str = "") -> str:
        """Somebody of that name with that phone; returns their patient id."""
        patient = f"P{len(self.people) + 1:03d}"
        row = {"patient_id": patient, "full_name": name, "birth_date": born, "phone": phone, "is_patient": "yes"}
        if consent:
            row |= {"sms_consent": "express", "sms_consent_at": "2026-09-01 10:00", "consent_form": "v4"}
        self.people[patient] = row
        return patient

    def book(self, patient: str, start: str, *, booked: str = "2026-10-10 09:00", by: str = "patient") -> str:
        """An appointment at a local time; returns its id."""
        number = f"A{len(self.calendar) + 1:04d}"
        end = (datetime.fromisoformat(start) + timedelta(minutes=30)).isoformat(sep=" ")
        row = {"appointment_id": number, "patient_id": patient, "start": start, "end": end, "status": "booked"}
        self.calendar[number] = row | {"service": "Visit", "booked_at": booked, "booked_by": by}
        return number

    def move(self, number: str, start: str) -> None:
        """The calendar says another time."""
        end = (datetime.fromisoformat(start) + timedelta(minutes=30)).isoformat(sep=" ")
        self.calendar[number] |= {"start": start, "end": end, "status": "booked"}

    def cancel(self, number: str) -> None:
        """The calendar says cancelled."""
        self.calendar[number] |= {"status": "cancelled"}

    @cached_property
    def hub(self) -> Hub:
        """The installation, with no limit to wait for: the vendors here have none either."""
        hub = open_hub(self.home, clock=self.clock)
        return replace(hub, tools=replace(hub.tools, budgets=None))

    def opened(self) -> PracticeHub:
        """The practice, opened anew."""
        return self.hub.open(self.practice)

    def files(self) -> dict[str, tuple[list[str], dict[str, dict[str, str]]]]:
        """What the booking tool exports: by file, its columns and its rows."""
        return {"appointments": (APPOINTMENTS, self.calendar), "contacts": (PEOPLE, self.people)}

    def export(self) -> None:
        """The booking tool writes its files, dated now."""
        for name, (columns, rows) in self.files().items():
            file = self.drop / f"{name}.csv"
            with file.open("w", newline="", encoding="utf-8") as out:
                writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows.values())
            os.utime(file, (self.clock.business.timestamp(),) * 2)

    def turn(self, at: datetime) -> None:
        """Turn every clock, and let the booking tool export."""
        self.clock.business = at
        self.twilio.turn_clock(at, frozen=True)
        self.export()

    def run(self, at: datetime | None = None) -> TickReport:
        """Turn the clock, export, read every tool, run every stage; the sums must close."""
        self.turn(at or self.clock.business)
        practice = self.opened()
        self.ticks += 1
        synced = sync(practice, run_id(self.practice, "sync", self.clock.business, str(self.ticks)))
        assert synced.closes
        return tick(practice, run_id(self.practice, "tick", self.clock.business, str(self.ticks)))

    def run_at(self, *times: str) -> None:
        """Run at each of these local times."""
        for text in times:
            self.run(local(text))

    def run_until(self, until: datetime, every: timedelta = timedelta(hours=1)) -> None:
        """Run again and again until an instant."""
        while self.clock.business < until:
            self.run(min(self.clock.business + every, until))

    def texts(self, phone: str | None = None) -> list[str]:
        """What the vendor accepted, oldest first: what people read."""
        answer = self.twilio.do("messages")
        assert isinstance(answer, dict)
        found = answer["messages"]
        return [str(m["body"]) for m in found if m["direction"] == "outbound-api" and phone in (None, m["to"])]

    def table(self, name: str) -> list[dict[str, Any]]:
        """Everything in a table of the ledger, for a test to look at."""
        with self.opened().store.reading() as session:
            found = session._cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 - a table's name, from a test
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def founded(
    folder: Path, twilio: TwilioEmulator, account: Account, *, practice: str = "lumen", number: str = SENDER
) -> Iterator[Town]:
    """A town with an empty calendar. A second practice in the same folder shares the installation and the account."""
    home, drop = folder / "home", folder / "drops" / practice
    drop.mkdir(parents=True)
    if not (home / "installation.yaml").exists():
        write(home / "installation.yaml", {"checkpoints": str(folder / "off-the-box")})
        write(home / "secrets" / "twilio", json.dumps({"account_sid": account.sid, "auth_token": account.auth_token}))
    practice_folder(
        home, practice, number=number, base_url=twilio.url, more=_more(home, drop, practice, number, twilio.url)
    )
    town = Town(home, drop, twilio, TownClock(GO_LIVE), practice)
    found_installation(home)
    ensure_founded(town.hub, practice)
    yield town


def _more(home: Path, drop: Path, practice: str, number: str, url: str) -> dict[str, object]:
    """What a town's practice says otherwise: a drop folder, a go-live, an agreement that runs out on 2026-11-18."""
    schedule = {"vendor": "files", "account": f"{practice}-schedule", "streams": ["appointments", "contacts"]}
    twilio = {"vendor": "twilio", "account": "shared", "streams": ["messages"], "select": {"numbers": number}}
    register = {
        "status": "signed",
        "covered_products": ["sms"],
        "signed_on": "2026-01-14",
        "expires_on": "2026-11-18",
        "reviewed_on": "2026-01-14",
        "document_sha256": "0" * 64,
        "stored_in": "United States",
        "encrypted_at_rest": True,
        "encrypted_in_transit": True,
    }
    return {
        "connections": {
            "schedule": schedule | {"settings": {"folder": str(drop)}},
            "twilio": twilio | {"secret": f"file:{home / 'secrets' / 'twilio'}", "settings": {"base_url": url}},
        },
        "rows": {row: {"owner": "glowline", "live_from": GO_LIVE.isoformat()} for row in ROWS},
        "vendors": {"twilio": register},
        "consent": CONSENT,
    }


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A fresh town on the morning of go-live, 2026-11-01 08:00 in New York."""
    account = Account().add(Sender(SENDER))
    with (
        running(TwilioEmulator(account, state=tmp_path / "vendor")) as twilio,
        founded(tmp_path, twilio, account) as made,
    ):
        yield made
