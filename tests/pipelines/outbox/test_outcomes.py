"""Each of the six problems means one state, and does what its class promises; nothing else."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from canonical.actions import ActionState, WriteOptOut
from canonical.delivery import SendResult
from canonical.practice import Channel
from canonical.problems import ConnectorProblem, NeedsOperator, NotOffered, ProtocolBroken, RefusalReason, TryLater
from ledger.store import Store
from pipelines.outbox.outcomes import AFTER, PATIENCE, settle_problem, settle_sent
from tests.pipelines.outbox.desk import ATTEMPT, PHONE, PROBLEMS, WHERE, Desk, refused

S = ActionState
ASKED_AGAIN = (TryLater, NeedsOperator, NotOffered, ProtocolBroken)
CALLS_SOMEBODY = (NeedsOperator, NotOffered, ProtocolBroken)


def _settled(ledger: Store, problem: ConnectorProblem) -> Desk:
    desk = Desk(ledger)
    desk.claim()
    attempt = desk.attempt()
    with ledger.writing(business_now=desk.hand.now) as session:
        settle_problem(session, desk.settling, problem, attempt)
    return desk


def test_the_table_has_a_row_for_each_problem_and_no_other() -> None:
    assert {type(problem) for problem, _ in PROBLEMS} == AFTER.keys() == set(ConnectorProblem.__subclasses__())


@pytest.mark.parametrize("problem, after", PROBLEMS, ids=[type(one).__name__ for one, _ in PROBLEMS])
def test_a_problem_leads_to_its_state_and_keeps_the_vendors_code(
    ledger: Store, problem: ConnectorProblem, after: ActionState
) -> None:
    desk = _settled(ledger, problem)
    assert desk.states[:4] == ["planned", "cleared", "claimed", after.value]
    assert desk.outcomes == [(after.value, "answer")]
    (row,) = desk.rows("attempt_outcomes_of", attempt_id=ATTEMPT)
    assert row["code"] == "20429"
    still_open = desk.rows("attempt_is_open", attempt_id=ATTEMPT) != []
    assert still_open == (after is S.AMBIGUOUS)


@pytest.mark.parametrize("problem, after", PROBLEMS, ids=[type(one).__name__ for one, _ in PROBLEMS])
def test_only_what_was_not_sent_is_owed_again(ledger: Store, problem: ConnectorProblem, after: ActionState) -> None:
    del after
    desk = _settled(ledger, problem)
    assert (desk.states[-1] == "planned") == isinstance(problem, ASKED_AGAIN)
    if isinstance(problem, ASKED_AGAIN):
        assert desk.open_row()["not_before"] == desk.hand.now + PATIENCE


def test_a_vendor_that_names_a_pause_is_given_it(ledger: Store) -> None:
    desk = _settled(ledger, TryLater(WHERE, "too many requests.", after=timedelta(minutes=9)))
    assert desk.open_row()["not_before"] == desk.hand.now + timedelta(minutes=9)


@pytest.mark.parametrize("problem, after", PROBLEMS, ids=[type(one).__name__ for one, _ in PROBLEMS])
def test_what_a_person_must_mend_pauses_the_vendor_and_opens_one_task(
    ledger: Store, problem: ConnectorProblem, after: ActionState
) -> None:
    del after
    desk = _settled(ledger, problem)
    pauses = [(row["scope"], row["value"]) for row in desk.rows("pauses_in_force", now=desk.hand.now)]
    tasks = [(row["kind"], row["subject_id"], row["person_id"]) for row in desk.rows("open_tasks")]
    called = isinstance(problem, CALLS_SOMEBODY)
    assert pauses == ([("vendor", "twilio")] if called else [])
    assert tasks == ([("operator", "twilio", None)] if called else [])


def test_r57_a_revoked_key_is_told_with_the_number_of_visits_that_wait(ledger: Store) -> None:
    desk = _settled(ledger, NeedsOperator(WHERE, "the key was revoked.", next_step="Enter a new one."))
    (task,) = desk.rows("open_tasks")
    assert task["title"] == "twilio needs attention: 1 visit waits within 7 days"
    assert task["urgent"]


def test_an_opt_out_that_cannot_be_copied_calls_somebody_and_pauses_nothing(ledger: Store) -> None:
    """R34: it holds here; one list that is closed to us must not silence everybody else."""
    desk = Desk(ledger)
    desk.claim(WriteOptOut(contact=SecretStr("+12125550142"), channel=Channel.SMS, at=desk.hand.now))
    attempt, problem = desk.attempt(), NeedsOperator(WHERE, "no such resource.", next_step="Enter it by hand.")
    with ledger.writing(business_now=desk.hand.now) as session:
        settle_problem(session, desk.settling, problem, attempt)
    assert desk.rows("pauses_in_force", now=desk.hand.now) == []
    assert [row["kind"] for row in desk.rows("open_tasks")] == ["operator"]


def test_the_vendors_opt_out_is_ours(ledger: Store) -> None:
    """R34."""
    desk = _settled(ledger, refused(RefusalReason.OPTED_OUT))
    (row,) = desk.rows("outbox_suppressions", contact_points=[PHONE])
    assert (row["brand"], row["scope"], row["source"], row["lifted"]) == ("lumen", "all", "vendor:twilio", False)
    assert row["effective_at"] == desk.hand.now


@pytest.mark.parametrize("reason", [RefusalReason.NOT_TEXTABLE, RefusalReason.BAD_ADDRESS])
def test_a_phone_that_takes_no_texts_is_known_as_such(ledger: Store, reason: RefusalReason) -> None:
    """R27."""
    desk = _settled(ledger, refused(reason))
    (row,) = desk.rows("outbox_contact_points", contact_points=[PHONE])
    assert row["textable"] is False
    assert desk.rows("outbox_suppressions", contact_points=[PHONE]) == []


@pytest.mark.parametrize(
    "reason",
    sorted(set(RefusalReason) - {RefusalReason.OPTED_OUT, RefusalReason.NOT_TEXTABLE, RefusalReason.BAD_ADDRESS}),
)
def test_any_other_refusal_says_nothing_about_the_phone(ledger: Store, reason: RefusalReason) -> None:
    desk = _settled(ledger, refused(reason))
    (row,) = desk.rows("outbox_contact_points", contact_points=[PHONE])
    assert row["textable"] is None
    assert desk.rows("outbox_suppressions", contact_points=[PHONE]) == []
    assert desk.states[-1] == "refused"


def test_what_the_vendor_accepted_is_sent_under_its_id(ledger: Store) -> None:
    desk = Desk(ledger)
    desk.claim()
    with ledger.writing(business_now=desk.hand.now) as session:
        settle_sent(session, desk.settling, SendResult(vendor_id="SM1"))
    assert desk.states[-1] == "sent"
    (found,) = desk.rows("attempt_of_vendor_id", vendor_id="SM1")
    assert found["attempt_id"] == ATTEMPT
    assert desk.rows("attempt_is_open", attempt_id=ATTEMPT) == []
