"""Rows as stages read them."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import duckdb

_INSTANT = "TIMESTAMP WITH TIME ZONE"


def as_dicts(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of what was just executed, by column name; instants as `datetime.UTC`."""
    columns = cursor.description or []
    names = [column[0] for column in columns]
    instants = [index for index, column in enumerate(columns) if str(column[1]) == _INSTANT]
    found = cursor.fetchall()
    if not instants:
        return [dict(zip(names, row, strict=True)) for row in found]
    return [dict(zip(names, _in_utc(row, instants), strict=True)) for row in found]


def _in_utc(row: tuple[Any, ...], instants: Sequence[int]) -> list[Any]:
    """The connection's zone is UTC, so only the zone object changes: plain `datetime.UTC` instead of another library's."""
    values = list(row)
    for index in instants:
        if values[index] is not None:
            values[index] = values[index].replace(tzinfo=UTC)
    return values
