"""Times that had passed, corrections, and visits that are not expected: R13, R15, R16, R18, R19."""

from datetime import timedelta

import pytest

from canonical.actions import ActionState
from canonical.practice import ServiceKind
from canonical.visits import AppointmentStatus
from pipelines.lifecycle.reasons import Why
from tests.journeys_fixture import changed, journeys
from tests.pipelines.lifecycle.world import World, ny

S = ActionState
MONDAY = "2026-11-09 10:00"
"""When most visits here are booked; most are on Thursday the 12th."""
THURSDAY = "2026-11-12 15:00"
FRIDAY = "2026-11-13 09:00"


@pytest.fixture
def world() -> World:
    """Monday morning, nothing booked."""
    return World(ny(MONDAY))


def test_booked_a_day_ahead_gets_the_confirmation_and_the_morning_only(world: World) -> None:
    """R13: 3.1 and 3.2 are past; the confirmation said it already."""
    world.book("v-1", "2026-11-10 11:00")
    world.run(ny("2026-11-10 12:00"))
    assert world.rows() == ["2.5", "4.1"]


def test_a_reminder_due_within_two_hours_of_the_booking_is_past(world: World) -> None:
    world.book("v-1", "2026-11-11 11:59")
    assert world.desired().withheld["v-1", "3.1-reminder-48h"].why is Why.PAST
    world.book("v-2", "2026-11-11 12:00", person="bea")
    assert ("v-2", "3.1-reminder-48h") in world.desired().owed


def test_moved_to_today_gets_one_change_notice_and_the_morning_text_two_hours_before(world: World) -> None:
    """R13."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.move("v-1", "2026-11-09 17:00")
    world.run(ny("2026-11-09 18:00"))
    assert world.said("v-1")[1:] == [("2.7", "2026-11-09 17:00"), ("4.1", "2026-11-09 17:00")]
    assert world.texts[-1].at == ny("2026-11-09 15:00")


def test_moved_to_less_than_two_hours_away_gets_the_notice_alone(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.move("v-1", "2026-11-09 13:59")
    world.run(ny("2026-11-09 18:00"))
    assert world.rows() == ["2.5", "2.7"]


def test_moved_into_the_past_is_a_correction(world: World) -> None:
    """R15."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-11 12:00"))
    world.move("v-1", "2026-11-11 11:00")
    world.run(ny("2026-11-12 18:00"), timedelta(minutes=30))
    assert world.rows() == ["2.5", "3.1"]
    assert world.desired().withheld["v-1", "2.7-change-notice"].why is Why.CORRECTION


def test_a_start_edited_on_its_day_after_it_began_is_a_correction(world: World) -> None:
    """R15: the desk writes down when it really began."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-12 15:20"), timedelta(minutes=20))
    world.move("v-1", "2026-11-12 16:00")
    world.run(ny("2026-11-12 18:00"))
    assert world.rows() == ["2.5", "3.1", "3.2", "4.1"]


def test_a_missed_visit_moved_to_another_day_is_a_new_promise(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-12 15:20"), timedelta(minutes=20))
    world.move("v-1", "2026-11-17 10:00")
    world.run(ny("2026-11-12 18:00"))
    assert world.said("v-1")[-1] == ("2.7", "2026-11-17 10:00")


@pytest.mark.parametrize(
    "status",
    [
        AppointmentStatus.NO_SHOW,
        AppointmentStatus.ARRIVED,
        AppointmentStatus.COMPLETED,
        AppointmentStatus.UNKNOWN,
        AppointmentStatus.RESCHEDULED,
        AppointmentStatus.REQUESTED,
    ],
)
def test_a_visit_that_is_not_expected_asks_for_nothing(world: World, status: AppointmentStatus) -> None:
    """R16 for a no-show; and nothing is said on a status nobody understands."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    assert world.open
    world.status("v-1", status)
    world.run(ny("2026-11-12 18:00"), timedelta(minutes=30))
    assert world.rows() == ["2.5"]
    assert world.open == {}


def test_a_status_that_comes_back_revives_what_was_cancelled(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 16:00"))
    planned = set(world.open)
    world.status("v-1", AppointmentStatus.UNKNOWN)
    world.plan()
    assert world.open == {}
    world.status("v-1", AppointmentStatus.CONFIRMED)
    revived = world.plan()
    assert {change.kind.value for change in revived} == {"revive"}
    assert set(world.open) == planned


def test_a_walk_in_gets_nothing_before_its_visit(world: World) -> None:
    """R18: booked later than half an hour before the start."""
    world.book("v-1", "2026-11-09 10:29")
    world.book("v-2", "2026-11-09 10:31", person="bea")
    assert world.desired().withheld["v-1", "2.5-confirmation"].why is Why.WALK_IN
    assert ("v-2", "2.5-confirmation") in world.desired().owed


def test_a_step_for_other_kinds_of_visit_is_withheld(world: World) -> None:
    """R19: the kind is mapped per service; steps without kinds are logistics for every visit."""
    world.journeys = journeys(*changed(("3.1", {"kinds": (ServiceKind.TREATMENT,)})))
    world.book("v-1", "2026-11-12 09:00", kind=ServiceKind.PHONE)
    assert world.desired().withheld["v-1", "3.1-reminder-48h"].why is Why.OTHER_KIND
    assert ("v-1", "3.2-reminder-24h") in world.desired().owed
