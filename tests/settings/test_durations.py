"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.durations import parse_duration, written_duration


@pytest.mark.parametrize(
    "written, seconds",
    [
        ("60min", 3600),
        ("-24h", -86400),
        ("10d", 864000),
        ("2h 30min", 9000),
        ("0", 0),
        ("90s", 90),
        ("PT10M", 600),
        ("- 1h", -3600),
    ],
)
def test_people_write_durations_in_many_ways(written: str, seconds: int) -> None:
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "ten minutes", "5", "1y", "h", "5 min later"])
def test_what_is_no_duration_is_refused_with_the_form_to_use(written: str) -> None:
    with pytest.raises(ValueError, match="write for example"):
        parse_duration(written)


@given(st.integers(min_value=-(10**7), max_value=10**7))
def test_what_we_write_we_read_back(seconds: int) -> None:
    size = timedelta(seconds=seconds)
    assert parse_duration(written_duration(size)) == size
