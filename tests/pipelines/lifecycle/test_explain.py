"""Why a row says nothing: the planner's own judgment, in a sentence."""

import pytest

from canonical.people import PersonFlag
from canonical.visits import AppointmentStatus
from pipelines.lifecycle.explain import Explained, explain
from pipelines.lifecycle.reasons import SENTENCES, Why
from tests.journeys_fixture import changed, journeys
from tests.pipelines.lifecycle.world import HORIZON, World, ny


def _asked(world: World, row: str) -> Explained:
    found = explain(
        world.candidates(), world.journeys, world.practice, world.now, world.now + HORIZON, subject_id="v-1", row=row
    )
    assert len(found) == 1
    return found[0]


@pytest.fixture
def world() -> World:
    """A visit on Thursday, booked on Monday and confirmed."""
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", "2026-11-12 15:00")
    world.run(ny("2026-11-09 11:00"))
    return world


def test_an_owed_row_says_when_and_where_it_stands(world: World) -> None:
    assert _asked(world, "3.1").sentence == "Owed: due Tue 10 Nov 2026, 15:00 EST; its action is planned."


def test_a_row_already_said_says_so(world: World) -> None:
    assert _asked(world, "2.5").sentence.startswith("A message has already spoken of this visit")
    assert _asked(world, "2.7").sentence == "The last message already said what is true (R10)."


def test_a_row_of_another_tool_names_the_tool(world: World) -> None:
    world.journeys = journeys(*changed(("3.2", {"owner": "podium"})))
    assert _asked(world, "3.2").sentence == "podium sends row 3.2 here (OWN-01)."


def test_a_row_that_came_later_names_its_day(world: World) -> None:
    world.journeys = journeys(*changed(("3.1", {"live_from": ny("2026-11-11 09:00")})))
    assert "live from Wed 11 Nov 2026, 09:00 EST" in _asked(world, "3.1").sentence


def test_a_visit_booked_too_late_names_the_time_that_had_passed() -> None:
    world = World(ny("2026-11-11 18:00"))
    world.book("v-1", "2026-11-12 15:00")
    assert "Its time, Wed 11 Nov 2026, 15:00 EST, had passed" in _asked(world, "3.2").sentence


def test_what_is_not_due_before_the_horizon_is_not_forgotten() -> None:
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", "2026-11-30 15:00")
    assert _asked(world, "4.1").sentence == "It is due at Mon 30 Nov 2026, 08:00 EST and will be planned before that."


def test_statuses_and_marks_are_named(world: World) -> None:
    world.status("v-1", AppointmentStatus.NO_SHOW)
    assert _asked(world, "3.2").sentence == "The visit is no_show: it is not expected to take place."
    ana = world.people["ana"]
    world.people["ana"] = type(ana)(ana.person_id, flags=frozenset({PersonFlag.DECEASED}))
    assert "deceased" in _asked(world, "3.2").sentence


def test_every_row_can_be_asked_at_once(world: World) -> None:
    found = explain(
        world.candidates(), world.journeys, world.practice, world.now, world.now + HORIZON, subject_id="v-1"
    )
    assert [one.step for one in found] == [step.key for step in world.journeys.steps]


def test_a_visit_nobody_knows_is_an_error(world: World) -> None:
    with pytest.raises(KeyError):
        explain(world.candidates(), world.journeys, world.practice, world.now, world.now + HORIZON, subject_id="v-9")


def test_every_reason_has_its_sentence() -> None:
    assert SENTENCES.keys() == set(Why)
