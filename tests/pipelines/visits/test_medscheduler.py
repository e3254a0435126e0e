"""A year of a schedule that somebody else made: 6,356 appointments of 5,281 patients."""

import csv
import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from canonical.people import PersonRecord
from canonical.visits import Appointment, AppointmentStatus
from ledger.store import Store
from pipelines.visits.decide import VisitCounts
from tests.pipelines.resolve.landed import Landing
from tests.pipelines.visits.world import World
from tests.shared_data import shared

ZONE = ZoneInfo("America/New_York")
STATUS = {
    "attended": AppointmentStatus.COMPLETED,
    "cancelled": AppointmentStatus.CANCELLED,
    "did not attend": AppointmentStatus.NO_SHOW,
    "scheduled": AppointmentStatus.BOOKED,
    "unknown": AppointmentStatus.UNKNOWN,
}
IMPORTED = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _patients(folder: Path) -> list[PersonRecord]:
    rows = csv.DictReader((folder / "patients.csv").read_text().splitlines())
    return [
        PersonRecord(
            vendor_id=row["patient_id"],
            full_name=row["name"],
            birth_date=date.fromisoformat(row["dob"]),
            is_patient=True,
        )
        for row in rows
    ]


def _appointments(folder: Path) -> list[Appointment]:
    rows = csv.DictReader((folder / "appointments.csv").read_text().splitlines())
    return [
        Appointment(
            vendor_id=row["appointment_id"],
            person_vendor_id=row["patient_id"],
            start=datetime.fromisoformat(f"{row['appointment_date']}T{row['appointment_time']}").replace(tzinfo=ZONE),
            status=STATUS[row["status"]],
            booked_at=datetime.combine(date.fromisoformat(row["scheduling_date"]), time(0), tzinfo=ZONE),
            booked_day_only=True,
        )
        for row in rows
    ]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, VisitCounts]:
    from tests.ledger_fixture import fresh_ledger  # noqa: PLC0415 - a ledger for the whole module

    folder = shared("data", "medscheduler")
    world = World(fresh_ledger(tmp_path_factory.mktemp("medscheduler")))
    world.now = IMPORTED
    landing: Landing = world.landing
    landing.put("book", *_patients(folder), at=IMPORTED)
    landing.put("book", *_appointments(folder), at=IMPORTED)
    return world, world.tick()


def test_every_appointment_is_one_visit_with_the_status_its_tool_gave_it(imported: tuple[World, VisitCounts]) -> None:
    world, counts = imported
    expected = json.loads((shared("data", "medscheduler") / "EXPECTED.json").read_text())
    with world.store.reading() as session:
        found = {row["status"]: row["visits"] for row in session.rows("visits_by_status")}
    assert found == {str(STATUS[name]): count for name, count in expected["status"].items()}
    assert (counts.read, counts.visits_new, counts.waiting, counts.retired) == (
        expected["rows"],
        expected["rows"],
        0,
        0,
    )


def test_r13_nine_in_a_hundred_were_booked_the_day_before(imported: tuple[World, VisitCounts]) -> None:
    """571 of 6,356, counted from the file by its own column."""
    rows = csv.DictReader((shared("data", "medscheduler") / "appointments.csv").read_text().splitlines())
    assert sum(row["scheduling_interval"] == "1" for row in rows) == 571
    world, _ = imported
    with world.store.reading() as session:
        visits = session.rows("every_visit")
    ahead = Counter((_day(row["start_at"]) - _day(row["booked_at"])).days for row in visits)
    assert ahead[1] == 571
    assert not any(row["walk_in"] for row in visits)


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def test_what_is_a_hundred_days_old_asks_for_nothing(imported: tuple[World, VisitCounts]) -> None:
    world, _ = imported
    starts = [row["start_at"] for row in world.visits()]
    assert min(starts) >= IMPORTED - timedelta(days=100)
    assert 0 < len(starts) < 6_356


def test_the_second_import_of_the_same_schedule_changes_nothing(imported: tuple[World, VisitCounts]) -> None:
    world, _ = imported
    counts = world.book("book", *_appointments(shared("data", "medscheduler"))[:1_500])
    assert counts == VisitCounts(read=1_500)


def test_the_import_says_how_many_visits_are_still_to_come(ledger: Store) -> None:
    """R43: the number to be shown before anything starts."""
    world = World(ledger)
    world.now = IMPORTED
    folder = shared("data", "medscheduler")
    ahead = [one for one in _appointments(folder) if one.start > IMPORTED]
    patients = {one.person_vendor_id for one in ahead}
    world.landing.put("book", *(one for one in _patients(folder) if one.vendor_id in patients), at=IMPORTED)
    world.book("book", *ahead)
    assert len([row for row in world.visits() if row["status"] == "booked"]) == sum(
        one.status is AppointmentStatus.BOOKED for one in ahead
    )
