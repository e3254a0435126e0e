"""How much of the calendar there is to come, also when a pass was cut and goes on."""

from datetime import timedelta

import pytest

from connectors.square import calendar
from tests.connectors.square.till import NOW, Spa
from tests.connectors.wire.counting import expected, told

FIRST = NOW - timedelta(days=30)


@pytest.fixture
def busy(spa: Spa, monkeypatch: pytest.MonkeyPatch) -> Spa:
    """93 days, which are three windows, with two appointments on each; half a window to a page."""
    monkeypatch.setattr(calendar, "PAGE_SIZE", 31)
    spa.settings = {"history_days": "30", "days_back": "30", "days_ahead": "62"}
    for day in range(93):
        for hours in (0, 2):
            spa.square.do("book", start_at=(FIRST + timedelta(days=day, hours=hours)).isoformat())
    return spa


def test_a_pass_says_from_its_first_page_on_how_many_appointments_it_will_be(busy: Spa) -> None:
    assert told(busy.pages("bookings")) == [(31 * page, 186) for page in range(1, 7)]


def test_a_pass_that_was_cut_counts_from_where_it_goes_on(busy: Spa) -> None:
    """As many each day, so the guess is exact; what was read before the cut is not in it."""
    whole = busy.pages("bookings")
    for cut, page in enumerate(whole[:-1], 1):
        assert set(expected(busy.pages("bookings", page.cursor))) == {186 - 31 * cut}


def test_a_window_whose_page_has_gone_stale_is_counted_from_its_beginning(busy: Spa) -> None:
    first = busy.pages("bookings")[0]
    busy.square.fail("status", status=400, times=1)
    assert told(busy.pages("bookings", first.cursor)) == [(31 * page, 186) for page in range(1, 7)]
