"""An instant is one only with its offset, however a vendor writes that."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.kit.moments import instant, milliseconds, spans

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["2026-11-12T12:00:00Z", "2026-11-12T12:00:00.000+0000", "2026-11-12T07:00:00-05:00", "2026-11-12 12:00:00+00:00"],
)
def test_an_offset_makes_an_instant(written: str) -> None:
    assert instant(written) == NOON


@pytest.mark.parametrize("written", [None, "", "soon", "2026-11-12T12:00:00", "2026-11-12", 1794484800, {}])
def test_anything_else_is_none(written: object) -> None:
    assert instant(written) is None


@pytest.mark.parametrize("beside,counted", [(0, 0), (999, 0), (1000, 1), (-1, -1)])
def test_milliseconds_are_rounded_down(beside: int, counted: int) -> None:
    assert milliseconds(NOON + timedelta(microseconds=beside)) == milliseconds(NOON) + counted
    assert milliseconds(NOON) == 1794484800000


def test_a_long_time_is_cut_into_pieces_that_touch_and_end_where_it_ends() -> None:
    first = datetime(2026, 11, 1, tzinfo=UTC)
    found = list(spans(first, first + timedelta(days=40), timedelta(days=31)))
    assert found == [
        (first, first + timedelta(days=31)),
        (first + timedelta(days=31), first + timedelta(days=40)),
    ]
    assert list(spans(first, first, timedelta(days=31))) == []
