"""Transforms of dates and times.

A name without an ending reads year-month-day; `_us` reads month/day/year, `_eu` day/month/year, `_words` a month's name.
`local_…` texts are wall clocks of the record's location; they become UTC there, daylight saving included: a time skipped in
spring moves forward by the gap, of a time that occurs twice in autumn the first is meant.
"""

from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from canonical.clock import local_instant
from mappings.targets import Sort
from mappings.transforms.clocks import day_of, dmy, ended, full_year, mdy, named, possible, since_epoch, wall, ymd
from mappings.transforms.registry import Unreadable, local, transform

_UTC: Final = ZoneInfo("UTC")
_LONGEST_DAY: Final = 14
"""Digits of a count of milliseconds that could still be a day of somebody's life."""


@local(Sort.INSTANT)
def local_time(text: str, zone: ZoneInfo) -> datetime:
    """A wall clock at the record's location: `2026-11-01 09:00`, also with seconds or AM and PM.

    >>> local_time("2026-11-02 09:00", ZoneInfo("America/New_York")).isoformat()
    '2026-11-02T14:00:00+00:00'
    """
    try:
        naive = datetime.fromisoformat(text)
    except ValueError:
        return wall(text, ymd, zone)
    if naive.tzinfo is not None:
        raise Unreadable("says its own offset: write `via: instant`")
    if len(text) <= len("2026-11-01"):
        raise Unreadable("has no time of day: write `via: local_day`, or name the field with the time as well")
    possible(naive)
    return naive.replace(tzinfo=zone).astimezone(UTC)


@local(Sort.INSTANT)
def local_time_us(text: str, zone: ZoneInfo) -> datetime:
    """A wall clock at the record's location: `11/02/2026 9:00 AM`.

    >>> local_time_us("11/02/2026 9:00 AM", ZoneInfo("America/New_York")).isoformat()
    '2026-11-02T14:00:00+00:00'
    """
    return wall(text, mdy, zone)


@local(Sort.INSTANT)
def local_time_eu(text: str, zone: ZoneInfo) -> datetime:
    """A wall clock at the record's location: `02/11/2026 09:00`, day first.

    >>> local_time_eu("02.11.2026 09:00", ZoneInfo("America/New_York")).isoformat()
    '2026-11-02T14:00:00+00:00'
    """
    return wall(text, dmy, zone)


@local(Sort.INSTANT)
def local_time_words(text: str, zone: ZoneInfo) -> datetime:
    """A wall clock at the record's location: `Nov 2, 2026 at 9:00 AM`, `2 November 2026 09:00`.

    >>> local_time_words("Monday, Nov 2, 2026 9:00 AM", ZoneInfo("America/New_York")).isoformat()
    '2026-11-02T14:00:00+00:00'
    """
    return wall(text, named, zone)


@local(Sort.INSTANT)
@lru_cache(maxsize=16_384)
def local_day(text: str, zone: ZoneInfo) -> datetime:
    """A day at the record's location, `2026-11-01`, as the instant of its midnight.

    >>> local_day("2026-11-01", ZoneInfo("America/New_York")).isoformat()
    '2026-11-01T04:00:00+00:00'
    """
    return local_instant(day_of(text, ymd), time(0), zone)


@local(Sort.INSTANT)
def local_day_us(text: str, zone: ZoneInfo) -> datetime:
    """A day at the record's location, `11/01/2026`, as the instant of its midnight.

    >>> local_day_us("11/1/2026", ZoneInfo("America/New_York")).isoformat()
    '2026-11-01T04:00:00+00:00'
    """
    return local_instant(day_of(text, mdy), time(0), zone)


@local(Sort.INSTANT)
def local_day_eu(text: str, zone: ZoneInfo) -> datetime:
    """A day at the record's location, `01/11/2026`, as the instant of its midnight.

    >>> local_day_eu("1/11/2026", ZoneInfo("America/New_York")).isoformat()
    '2026-11-01T04:00:00+00:00'
    """
    return local_instant(day_of(text, dmy), time(0), zone)


@local(Sort.INSTANT)
def local_end(text: str, zone: ZoneInfo) -> datetime:
    """An end from a start and minutes: `from: [date, time, minutes]` or `from: [start, minutes]`, as `local_time` reads a start.

    >>> local_end("2026-11-02 09:00 45", ZoneInfo("America/New_York")).isoformat()
    '2026-11-02T14:45:00+00:00'
    """
    return ended(text, local_time, zone)


@local(Sort.INSTANT)
def local_end_us(text: str, zone: ZoneInfo) -> datetime:
    """An end from a start and minutes, as `local_time_us` reads a start.

    >>> local_end_us("11/02/2026 9:00 AM 45", ZoneInfo("America/New_York")).isoformat()
    '2026-11-02T14:45:00+00:00'
    """
    return ended(text, local_time_us, zone)


@local(Sort.INSTANT)
def local_end_eu(text: str, zone: ZoneInfo) -> datetime:
    """An end from a start and minutes, as `local_time_eu` reads a start.

    >>> local_end_eu("02.11.2026 09:00 45", ZoneInfo("America/New_York")).isoformat()
    '2026-11-02T14:45:00+00:00'
    """
    return ended(text, local_time_eu, zone)


@transform(Sort.INSTANT, every_part=True)
def instant(text: str) -> datetime:
    """An ISO 8601 time with its offset: `2026-11-01T09:00:00-05:00`, or `Z`.

    >>> instant("2026-11-01T09:00:00-05:00").isoformat()
    '2026-11-01T14:00:00+00:00'
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("is not a time like 2026-11-01T09:00:00Z") from None
    if found.tzinfo is None:
        raise Unreadable("has no offset: a wall clock is read `via: local_time`")
    return found.astimezone(UTC)


@transform(Sort.INSTANT, every_part=True)
def instant_end(text: str) -> datetime:
    """An end from an ISO 8601 start with its offset and minutes: `from: [start, minutes]`.

    >>> instant_end("2026-11-01T09:00:00-0500 45").isoformat()
    '2026-11-01T14:45:00+00:00'
    """
    return ended(text, lambda when, _zone: instant(when), _UTC)


@transform(Sort.INSTANT, every_part=True)
def rfc2822(text: str) -> datetime:
    """A time as mail and Twilio write it: `Sun, 01 Nov 2026 09:00:00 -0500`.

    >>> rfc2822("Sun, 01 Nov 2026 09:00:00 -0500").isoformat()
    '2026-11-01T14:00:00+00:00'
    """
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        raise Unreadable("is not a time like Sun, 01 Nov 2026 09:00:00 +0000") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


@transform(Sort.INSTANT)
def epoch_s(text: str) -> datetime:
    """Seconds since 1970; only instants from 2000 to 2100 are believed.

    >>> epoch_s("1793538000").isoformat()
    '2026-11-01T13:00:00+00:00'
    """
    return since_epoch(text, 1)


@transform(Sort.INSTANT)
def epoch_ms(text: str) -> datetime:
    """Milliseconds since 1970; only instants from 2000 to 2100 are believed.

    >>> epoch_ms("1793538000000").isoformat()
    '2026-11-01T13:00:00+00:00'
    """
    return since_epoch(text, 1000)


@transform(Sort.DATE)
def day(text: str) -> date:
    """A calendar day, such as a birth date: `1984-02-29`.

    >>> day("1984-02-29").isoformat()
    '1984-02-29'
    """
    return day_of(text, ymd)


@transform(Sort.DATE)
def day_stamp(text: str) -> date:
    """A calendar day that a program wrote as its midnight in UTC: `1984-02-29T00:00:00.000Z`, or its milliseconds since 1970.

    >>> day_stamp("1984-02-29T00:00:00.000Z").isoformat(), day_stamp("446860800000").isoformat()
    ('1984-02-29', '1984-02-29')
    """
    if text.removeprefix("-").isdecimal() and len(text) <= _LONGEST_DAY:
        return possible(date(1970, 1, 1) + timedelta(days=int(text) // 86_400_000))
    return possible(ymd(text.partition("T")[0]))


@transform(Sort.DATE)
def day_us(text: str) -> date:
    """A calendar day: `02/29/1984`, with all four digits of the year.

    >>> day_us("2/29/1984").isoformat()
    '1984-02-29'
    """
    return day_of(full_year(text), mdy)


@transform(Sort.DATE)
def day_eu(text: str) -> date:
    """A calendar day: `29/02/1984`, with all four digits of the year.

    >>> day_eu("29.2.1984").isoformat()
    '1984-02-29'
    """
    return day_of(full_year(text), dmy)


@transform(Sort.DATE)
def day_words(text: str) -> date:
    """A calendar day with the month's name: `Feb 29, 1984`, `29 February 1984`.

    >>> day_words("29 Feb 1984").isoformat()
    '1984-02-29'
    """
    return day_of(text, named)
