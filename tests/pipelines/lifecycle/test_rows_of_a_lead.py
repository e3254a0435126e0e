"""Rows 2.1 and 2.6: the link at once, the nudges, the weeks after; and what stops them (R3, R43)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from canonical.ids import ContactPointId, InquiryId, PersonId
from canonical.inquiries import InquirySource
from canonical.owed import Candidates, Subject
from canonical.practice import Channel
from canonical.subjects import InquiryFacts, PersonFacts
from pipelines.lifecycle.desired import Desired, desired
from pipelines.lifecycle.reasons import Why
from tests.pipelines.lifecycle.catalogue import CATALOGUE, shipped
from tests.pipelines.lifecycle.world import local, ny

CAME = ny("2026-11-09 10:30")
PHONE, MAIL = ContactPointId("cp-1"), ContactPointId("cp-2")
NUDGES = ("2.1-nudge-1h", "2.1-nudge-1d", "2.1-nudge-3d")
NURTURE = ("2.6-nurture-7d", "2.6-nurture-21d")


def judged(later: timedelta, *, written: bool = False, **fields: object) -> Desired:
    """What a lead that came on Monday at 10:30 is owed so much later."""
    facts = InquiryFacts(
        inquiry_id=InquiryId("q-1"),
        seq=1,
        person_id=PersonId("ana"),
        source=InquirySource.WEB_FORM,
        recorded_at=CAME,
        received_at=CAME,
        vendor_time=True,
        phone_id=PHONE,
        email_id=MAIL,
    )
    facts = replace(facts, **fields)  # type: ignore[arg-type]  # fields by name, from a test's own table
    person = PersonFacts(PersonId("ana"), sold_to=frozenset({PHONE}) if written else frozenset())
    now = CAME + later
    return desired(Candidates((Subject(facts, person),)), shipped(), CATALOGUE, now, now + timedelta(days=1))


def channel(answer: Desired, step: str) -> Channel:
    return answer.owed["q-1", step].channel


@pytest.mark.parametrize("written, by", [(True, Channel.SMS), (False, Channel.EMAIL)])
def test_row_2_1_nudges_by_text_only_with_written_consent(by: Channel, *, written: bool) -> None:
    assert channel(judged(timedelta(minutes=1), written=written), "2.1-nudge-1h") is by
    assert channel(judged(timedelta(hours=12), written=written), "2.1-nudge-1d") is by
    assert channel(judged(timedelta(days=2, hours=12), written=written), "2.1-nudge-3d") is by


def test_row_2_1_comes_an_hour_a_day_and_three_days_after() -> None:
    due: dict[str, str] = {}
    for later in (timedelta(0), timedelta(hours=20), timedelta(days=2, hours=20)):
        due |= {step: local(a.due_at) for (_, step), a in judged(later).owed.items() if step in NUDGES}
    assert due == {
        "2.1-nudge-1h": "2026-11-09 11:30",
        "2.1-nudge-1d": "2026-11-10 10:30",
        "2.1-nudge-3d": "2026-11-12 10:30",
    }


@pytest.mark.parametrize("stop", ["booked_at", "replied_at"])
@pytest.mark.parametrize("step", [*NUDGES, *NURTURE])
def test_row_2_1_and_2_6_stop_with_a_booking_or_an_answer_r3(step: str, stop: str) -> None:
    later = {"1h": 0, "1d": 1, "3d": 2, "7d": 7, "21d": 21}[step.rsplit("-", 1)[1]]
    assert ("q-1", step) in judged(timedelta(days=later, minutes=20)).owed
    answer = judged(timedelta(days=later, minutes=20), **dict[str, Any]({stop: CAME + timedelta(minutes=10)}))
    assert answer.withheld["q-1", step].why is Why.STOPPED


def test_row_2_1_at_once_waits_for_an_interest_and_answers_it_by_text() -> None:
    assert judged(timedelta(hours=1)).withheld["q-1", "2.1-booking-link"].why is Why.NO_ANCHOR
    answer = judged(timedelta(days=3), interested_at=CAME + timedelta(days=3))
    assert channel(answer, "2.1-booking-link") is Channel.SMS
    assert answer.owed["q-1", "2.1-booking-link"].facts["event_at"].startswith("2026-11-12T15:30")


def test_row_2_1_is_silent_for_spam_r49_and_for_a_lead_from_before_go_live_r43() -> None:
    assert judged(timedelta(minutes=1), suspected_spam=True).withheld["q-1", NUDGES[0]].why is Why.SPAM
    old = CAME - timedelta(days=30)
    answer = judged(timedelta(minutes=1), received_at=old, recorded_at=CAME)
    assert answer.withheld["q-1", NUDGES[0]].why is Why.NOT_LIVE
    assert answer.withheld["q-1", NURTURE[1]].why is Why.NOT_LIVE


def test_row_2_6_goes_by_mail_after_a_week_and_after_three() -> None:
    assert channel(judged(timedelta(days=7, minutes=5), written=True), "2.6-nurture-7d") is Channel.EMAIL
    assert channel(judged(timedelta(days=21, minutes=5), written=True), "2.6-nurture-21d") is Channel.EMAIL


def test_row_2_6_is_off_where_nobody_switched_it_on() -> None:
    step = shipped(off=("2.6",)).step("2.6-nurture-7d")
    assert step.owner == "off"
