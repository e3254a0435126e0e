"""R11, R14, R15, R18 and the rest of what a visit is made of."""

from datetime import UTC, date, datetime, timedelta

import pytest

from canonical.tasks import TaskKind
from canonical.visits import Appointment, AppointmentStatus
from ledger.people import unlink
from ledger.store import Store
from ledger.visits import OPEN_FOR
from pipelines.visits.decide import VisitCounts
from tests.pipelines.resolve.landed import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    connection,
    patient,
    place,
    practice,
    record_id,
    someone,
)
from tests.pipelines.visits.world import PHONE, World, appointment, cancelled, moved, statuses

START = NOW + 10 * DAY


@pytest.fixture
def world(ledger: Store) -> World:
    one = World(ledger)
    one.patients("book", "Liz Kim", "Rose Kim")
    return one


def test_a_visit_says_where_with_whom_for_what_and_since_when(world: World) -> None:
    world.book("book", appointment("a1", START, end=START + HOUR, booked_at=NOW - DAY, booked_by="patient"))
    row = world.visit()
    assert {
        name: row[name] for name in ("location_id", "provider_id", "service_id", "service_family", "kind", "status")
    } == {
        "location_id": "downtown",
        "provider_id": "ana",
        "service_id": "tox",
        "service_family": "injectables",
        "kind": "treatment",
        "status": "booked",
    }
    assert (row["booked_at"], row["booked_vendor_time"], row["booked_by"]) == (NOW - DAY, True, "patient")
    assert (row["changed_at"], row["moved_at"], row["change"]) == (NOW - DAY, None, "booked")
    assert row["person_id"] == world.person_of("book", "p1")


def test_r43_a_booking_without_the_vendors_time_says_so(world: World) -> None:
    world.book("book", appointment("a1", START))
    assert (world.visit()["booked_at"], world.visit()["booked_vendor_time"]) == (NOW, False)


def test_a_moved_visit_knows_when_by_the_vendors_word(world: World) -> None:
    one = appointment("a1", START, booked_at=NOW - DAY)
    world.book("book", one)
    world.now += HOUR
    world.book("book", moved(one, START + DAY, NOW + 10 * MINUTE))
    row = world.visit()
    assert (row["change"], row["changed_at"], row["moved_at"]) == ("moved", NOW + 10 * MINUTE, NOW + 10 * MINUTE)
    world.now += HOUR
    world.book("book", moved(one, START))
    assert (world.visit()["moved_at"], world.visit()["booked_at"]) == (world.now, NOW - DAY)


def test_r10_moves_between_two_readings_leave_only_where_they_ended(world: World) -> None:
    one = appointment("a1", START, booked_at=NOW - DAY)
    world.book("book", one)
    world.now += HOUR
    counts = world.book("book", moved(one, START + DAY, world.now), moved(one, START, world.now + MINUTE))
    assert counts.moved == 0
    assert world.changes(world.visit()["visit_id"])[1:] in ([], ["none"])


def test_another_provider_is_a_move_and_one_who_becomes_known_is_none(world: World) -> None:
    one = appointment("a1", START, provider="")
    world.book("book", one)
    assert world.book("book", one.model_copy(update={"provider": "A. Ruiz"})).moved == 0
    assert world.book("book", one.model_copy(update={"provider": "Bea Lund"})).moved == 1


def test_a_version_that_changes_nothing_writes_no_version(world: World) -> None:
    world.book("book", appointment("a1", START, booked_at=NOW))
    counts = world.book("book", appointment("a1", START, booked_at=NOW, patient_zone="America/Chicago"))
    assert counts == VisitCounts(read=1)


def test_a_deleted_record_is_a_cancelled_visit_and_an_old_one_stays_what_it_was(world: World) -> None:
    world.book("book", appointment("a1", START), appointment("a2", NOW - DAY, status="completed"))
    counts = world.book(
        "book", appointment("a1", START), appointment("a2", NOW - DAY, status="completed"), deleted=True
    )
    assert counts.cancelled == 1
    assert statuses(world.visits()) == ["completed", "cancelled"]


def test_a_deletion_happened_when_it_was_told_and_not_when_its_record_was_last_edited(world: World) -> None:
    edited = appointment("a1", START, updated_at=NOW)
    world.book("book", edited)
    world.now += HOUR
    world.book("book", edited, deleted=True)
    visit = world.visit()
    assert (visit["status"], visit["changed_at"]) == ("cancelled", world.now)


@pytest.mark.parametrize("start", [START - 20 * DAY, START + DAY])
def test_r15_a_start_edited_after_it_began_or_into_the_past_is_a_correction(world: World, start: datetime) -> None:
    began = appointment("a1", NOW - HOUR if start > NOW else START)
    world.book("book", began)
    world.now += MINUTE
    assert world.book("book", moved(began, start, world.now)).corrected == 1


@pytest.mark.parametrize(
    "booked_at, walked_in",
    [(START - 31 * MINUTE, False), (START - 29 * MINUTE, True), (START + MINUTE, True), (None, False)],
)
def test_r18_a_walk_in_was_made_less_than_thirty_minutes_before_its_start(
    world: World, booked_at: datetime | None, walked_in: bool
) -> None:
    world.now = START + HOUR
    world.book("book", appointment("a1", START, booked_at=booked_at))
    assert world.visit()["walk_in"] is walked_in


def test_r18_a_day_without_an_hour_makes_no_walk_in(world: World) -> None:
    midnight = datetime(2026, 11, 11, 5, tzinfo=UTC)
    world.book("book", appointment("a1", START, booked_at=midnight, booked_day_only=True))
    assert world.visit()["walk_in"] is False


def test_r18_a_block_out_is_nobodys_appointment(world: World) -> None:
    counts = world.book("book", Appointment(vendor_id="lunch", start=START, status=AppointmentStatus.BOOKED))
    assert (counts.blocked, counts.visits_new, counts.read) == (1, 0, 1)
    assert world.visits() == []


def test_r18_an_appointment_that_becomes_a_block_out_is_cancelled(world: World) -> None:
    world.book("book", appointment("a1", START))
    assert world.book("book", appointment("a1", START, who="")).cancelled == 1


@pytest.mark.parametrize(
    "said, grade",
    [
        ({"status": "checked_out"}, "checked_out"),
        ({"status": "completed", "checked_out_at": NOW}, "checked_out"),
        ({"status": "completed"}, "marked"),
        ({"status": "booked"}, "none"),
        ({"status": "no_show"}, "none"),
        ({"status": "cancelled", "checked_out_at": NOW}, "none"),
        ({"status": "unknown"}, "none"),
    ],
    ids=["checked out", "checked out and completed", "completed", "booked", "no-show", "cancelled", "unknown"],
)
def test_r14_completion_has_three_grades(world: World, said: dict[str, object], grade: str) -> None:
    usual = appointment("a1", NOW - 2 * HOUR, end=NOW - HOUR).model_dump()
    world.book("book", Appointment.model_validate(usual | said))
    assert world.visit()["completion"] == grade


def test_r14_the_calendar_completes_a_visit_twenty_hours_after_its_end_and_a_fresh_read(world: World) -> None:
    world.book("book", appointment("a1", NOW - 2 * HOUR, end=NOW - HOUR))
    world.read_completely("book")
    assert world.tick(18 * HOUR).completed == 0
    assert world.tick(HOUR + MINUTE).completed == 0, "the last complete read is older than twenty hours after the end"
    world.read_completely("book")
    assert world.tick(MINUTE).completed == 1
    assert (world.visit()["completion"], world.visit()["change"]) == ("derived", "status")
    assert world.tick(DAY) == VisitCounts()


def test_r14_a_no_show_marked_later_voids_what_the_calendar_said(world: World) -> None:
    one = appointment("a1", NOW - 2 * DAY, end=NOW - 2 * DAY + HOUR)
    world.book("book", one)
    assert world.visit()["completion"] == "derived"
    world.book("book", one.model_copy(update={"status": AppointmentStatus.NO_SHOW}))
    assert (world.visit()["completion"], world.visit()["status"]) == ("none", "no_show")


def test_r14_a_visit_moved_on_is_complete_no_more(world: World) -> None:
    one = appointment("a1", NOW - 2 * DAY)
    world.book("book", one)
    world.book("book", moved(one, START))
    assert world.visit()["completion"] == "none"


def test_the_first_visit_is_the_first_that_took_place_or_is_to(world: World) -> None:
    gone = appointment("a0", NOW - 30 * DAY, status="no_show")
    world.book("book", gone, appointment("a1", START), appointment("a2", START + 7 * DAY))
    assert [row["first_visit"] for row in world.visits()] == [True, True, False]
    world.book("book", cancelled(appointment("a1", START)))
    assert [row["first_visit"] for row in world.visits()] == [True, True, True]


def test_r11_a_place_nobody_configured_is_no_place_and_counted(ledger: Store) -> None:
    houses = (place("downtown", "Lumen Downtown"), place("uptown", "Lumen Uptown", "+12125550102"))
    world = World(ledger, practice(connections=(connection("book", Midtown="uptown"),), locations=houses))
    world.patients("book", "Liz Kim")
    counts = world.book(
        "book",
        *(
            appointment(f"a{n}", START + n * DAY, location=name)
            for n, name in enumerate(("lumen downtown", "MIDTOWN", "Mars", ""))
        ),
    )
    assert [row["location_id"] for row in world.visits()] == ["downtown", "uptown", None, None]
    assert counts.unknown_location == 2


def test_r19_an_unmapped_service_is_a_task_once_and_mapped_later_needs_no_new_version(world: World) -> None:
    one, other = (
        appointment("a1", START, service="Hair removal"),
        appointment("a2", START + DAY, service="hair removal"),
    )
    counts = world.book("book", one, other)
    assert (counts.unmapped_service, counts.tasks) == (2, 1)
    with world.store.reading() as session:
        (task,) = [row for row in session.rows("open_tasks") if row["kind"] == TaskKind.UNMAPPED_SERVICE]
    assert "hair" not in (task["title"] + task["subject_id"]).casefold()
    assert world.book("book", appointment("a3", START + 2 * DAY, service="Hair removal")).tasks == 0
    facial = world.practice.services[1].model_copy(update={"names": ("Hair removal",)})
    world.practice = world.practice.model_copy(update={"services": (*world.practice.services[:1], facial)})
    counts = world.tick()
    assert (counts.unchanged, counts.moved) == (3, 0)
    assert {row["kind"] for row in world.visits()} == {"treatment"}


def test_many_unmapped_services_are_one_task(world: World) -> None:
    counts = world.book("book", *(appointment(f"a{n}", START + n * DAY, service=f"Thing {n}") for n in range(40)))
    assert counts.tasks == 1


def test_an_appointment_waits_for_its_patient_and_becomes_a_visit_with_them(world: World) -> None:
    counts = world.book("book", appointment("a1", START, who="p9"))
    assert (counts.waiting, counts.visits_new) == (1, 0)
    world.landing.put("book", patient("p9", "Ana Cruz"), at=world.now)
    assert world.tick().visits_new == 1


def test_a_join_and_its_undoing_repoint_the_visits(world: World) -> None:
    born = date(1980, 3, 4)
    world.landing.put("book", patient("b", "Ana Cruz", PHONE, born=born), at=world.now)
    world.book("book", appointment("a1", START, who="b"))
    before = world.visit()
    world.landing.put("crm", someone("c", "Ana Cruz", "+12125550119", born=born), at=world.now)
    world.tick()
    elder = world.person_of("crm", "c")
    assert elder != before["person_id"]
    world.landing.put("crm", someone("c", "Ana Cruz", PHONE, born=born), at=world.now)
    counts = world.tick()
    joined = world.visit()
    assert counts.visits_new == 0
    assert (joined["visit_id"], joined["person_id"]) == (before["visit_id"], world.person_of("book", "b"))
    with world.store.writing() as session:
        unlink(session, record_id("book", "person", "b"), who="desk", why="sisters", now=world.now)
    world.tick()
    assert (world.visit()["visit_id"], world.visit()["person_id"]) == (before["visit_id"], world.person_of("book", "b"))
    assert world.person_of("book", "b") != world.person_of("crm", "c")


def test_an_appointment_given_to_another_patient_keeps_its_visit(world: World) -> None:
    world.book("book", appointment("a1", START))
    before = world.visit()
    world.book("book", appointment("a1", START, who="p2"))
    assert (world.visit()["visit_id"], world.visit()["person_id"]) == (
        before["visit_id"],
        world.person_of("book", "p2"),
    )


def test_a_visit_leaves_the_open_table_after_a_hundred_days_and_stays_in_memory(world: World) -> None:
    world.book("book", appointment("a1", START), appointment("old", NOW - OPEN_FOR - DAY, status="completed"))
    assert len(world.visits()) == 1
    world.now = START + OPEN_FOR + HOUR
    assert world.tick().pruned == 0, "once a day is often enough"
    assert world.tick(DAY).pruned == 1
    assert world.visits() == []
    with world.store.reading() as session:
        assert sum(row["visits"] for row in session.rows("visits_by_status")) == 2


def test_the_open_table_holds_the_newest_version_of_each_visit(world: World) -> None:
    one = appointment("a1", START, booked_at=NOW)
    for change in (one, moved(one, START + DAY), cancelled(one), one):
        world.book("book", change)
    row = world.visit()
    with world.store.reading() as session:
        versions = session.rows("versions_of_visit", visit_id=row["visit_id"])
    assert versions[-1] == row
    assert [version["ordinal"] for version in versions] == [1, 2, 3, 4]
    assert [version["change"] for version in versions] == ["booked", "moved", "cancelled", "rebooked"]


def test_a_run_with_nothing_new_writes_nothing(world: World) -> None:
    world.book("book", appointment("a1", START))
    with world.store.reading() as session:
        before = session.head.seq
    assert world.tick(timedelta(minutes=10)) == VisitCounts()
    with world.store.reading() as session:
        assert session.head.seq == before


def test_a_regular_whose_last_visit_is_over_a_hundred_days_ago_is_no_first_visitor(world: World) -> None:
    long_ago = appointment("old", NOW - 300 * DAY, status="completed")
    world.book("book", long_ago, appointment("missed", NOW - 300 * DAY, who="p2", status="no_show"))
    world.now += DAY
    world.book("book", appointment("a1", START), appointment("b1", START, who="p2"))
    first = {row["person_id"]: row["first_visit"] for row in world.visits()}
    assert first == {world.person_of("book", "p1"): False, world.person_of("book", "p2"): True}


def test_an_old_appointment_moved_into_the_future_is_the_visit_it_was(world: World) -> None:
    long_ago = appointment("old", NOW - 300 * DAY, status="no_show")
    world.book("book", long_ago)
    visit = world.visit_of("book", "old")
    world.now += DAY
    again = long_ago.model_copy(update={"start": START, "status": AppointmentStatus.BOOKED})
    assert world.book("book", again).visits_new == 0
    assert (world.visit()["visit_id"], world.visit()["ordinal"]) == (visit, 2)
