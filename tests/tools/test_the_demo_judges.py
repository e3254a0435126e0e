"""The demo's last screen can say no: what it asserts about texts fails when a text is not true."""

from datetime import datetime, timedelta

import pytest

from tools.demo import screen
from tools.demo.calendar import HERE, Calendar
from tools.demo.processes import DemoFailed
from tools.demo.screen import must_be_true, said, times_in

NOW = datetime(2026, 11, 3, 9, tzinfo=HERE)
BEFORE, AFTER = datetime(2026, 11, 5, 9, 20, tzinfo=HERE), datetime(2026, 11, 6, 13, 20, tzinfo=HERE)
FIRST = "Hi, see you at Lumen Thu, Nov 5 at 9:20 AM."
MOVED = "Hi, your visit is now Fri, Nov 6 at 1:20 PM."
CANCELLED = "Hi, your visit on Thu, Nov 5 at 9:20 AM is cancelled."


@pytest.fixture
def calendar() -> Calendar:
    """One visit on Thursday morning."""
    row = {
        "appointment_id": "1",
        "appointment_date": "2026-11-05",
        "appointment_time": "09:20:00",
        "status": "scheduled",
    }
    return Calendar({"1": row}, list(row))


@pytest.mark.parametrize(
    "body, times",
    [
        ("see you Mon, Nov 2 at 9:20 and 9:40 AM. Bye", {"Mon, Nov 2 at 9:20 AM", "Mon, Nov 2 at 9:40 AM"}),
        ("see you Mon, Nov 2 at 11:40 AM and 1:20 PM.", {"Mon, Nov 2 at 11:40 AM", "Mon, Nov 2 at 1:20 PM"}),
        ("see you Mon, Nov 2 at 9:00, 9:20 and 9:40 AM", {f"Mon, Nov 2 at 9:{at} AM" for at in ("00", "20", "40")}),
        ("We will call you within the hour.", set()),
    ],
)
def test_times_are_read_as_a_person_reads_them(body: str, times: set[str]) -> None:
    assert times_in(body) == times


def test_a_time_is_written_as_texts_write_it() -> None:
    assert said(AFTER) == "Fri, Nov 6 at 1:20 PM"


def test_a_move_must_have_been_told(calendar: Calendar) -> None:
    calendar.move("1", AFTER, NOW)
    assert must_be_true("1", calendar, [FIRST, MOVED], set())
    with pytest.raises(DemoFailed, match="the last text about it is: Hi, see you"):
        must_be_true("1", calendar, [FIRST], set())
    with pytest.raises(DemoFailed):
        must_be_true("1", calendar, [FIRST, MOVED, FIRST], set())


def test_whoever_was_told_nothing_was_told_nothing_false(calendar: Calendar) -> None:
    calendar.move("1", AFTER, NOW)
    assert not must_be_true("1", calendar, ["We will call you within the hour."], set())


def test_a_move_back_needs_no_word_and_a_stale_one_is_found(calendar: Calendar) -> None:
    calendar.move("1", AFTER, NOW)
    calendar.move("1", BEFORE, NOW + timedelta(hours=9))
    assert must_be_true("1", calendar, [FIRST], set())
    with pytest.raises(DemoFailed):
        must_be_true("1", calendar, [FIRST, MOVED], set())


def test_a_cancellation_must_have_been_told(calendar: Calendar) -> None:
    calendar.cancel("1", NOW)
    assert must_be_true("1", calendar, [FIRST, CANCELLED], set())
    with pytest.raises(DemoFailed, match="visit 1 is cancelled"):
        must_be_true("1", calendar, [FIRST], set())


def test_another_visit_of_the_same_phone_is_no_evidence(calendar: Calendar) -> None:
    calendar.move("1", AFTER, NOW)
    assert must_be_true("1", calendar, [FIRST, MOVED, FIRST], {said(BEFORE)})


def test_what_was_held_is_said_in_words_and_not_in_rules() -> None:
    """A newcomer has not read the rule table."""
    reasons = ("TCPA-02", "UNK-01", "TCPA-02+UNK-01", "TCPA-13", "BAA-02")
    told = screen._held({"reasons": [{"state": "blocked", "reason": reason, "actions": 2} for reason in reasons]})
    assert told.startswith("10 blocked: no phone or address 4, no consent 2, opted out 2, agreement expired 2 ")
