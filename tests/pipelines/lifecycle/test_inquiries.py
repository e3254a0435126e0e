"""Rows anchored on an inquiry: hours, promises, repeats, spam, stops (R3, R4, R30, R38, R43, R49, R56)."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from canonical.ids import ContactPointId, InquiryId, PersonId
from canonical.inquiries import InquirySource
from canonical.owed import Candidates, Subject
from canonical.practice import Channel, Closure, WeeklyHours
from canonical.subjects import InquiryFacts
from pipelines.lifecycle.desired import Desired, desired
from pipelines.lifecycle.hours import keeps_the_hour, next_opening, promised_at
from pipelines.lifecycle.reasons import Why
from tests.journeys_fixture import DOWNTOWN, INQUIRY_STEPS, PRACTICE, journeys
from tests.pipelines.lifecycle.world import local, ny

OPEN = WeeklyHours(days={day: ((time(9), time(12)), (time(13), time(18))) for day in range(5)})
PLACE = DOWNTOWN.model_copy(update={"hours": OPEN})
MONDAY_NOON = ny("2026-11-09 10:30")
AGAIN: dict[str, object] = {"same_as": InquiryId("q-0"), "first_answered": True, "first_cared_for": True}
"""The same question again, and the first one is dealt with."""


def _inquiry(received: datetime | None = MONDAY_NOON, **fields: object) -> InquiryFacts:
    facts = InquiryFacts(
        inquiry_id=InquiryId("q-1"),
        seq=1,
        person_id=PersonId("ana"),
        source=InquirySource.WEB_FORM,
        recorded_at=received or MONDAY_NOON,
        received_at=received,
        vendor_time=True,
        location_id=PLACE.location_id,
        phone_id=ContactPointId("cp-1"),
        email_id=ContactPointId("cp-2"),
    )
    return replace(facts, **fields)  # type: ignore[arg-type]  # fields by name, from a test's own table


def _answer(inquiry: InquiryFacts, now: datetime | None = None) -> Desired:
    at = now or inquiry.received_at or MONDAY_NOON
    practice = PRACTICE.model_copy(update={"locations": (PLACE,), "default_location": PLACE.location_id})
    candidates = Candidates((Subject(inquiry),))
    return desired(candidates, journeys(*INQUIRY_STEPS), practice, at, at + timedelta(hours=48))


def _rows(answer: Desired) -> set[str]:
    return {action.row for action in answer.owed.values()}


def test_an_inquiry_in_hours_is_promised_a_call_within_the_hour() -> None:
    answer = _answer(_inquiry())
    assert _rows(answer) == {"1.1", "1.2", "1.3", "1.5"}
    assert {local(a.due_at) for a in answer.owed.values() if a.row != "1.5"} == {"2026-11-09 10:30"}
    assert [local(a.due_at) for a in answer.owed.values() if a.row == "1.5"] == ["2026-11-09 11:30"]


def test_an_inquiry_at_night_is_told_the_next_opening() -> None:
    answer = _answer(_inquiry(ny("2026-11-07 23:00")))
    assert _rows(answer) == {"1.2", "1.3", "1.4", "1.5"}
    told = answer.owed["q-1", "1.4-answer-closed"].facts
    assert told["next_opening_at"] == "2026-11-09T14:00:00.000Z"
    assert told["promised_at"] == "2026-11-09T15:00:00.000Z"


@pytest.mark.parametrize(
    "received, kept",
    [
        ("2026-11-09 09:00", True),
        ("2026-11-09 11:00", True),
        ("2026-11-09 11:01", False),
        ("2026-11-09 12:30", False),
        ("2026-11-09 17:00", True),
        ("2026-11-09 17:01", False),
        ("2026-11-08 10:00", False),
        ("2026-11-10 10:00", False),
    ],
)
def test_the_promised_hour_must_lie_inside_one_opening(received: str, kept: bool) -> None:
    place = PLACE.model_copy(update={"closures": (Closure(first_day=date(2026, 11, 10), last_day=date(2026, 11, 10)),)})
    assert keeps_the_hour(place, ny(received)) is kept


def test_where_no_hours_are_set_the_day_is_from_eight_to_six() -> None:
    assert keeps_the_hour(DOWNTOWN, ny("2026-11-08 17:00"))
    assert not keeps_the_hour(DOWNTOWN, ny("2026-11-08 17:30"))
    assert next_opening(DOWNTOWN, ny("2026-11-08 17:30")) == ny("2026-11-09 08:00")


def test_a_closure_moves_the_next_opening_over_the_clock_change_too() -> None:
    place = PLACE.model_copy(update={"closures": (Closure(first_day=date(2026, 10, 30), last_day=date(2026, 11, 2)),)})
    assert next_opening(place, ny("2026-10-29 18:30")) == ny("2026-11-03 09:00")


def test_a_place_that_never_opens_promises_nothing() -> None:
    forever = Closure(first_day=date(2026, 1, 1), last_day=date(2027, 12, 31))
    assert promised_at(PLACE.model_copy(update={"closures": (forever,)}), MONDAY_NOON) is None


@pytest.mark.parametrize(
    "fields, why",
    [
        (AGAIN, Why.REPEATED),
        (AGAIN | {"worded": True}, Why.REPEATED),
        ({"phone_answered": True}, Why.REPEATED),
        ({"suspected_spam": True}, Why.SPAM),
        ({"source": InquirySource.PHONE_ANSWERED}, Why.ANSWERED_CALL),
        ({"booked_at": MONDAY_NOON}, Why.STOPPED),
        ({"called_at": MONDAY_NOON}, Why.STOPPED),
        ({"closed": True}, Why.STOPPED),
        ({"vendor_time": False}, Why.NOT_LIVE),
        ({"received_at": None}, Why.NOT_LIVE),
    ],
)
def test_an_inquiry_is_not_answered_when(fields: dict[str, object], why: Why) -> None:
    answer = _answer(_inquiry(**fields), MONDAY_NOON)  # type: ignore[arg-type]  # fields by name, from a test's own table
    assert why in {one.why for one in answer.withheld.values()}
    assert "1.1" not in _rows(answer)


@pytest.mark.parametrize("fields", [AGAIN | {"worded": True}, {"suspected_spam": True}, {"phone_answered": True}])
def test_the_desk_still_hears_of_an_inquiry_that_gets_no_text(fields: dict[str, object]) -> None:
    assert "1.3" in _rows(_answer(_inquiry(**fields)))  # type: ignore[arg-type]  # fields by name, from a test's own table


def test_the_same_question_again_is_no_second_lead_task_or_promise() -> None:
    """R4: where it says nothing new, nothing is added either."""
    assert _rows(_answer(_inquiry(**AGAIN))) == set()  # type: ignore[arg-type]  # fields by name
    assert _rows(_answer(_inquiry(**AGAIN | {"worded": True}))) == {"1.3"}  # type: ignore[arg-type]  # fields by name


def test_the_same_question_again_is_dealt_with_where_the_first_was_not() -> None:
    """It came before go-live, or its answer was blocked and has expired: somebody still waits."""
    first = InquiryId("q-0")
    assert _rows(_answer(_inquiry(same_as=first))) == {"1.1", "1.2", "1.3", "1.5"}
    assert _rows(_answer(_inquiry(same_as=first, first_cared_for=True))) == {"1.1"}


def test_two_people_on_one_phone_are_two_leads_and_one_answer() -> None:
    """R4. The mail address is another place: who gave one of their own is answered there."""
    second = _answer(_inquiry(phone_answered=True))
    assert {"1.2", "1.3", "1.5"} <= _rows(second)
    assert "1.1" not in _rows(second)


def test_a_lead_from_the_crm_is_not_written_into_it_once_more() -> None:
    answer = _answer(_inquiry(source=InquirySource.CRM))
    assert "1.2" not in _rows(answer)
    assert Why.THERE_ALREADY in {one.why for one in answer.withheld.values()}
    assert {"1.1", "1.3"} <= _rows(answer)


def test_an_inquiry_a_day_old_is_for_the_staff_only() -> None:
    """R30: more than 24 hours old when first seen."""
    answer = _answer(_inquiry(ny("2026-11-08 10:29")), MONDAY_NOON)
    assert _rows(answer) == {"1.5"}
    assert answer.withheld["q-1", "1.4-answer-closed"].why is Why.EXPIRED


def test_an_inquiry_from_before_go_live_is_left_alone() -> None:
    assert _answer(_inquiry(ny("2026-10-31 10:00")), ny("2026-11-01 00:30")).owed == {}


def test_an_inquiry_is_answered_where_it_came_from() -> None:
    by_phone = _answer(_inquiry()).owed["q-1", "1.1-answer-open"]
    by_mail = _answer(_inquiry(phone_id=None)).owed["q-1", "1.1-answer-open"]
    assert (by_phone.channel, by_phone.contact_point_id) == (Channel.SMS, "cp-1")
    assert (by_mail.channel, by_mail.contact_point_id) == (Channel.EMAIL, "cp-2")
    alert = _answer(_inquiry()).owed["q-1", "1.3-alert"]
    assert (alert.channel, alert.contact_point_id, alert.command) == (Channel.CRM, None, "create_task")
