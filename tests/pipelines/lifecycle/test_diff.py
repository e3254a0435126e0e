"""Changes between what is owed and what the ledger has."""

from dataclasses import replace

import pytest

from canonical.actions import ActionState
from canonical.ids import ContactPointId, PersonId
from canonical.owed import Candidates, ChangeKind, Live
from pipelines.lifecycle.diff import diff
from tests.journeys_fixture import journeys
from tests.pipelines.lifecycle.world import World, ny

S, K = ActionState, ChangeKind


@pytest.fixture
def world() -> World:
    """One visit on Thursday, planned and untouched."""
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", "2026-11-12 15:00", booked=ny("2026-11-03 10:00"))
    world.plan()
    return world


def _kinds(world: World) -> list[str]:
    return sorted({change.kind.value for change in diff(world.desired(), world.candidates())})


def test_the_same_facts_twice_change_nothing(world: World) -> None:
    assert world.plan() == []


def test_a_new_version_that_asks_for_the_same_is_only_noted(world: World) -> None:
    world.visits["v-1"] = replace(world.visits["v-1"], seq=50)
    assert _kinds(world) == ["refresh"]
    world.plan()
    assert world.plan() == []


@pytest.mark.parametrize("state", [S.CLEARED, S.DELAYED, S.BLOCKED, S.AWAITING_APPROVAL])
def test_a_move_before_the_claim_keeps_the_id_and_is_decided_anew(world: World, state: ActionState) -> None:
    before = {live.action.step: live.action.action_id for live in world.open.values()}
    for key in world.open:
        world._state(key, state)
    world.move("v-1", "2026-11-11 16:00")
    changes = {change.action.step: change for change in diff(world.desired(), world.candidates())}
    reminder = changes["3.2-reminder-24h"]
    assert (reminder.kind, reminder.before, reminder.action.state) == (K.REPLAN, state, S.PLANNED)
    assert reminder.action.action_id == before["3.2-reminder-24h"]


@pytest.mark.parametrize("state", [S.CLAIMED, S.AMBIGUOUS])
def test_a_claimed_action_is_left_alone(world: World, state: ActionState) -> None:
    key = next(key for key, live in world.open.items() if live.action.row == "3.2")
    live = world.open[key]
    world.open[key] = Live(live.action.model_copy(update={"state": state}), ny("2026-11-09 10:00"))
    world.cancel("v-1")
    assert key not in {change.action.action_id for change in diff(world.desired(), world.candidates())}


def test_another_recipient_is_another_plan_under_the_same_id(world: World) -> None:
    """Persons merge and phones change: the recipient is an attribute of the action, not its name."""
    world.people["ana"] = replace(world.people["ana"], phone_id=ContactPointId("cp-new"))
    assert _kinds(world) == ["replan"]
    world.plan()
    assert {live.action.contact_point_id for live in world.open.values()} == {"cp-new"}
    world.people["bea"] = replace(world.people["ana"], person_id=PersonId("bea"))
    world.visits["v-1"] = replace(world.visits["v-1"], person_id=PersonId("bea"))
    assert _kinds(world) == ["replan"]


def test_edited_journeys_decide_everything_anew(world: World) -> None:
    world.journeys = journeys(tag="1")
    assert _kinds(world) == ["replan"]


def test_a_step_taken_out_of_the_journeys_is_cancelled(world: World) -> None:
    world.journeys = journeys(*[step for step in world.journeys.steps if step.row != "3.2"])
    changes = diff(world.desired(), world.candidates())
    assert [(change.kind, change.action.row, change.reason) for change in changes] == [(K.CANCEL, "3.2", "step_gone")]


@pytest.mark.parametrize("now, kind", [("2026-11-09 10:00", K.CANCEL), ("2026-11-12 18:00", K.EXPIRE)])
def test_actions_of_a_visit_that_left_are_ended(world: World, now: str, kind: ChangeKind) -> None:
    orphans = Candidates((), tuple(world.open.values()))
    world.visits.clear()
    world.now = ny(now)
    changes = diff(world.desired(), orphans)
    assert {(change.kind, change.reason) for change in changes} == {(kind, "subject_gone")}


def test_time_ends_an_action_for_good_and_facts_end_it_until_they_change(world: World) -> None:
    world.clears = lambda action: False
    world.tick(ny("2026-11-12 14:01"))
    assert {past.state for _, past in world.past.values()} == {S.EXPIRED}
    world.cancel("v-1")
    world.plan()
    assert world.open == {}


def test_an_absorbed_action_whose_carrier_failed_to_leave_stands_on_its_own_feet_again(world: World) -> None:
    world.book("v-2", "2026-11-12 16:00", person="ana", booked=ny("2026-11-03 10:00"))
    world.answer = lambda action: S.NOT_SENT
    world.tick(ny("2026-11-10 15:00"))
    absorbed = [past.action_id for _, past in world.past.values() if past.state is S.ABSORBED]
    assert absorbed
    revived = [change for change in world.plan() if change.kind is K.REVIVE]
    assert {change.action.action_id for change in revived} == set(absorbed)
    world.answer = lambda action: S.SENT
    world.tick(ny("2026-11-10 15:05"))
    assert {len(text.named) for text in world.texts} == {2}


def test_a_rider_of_a_carrier_in_doubt_waits_with_it(world: World) -> None:
    world.book("v-2", "2026-11-12 16:00", person="ana", booked=ny("2026-11-03 10:00"))
    world.answer = lambda action: S.AMBIGUOUS
    world.tick(ny("2026-11-10 15:00"))
    assert [change.kind for change in world.plan()] == []
    world.now = ny("2026-11-10 15:05")
    world.move("v-2", "2026-11-13 16:00")
    world.answer = lambda action: S.SENT
    world.run(ny("2026-11-10 16:00"))
    assert world.said("v-2")[-1] == ("2.7", "2026-11-13 16:00")
