"""When a practice needs a tick: never missed, and not asked for nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.tick.hub import PracticeHub
from pipelines.tick.sequence import carry
from pipelines.tick.work import reasons, tick_and_mark, tick_if_needed
from tests.receiver.world import NOON, Hand, World, lay_out


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(lay_out(tmp_path / "home", "lumen"), Hand(NOON))


@pytest.fixture
def quiet(world: World) -> PracticeHub:
    """A practice in which nothing is left to do."""
    practice = world.practice()
    assert "first" in reasons(practice)
    tick_and_mark(practice, "run-1")
    tick_and_mark(practice, "run-2")
    assert reasons(practice) == ()
    return practice


def test_a_quiet_practice_is_left_alone(quiet: PracticeHub) -> None:
    assert tick_if_needed(quiet, "run-3") is None


def test_days_move_into_reach_even_of_a_quiet_practice(quiet: PracticeHub, world: World) -> None:
    world.hand.now += timedelta(minutes=59)
    assert reasons(quiet) == ()
    carry(quiet, "run-3")  # the fast lane is not a whole tick, so it puts nothing off
    world.hand.now += timedelta(minutes=1)
    assert "hour" in reasons(quiet)


def test_what_is_written_while_a_tick_runs_is_seen_by_the_next(
    quiet: PracticeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object) -> int:
        with quiet.store.writing() as session:
            session.insert("quarantine", [{"raw_id": "raw_1", "recorded_at": NOON}])
        return 0

    monkeypatch.setattr("pipelines.tick.sequence.update_inquiries", meanwhile)
    tick_and_mark(quiet, "run-3")
    assert reasons(quiet) == ("changed",)


def test_an_action_is_asked_about_when_it_is_due_and_not_before(quiet: PracticeHub, world: World) -> None:
    action = {"action_id": "act_1", "state": "delayed", "due_at": NOON, "not_before": NOON + timedelta(minutes=10)}
    with quiet.store.writing() as session:
        session.insert("open_actions", [action])
    assert reasons(quiet) == ()
    world.hand.now += timedelta(minutes=10)
    assert reasons(quiet) == ("due",)


def test_an_attempt_without_an_outcome_is_work(quiet: PracticeHub) -> None:
    with quiet.store.writing() as session:
        session.insert("open_attempts", [{"attempt_id": "att_1", "lease_until": NOON}])
    assert reasons(quiet) == ("unanswered",)


def test_settings_that_say_something_new_are_work(quiet: PracticeHub, world: World) -> None:
    rows = world.home / "lumen" / "rows.yaml"
    rows.write_text(rows.read_text().replace("2026-11-01T04", "2026-11-02T04"))
    assert reasons(world.practice()) == ("settings",)
