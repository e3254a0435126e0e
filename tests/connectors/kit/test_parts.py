"""A pass over parts says what is to come, and counts from where it goes on."""

import pytest

from canonical.raw import Page
from connectors.kit.parts import Parts

PART = [(2, True), (4, True), (6, False)]
"""Three pages of two rows each: how many are read behind them, and whether the part goes on."""


def expected(begin: int, *totals: object) -> list[int | None]:
    """What three parts of six rows each are said to come to, read from the page `begin` on."""
    parts, found, now = Parts(), [], 0
    for number, (read, further) in enumerate(PART * 3):
        if number < begin:
            continue
        now += 2
        told = parts.to_come(3 - number // 3, read, 2, totals[number % len(totals)], further=further)
        found.append(Page(cursor="", **told).expected(now))
    return found


@pytest.mark.parametrize("begin", range(9))
def test_parts_that_are_alike_are_guessed_exactly_from_wherever_it_goes_on(begin: int) -> None:
    assert set(expected(begin, 6)) == {18 - 2 * begin}


@pytest.mark.parametrize("total", [None, "6", -6, True, 1, 6.0, [], {}])
def test_an_odd_total_is_not_told(total: object) -> None:
    assert set(expected(0, total)) == {None}


def test_a_part_that_it_began_with_and_that_never_said_how_much_it_has_leaves_the_share_untold_until_the_last() -> None:
    assert expected(1, None, None, None, 6, 6, 6, 6, 6, 6) == [None] * 5 + [16] * 3


def test_a_page_without_rows_that_goes_on_tells_nothing() -> None:
    assert Parts().to_come(2, 0, 0, 6, further=True) == {}


def test_a_part_without_rows_lies_behind() -> None:
    assert Parts().to_come(4, 0, 0, 0, further=False) == {"share": 0.25}
    assert Parts().to_come(1, 0, 0, 0, further=False) == {"left": 0}


def test_a_part_that_turns_out_to_be_read_already_tells_nothing() -> None:
    assert Parts().to_come(2, 6, 0, 6, further=False) == {}
