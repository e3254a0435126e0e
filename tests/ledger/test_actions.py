"""Actions change state in one place: along the drawn lines, with transition, audit and memory, or not at all."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from canonical.actions import Action, ActionState
from canonical.delivery import TRANSITIONS
from canonical.ids import ActionId, VisitId
from canonical.owed import Change, ChangeKind
from ledger.actions import IllegalTransition, Move, apply_changes, conservation, forget, recall, transition
from ledger.candidates import candidates_of
from ledger.session import Session
from ledger.store import Store
from tests.journeys_fixture import TREATMENT
from tests.ledger.calendar import write_visits
from tests.pipelines.lifecycle.world import World, ny

S, K = ActionState, ChangeKind
NOW = datetime(2026, 11, 9, 15, 0, tzinfo=UTC)


def _action(name: str, subject: str = "v-1", **fields: object) -> Action:
    plain: dict[str, object] = {
        "action_id": name,
        "practice_id": "lumen",
        "step": "3.2-reminder-24h",
        "row": "3.2",
        "subject_kind": "visit",
        "subject_id": subject,
        "occurrence": 1,
        "person_id": "p-1",
        "contact_point_id": "cp-1",
        "location_id": "downtown",
        "channel": "sms",
        "command": "send",
        "labels": TREATMENT,
        "template": "reminder-24h",
        "due_at": NOW,
        "expires_at": NOW + timedelta(hours=20),
        "anchor_at": NOW + timedelta(hours=24),
        "journeys": "0" * 64,
        "facts": {"seq": "7", "tells": "time", "day": "2026-11-10", "provider": "kim"},
    }
    return Action.model_validate(plain | fields)


def _plan(session: Session, *names: str) -> None:
    apply_changes(session, [Change(K.PLAN, _action(name), None, "owed") for name in names], NOW, "run-1")


def _move(session: Session, name: str, *states: ActionState, **values: object) -> None:
    refs = {"attempt": "at-1"}
    moves = [Move(ActionId(name), state, "test", refs, values if state is states[-1] else {}) for state in states]
    transition(session, moves, now=NOW, run_id="run-1")


def _states(session: Session) -> dict[str, str]:
    return {row["action_id"]: row["state"] for row in session.rows("open_actions_by_id", ids=["a-1", "a-2", "a-3"])}


def _remembered(session: Session, name: str) -> dict[str, object]:
    found = session.one("remembered_by_id", ids=[name])
    assert found is not None
    return found


def test_what_is_planned_stands_in_the_open_table_as_it_was_asked_for(ledger: Store) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1")
    with ledger.reading() as session:
        row = session.rows("open_actions_by_id", ids=["a-1"])[0]
        live = candidates_of(session, ["v-1"]).orphans[0]
    assert (row["state"], row["planned_at"], row["fact_seq"]) == ("planned", NOW, 7)
    assert live.action == _action("a-1")


def test_every_step_leaves_a_transition_and_an_audit_entry(ledger: Store) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1")
        _move(session, "a-1", S.CLEARED, S.CLAIMED, S.SENT, S.DELIVERED)
    with ledger.reading() as session:
        steps = session.rows("transitions_of_action", action_id="a-1")
        assert session.head.audit.seq == 5
    assert [(row["before"], row["after"]) for row in steps] == [
        (None, "planned"),
        ("planned", "cleared"),
        ("cleared", "claimed"),
        ("claimed", "sent"),
        ("sent", "delivered"),
    ]
    assert {row["run_id"] for row in steps} == {"run-1"}


@pytest.mark.parametrize("before", [state for state in S if state in TRANSITIONS])
def test_no_state_may_follow_that_is_not_drawn(ledger: Store, before: ActionState) -> None:
    path = _path_to(before)
    with ledger.writing() as session:
        _plan(session, "a-1")
        if path:
            _move(session, "a-1", *path)
        for after in sorted(set(S) - TRANSITIONS[before]):
            with pytest.raises(IllegalTransition):
                _move(session, "a-1", after)
        assert len(session.rows("transitions_of_action", action_id="a-1")) == 1 + len(path)


def _path_to(state: ActionState) -> list[ActionState]:
    """A way from planned to a state, along the drawn lines."""
    paths: dict[ActionState, list[ActionState]] = {S.PLANNED: []}
    queue = [S.PLANNED]
    while queue:
        here = queue.pop(0)
        for after in sorted(TRANSITIONS[here]):
            if after not in paths:
                paths[after] = [*paths[here], after]
                queue.append(after)
    return paths[state]


def test_a_refused_step_in_a_batch_writes_nothing_of_it(ledger: Store) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1", "a-2")
    moves = [Move(ActionId("a-1"), S.CLEARED, "test"), Move(ActionId("a-2"), S.SENT, "test")]
    with pytest.raises(IllegalTransition), ledger.writing() as session:
        transition(session, moves, now=NOW)
    with ledger.reading() as session:
        assert _states(session) == {"a-1": "planned", "a-2": "planned"}


def test_an_action_nobody_planned_cannot_move(ledger: Store) -> None:
    with pytest.raises(IllegalTransition), ledger.writing() as session:
        _move(session, "a-9", S.CLEARED)


def test_what_leaves_is_closed_and_remembered_with_what_it_told(ledger: Store) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1")
        _move(session, "a-1", S.CLEARED, S.CLAIMED)
        transition(session, [Move(ActionId("a-1"), S.SENT, "test")], now=NOW + timedelta(minutes=1))
    with ledger.reading() as session:
        kept = _remembered(session, "a-1")
        assert _states(session) == {}
        told = session.rows("told_of_visit", visit_id="v-1")
    assert (kept["state"], kept["tells"], kept["told_at"]) == ("sent", "time", NOW)
    assert (kept["provider_id"], kept["location_id"]) == ("kim", "downtown")
    assert [(row["names_start"], row["told_at"], row["certainty"]) for row in told] == [
        (NOW + timedelta(hours=24), NOW, "sent")
    ]


@pytest.mark.parametrize("end, told", [(S.SENT, NOW), (S.REFUSED, None)])
def test_only_what_may_have_arrived_was_told(ledger: Store, end: ActionState, told: datetime | None) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1")
        _move(session, "a-1", S.CLEARED, S.CLAIMED, end)
        assert _remembered(session, "a-1")["told_at"] == told


def test_an_absorbed_action_is_told_when_its_carrier_is(ledger: Store) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1", "a-2")
        _move(session, "a-2", S.CLEARED, S.ABSORBED, absorbed_by="a-1", message_id="m-1")
        _move(session, "a-1", S.CLEARED, S.CLAIMED, message_id="m-1")
    with ledger.reading() as session:
        rider = next(one for one in candidates_of(session, ["v-1"]).orphans if one.action.action_id == "a-1")
        assert rider.claimed_at == NOW
        assert _remembered(session, "a-2")["told_at"] is None
    with ledger.writing() as session:
        _move(session, "a-1", S.SENT)
    with ledger.reading() as session:
        kept = _remembered(session, "a-2")
        assert (kept["state"], kept["carrier_state"], kept["told_at"]) == ("absorbed", "sent", NOW)
        assert len(session.rows("told_of_visit", visit_id="v-1")) == 2


def test_a_carrier_that_is_planned_again_lets_go_of_what_it_absorbed(ledger: Store) -> None:
    """R5: whatever becomes of the carrier later, the other is not told by it."""
    with ledger.writing() as session:
        _plan(session, "a-1", "a-2")
        _move(session, "a-2", S.CLEARED, S.ABSORBED, absorbed_by="a-1", message_id="m-1")
        _move(session, "a-1", S.CLEARED, S.CLAIMED, S.NOT_SENT, S.PLANNED)
        _move(session, "a-1", S.CLEARED, S.CLAIMED, message_id="m-2")
        _move(session, "a-1", S.SENT)
    with ledger.reading() as session:
        kept = _remembered(session, "a-2")
        assert (kept["absorbed_by"], kept["carrier_state"], kept["told_at"]) == (None, "planned", None)
        assert [row["action_id"] for row in session.rows("told_of_visit", visit_id="v-1")] == ["a-1"]


def test_a_cancelled_action_is_revived_under_its_id_and_a_sent_one_is_not(ledger: Store) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1", "a-2")
        _move(session, "a-1", S.CANCELLED)
        _move(session, "a-2", S.CLEARED, S.CLAIMED, S.SENT)
        revived = [Change(K.REVIVE, _action("a-1"), S.CANCELLED, "owed_again")]
        again = [Change(K.PLAN, _action("a-2"), None, "owed")]
        counts = apply_changes(session, revived + again, NOW, "run-2")
    assert counts == {"revive": 1, "stale": 1}
    with ledger.reading() as session:
        assert _states(session) == {"a-1": "planned"}


def test_a_replanned_action_has_new_attributes_and_no_decision(ledger: Store) -> None:
    moved = _action("a-1", due_at=NOW + timedelta(days=2), anchor_at=NOW + timedelta(days=3))
    with ledger.writing() as session:
        _plan(session, "a-1")
        _move(session, "a-1", S.CLEARED, verdict_id="ve-1", message_id="m-1", not_before=NOW)
        counts = apply_changes(session, [Change(K.REPLAN, moved, S.CLEARED, "facts_changed")], NOW, "run-2")
        row = session.rows("open_actions_by_id", ids=["a-1"])[0]
    assert counts == {"replan": 1}
    assert (row["state"], row["due_at"]) == ("planned", moved.due_at)
    assert {row[name] for name in ("verdict_id", "message_id", "not_before")} == {None}


def test_a_change_computed_from_older_facts_leaves_what_has_moved_on_alone(ledger: Store) -> None:
    """The claim came first: the cancellation is stale, and the next tick asks again."""
    with ledger.writing() as session:
        _plan(session, "a-1")
        _move(session, "a-1", S.CLEARED, S.CLAIMED)
        counts = apply_changes(session, [Change(K.CANCEL, _action("a-1"), S.CLEARED, "status")], NOW, "run-2")
        assert _states(session) == {"a-1": "claimed"}
    assert counts == {"stale": 1}


def test_a_refresh_notes_the_newer_version_and_nothing_else(ledger: Store) -> None:
    newer = _action("a-1", facts={"seq": "9", "tells": "time", "day": "2026-11-10", "provider": "kim"})
    with ledger.writing() as session:
        _plan(session, "a-1")
        _move(session, "a-1", S.CLEARED)
        apply_changes(session, [Change(K.REFRESH, newer, S.CLEARED)], NOW, "run-2")
        row = session.rows("open_actions_by_id", ids=["a-1"])[0]
    assert (row["state"], row["fact_seq"], json.loads(row["facts"])["seq"]) == ("cleared", 9, "9")
    with ledger.reading() as session:
        assert session.head.audit.seq == 2


def test_the_sums_of_a_run_close(ledger: Store) -> None:
    with ledger.writing() as session:
        _plan(session, "a-1", "a-2", "a-3")
        since = session.head.seq
    with ledger.writing() as session:
        _plan(session, "a-4", "a-5")
        _move(session, "a-1", S.CLEARED, S.CLAIMED, S.SENT, S.DELIVERED)
        _move(session, "a-2", S.CANCELLED)
        apply_changes(session, [Change(K.REVIVE, _action("a-2"), S.CANCELLED, "owed_again")], NOW, "run-2")
        _move(session, "a-3", S.EXPIRED)
        _move(session, "a-4", S.CLEARED, S.CLAIMED, S.AMBIGUOUS)
    with ledger.reading() as session:
        flow = conservation(session, since)
    assert (flow.planned, flow.revived, flow.open_after) == (2, 1, 3)
    assert flow.left == {S.SENT: 1, S.CANCELLED: 1, S.EXPIRED: 1}
    assert flow.missing(open_before=3) == 0
    assert flow.missing(open_before=4) == 1


def test_a_visit_that_comes_back_is_remembered_again(ledger: Store) -> None:
    """Forgetting is housekeeping: the growing tables know everything that was forgotten."""
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", "2026-11-12 15:00", booked=ny("2026-11-02 10:00"))
    with ledger.writing() as session:
        _plan(session, "a-1", "a-2")
        _move(session, "a-2", S.CLEARED, S.ABSORBED, absorbed_by="a-1", message_id="m-1")
        _move(session, "a-1", S.CLEARED, S.CLAIMED, message_id="m-1")
        _move(session, "a-1", S.SENT)
        before = [_told(session, name) for name in ("a-1", "a-2")]
        assert forget(session, NOW + timedelta(days=30)) == 0
        assert forget(session, NOW + timedelta(days=90)) > 0
        assert session.rows("remembered_by_id", ids=["a-1", "a-2"]) == []
        since = session.head.seq
    with ledger.writing() as session:
        write_visits(session, [world.visits[VisitId("v-1")]])
        assert recall(session, since) == 2
        assert [_told(session, name) for name in ("a-1", "a-2")] == before
        assert recall(session, session.head.seq) == 0


def _told(session: Session, name: str) -> tuple[object, ...]:
    kept = _remembered(session, name)
    return tuple(kept[column] for column in ("state", "tells", "told_at", "anchor_at", "provider_id", "carrier_state"))


def test_what_an_open_visit_was_told_is_never_forgotten(ledger: Store) -> None:
    world = World(ny("2026-11-09 10:00"))
    world.book("v-1", "2026-11-12 15:00")
    with ledger.writing() as session:
        write_visits(session, [world.visits[VisitId("v-1")]])
        _plan(session, "a-1")
        _move(session, "a-1", S.CANCELLED)
        assert forget(session, NOW + timedelta(days=500)) == 0
