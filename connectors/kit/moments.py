"""Instants as most vendors write them, and the spans they answer for. What is written otherwise is read beside its vendor."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = 946_684_800
_LAST: Final = 4_102_444_800
"""Seconds from 1970 to 2000 and 2100."""


def instant(written: object) -> datetime | None:
    """ISO 8601 with an offset, `+0000` and `Z` too; None for anything else, a wall clock among it."""
    try:
        found = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None


def counted(written: object) -> datetime | None:
    """As `instant`, and a count since 1970, in seconds or milliseconds: their sizes tell which. Only 2000 to 2100 is believed."""
    digits = str(written) if isinstance(written, int | str) and not isinstance(written, bool) else ""
    if not (digits.isascii() and digits.isdecimal()):
        return instant(written)
    for per_second in (1, 1000):
        if _FIRST <= int(digits) // per_second < _LAST:
            return _EPOCH + timedelta(seconds=int(digits) / per_second)
    return None


def milliseconds(moment: datetime) -> int:
    """The instant in milliseconds since 1970, rounded down."""
    since = moment - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def spans(first: datetime, last: datetime, widest: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """The time from `first` to `last` in pieces that a vendor answers for at once."""
    while first < last:
        until = min(first + widest, last)
        yield first, until
        first = until
