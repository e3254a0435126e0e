"""Whoever is not told is called, and in time (R57)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.actions import ActionState
from canonical.people import PersonFlag
from canonical.practice import Channel
from canonical.visits import AppointmentStatus
from ledger.actions import Move, transition
from ledger.store import Store
from ledger.tasks import close_task
from pipelines.oversight.untold import watch_untold
from tests.ledger_fixture import fresh_ledger
from tests.pipelines.oversight.office import LUMEN, Office, a_visit, at

S = ActionState
FRIDAY = at("2026-11-13 10:00")
"""The visit."""


@pytest.fixture
def office(ledger: Store) -> Office:
    return Office(ledger)


def _watch(office: Office, now: datetime) -> list[tuple[str, datetime]]:
    watch_untold(office.store, LUMEN, now)
    return [(task["subject_id"], task["due_at"]) for task in office.tasks()]


def test_r57_a_blocked_reminder_is_a_call_due_by_ten_on_the_day_before(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", due), S.BLOCKED, due, "TCPA-02")
    assert _watch(office, due) == [("v-1", at("2026-11-12 10:00"))]
    (task,) = office.tasks()
    assert (task["person_id"], task["location_id"], task["urgent"]) == ("p-1", "downtown", False)
    assert task["expires_at"] == FRIDAY


def test_r57_after_a_weekend_the_call_is_due_on_the_last_day_somebody_is_there(office: Office) -> None:
    monday = at("2026-11-16 10:00")
    visit, due = a_visit(1, monday), monday - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", at("2026-11-12 10:00")), S.BLOCKED, due, "TCPA-02")
    assert _watch(office, due)[0][0] == "v-1"
    (task,) = office.tasks()
    assert task["due_at"] == monday - timedelta(hours=1), (
        "Saturday: the next time anybody is there is the visit's own morning"
    )


@pytest.mark.parametrize("state", [S.REFUSED, S.ABANDONED, S.EXPIRED, S.DROPPED, S.BOUNCED, S.REJECTED])
def test_r57_what_was_settled_in_vain_is_a_call_at_once(office: Office, state: ActionState) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", due), state, due)
    assert [one for one, _ in _watch(office, due)] == ["v-1"]


def test_r57_what_only_waits_is_given_time_until_a_call_would_be_late(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", due), S.DELAYED, due, "PAUSE-01", not_before=FRIDAY)
    assert _watch(office, due + timedelta(hours=12)) == []
    assert _watch(office, at("2026-11-12 09:00")) == [("v-1", at("2026-11-12 10:00"))]


def test_r57_a_doubtful_cancellation_reaches_somebody_before_the_house_closes(office: Office) -> None:
    """The visit is at nine on the next morning; nobody reads a list at night."""
    visit = a_visit(1, at("2026-11-13 09:00"), status=AppointmentStatus.CANCELLED)
    due = at("2026-11-12 17:40")
    office.visits(visit, now=due)
    office.put(office.message(visit, "2.8", due), S.AMBIGUOUS, due)
    assert _watch(office, due + timedelta(minutes=1)) == []
    assert _watch(office, due + timedelta(minutes=6)) == [("v-1", at("2026-11-12 18:00"))]
    assert office.tasks()[0]["urgent"]


def test_r57_a_later_message_with_the_true_time_closes_the_call(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", due), S.BLOCKED, due, "TCPA-02")
    assert len(_watch(office, due)) == 1
    later = FRIDAY - timedelta(hours=24)
    office.put(office.message(visit, "3.2", later), S.DELIVERED, later)
    assert _watch(office, later + timedelta(minutes=5)) == []


def test_r57_a_message_that_names_another_time_closes_nothing(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", due), S.REFUSED, due)
    stale = office.message(visit, "3.2", due, anchor_at=FRIDAY + timedelta(hours=1))
    office.put(stale, S.SENT, due)
    assert len(_watch(office, due + timedelta(hours=1))) == 1


def test_r57_who_heard_it_by_mail_needs_no_call(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", due), S.BLOCKED, due, "TCPA-02")
    office.put(office.message(visit, "3.1", due, channel=Channel.SECURE_EMAIL), S.SENT, due)
    assert _watch(office, due + timedelta(minutes=1)) == []


def test_r57_a_call_that_was_made_is_not_asked_for_again(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "3.1", due), S.BLOCKED, due, "TCPA-02")
    _watch(office, due)
    (task,) = office.tasks()
    with office.store.writing(business_now=due) as session:
        assert close_task(session, task["task_id"], by="user:desk", now=due)
    office.put(office.message(visit, "3.2", FRIDAY - timedelta(hours=24)), S.BLOCKED, FRIDAY - timedelta(hours=24))
    assert _watch(office, FRIDAY - timedelta(hours=24)) == []


def test_r57_a_visit_that_is_over_or_moved_leaves_the_list(office: Office) -> None:
    first, second, due = a_visit(1, FRIDAY), a_visit(2, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(first, second, now=due)
    for visit in (first, second):
        office.put(office.message(visit, "3.1", due), S.BLOCKED, due, "TCPA-02")
    assert len(_watch(office, due)) == 2
    office.visits(a_visit(2, FRIDAY + timedelta(days=3)), now=due)
    assert [one for one, _ in _watch(office, due + timedelta(hours=1))] == ["v-1"]
    assert _watch(office, FRIDAY) == []


def test_r57_what_rode_in_a_message_that_bounced_was_not_told_either(office: Office) -> None:
    one, two, due = a_visit(1, FRIDAY), a_visit(2, FRIDAY + timedelta(minutes=30)), FRIDAY - timedelta(hours=48)
    office.visits(one, two, now=due)
    carrier, rider = office.message(one, "3.1", due), office.message(two, "3.1", due)
    office.put(carrier, S.CLAIMED, due, message_id="m-1")
    with office.store.writing(business_now=due) as session:
        values = {"absorbed_by": carrier.action_id, "message_id": "m-1"}
        transition(session, [Move(rider.action_id, S.ABSORBED, "same_message", values=values)], now=due)
        for state in (S.SENT, S.BOUNCED):
            transition(session, [Move(carrier.action_id, state, "reported")], now=due)
    assert sorted(visit for visit, _ in _watch(office, due)) == ["v-1", "v-2"]


def test_r57_whoever_rides_in_a_doubtful_text_is_called_too(office: Office) -> None:
    """One text names a mother's visit and her child's, and nobody knows whether it arrived (R5)."""
    mother, child, due = a_visit(1, FRIDAY), a_visit(2, FRIDAY + timedelta(hours=2)), FRIDAY - timedelta(hours=24)
    office.visits(mother, child, now=due)
    carrier, rider = office.message(mother, "3.2", due), office.message(child, "3.2", due)
    office.put(carrier, S.CLAIMED, due, message_id="m-1")
    with office.store.writing(business_now=due) as session:
        values = {"absorbed_by": carrier.action_id, "message_id": "m-1"}
        transition(session, [Move(rider.action_id, S.ABSORBED, "same_message", values=values)], now=due)
        transition(session, [Move(carrier.action_id, S.AMBIGUOUS, "Ambiguous")], now=due)
    assert {visit for visit, _ in _watch(office, due + timedelta(hours=8))} == {"v-1", "v-2"}


def test_r37_nobody_is_called_about_somebody_everything_has_stopped_for(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    with office.store.writing(business_now=due) as session:
        session.insert("persons", [{"person_id": "p-1", "flags": PersonFlag.DECEASED.value, "recorded_at": due}])
    office.put(office.message(visit, "3.1", due), S.BLOCKED, due, "NEVER-01")
    assert _watch(office, due) == []


def test_a_row_that_is_no_logistics_puts_nobody_on_the_list(office: Office) -> None:
    visit, due = a_visit(1, FRIDAY), FRIDAY - timedelta(hours=48)
    office.visits(visit, now=due)
    office.put(office.message(visit, "5.4", due), S.BLOCKED, due)
    assert _watch(office, due) == []


@pytest.mark.parametrize("rule", ["AUD-01", "AUD-02", "BAA-02"])
def test_r57_a_stop_of_everything_calls_the_operator_with_the_number_of_visits(office: Office, rule: str) -> None:
    due = FRIDAY - timedelta(hours=48)
    visits = [a_visit(number, FRIDAY) for number in range(1, 4)]
    office.visits(*visits, now=due)
    actions = [office.message(visit, "3.1", due) for visit in visits]
    for action in actions:
        office.put(action, S.BLOCKED, due, rule)
    assert _watch(office, due) == [], "it may be mended before anybody need be called"
    (task,) = office.tasks("operator")
    assert task["urgent"]
    assert rule in task["title"]
    assert "3 visits" in task["title"]
    for action in actions:
        with office.store.writing(business_now=due) as session:
            transition(session, [Move(action.action_id, S.PLANNED, "asked_again")], now=due)
    _watch(office, due + timedelta(minutes=5))
    assert office.tasks("operator") == []


STATES = st.sampled_from([one for one in ActionState if one not in {S.CANCELLED, S.ABSORBED, S.NOT_SENT}])
ROWS = st.sampled_from([("3.1", 48), ("3.2", 24), ("2.5", 200), ("3.5", 24), ("4.1", 2)])


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(said=st.lists(st.tuples(st.integers(1, 3), ROWS, STATES), min_size=1, max_size=6))
def test_r57_no_logistics_message_ends_untold_without_a_task(
    said: list[tuple[int, tuple[str, int], ActionState]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever becomes of messages: an hour before a visit, whoever was not told its time last has somebody who calls."""
    office = Office(fresh_ledger(tmp_path_factory.mktemp("office")))
    visits = {number: a_visit(number, FRIDAY) for number in range(1, 4)}
    office.visits(*visits.values(), now=FRIDAY - timedelta(days=12))
    for number, (row, hours), state in sorted(said, key=lambda one: -one[1][1]):
        due = FRIDAY - timedelta(hours=hours)
        office.put(office.message(visits[number], row, due), state, due, "TCPA-02")
        _watch(office, due + timedelta(minutes=1))
    for minutes in (110, 60, 30):
        _watch(office, FRIDAY - timedelta(minutes=minutes))
    called = {(task["subject_id"], task["title"]) for task in office.tasks()}
    for number, visit in visits.items():
        for families in ({"3.1", "3.2", "2.5", "4.1"}, {"3.5"}):
            mine = [(hours, state) for who, (row, hours), state in said if who == number and row in families]
            if not mine:
                continue
            last = min(hours for hours, _ in mine)
            arrived = any(state in {S.SENT, S.DELIVERED} for hours, state in mine if hours <= last + 2)
            failed = any(state not in {S.SENT, S.DELIVERED} for _, state in mine)
            if failed and not arrived:
                assert any(subject == visit.visit_id for subject, _ in called), (number, mine)
