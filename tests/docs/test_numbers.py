"""docs/reference/coverage.md: every row, rule and R-number has a test whose name says it."""

import pytest

from tests.docs import rows
from tests.docs.numbers import PAGE, missing, numbers_in, page, wanted


def test_every_number_has_a_test_named_after_it() -> None:
    assert missing() == []


def test_the_committed_page_is_the_one_the_tests_give() -> None:
    """After new tests: run `python -m tests.docs.numbers`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_nothing_of_the_catalogue_is_left_out() -> None:
    assert {name: len(numbers) for name, numbers in wanted().items()} == {"Rows": 37, "Rules": 83, "R-numbers": 59}


@pytest.mark.parametrize(
    "name, numbers",
    [
        ("test_row_2_3_and_row_2_4_ask", {"2.3", "2.4"}),
        ("test_r10_moved_and_back", {"R10"}),
        ("test_tcpa_06_waits_r31", {"TCPA-06", "R31"}),
        ("test_four_of_5_in_2026", set()),
    ],
)
def test_a_name_says_its_numbers(name: str, numbers: set[str]) -> None:
    assert numbers_in(name) == numbers


def test_the_committed_page_of_rows_is_the_one_the_journeys_give() -> None:
    """After a change of journeys: run `python -m tests.docs.rows`."""
    assert rows.PAGE.read_text(encoding="utf-8") == rows.page()
