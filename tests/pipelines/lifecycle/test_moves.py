"""Moves, cancellations and rebookings: R9, R10, R12."""

from datetime import timedelta

import pytest

from canonical.actions import ActionState
from canonical.visits import AppointmentStatus, BookedBy
from pipelines.lifecycle.reasons import Why
from tests.journeys_fixture import UPTOWN, changed, journeys
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


def test_a_booked_visit_is_confirmed_reminded_twice_and_greeted_in_the_morning(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-12 20:00"), timedelta(minutes=30))
    assert world.said("v-1") == [(row, THURSDAY) for row in ("2.5", "3.1", "3.2", "4.1")]
    assert [text.at for text in world.texts][1:] == [
        ny("2026-11-10 15:00"),
        ny("2026-11-11 15:00"),
        ny("2026-11-12 08:00"),
    ]


def test_a_told_move_is_told_once_and_later_reminders_name_the_new_time(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.move("v-1", FRIDAY)
    world.run(ny("2026-11-13 12:00"), timedelta(minutes=30))
    assert world.said("v-1") == [("2.5", THURSDAY), *((row, FRIDAY) for row in ("2.7", "3.1", "3.2", "4.1"))]


def test_a_move_nobody_was_told_about_is_no_change(world: World) -> None:
    """R9: without a message that named a time there is no notice; the confirmation simply says what is true."""
    world.book("v-1", THURSDAY)
    world.plan()
    world.now += timedelta(minutes=2)
    world.move("v-1", FRIDAY)
    world.run(ny("2026-11-09 12:00"))
    assert world.said("v-1") == [("2.5", FRIDAY)]


def test_only_the_final_state_of_a_flurry_is_told(world: World) -> None:
    """R9: five minutes of quiet after a staff edit."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    for start in ("2026-11-13 09:00", "2026-11-13 10:00", "2026-11-16 11:00"):
        world.move("v-1", start)
        world.run(world.now + timedelta(minutes=4), timedelta(minutes=1))
    world.run(world.now + timedelta(hours=1))
    assert world.said("v-1") == [("2.5", THURSDAY), ("2.7", "2026-11-16 11:00")]


@pytest.mark.parametrize("by, settles", [(BookedBy.PATIENT, 60), (BookedBy.STAFF, 300), (BookedBy.UNKNOWN, 300)])
def test_the_settle_window_is_a_minute_for_patients_and_five_for_everybody_else(
    world: World, by: BookedBy, settles: int
) -> None:
    world.book("v-1", THURSDAY, by=by)
    world.run(world.now + timedelta(seconds=settles - 1), timedelta(seconds=1))
    assert world.texts == []
    world.tick(world.now + timedelta(seconds=1))
    assert world.rows() == ["2.5"]


def test_moved_and_moved_back_inside_the_window_says_nothing(world: World) -> None:
    """R10: A → B → A before anything was said about B."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.move("v-1", FRIDAY)
    world.tick(world.now + timedelta(minutes=1))
    assert "2.7" in {live.action.row for live in world.open.values()}
    world.move("v-1", THURSDAY)
    world.run(ny("2026-11-09 18:00"))
    assert world.said("v-1") == [("2.5", THURSDAY)]
    assert sorted(kept.action.row for kept in world.open.values()) == ["3.1", "3.2", "4.1"]


def test_a_visit_moved_and_moved_back_tells_the_true_time_once(world: World) -> None:
    """R10: A → B → A with B told in between: one more notice, and no reminder is repeated."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-11 16:00"))
    world.move("v-1", FRIDAY)
    world.run(world.now + timedelta(hours=1))
    world.move("v-1", THURSDAY)
    world.run(ny("2026-11-12 14:00"), timedelta(minutes=30))
    before, after = world.said("v-1")[:3], world.said("v-1")[3:]
    assert before == [(row, THURSDAY) for row in ("2.5", "3.1", "3.2")]
    assert after == [("2.7", FRIDAY), ("2.7", THURSDAY), ("4.1", THURSDAY)]


def test_a_reminder_is_repeated_only_when_the_last_time_named_is_another(world: World) -> None:
    """R10 without row 2.7: the second occurrence of a reminder is what tells the new time."""
    world.journeys = journeys(*changed(("2.7", {"owner": "podium"})))
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-11 16:00"))
    world.move("v-1", "2026-11-17 15:00")
    world.run(ny("2026-11-17 14:00"), timedelta(minutes=30))
    repeated = [(row, start) for row, start in world.said("v-1") if start != THURSDAY]
    assert repeated == [("3.1", "2026-11-17 15:00"), ("4.1", "2026-11-17 15:00")]
    assert {live.action.occurrence for live in world.open.values()} <= {1, 2}


def test_a_shift_smaller_than_min_shift_repeats_no_reminder(world: World) -> None:
    world.journeys = journeys(*changed(("2.7", {"owner": "podium"}), ("3.1", {"on_moved": "nothing"})))
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-11 16:00"))
    world.move("v-1", "2026-11-12 16:59")
    world.run(ny("2026-11-12 07:00"), timedelta(minutes=30))
    assert world.rows() == ["2.5", "3.1", "3.2"]
    assert world.desired().withheld["v-1", "3.2-reminder-24h"].why is Why.SMALL_SHIFT


def test_a_change_of_place_or_provider_alone_is_told(world: World) -> None:
    world.book("v-1", THURSDAY, provider_id="kim")
    world.run(ny("2026-11-09 12:00"))
    world.provider("v-1", "lee")
    world.run(ny("2026-11-09 13:00"))
    world.place("v-1", UPTOWN.location_id)
    world.run(ny("2026-11-09 14:00"))
    assert world.rows() == ["2.5", "2.7", "2.7"]


def test_a_provider_first_named_after_the_confirmation_is_no_change(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.provider("v-1", "lee")
    world.run(ny("2026-11-09 14:00"))
    assert world.rows() == ["2.5"]


def test_the_default_place_written_out_is_no_change(world: World) -> None:
    world.book("v-1", THURSDAY, location_id=None)
    world.run(ny("2026-11-09 12:00"))
    world.place("v-1", "downtown")
    world.run(ny("2026-11-09 14:00"))
    assert world.rows() == ["2.5"]


def test_a_told_visit_that_is_cancelled_is_told_once(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.cancel("v-1")
    world.run(ny("2026-11-12 16:00"), timedelta(minutes=30))
    assert world.said("v-1") == [("2.5", THURSDAY), ("2.8", "cancelled")]
    assert world.open == {}


def test_an_untold_visit_that_is_cancelled_stays_silent(world: World) -> None:
    world.book("v-1", THURSDAY)
    world.plan()
    world.cancel("v-1")
    world.run(ny("2026-11-12 16:00"), timedelta(minutes=30))
    assert world.texts == []


def test_rebooked_before_the_notice_has_gone_none_is_sent(world: World) -> None:
    """R12: the visit chain lives on, so 2.8 is no longer owed; the new time is a change."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.cancel("v-1")
    world.tick(world.now + timedelta(minutes=3))
    world.move("v-1", FRIDAY)
    world.run(ny("2026-11-09 18:00"))
    assert world.said("v-1") == [("2.5", THURSDAY), ("2.7", FRIDAY)]


def test_rebooked_after_the_notice_has_gone_is_a_change_not_a_confirmation(world: World) -> None:
    """R12: 2.7 with the new time instead of 2.5, also when the time is the old one."""
    world.book("v-1", THURSDAY)
    world.run(ny("2026-11-09 12:00"))
    world.cancel("v-1")
    world.run(ny("2026-11-09 13:00"))
    world.status("v-1", AppointmentStatus.BOOKED)
    world.run(ny("2026-11-09 18:00"))
    assert world.said("v-1") == [("2.5", THURSDAY), ("2.8", "cancelled"), ("2.7", THURSDAY)]


def test_cancelled_again_after_that_is_told_again(world: World) -> None:
    world.book("v-1", THURSDAY)
    for status in (AppointmentStatus.CANCELLED, AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED):
        world.run(world.now + timedelta(hours=1))
        world.status("v-1", status)
    world.run(world.now + timedelta(hours=1))
    assert world.rows() == ["2.5", "2.8", "2.7", "2.8"]
