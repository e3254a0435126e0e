"""What comes after a message and would have stopped it is found, once, with the lag (R55); agreements that run out (R47)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from canonical.actions import ActionState, Labels, Purpose
from canonical.agreements import VendorRegister
from canonical.consent import SuppressionScope
from canonical.ids import ConnectionId, ContactPointId, ContentHash, PersonId
from canonical.practice import Channel, Connection, Sender
from canonical.visits import AppointmentStatus
from ledger.permission import suppress
from ledger.store import Store
from pipelines.oversight.expiries import notice_expiries
from pipelines.oversight.late_truths import find_late_truths
from tests.pipelines.oversight.office import LUMEN, NEW_YORK, Office, a_visit, at
from tests.pipelines.policy.world import SIGNED, a_stop, an_action

S = ActionState
NOW = at("2026-11-11 12:00")
FRIDAY = at("2026-11-13 10:00")
NOTHING = VendorRegister()
VERSION = ContentHash("1" * 64)


@pytest.fixture
def office(ledger: Store) -> Office:
    return Office(ledger)


def _sent(office: Office, when: datetime, **changes: Any) -> str:  # noqa: ANN401 - fields of an action
    visit = a_visit(1, FRIDAY)
    office.visits(visit, now=when)
    action = office.message(visit, changes.pop("row", "3.1"), when, **changes)
    office.put(action, S.CLEARED, when)
    return office.attempted(action, when)


def _find(office: Office, register: VendorRegister = NOTHING, version: str = VERSION) -> int:
    return find_late_truths(office.store, register, ContentHash(version), NEW_YORK, NOW)


def _stop(office: Office, said: datetime, scope: SuppressionScope = SuppressionScope.ALL, **changes: object) -> None:
    with office.store.writing() as session:
        stop = a_stop(scope, contact_point_id=ContactPointId("cp-p-1"), effective_at=said, recorded_at=NOW, **changes)
        assert suppress(session, stop, raw_id="r-1")


def test_r55_an_opt_out_we_did_not_know_of_is_found_once_with_its_lag(office: Office) -> None:
    _find(office)
    sent = NOW - timedelta(hours=1)
    attempt = _sent(office, sent)
    _stop(office, NOW - timedelta(hours=3))
    assert _find(office) == 1
    assert _find(office) == 0
    (row,) = office.rows("late_truths_between", since=NOW - timedelta(days=1), until=NOW)
    assert (row["kind"], row["messages"], row["lag_seconds"]) == ("opt_out", 1, 7200)
    (task,) = office.tasks("should_not_have_gone")
    assert (task["subject_id"], task["person_id"]) == (attempt, "p-1")
    assert task["title"] == "A message went out 2 h after an opt-out we did not know of"


def test_r55_a_message_before_the_opt_out_was_right_to_go(office: Office) -> None:
    _sent(office, NOW - timedelta(hours=4))
    _stop(office, NOW - timedelta(hours=3))
    assert _find(office) == 0


def test_r55_a_stop_of_marketing_says_nothing_about_a_reminder(office: Office) -> None:
    _sent(office, NOW - timedelta(hours=1))
    _stop(office, NOW - timedelta(hours=3), SuppressionScope.MARKETING)
    assert _find(office) == 0


def test_r55_the_confirmation_of_an_opt_out_may_follow_it(office: Office) -> None:
    labels = Labels.model_validate(an_action().labels.model_dump() | {"purpose": Purpose.OPT_OUT_CONFIRMATION})
    _sent(office, NOW - timedelta(hours=1), labels=labels)
    _stop(office, NOW - timedelta(hours=3))
    assert _find(office) == 0


def test_r55_a_wrong_number_is_about_the_person_who_was_meant(office: Office) -> None:
    _sent(office, NOW - timedelta(hours=1))
    _stop(office, NOW - timedelta(hours=3), SuppressionScope.PERSON_ON_PHONE, person_id=PersonId("p-2"))
    assert _find(office) == 0
    _stop(office, NOW - timedelta(hours=3), SuppressionScope.PERSON_ON_PHONE, person_id=PersonId("p-1"))
    assert _find(office) == 1
    assert "somebody else's" in office.tasks("should_not_have_gone")[0]["title"]


@pytest.mark.parametrize("change", ["cancelled", "moved"])
def test_r55_a_change_before_the_send_by_the_vendors_word_is_found(office: Office, change: str) -> None:
    _sent(office, NOW - timedelta(hours=1))
    then = {"changed_at": NOW - timedelta(hours=2), "recorded_at": NOW}
    visit = a_visit(1, FRIDAY, **then)
    after = (
        replace(visit, status=AppointmentStatus.CANCELLED)
        if change == "cancelled"
        else replace(visit, start_at=FRIDAY + timedelta(days=1))
    )
    office.visits(after, now=NOW, change=change)
    office.version(after, change)
    assert _find(office) == 1
    assert f"its visit was {change}" in office.tasks("should_not_have_gone")[0]["title"]


def test_r55_a_change_after_the_send_was_no_fault(office: Office) -> None:
    _sent(office, NOW - timedelta(hours=1))
    after = a_visit(1, FRIDAY, status=AppointmentStatus.CANCELLED, changed_at=NOW, recorded_at=NOW)
    office.visits(after, now=NOW)
    office.version(after, "cancelled")
    assert _find(office) == 0


def test_r55_an_expiry_that_is_written_down_late_is_one_task_for_the_vendor(office: Office) -> None:
    _sent(office, NOW - timedelta(hours=1))
    open_ended = VendorRegister(agreements=(SIGNED,))
    assert _find(office, open_ended) == 0
    ended = VendorRegister(agreements=(SIGNED.model_copy(update={"expires_on": date(2026, 11, 10)}),))
    assert _find(office, ended, "2" * 64) == 1
    assert _find(office, ended, "2" * 64) == 0
    (task,) = office.tasks("should_not_have_gone")
    assert task["title"] == "1 message went through twilio after its agreement had run out"


def _bench(expires: date) -> Any:  # noqa: ANN401 - what the stage reads of a workbench
    practice = LUMEN.model_copy(
        update={
            "connections": (Connection(connection_id=ConnectionId("twilio"), vendor="twilio", account="a"),),
            "senders": (
                Sender(
                    address=LUMEN.locations[0].sms_sender,
                    channel=Channel.SMS,
                    connection=ConnectionId("twilio"),
                    brand="lumen",
                ),
            ),
        }
    )
    register = VendorRegister(agreements=(SIGNED.model_copy(update={"expires_on": expires}),))
    config = SimpleNamespace(practice=practice, agreements=register)
    return SimpleNamespace(config=config, zone=NEW_YORK, offers=lambda vendor, command: True)


def test_r47_an_agreement_is_told_of_at_each_threshold_once_with_what_it_will_stop(office: Office) -> None:
    ends = date(2026, 11, 30)
    visit = a_visit(1, at("2026-12-02 10:00"))
    office.visits(visit, now=NOW)
    office.message(visit, "3.2", at("2026-12-01 10:00"))
    office.message(visit, "3.1", at("2026-11-30 10:00"))
    told: list[int] = []
    for days in range(70, -2, -1):
        now = at(f"{ends - timedelta(days=days)} 12:00")
        notice_expiries(office.store, _bench(ends), now)
        notice_expiries(office.store, _bench(ends), now)
        if len(office.tasks("expiry")) > len(told):
            told.append(days)
    assert told == [60, 30, 14, 7, 1]
    titles = [task["title"] for task in office.tasks("expiry")]
    assert all("it will then stop 1 message planned so far" in title for title in titles)
    assert [task["urgent"] for task in sorted(office.tasks("expiry"), key=lambda one: one["opened_at"])] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_r47_an_agreement_without_an_end_is_nobodys_worry(office: Office) -> None:
    bench = _bench(date(2030, 1, 1))
    assert notice_expiries(office.store, bench, NOW) == 0
