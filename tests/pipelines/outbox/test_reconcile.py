"""Doubt is looked up and never sent again on a guess: found, absent with proof, unknown, and the end of patience."""

from datetime import timedelta
from typing import Any

import pytest

from canonical.actions import Payload
from canonical.delivery import Effect, Found, LookupResult, SendResult
from canonical.problems import TryLater
from connectors.kit.registry import manifest
from ledger.outbox import Ticket
from ledger.store import Store
from pipelines.outbox import reconcile as reconciling
from pipelines.outbox.answers import record_answers
from pipelines.outbox.deliver import LONGEST_DOUBT, Outbox
from pipelines.outbox.outcomes import settle_problem, settle_sent
from pipelines.outbox.reconcile import reconcile
from tests.pipelines.outbox.desk import ATTEMPT, PROBLEMS, WHERE, Desk, lead, task

LAPSED = timedelta(seconds=61)


@pytest.fixture
def desk(ledger: Store) -> Desk:
    made = Desk(ledger)
    made.claim()
    return made


def _answers(monkeypatch: pytest.MonkeyPatch, result: LookupResult | TryLater) -> list[str]:
    """The vendor's answer to whoever asks what became of an attempt; returns who was asked about."""
    asked: list[str] = []

    def look_up(outbox: Outbox, ticket: Ticket) -> LookupResult:
        del outbox
        asked.append(ticket.attempt_id)
        if isinstance(result, TryLater):
            raise result
        return result

    monkeypatch.setattr(reconciling, "ask_what_became_of", look_up)
    return asked


def test_a_claim_within_its_lease_is_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(monkeypatch, LookupResult(found=Found.SENT))
    desk.hand.machine += timedelta(seconds=59)
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 0}
    assert (asked, desk.states[-1]) == ([], "claimed")


def test_business_time_alone_lets_no_lease_lapse(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo turns its clock by days; a request under way is as old as the machine says."""
    _answers(monkeypatch, LookupResult(found=Found.SENT))
    desk.hand.now += timedelta(days=1)
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 0}


def test_what_is_found_was_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(monkeypatch, LookupResult(found=Found.SENT, vendor_id="SM1", status="delivered"))
    desk.hand.machine += LAPSED
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 1, "sent": 1}
    assert asked == [ATTEMPT]
    assert desk.outcomes == [("ambiguous", "lease"), ("sent", "look_up")]
    assert desk.states[-2:] == ["ambiguous", "sent"]


def test_what_is_proved_absent_is_owed_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, LookupResult(found=Found.ABSENT))
    desk.hand.machine += LAPSED
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 1, "not_sent": 1}
    assert desk.states[-3:] == ["ambiguous", "not_sent", "planned"]
    assert desk.open_row()["not_before"] is None


@pytest.mark.parametrize(
    "result", [LookupResult(found=Found.UNKNOWN), TryLater(WHERE, "the vendor is down.")], ids=["unknown", "outage"]
)
def test_what_nobody_can_prove_waits_and_then_a_person_has_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, result: LookupResult | TryLater
) -> None:
    asked = _answers(monkeypatch, result)
    began, expires = desk.hand.now, desk.open_row()["expires_at"]
    desk.hand.machine += LAPSED
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 1, "still_unknown": 1}
    desk.hand.now = expires - timedelta(seconds=1)
    assert reconcile(desk.outbox(), "run-3") == {"lapsed": 0, "still_unknown": 1}
    assert desk.rows("open_tasks") == []
    desk.hand.now = min(expires, began + LONGEST_DOUBT)
    assert reconcile(desk.outbox(), "run-4") == {"lapsed": 0, "abandoned": 1}
    (opened,) = desk.rows("open_tasks")
    assert (opened["kind"], opened["subject_id"], opened["due_at"]) == ("not_proved", ATTEMPT, desk.hand.now)
    assert desk.states[-1] == "abandoned"
    assert reconcile(desk.outbox(), "run-5") == {"lapsed": 0}
    assert len(asked) == 3


def test_a_message_that_lives_for_days_is_doubted_for_one(ledger: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(ledger)
    desk.claim(expires_at=desk.hand.now + timedelta(days=5))
    _answers(monkeypatch, LookupResult(found=Found.UNKNOWN))
    desk.hand.machine += LAPSED
    reconcile(desk.outbox(), "run-2")
    desk.hand.now += LONGEST_DOUBT
    assert reconcile(desk.outbox(), "run-3") == {"lapsed": 0, "abandoned": 1}


@pytest.mark.parametrize("payload", [lead(), task()], ids=["upsert_lead", "create_task"])
def test_what_may_be_repeated_is_not_doubted(ledger: Store, monkeypatch: pytest.MonkeyPatch, payload: Payload) -> None:
    assert manifest("hubspot").commands[payload.kind].effect is not Effect.ONCE
    desk = Desk(ledger)
    desk.claim(payload, vendor="hubspot")
    asked = _answers(monkeypatch, LookupResult(found=Found.UNKNOWN))
    desk.hand.machine += LAPSED
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 1, "not_sent": 1}
    assert (asked, desk.states[-1]) == ([], "planned")


def test_a_receipt_that_comes_during_the_look_up_has_settled_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(outbox: Outbox, ticket: Ticket) -> LookupResult:
        del ticket
        with outbox.store.writing(business_now=desk.hand.now) as session:
            settle_sent(session, desk.settling, SendResult(vendor_id="SM1"))
        return LookupResult(found=Found.ABSENT)

    monkeypatch.setattr(reconciling, "ask_what_became_of", look_up)
    desk.hand.machine += LAPSED
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 1, "settled_meanwhile": 1}
    assert desk.states[-1] == "sent"


@pytest.mark.parametrize("problem", [one for one, _ in PROBLEMS], ids=[type(one).__name__ for one, _ in PROBLEMS])
def test_a_receipt_before_the_answer_wins_over_whatever_the_answer_is(desk: Desk, problem: Exception) -> None:
    with desk.store.writing(business_now=desk.hand.now) as session:
        settle_sent(session, desk.settling, SendResult(vendor_id="SM1"))
        bench: Any = None
        assert record_answers(session, [(desk.settling, problem)], bench) == {"sent": 1}  # type: ignore[list-item] # parametrized as exceptions
    assert desk.outcomes == [("sent", "answer")]
    assert desk.states[-1] == "sent"


def test_a_doubt_by_answer_is_looked_up_without_waiting_for_a_lease(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(monkeypatch, LookupResult(found=Found.SENT, vendor_id="SM1"))
    attempt = desk.attempt()
    with desk.store.writing(business_now=desk.hand.now) as session:
        settle_problem(session, desk.settling, PROBLEMS[-1][0], attempt)
    assert reconcile(desk.outbox(), "run-2") == {"lapsed": 0, "sent": 1}
