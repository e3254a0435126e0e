"""What was said before, read from a ledger: what counts against a cap, who was asked, how much goes at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from canonical.actions import Action, ActionState, Command, Purpose, SubjectKind
from canonical.ids import AttemptId, ConnectionId
from canonical.owed import Change, ChangeKind
from canonical.practice import Channel
from ledger.actions import Move, apply_changes, transition
from ledger.outbox import Claim, Ticket, record_claims
from ledger.store import Store
from pipelines.outbox.history import History, read_history, sent_facts
from pipelines.policy.facts import Sent
from tests.pipelines.outbox.desk import text
from tests.pipelines.policy.world import NOON, PERSON, an_action, asking, changed
from tests.proofs.town import NEW_YORK, local

S, A = ActionState, ActionState
REVIEW = asking(Purpose.REVIEW_REQUEST, row="6.2", subject_id="v-9")
REPLY = asking(Purpose.REQUESTED_REPLY, row="1.1", subject_kind=SubjectKind.INQUIRY, subject_id="i-9")
FORM = {"i-9": {"connection_id": "website"}}


def planned(ledger: Store, number: int, at: datetime, **updates: Any) -> Action:  # noqa: ANN401 - whatever an action has
    """One message that is owed from then on."""
    action = changed(an_action(action_id=f"a-{number}", subject_id=f"v-{number}"), **updates)
    with ledger.writing(business_now=at) as session:
        apply_changes(session, [Change(ChangeKind.PLAN, action, None, "owed")], at, "run-1")
    return action


def said(ledger: Store, number: int, at: datetime, *states: ActionState, **updates: Any) -> None:  # noqa: ANN401 - as above
    """One message that was claimed at that time, and what became of it."""
    action = planned(ledger, number, at, **updates)
    attempt = AttemptId(f"at-{number}")
    command = Command(connection_id=ConnectionId("twilio"), vendor="twilio", product="sms", payload=text())
    ticket = Ticket(attempt, action.action_id, command, at, at + timedelta(seconds=60))
    with ledger.writing(business_now=at) as session:
        record_claims(session, [Claim(ticket, action, None, "ve-1")])
        for state in (S.CLEARED, S.CLAIMED, *states):
            refs = {"attempt": attempt}
            values = {"attempt_id": attempt}
            transition(session, [Move(action.action_id, state, "test", refs, values)], now=at, run_id="run-1")


def bounced(ledger: Store, number: int, at: datetime) -> None:
    with ledger.writing(business_now=at) as session:
        told = {"vendor_id": "SM1", "status": "bounced", "recorded_at": at}
        session.insert("receipts", [told | {"attempt_id": f"at-{number}"}])


def history(ledger: Store, *actions: Action, now: datetime = NOON) -> History:
    with ledger.reading() as session:
        return read_history(session, actions, FORM, now, NEW_YORK)


def sent(ledger: Store, action: Action, form: str = "") -> Sent:
    return sent_facts(action, history(ledger, action), form, NOON, NEW_YORK)


def ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


def test_cap_01_counts_by_class_what_left_or_may_have(ledger: Store) -> None:
    said(ledger, 1, ago(700), S.SENT, row="5.4", labels={"purpose": Purpose.MARKETING})
    said(ledger, 2, ago(100), S.SENT, row="5.1")
    said(ledger, 3, ago(13), S.SENT)
    said(ledger, 4, ago(3), S.SENT, person_id="p-2")
    said(ledger, 5, ago(2), S.AMBIGUOUS)
    said(ledger, 6, ago(1))
    heard = sent(ledger, an_action(action_id="a-9"))

    assert heard.logistics == (ago(1), ago(2), ago(3)), "whoever is on that phone; yesterday's not"
    assert heard.follow_up == (ago(100),)
    assert heard.marketing == (ago(700),)
    assert heard.same_subject == (ago(1), ago(2), ago(3), ago(13)), "texts of the same purpose, in 24 hours"
    assert heard.treatment_texts == (ago(1), ago(2), ago(3), ago(13), ago(100)), "whatever row"


def test_cap_01_counts_nothing_that_did_not_leave_or_did_not_arrive(ledger: Store) -> None:
    said(ledger, 1, ago(4), S.REFUSED)
    said(ledger, 2, ago(3), S.NOT_SENT)
    said(ledger, 3, ago(2), S.SENT)
    bounced(ledger, 3, ago(1))
    said(ledger, 4, ago(2), S.SENT, contact_point_id="cp-2")
    planned(ledger, 5, ago(1))

    assert sent(ledger, an_action(action_id="a-9")) == Sent()


def test_cap_01_answers_and_tasks_are_no_logistics_and_mails_no_texts(ledger: Store) -> None:
    said(ledger, 1, ago(3), S.SENT, row="1.1", labels={"purpose": Purpose.REQUESTED_REPLY})
    said(ledger, 2, ago(2), S.SENT, row="6.4", labels={"purpose": Purpose.INTERNAL})
    said(ledger, 3, ago(1), S.SENT, channel=Channel.SECURE_EMAIL)
    heard = sent(ledger, an_action(action_id="a-9"))

    assert (heard.logistics, heard.follow_up, heard.treatment_texts) == ((), (), ())


def test_r48_answers_are_counted_by_the_form_that_asked_for_them(ledger: Store) -> None:
    answer = {"row": "1.1", "labels": {"purpose": Purpose.REQUESTED_REPLY}, "subject_kind": SubjectKind.INQUIRY}
    asked = [("i-1", "website"), ("i-2", "website"), ("i-3", "website"), ("i-4", "other")]
    with ledger.writing(business_now=ago(3)) as session:
        session.insert(
            "inquiries", [{"inquiry_id": one, "connection_id": form, "recorded_at": ago(3)} for one, form in asked]
        )
    for number, (hours, phone) in enumerate([(2, "cp-1"), (0.5, "cp-2"), (0.2, "cp-3"), (0.1, "cp-4")], start=1):
        said(ledger, number, ago(hours), S.SENT, **answer | {"subject_id": f"i-{number}", "contact_point_id": phone})

    assert sent(ledger, REPLY, "website").answers_of_form == (ago(0.2), ago(0.5)), "whoever's phone it was"
    assert sent(ledger, an_action(), "website").answers_of_form == ()


def test_rev_05_knows_about_which_visits_a_person_was_invited_and_which_complaint_is_open(ledger: Store) -> None:
    said(ledger, 1, ago(5000), S.SENT, row="6.2", labels={"purpose": Purpose.REVIEW_REQUEST}, contact_point_id="cp-7")
    said(ledger, 2, ago(50), S.REFUSED, row="6.2", labels={"purpose": Purpose.REVIEW_REQUEST})
    task = {"person_id": PERSON, "recorded_at": ago(40)}
    with ledger.writing(business_now=ago(40)) as session:
        session.insert("tasks", [
            task | {"task_id": "t-1", "kind": "red_flag", "opened_at": ago(40)},
            task | {"task_id": "t-2", "kind": "red_flag", "opened_at": ago(90), "closed_at": ago(50)},
            task | {"task_id": "t-3", "kind": "low_score", "opened_at": ago(95)},
        ])  # fmt: skip
    found = history(ledger, REVIEW)

    assert [(row["visit_id"], row["invited_at"]) for row in found.invited[PERSON]] == [("v-1", ago(5000))]
    assert found.complaints == {PERSON: ago(40)}, "the open one; a low score is none (R54)"
    assert history(ledger, an_action()).complaints == {}, "read only when an invitation asks"


def due(count: int, **updates: Any) -> list[Action]:  # noqa: ANN401 - whatever an action has
    return [changed(an_action(action_id=f"a-{n}", person_id=f"p-{n}"), **updates) for n in range(count)]


@pytest.mark.parametrize(
    "updates, count",
    [
        ({}, 25),
        ({"state": A.CLEARED}, 0),
        ({"state": A.BLOCKED}, 0),
        ({"channel": Channel.CRM}, 0),
        ({"labels": {"purpose": Purpose.REQUESTED_REPLY}}, 0),
    ],
    ids=["due", "weighed before", "cannot go", "a task", "an answer"],
)
def test_surge_01_counts_what_would_go_to_people(ledger: Store, updates: dict[str, Any], count: int) -> None:
    assert history(ledger, *due(25, **updates)).surge.tick_count == count


def test_surge_01_expects_what_this_hour_of_this_weekday_brings_and_what_was_planned_long_ago(ledger: Store) -> None:
    for week, day in enumerate(("2026-10-20", "2026-10-27", "2026-11-03", "2026-11-10"), start=1):
        for number in range(30):
            at = local(f"{day} 12:05")
            planned(ledger, 1000 * week + number, at, due_at=at)
    for number in range(26):
        planned(ledger, number, NOON - timedelta(hours=13 if number < 20 else 1), person_id=f"p-{number}")
    surge = history(ledger, *due(26)).surge

    assert local("2026-11-17 12:00") == NOON, "the clocks were put back in between"
    assert (surge.tick_count, surge.forecast, surge.reached) == (26, 30, 6)


def test_surge_01_without_history_expects_a_canarys_worth(ledger: Store) -> None:
    for number in range(40):
        planned(ledger, number, NOON)

    assert history(ledger, *due(40)).surge.forecast == 25
