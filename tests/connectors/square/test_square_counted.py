"""How many appointments and customers are to come, also when a pass was cut and goes on."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.kit.exchange import Answer, Request
from connectors.kit.http import RequestsTransport
from connectors.square import calendar, changes
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


def test_a_pass_that_was_cut_ends_where_the_settings_now_reach_less_far(busy: Spa) -> None:
    """It would say nothing and never end, until the days had caught up."""
    far = busy.pages("bookings")[-2].cursor
    busy.settings = {"days_ahead": "1"}
    [page] = busy.pages("bookings", far)
    assert (page.records, page.complete) == ((), True)
    assert busy.pages("bookings", page.cursor)[-1].complete


@pytest.fixture
def known(spa: Spa, monkeypatch: pytest.MonkeyPatch) -> Spa:
    """Five customers, two on a page."""
    monkeypatch.setattr(changes, "PAGE_SIZE", 2)
    for number in range(5):
        spa.square.do("customer", given_name=f"P{number}", phone_number=f"+1212555014{number}")
    return spa


def test_the_search_for_customers_says_how_many_it_finds_and_a_cut_pass_how_many_are_left(known: Spa) -> None:
    whole = known.pages("customers")
    assert told(whole) == [(2, 5), (4, 5), (5, 5)]
    for cut, page in enumerate(whole[:-1], 1):
        assert set(expected(known.pages("customers", page.cursor))) == {5 - 2 * cut}


def test_a_search_whose_page_has_gone_stale_is_counted_from_its_beginning(known: Spa) -> None:
    first = known.pages("customers")[0]
    known.square.fail("status", status=400, times=1)
    assert told(known.pages("customers", first.cursor)) == [(2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize("count", [None, "5", -1, True, 1, 5.0, [], {}])
def test_an_odd_count_costs_nothing_and_is_not_told(known: Spa, count: object) -> None:
    known.tools = replace(known.tools, transport=Odd(known.transport, count))
    whole = known.pages("customers")
    assert sum(len(page.records) for page in whole) == 5
    assert set(expected(whole)) == {None}


def test_payments_and_orders_tell_nothing_for_square_says_nothing(spa: Spa) -> None:
    spa.square.do("pay", amount=100)
    for stream in ("payments", "orders"):
        assert set(expected(spa.pages(stream))) == {None}


class Odd:
    """A transport that puts another count into each answer."""

    def __init__(self, inner: RequestsTransport, count: object) -> None:
        self._inner, self._count = inner, count

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        answer = self._inner.exchange(request, account=account, fresh=fresh)
        body = json.loads(answer.body) | {"count": self._count}
        return Answer(answer.status, answer.headers, json.dumps(body).encode())
