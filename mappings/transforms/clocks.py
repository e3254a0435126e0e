"""How dates and clocks are written: year first, month first, day first, or with the month's name."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from canonical.clock import local_instant
from mappings.transforms.registry import Unreadable

Reader = Callable[[str], date]
D = TypeVar("D", bound=date)
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2100
_EPOCH_STARTS: Final = 946_684_800  # 2000-01-01: an earlier instant is seconds read as milliseconds, or the reverse
_EPOCH_ENDS: Final = 4_102_444_800
_NOON: Final = 12
_MIDNIGHT: Final = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$|[ ]12:00(:00)? AM$")
_CLOCK: Final = re.compile(
    r"(?P<date>\S.*?)[ T,]+(?:at )?(?P<hour>\d{1,2})(:(?P<minute>\d\d)(:(?P<second>\d\d)(\.\d+)?)?)? ?(?P<half>[ap])?(\.?m\.?)?",
    re.IGNORECASE,
)
_NUMBERS: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)")
_WORDS: Final = re.compile(
    r"(?:[a-z]{3,9}, )?(?:(?P<month>[a-z]{3})[a-z]*\.? (?P<day>\d{1,2})|(?P<day2>\d{1,2})[ -](?P<month2>[a-z]{3})[a-z]*\.?),?[ -](?P<year>\d{4})",
    re.IGNORECASE,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def ymd(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unreadable("is not a date like 2026-11-01") from None


def _numbers(text: str, example: str) -> tuple[int, int, int]:
    found = _NUMBERS.fullmatch(text)
    if not found:
        raise Unreadable(f"is not a date like {example}")
    year = int(found[3])
    return int(found[1]), int(found[2]), year + 2000 if len(found[3]) == len("26") else year


def _date(year: int, month: int, day: int, example: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(f"is not a date like {example}") from None


def mdy(text: str) -> date:
    month, day, year = _numbers(text, "11/30/2026")
    return _date(year, month, day, "11/30/2026")


def dmy(text: str) -> date:
    day, month, year = _numbers(text, "30/11/2026")
    return _date(year, month, day, "30/11/2026")


def named(text: str) -> date:
    found = _WORDS.fullmatch(text)
    month = (found["month"] or found["month2"]).lower() if found else ""
    if not found or month not in _MONTHS:
        raise Unreadable("is not a date like Nov 1, 2026")
    return _date(int(found["year"]), _MONTHS.index(month) + 1, int(found["day"] or found["day2"]), "Nov 1, 2026")


def day_of(text: str, read: Reader) -> date:
    """A date; a midnight behind it, as databases print it, says nothing more."""
    return possible(read(_MIDNIGHT.sub("", text)))


def possible(day: D) -> D:
    """The date itself. Raises `Unreadable` for a year outside 1900 to 2100: a typing error, or a spreadsheet's zero."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Unreadable("is a date no patient can have")
    return day


def wall(text: str, read: Reader, zone: ZoneInfo) -> datetime:
    found = _CLOCK.fullmatch(text)
    if not found or not (found["minute"] or found["half"]):
        raise Unreadable("has no time of day like 09:00 or 9:00 AM")
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % _NOON + (_NOON if found["half"].lower() == "p" else 0)
    try:
        at = time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise Unreadable("has no time of day like 09:00 or 9:00 AM") from None
    return local_instant(day_of(found["date"], read), at, zone)


def ended(text: str, start: Callable[[str, ZoneInfo], datetime], zone: ZoneInfo) -> datetime:
    when, _, minutes = text.rpartition(" ")
    try:
        length = timedelta(minutes=float(minutes))
    except (ValueError, OverflowError):
        raise Unreadable("does not end with a number of minutes") from None
    if not timedelta(0) <= length <= timedelta(days=1):
        raise Unreadable("lasts longer than a day, or less than nothing")
    return start(when, zone) + length


def since_epoch(text: str, per_second: int) -> datetime:
    if not text.isdecimal():
        raise Unreadable("is not a count of time since 1970")
    seconds, rest = divmod(int(text), per_second)
    if not _EPOCH_STARTS <= seconds < _EPOCH_ENDS:
        raise Unreadable("lies outside 2000 to 2100: seconds and milliseconds may be mixed up")
    return datetime.fromtimestamp(seconds, UTC) + timedelta(seconds=rest / per_second)


def full_year(text: str) -> str:
    """The text, unless its year has two digits: of a birth date the century is not guessed."""
    found = _NUMBERS.match(text)
    if found and len(found[3]) == len("26"):
        raise Unreadable("has a year of two digits; the century is not guessed")
    return text
