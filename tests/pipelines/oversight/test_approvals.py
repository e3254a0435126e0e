"""What needs a yes waits for one: asked once, decided once, dropped where nobody answers (R50)."""

from datetime import timedelta

import pytest

from canonical.actions import Action, ActionState, Answer, Outcome
from ledger.approvals import Question, approval_by_id, approved_rules, ask_approval, undecided
from ledger.audit.events import AuditTag
from ledger.store import Store
from pipelines.oversight.approvals import NotApproved, approve, ask_for_approval, drop, hold
from pipelines.policy import engine
from pipelines.policy.engine import combined
from tests.pipelines.oversight.office import NEW_YORK, Office, a_visit, at
from tests.pipelines.policy.world import an_action

S = ActionState
FRIDAY = at("2026-11-13 10:00")
DUE = FRIDAY - timedelta(hours=48)


@pytest.fixture
def office(ledger: Store) -> Office:
    return Office(ledger)


def _waiting(office: Office, many: int, reason: str = "CAP-01", row: str = "3.1") -> list[Action]:
    visits = [a_visit(number, FRIDAY + timedelta(minutes=number)) for number in range(1, many + 1)]
    office.visits(*visits, now=DUE)
    found = [office.message(visit, row, DUE) for visit in visits]
    for action in found:
        office.put(action, S.AWAITING_APPROVAL, DUE, reason)
    return found


def _ask(office: Office) -> list[str]:
    ask_for_approval(office.store, NEW_YORK, DUE, "run-1")
    with office.store.reading() as session:
        return [one.approval_id for one in undecided(session)]


def test_r50_what_waits_becomes_one_item_with_what_how_many_why_and_until_when(office: Office) -> None:
    actions = _waiting(office, 3)
    (item,) = _ask(office)
    with office.store.reading() as session:
        found = approval_by_id(session, item)
    assert found is not None
    assert (found.rule, len(found.action_ids), found.asked_by) == ("CAP-01", 3, "glowline")
    assert found.expires_at == min(action.expires_at for action in actions)
    (task,) = office.tasks("approval")
    assert task["title"] == "Wanted, a yes to 3 messages of row 3.1 (sms): CAP-01"
    assert _ask(office) == [item], "asked once"


def test_r50_other_rules_rows_and_channels_are_other_items(office: Office) -> None:
    _waiting(office, 1)
    office.put(office.message(a_visit(9, FRIDAY), "2.7", DUE), S.AWAITING_APPROVAL, DUE, "CAP-01")
    office.put(office.message(a_visit(9, FRIDAY), "3.1", DUE), S.AWAITING_APPROVAL, DUE, "EMAIL-04")
    assert len(_ask(office)) == 3


def test_r50_a_yes_is_remembered_for_the_rules_that_asked(office: Office) -> None:
    (action,) = _waiting(office, 1, "CAP-01+EMAIL-04")
    (item,) = _ask(office)
    with office.store.writing(business_now=DUE) as session:
        approve(session, item, who="maria", now=DUE)
        assert approved_rules(session, [action.action_id]) == {
            action.action_id: {"CAP-01": "maria", "EMAIL-04": "maria"}
        }
    assert office.state(action) == "planned"
    assert office.tasks("approval") == []
    with office.store.reading() as session:
        said = [bytes(body) for (body,) in session._cursor.execute("SELECT body FROM audit").fetchall()]
    assert any(AuditTag.APPROVAL_GIVEN.encode() in body and b"maria" in body for body in said)


def test_r50_a_rule_that_was_answered_counts_as_a_risk_somebody_took() -> None:
    asks = Answer(rule="CAP-01", outcome=Outcome.NEED_APPROVAL, reason="Four texts today.")
    given = engine._as_approved(asks, {"CAP-01": "maria"})
    assert (given.outcome, given.reason) == (Outcome.ALLOW_WITH_RISK, "Four texts today. Approved by maria.")
    assert engine._as_approved(asks, {"EMAIL-04": "maria"}) is asks
    block = Answer(rule="CAP-01", outcome=Outcome.BLOCK)
    assert engine._as_approved(block, {"CAP-01": "maria"}) is block, "nobody overrides a block"
    assert combined([given])[0] is Outcome.ALLOW_WITH_RISK


def test_r50_nobodys_silence_sends_anything(office: Office) -> None:
    (action,) = _waiting(office, 1)
    (item,) = _ask(office)
    over = action.expires_at
    assert ask_for_approval(office.store, NEW_YORK, over, "run-2") == {"expired": 1}
    assert office.state(action) == "dropped"
    with office.store.reading() as session:
        found = approval_by_id(session, item)
    assert found is not None
    assert (found.decided, found.decided_by) == ("expired", "glowline")


def test_r50_a_no_drops_them_and_a_second_answer_is_refused(office: Office) -> None:
    (action,) = _waiting(office, 1)
    (item,) = _ask(office)
    with office.store.writing(business_now=DUE) as session:
        drop(session, item, who="maria", now=DUE)
    assert office.state(action) == "dropped"
    with office.store.writing(business_now=DUE) as session, pytest.raises(NotApproved, match="decided already"):
        approve(session, item, who="maria", now=DUE)
    with office.store.writing(business_now=DUE) as session, pytest.raises(NotApproved, match="not known"):
        approve(session, "e-nothing", who="maria", now=DUE)


def test_r50_more_than_fifty_are_approved_only_with_their_number(office: Office) -> None:
    _waiting(office, 51)
    (item,) = _ask(office)
    for count in (None, 50, 52):
        with office.store.writing(business_now=DUE) as session, pytest.raises(NotApproved, match="51 messages"):
            approve(session, item, who="maria", now=DUE, count=count)
    with office.store.writing(business_now=DUE) as session:
        assert len(approve(session, item, who="maria", now=DUE, count=51).action_ids) == 51


def test_r50_some_rules_want_a_second_person(office: Office) -> None:
    (action,) = _waiting(office, 1, "R44", row="5.3")
    with office.store.writing(business_now=DUE) as session:
        asked = Question("R44", "Row 5.3 is new.", [action.action_id], action.expires_at, asked_by="maria")
        item = ask_approval(session, asked, DUE).approval_id
        with pytest.raises(NotApproved, match="second person"):
            approve(session, item, who="maria", now=DUE)
        approve(session, item, who="omar", now=DUE)
    assert office.state(action) == "planned"


def test_r48_a_surge_that_the_policy_finds_is_one_item_whatever_it_is_made_of(office: Office) -> None:
    _waiting(office, 3, "SURGE-01")
    office.put(office.message(a_visit(9, FRIDAY), "2.7", DUE), S.AWAITING_APPROVAL, DUE, "CAP-01+SURGE-01")
    (item,) = _ask(office)
    with office.store.reading() as session:
        found = approval_by_id(session, item)
    assert found is not None
    assert (found.rules, len(found.action_ids)) == (frozenset({"CAP-01", "SURGE-01"}), 4)
    (surge,) = office.rows("surges_between", since=DUE, until=DUE + timedelta(seconds=1))
    assert (surge["approval_id"], surge["actions"], surge["forecast"]) == (item, 4, 25)


def test_r50_what_no_longer_waits_is_not_asked_about_any_more(office: Office) -> None:
    (action,) = _waiting(office, 1)
    _ask(office)
    office.put(action, S.CANCELLED, DUE)
    assert ask_for_approval(office.store, NEW_YORK, DUE, "run-2") == {"needless": 1}
    assert office.tasks("approval") == []


def test_what_is_held_waits_whatever_state_it_was_in(office: Office) -> None:
    visit = a_visit(1, FRIDAY)
    office.visits(visit, now=DUE)
    states = (S.PLANNED, S.CLEARED, S.DELAYED, S.BLOCKED)
    actions = [office.message(visit, f"3.{number}", DUE) for number, _ in enumerate(states, 1)]
    for action, state in zip(actions, states, strict=True):
        if state is not S.PLANNED:
            office.put(action, state, DUE)
    rows = office.rows("open_actions_by_id", ids=[action.action_id for action in actions])
    with office.store.writing(business_now=DUE) as session:
        hold(session, rows, "R17", now=DUE, run_id="run-2")
    assert {office.state(action) for action in actions} == {"awaiting_approval"}
    assert an_action().state is S.PLANNED
