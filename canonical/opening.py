"""When a location is open: its week and its closures, and what follows for promises and for what people must do (R38)."""

from datetime import UTC, date, datetime, time

from canonical.clock import ONE_DAY, DailyWindow, local_instant
from canonical.practice import Location

_UNSET = (DailyWindow(time(8), time(18)),)
"""Where a location has set no hours (row 1.4)."""
_LOOK_AHEAD_DAYS = 60


def windows(place: Location, day: date) -> list[tuple[datetime, datetime]]:
    """The spans of a local day in which the location is open, as UTC instants; none on a closed day."""
    if any(closure.first_day <= day <= closure.last_day for closure in place.closures):
        return []
    written = place.hours.windows(day.weekday()) if place.hours.days else _UNSET
    return [
        (
            local_instant(day, window.opens, place.tz).astimezone(UTC),
            local_instant(day, window.closes, place.tz).astimezone(UTC),
        )
        for window in written
    ]


def is_open(place: Location, at: datetime) -> bool:
    """Whether somebody is there at an instant."""
    return any(opens <= at < closes for opens, closes in windows(place, at.astimezone(place.tz).date()))


def next_opening(place: Location, after: datetime) -> datetime | None:
    """The first opening later than `after` (UTC), within two months."""
    day = after.astimezone(place.tz).date()
    for ahead in range(_LOOK_AHEAD_DAYS):
        for opens, _ in windows(place, day + ahead * ONE_DAY):
            if opens > after:
                return opens
    return None


def staffed_from(place: Location, at: datetime) -> datetime:
    """`at` while the location is open, else its next opening; `at` for one that does not open within two months."""
    return at if is_open(place, at) else next_opening(place, at) or at


def business_days_later(place: Location, after: datetime, days: int) -> datetime:
    """The closing of the n-th day after that of `after` on which the location is open (UTC)."""
    day, left = after.astimezone(place.tz).date(), days
    for _ in range(_LOOK_AHEAD_DAYS):
        day += ONE_DAY
        spans = windows(place, day)
        left -= bool(spans)
        if spans and left <= 0:
            return spans[-1][1]
    return after + days * ONE_DAY
