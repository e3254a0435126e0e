"""What is not known to have arrived: claimed, ambiguous, abandoned, refused (R9, R10, R46)."""

import pytest

from canonical.actions import ActionState
from pipelines.lifecycle.reasons import Why
from tests.pipelines.lifecycle.world import World, ny

S = ActionState
THURSDAY, FRIDAY = "2026-11-12 15:00", "2026-11-13 09:00"


def _told_in_doubt() -> World:
    """The confirmation of Thursday left; whether it arrived is unknown."""
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", THURSDAY)
    world.answer = lambda action: S.AMBIGUOUS
    world.run(ny("2026-11-09 11:00"))
    world.answer = lambda action: S.SENT
    return world


def _doubtful(world: World) -> str:
    return next(key for key, live in world.open.items() if live.action.state is S.AMBIGUOUS)


def test_a_message_in_doubt_counts_as_told() -> None:
    """It may have named Thursday, so a move must be told; and it is never sent again."""
    world = _told_in_doubt()
    world.move("v-1", FRIDAY)
    world.run(ny("2026-11-09 12:00"))
    assert world.said("v-1") == [("2.5", THURSDAY), ("2.7", FRIDAY)]


def test_a_message_proved_not_sent_was_never_told() -> None:
    world = _told_in_doubt()
    world.settle(_doubtful(world), S.NOT_SENT)
    world.texts.clear()
    world.move("v-1", FRIDAY)
    world.run(ny("2026-11-09 12:00"))
    assert world.said("v-1") == [("2.5", FRIDAY)]


def test_a_message_that_a_person_has_counts_as_told_and_is_never_repeated() -> None:
    world = _told_in_doubt()
    world.settle(_doubtful(world), S.ABANDONED)
    world.run(ny("2026-11-09 12:00"))
    assert world.rows() == ["2.5"]
    world.move("v-1", FRIDAY)
    world.run(ny("2026-11-09 13:00"))
    assert world.rows() == ["2.5", "2.7"]


def test_a_step_in_doubt_has_no_second_live_action() -> None:
    world = _told_in_doubt()
    for minutes in range(3):
        world.move("v-1", f"2026-11-16 1{minutes}:00")
        world.plan()
    steps = [live.action.step for live in world.open.values()]
    assert sorted(steps) == sorted(set(steps))


def test_a_doubt_settled_late_does_not_make_old_news_the_last_word() -> None:
    """Told by claim time, not by when the look-up answered: Friday was said after Thursday."""
    world = _told_in_doubt()
    world.move("v-1", FRIDAY)
    world.run(ny("2026-11-09 12:00"))
    world.settle(_doubtful(world), S.SENT)
    world.run(ny("2026-11-09 18:00"))
    assert world.rows() == ["2.5", "2.7"]


@pytest.mark.parametrize("outcome", [S.REFUSED, S.ABANDONED])
def test_what_was_refused_or_given_up_is_not_tried_again_for_the_same_time(outcome: ActionState) -> None:
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", THURSDAY)
    world.answer = lambda action: S.AMBIGUOUS if outcome is S.ABANDONED else outcome
    world.run(ny("2026-11-10 16:00"))
    if outcome is S.ABANDONED:
        for key in [key for key, live in world.open.items() if live.action.state is S.AMBIGUOUS]:
            world.settle(key, S.ABANDONED)
    world.answer = lambda action: S.SENT
    world.run(ny("2026-11-11 14:00"))
    assert [row for row in world.rows() if row == "3.1"] == ([] if outcome is S.REFUSED else ["3.1"])
    why = world.desired().withheld["v-1", "3.1-reminder-48h"].why
    assert why is (Why.DEAD if outcome is S.REFUSED else Why.SAID)


def test_what_a_person_dropped_stays_dropped_until_the_visit_moves() -> None:
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", THURSDAY)
    world.tick()
    dropped = next(key for key, live in world.open.items() if live.action.row == "3.1")
    world._close(dropped, S.DROPPED)
    world.run(ny("2026-11-10 18:00"))
    assert world.rows() == ["2.5"]
    world.move("v-1", "2026-11-19 15:00")
    world.run(ny("2026-11-17 16:00"))
    assert world.rows() == ["2.5", "2.7", "3.1"]


def test_a_send_that_did_not_leave_is_asked_again() -> None:
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", THURSDAY)
    world.answer = lambda action: S.NOT_SENT
    world.run(ny("2026-11-09 11:00"))
    world.answer = lambda action: S.SENT
    world.run(ny("2026-11-09 11:10"))
    assert world.rows() == ["2.5"]
    assert next(change.reason for change in world.changes if change.before is S.NOT_SENT) == "asked_again"
