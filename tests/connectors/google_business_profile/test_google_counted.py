"""How many reviews are to come, also when a sweep was cut and goes on."""

from datetime import timedelta

import pytest

from tests.connectors.contract.subject import NOW
from tests.connectors.google_business_profile.test_google_reviews import Google, names, profile, pulled
from tests.connectors.wire.counting import expected, told


def reviewed(*counts: int) -> Google:
    """So many reviews at the first place and at the second; a page shows two."""
    google = Google()
    for place, count in zip(("222", "333"), counts, strict=False):
        for number in range(count):
            google.write(f"{place}r{number}", NOW - timedelta(days=10 * number + 1), place)
    return google


def test_a_sweep_says_from_its_first_page_on_how_many_reviews_it_will_read() -> None:
    with profile(reviewed(6, 6)) as wire:
        assert told(pulled(wire)) == [(2 * page, 12) for page in range(1, 7)]


def test_a_sweep_that_was_cut_counts_from_where_it_goes_on() -> None:
    """Places that are alike, so the guess is exact; what was read before the cut is not in it."""
    with profile(reviewed(6, 6)) as wire:
        whole = pulled(wire)
        for cut, page in enumerate(whole[:-1], 1):
            assert set(expected(pulled(wire, page.cursor))) == {12 - 2 * cut}


def test_what_is_left_of_the_last_place_is_counted_and_not_guessed() -> None:
    with profile(reviewed(2, 6)) as wire:
        whole = pulled(wire)
        assert [page.left for page in whole] == [None, 4, 2, 0]
        assert expected(whole) == [4, 8, 8, 8]
        for cut, page in enumerate(whole[:-1], 1):
            assert set(expected(pulled(wire, page.cursor))) == {8 - 2 * cut}


def test_a_page_that_has_gone_stale_is_counted_from_the_beginning_of_its_place() -> None:
    google = reviewed(6, 0)
    google.counts = 6
    with profile(google) as wire:
        first = pulled(wire)[0]
        google.stale = {"2"}
        again = pulled(wire, first.cursor)
    assert (len(names(again)), expected(again[:3])) == (6, [12, 12, 12])


def test_a_sweep_that_was_cut_calls_nothing_gone() -> None:
    """What it showed before the cut would be missing from what it showed."""
    with profile(reviewed(6, 2)) as wire:
        whole = pulled(wire)
        assert whole[-1].whole
        for page in whole[:-1]:
            assert not pulled(wire, page.cursor)[-1].whole


@pytest.mark.parametrize("count", [None, "6", -1, True, 1, [], 6.0])
def test_an_odd_count_costs_nothing_and_is_not_told(count: object) -> None:
    google = reviewed(6, 6)
    google.odd = {"totalReviewCount": count}
    with profile(google) as wire:
        whole = pulled(wire)
        assert len(names(whole)) == 12
        rest = pulled(wire, whole[0].cursor)
    assert expected(whole[:2]) == [None, None]
    assert expected(rest[:1]) == [None]


def test_a_later_pass_that_reads_only_news_tells_nothing() -> None:
    with profile(reviewed(6, 6)) as wire:
        again = pulled(wire, pulled(wire)[-1].cursor, NOW + timedelta(days=1))
    assert set(expected(again)) == {None}
