"""Early visits, zones and the nights the clocks change: R29, R31, and the local day of a reminder."""

from dataclasses import replace
from datetime import timedelta

import pytest

from canonical.plan import Step, Timing
from canonical.subjects import PersonFacts
from pipelines.lifecycle.reasons import Why
from tests.journeys_fixture import COAST, LIVE_FROM, changed, journeys
from tests.pipelines.lifecycle.world import World, local, ny

MORNING = "4.1-morning-of"


def _due(world: World, visit: str, step: str = MORNING) -> str:
    return local(world.desired().owed[visit, step].due_at)


@pytest.mark.parametrize(
    "start, due",
    [
        ("2026-11-12 15:00", "2026-11-12 08:00"),
        ("2026-11-12 10:00", "2026-11-12 08:00"),
        ("2026-11-12 09:00", "2026-11-12 08:00"),
        ("2026-11-12 08:59", "2026-11-11 18:00"),
        ("2026-11-12 07:00", "2026-11-11 18:00"),
        ("2026-11-12 00:15", "2026-11-11 18:00"),
        ("2026-11-12 23:30", "2026-11-12 08:00"),
    ],
)
def test_r29_the_morning_text_is_for_eight_or_the_evening_before(start: str, due: str) -> None:
    world = World(ny("2026-11-11 09:00"))
    world.book("v-1", start, booked=ny("2026-11-05 09:00"))
    assert _due(world, "v-1") == due


def test_a_text_of_the_evening_before_says_so_and_ends_at_eight() -> None:
    world = World(ny("2026-11-11 09:00"))
    world.book("v-1", "2026-11-12 08:30", booked=ny("2026-11-05 09:00"))
    action = world.desired().owed["v-1", MORNING]
    assert action.facts["evening"] == "before"
    assert local(action.expires_at) == "2026-11-11 20:00"


def test_a_text_due_in_its_last_minute_has_two_ticks_to_leave() -> None:
    world = World(ny("2026-11-11 09:00"))
    world.book("v-1", "2026-11-12 09:00", booked=ny("2026-11-05 09:00"))
    assert local(world.desired().owed["v-1", MORNING].expires_at) == "2026-11-12 08:10"
    world.book("v-1", "2026-11-12 09:30", booked=ny("2026-11-05 09:00"))
    assert local(world.desired().owed["v-1", MORNING].expires_at) == "2026-11-12 08:30"


def test_an_early_visit_booked_that_evening_has_been_told_already() -> None:
    world = World(ny("2026-11-11 19:00"))
    world.book("v-1", "2026-11-12 08:30")
    assert world.desired().withheld["v-1", MORNING].why is Why.PAST


def test_a_later_hour_of_the_practice_is_kept_for_late_visits_only() -> None:
    world = World(ny("2026-11-12 07:00"), journeys(*changed(("4.1", {"at": None}))))
    world.book("v-1", "2026-11-12 15:00", booked=ny("2026-11-05 09:00"))
    world.book("v-2", "2026-11-12 09:30", person="bea", booked=ny("2026-11-05 09:00"))
    assert _due(world, "v-1") == "2026-11-12 13:00"
    assert _due(world, "v-2") == "2026-11-12 08:00"


def test_a_patient_whose_day_begins_later_is_told_the_evening_before() -> None:
    """R29, R31: nine in New York is six for a patient whose address is in California."""
    world = World(ny("2026-11-11 09:00"))
    world.book("v-1", "2026-11-12 11:30", booked=ny("2026-11-05 09:00"))
    world.people["ana"] = replace(world.people["ana"], zone="America/Los_Angeles")
    assert _due(world, "v-1") == "2026-11-11 21:00"  # 18:00 where she is


def test_a_visit_in_another_zone_is_reminded_by_its_own_clock() -> None:
    """R11, R31: without an address, the location's morning."""
    world = World(ny("2026-11-11 09:00"))
    world.book("v-1", "2026-11-12 18:00", place=COAST.location_id, booked=ny("2026-11-05 09:00"))
    assert _due(world, "v-1") == "2026-11-12 11:00"  # 08:00 in Los Angeles


def test_r31_without_any_location_no_morning_is_known_but_reminders_stay_owed() -> None:
    """R31: only no location at all is unknown, and policy says so in the open."""
    world = World(ny("2026-11-11 09:00"))
    world.practice = world.practice.model_copy(update={"default_location": None})
    world.book("v-1", "2026-11-12 15:00", booked=ny("2026-11-05 09:00"), location_id=None)
    answer = world.desired()
    assert answer.withheld["v-1", MORNING].why is Why.NO_ZONE
    assert ("v-1", "3.2-reminder-24h") in answer.owed
    world.people["ana"] = PersonFacts(world.people["ana"].person_id, zone="America/Chicago")
    assert _due(world, "v-1") == "2026-11-12 09:00"


@pytest.mark.parametrize(
    "start, step, due",
    [
        # The night of 2026-11-01 has 25 hours: a day before is a day of hours, the morning is a wall clock's.
        ("2026-11-01 23:30", "3.2-reminder-24h", "2026-11-01 00:30"),
        ("2026-11-02 10:00", MORNING, "2026-11-02 08:00"),
        ("2026-11-01 10:00", MORNING, "2026-11-01 08:00"),
        ("2026-11-01 08:30", MORNING, "2026-10-31 18:00"),
    ],
)
def test_the_night_the_clocks_go_back(start: str, step: str, due: str) -> None:
    world = World(ny("2026-10-31 12:00"), journeys(*_live_since(days=20)))
    world.book("v-1", start, booked=ny("2026-10-20 09:00"))
    assert _due(world, "v-1", step) == due


@pytest.mark.parametrize(
    "start, step, due",
    [
        ("2026-03-08 23:30", "3.2-reminder-24h", "2026-03-07 22:30"),
        ("2026-03-08 10:00", MORNING, "2026-03-08 08:00"),
        ("2026-03-08 08:30", MORNING, "2026-03-07 18:00"),
    ],
)
def test_the_night_the_clocks_go_forward(start: str, step: str, due: str) -> None:
    world = World(ny("2026-03-07 12:00"), journeys(*_live_since(days=300)))
    world.book("v-1", start, booked=ny("2026-02-20 09:00"))
    assert _due(world, "v-1", step) == due


def test_an_hour_that_comes_twice_is_the_same_wall_clock_and_no_change() -> None:
    """R10 compares local starts: 01:30 before and after the clocks go back reads the same."""
    world = World(ny("2026-10-28 10:00"), journeys(*_live_since(days=20)))
    world.book("v-1", "2026-11-01 01:30")
    world.run(ny("2026-10-28 12:00"))
    again = world.visits["v-1"].start_at + timedelta(hours=1)
    assert local(again) == "2026-11-01 01:30"
    world.visits["v-1"] = replace(world.visits["v-1"], start_at=again, moved_at=world.now, changed_at=world.now, seq=99)
    world.run(ny("2026-10-28 14:00"))
    assert world.rows() == ["2.5"]


def test_visits_around_midnight_belong_to_their_own_day() -> None:
    world = World(ny("2026-10-30 12:00"), journeys(*_live_since(days=20)))
    for visit, start in (("v-1", "2026-11-01 23:30"), ("v-2", "2026-11-02 00:30")):
        world.book(visit, start, booked=ny("2026-10-20 09:00"))
    owed = world.desired().owed
    assert owed["v-1", "3.1-reminder-48h"].facts["day"] == "2026-11-01"
    assert owed["v-2", "3.1-reminder-48h"].facts["day"] == "2026-11-02"


def test_morning_needs_its_timing_to_be_set() -> None:
    assert [step.row for step in journeys().steps if step.timing is Timing.MORNING_OF] == ["4.1"]


def _live_since(days: int) -> tuple[Step, ...]:
    since = {"live_from": LIVE_FROM - timedelta(days=days)}
    return changed(*((row, since) for row in ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1")))
