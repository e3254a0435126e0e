"""Four practices with a drop folder each, one Twilio, and Dagster's own store in a folder of the test."""

import asyncio
import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.partition_status_cache import get_partition_subsets

from emulators.kit.running import running
from emulators.twilio.emulator import TwilioEmulator
from orchestration.installed import Installed
from orchestration.practices import PRACTICES
from orchestration.running import Ran, execute
from pipelines.tick.hub import Hub
from pipelines.tick.opening import open_hub
from tests.receiver.world import ACCOUNT, LUMEN, Hand, lay_out

NAMES = ("aster", "birch", "cedar", "dahlia")
MORNING = datetime(2026, 11, 9, 14, 0, tzinfo=UTC)
"""A Monday, 09:00 in New York."""
APPOINTMENTS = ["appointment_id", "patient_id", "start", "end", "status", "service", "booked_at", "booked_by"]
PEOPLE = ["patient_id", "full_name", "phone", "sms_consent", "sms_consent_at", "consent_form", "is_patient"]


@dataclass
class Clockwork:
    """The installation, its vendor, and Dagster's store."""

    home: Path
    twilio: TwilioEmulator | None
    hand: Hand
    instance: dg.DagsterInstance

    @property
    def vendor(self) -> TwilioEmulator:
        assert self.twilio, "this one has no vendor"
        return self.twilio

    @property
    def installed(self) -> Installed:
        return Installed(self.hub)

    def hub(self) -> Hub:
        hub = open_hub(self.home, clock=self.hand)
        return replace(hub, tools=replace(hub.tools, budgets=None))

    def drop(self, practice: str) -> Path:
        return self.home / "drops" / practice

    def book(self, practice: str, start: str, phone: str) -> None:
        """One person with one visit."""
        person = {"patient_id": "P1", "full_name": "Ada Quill", "phone": phone, "sms_consent": "express"}
        person |= {"sms_consent_at": "2026-09-01 10:00", "consent_form": "v4", "is_patient": "yes"}
        visit = {
            "appointment_id": "A1",
            "patient_id": "P1",
            "start": start,
            "end": f"{start[:-2]}59",
            "status": "booked",
        }
        visit |= {"service": "Visit", "booked_at": "2026-10-10 09:00", "booked_by": "patient"}
        for name, columns, row in (("appointments", APPOINTMENTS, visit), ("contacts", PEOPLE, person)):
            file = self.drop(practice) / f"{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("w", newline="") as out:
                writer = csv.DictWriter(out, columns, restval="")
                writer.writeheader()
                writer.writerow(row)
        self.date_files()

    def date_files(self) -> None:
        """The booking tools exported just now."""
        for file in self.home.glob("drops/*/*.csv"):
            os.utime(file, (self.hand.now.timestamp(),) * 2)

    def turn(self, to: datetime) -> None:
        self.hand.now = to
        self.vendor.turn_clock(to, frozen=True)
        self.date_files()

    def run(self, job: str, config: dict[str, Any] | None = None) -> Ran:
        return execute(job, self.instance, self.installed, config=config)

    def texts(self) -> list[str]:
        """Who was sent something, by the vendor's own account, oldest first."""
        found = self.vendor.do("messages")
        assert isinstance(found, dict)
        return [str(one["to"]) for one in found["messages"] if one["direction"] == "outbound-api"]

    def green(self, run: str, asset: str = "practice_tick") -> set[str]:
        """The practices that a run materialized, as their partitions show it."""
        records = self.instance.fetch_materializations(dg.AssetKey(asset), limit=100).records
        return {str(one.partition_key) for one in records if one.run_id == run}

    def red(self, asset: str = "practice_tick") -> set[str]:
        """The practices whose partition is red on Dagster's page, by the function the page asks."""
        asked = get_partition_subsets(
            self.instance, LoadingContextForTest(self.instance), dg.AssetKey(asset), self.instance, PRACTICES
        )
        failed = asyncio.run(asked)[1]
        with partition_loading_context(None, self.instance):
            return set(failed.get_partition_keys()) if failed else set()

    def stored(self) -> bytes:
        """Everything Dagster has written down."""
        return b"".join(file.read_bytes() for file in self.home.parent.glob("dagster/**/*") if file.is_file())


def connections(home: Path, practice: str, url: str) -> dict[str, object]:
    """A drop folder and the shared Twilio account."""
    schedule = {
        "vendor": "files",
        "account": f"{practice}-schedule",
        "settings": {"folder": str(home / "drops" / practice)},
        "streams": ["appointments", "contacts"],
    }
    twilio = {"vendor": "twilio", "account": "shared", "secret": f"file:{home / 'secrets' / 'twilio'}"}
    return {"schedule": schedule, "twilio": twilio | {"settings": {"base_url": url}, "streams": ["messages"]}}


@contextmanager
def laid_out(folder: Path, names: tuple[str, ...] = NAMES) -> Iterator[Clockwork]:
    """Everything founded, everybody booked for the next day at 10:00 with a phone of their own."""
    home = folder / "home"
    with running(TwilioEmulator(ACCOUNT, state=folder / "vendor")) as twilio:
        more: dict[str, Any] = {name: {"connections": connections(home, name, twilio.url)} for name in names}
        lay_out(home, *names, base_url=twilio.url, **more)
        with dagster_at(folder / "dagster") as instance:
            made = Clockwork(home, twilio, Hand(MORNING), instance)
            for number, name in enumerate(names):
                made.book(name, "2026-11-10 10:00", f"+1212555014{number}")
            made.turn(MORNING)
            yield made


@contextmanager
def dagster_at(store: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's own store, real and empty."""
    store.mkdir()
    with dg.DagsterInstance.local_temp(str(store), overrides={"telemetry": {"enabled": False}}) as instance:
        yield instance


__all__ = ["LUMEN", "MORNING", "NAMES", "Clockwork", "laid_out"]
