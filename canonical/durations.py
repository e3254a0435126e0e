"""Durations as people write them: `-24h`, `60min`, `10d`, `2h 30min`, `0`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter

_UNITS = {
    "s": "seconds",
    "sec": "seconds",
    "min": "minutes",
    "m": "minutes",
    "h": "hours",
    "d": "days",
    "w": "weeks",
}
_PART = re.compile(r"(\d+)\s*(s|sec|min|m|h|d|w)\b")
_WHOLE = re.compile(r"[+-]?\s*(\d+\s*(s|sec|min|m|h|d|w)\s*)+")


def parse_duration(text: str | int | timedelta) -> timedelta:
    """The duration `text` says. A bare 0 needs no unit. Raises ValueError with the accepted form."""
    if isinstance(text, timedelta):
        return text
    written = str(text).strip()
    if written.startswith("P"):
        return TypeAdapter(timedelta).validate_python(written)
    if written == "0":
        return timedelta(0)
    if not _WHOLE.fullmatch(written):
        message = f"'{written}' is not a duration; write for example 60min, -24h, 10d or 2h 30min"
        raise ValueError(message)
    size = timedelta()
    for number, unit in _PART.findall(written):
        size += timedelta(**{_UNITS[unit]: int(number)})
    return -size if written.startswith("-") else size


def written_duration(size: timedelta) -> str:
    """The shortest form that `parse_duration` reads back."""
    if not size:
        return "0"
    seconds = int(abs(size).total_seconds())
    sign = "-" if size < timedelta(0) else ""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds % length == 0 and (unit != "d" or seconds >= 2 * length):
            return f"{sign}{seconds // length}{unit}"
    return f"{sign}{seconds}s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
"""A duration in a settings file; ISO 8601 (`PT10M`) is read as well, because JSON writes it so."""
