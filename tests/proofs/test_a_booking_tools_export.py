"""The demo's real input: a booking tool's export is read completely, and reading it again changes nothing."""

import csv
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from ledger.store import Store
from pipelines.tick.founding import ensure_founded, found_installation
from pipelines.tick.hub import PracticeHub
from pipelines.tick.opening import open_hub
from pipelines.tick.sequence import run_id, tick
from pipelines.tick.sync import Synced, sync
from tests.proofs.town import TownClock
from tests.shared_data import shared

DEMO = Path(__file__).parents[2] / "practices" / "demo"
SHIPPED = DEMO / "lumen" / "data"
MIDNIGHT = datetime(2026, 11, 1, 4, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
FILES = {"patients.csv": "medscheduler_patients.csv", "appointments.csv": "medscheduler_appointments.csv"}


@dataclass
class _Import:
    practice: PracticeHub
    clock: TownClock
    drop: Path

    def again(self, at: datetime) -> Synced:
        """The same files, exported anew; read, and everything run but the sending."""
        self.clock.business = at
        for file in self.drop.iterdir():
            os.utime(file, (at.timestamp(),) * 2)
        name = self.practice.practice_id
        found = sync(self.practice, run_id(name, "sync", at), only=["schedule"])
        tick(self.practice, run_id(name, "tick", at), send=False)
        return found

    @property
    def size(self) -> dict[str, int]:
        """Rows of what an import makes."""
        return {table: _rows(self.practice.store, table) for table in ("raw", "versions", "persons", "visit_versions")}


def _rows(store: Store, table: str) -> int:
    with store.reading() as session:
        found = session._cursor.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a table's name, from a test
    return int(found[0]) if found else 0


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Import:
    """The demo's practice with an empty drop folder; no other tool is asked."""
    home, drop = tmp_path / "home", tmp_path / "drop"
    shutil.copytree(DEMO, home, ignore=shutil.ignore_patterns("data"))
    drop.mkdir()
    named = {
        "DROP": str(drop),
        "SMTP_PORT": "9",
        "SMTP_CA": str(tmp_path / "ca"),
        "TWILIO_URL": NOWHERE,
        "HUBSPOT_URL": NOWHERE,
    }
    secrets = {
        "TWILIO": {"account_sid": "AC1", "auth_token": "t"},
        "HUBSPOT": {"token": "t"},
        "WEBFORM": {"secret": "s"},
        "SMTP": {"user": "u", "password": "p"},
    }
    for name, value in (named | {key: json.dumps(secret) for key, secret in secrets.items()}).items():
        monkeypatch.setenv(f"GLOWLINE_DEMO_{name}", value)
    found_installation(home)
    clock = TownClock(MIDNIGHT)
    hub = open_hub(home, clock=clock)
    ensure_founded(hub, "lumen")
    return _Import(hub.open("lumen"), clock, drop)


@pytest.mark.parametrize("place", ["shipped", "shared"])
def test_an_export_is_read_completely_and_the_second_time_nothing_is_new(settled: _Import, place: str) -> None:
    source = SHIPPED if place == "shipped" else shared("data", "medscheduler")
    for name, dropped in FILES.items():
        shutil.copy(source / name, settled.drop / dropped)
    shutil.copy(SHIPPED / "contacts.csv", settled.drop)
    in_files = sum(
        len(list(csv.DictReader(StringIO(file.read_text(encoding="utf-8"))))) for file in settled.drop.iterdir()
    )

    first = settled.again(MIDNIGHT)
    landed = [one.landed for one in first.polled.values()]
    assert (first.closes, first.problems) == (True, {})
    assert sum(one.read for one in landed) == in_files
    assert sum(one.new for one in landed) == in_files
    size = settled.size
    assert size["raw"] == in_files

    second = settled.again(MIDNIGHT.replace(hour=14))
    landed = [one.landed for one in second.polled.values()]
    assert (second.closes, second.news) == (True, 0)
    assert sum(one.read for one in landed) == sum(one.repeated + one.unchanged for one in landed) == in_files
    assert settled.size == size
