"""Opening hours and closures of a location, as promises need them (rows 1.1, 1.4, 1.5; R38)."""

from datetime import UTC, date, datetime, time, timedelta

from canonical.clock import ONE_DAY, DailyWindow, local_instant
from canonical.practice import Location

PROMISED = timedelta(hours=1)
"""Within it a person calls an inquiry that came in opening hours."""

_UNSET = (DailyWindow(time(8), time(18)),)
"""Where a location has set no hours (row 1.4)."""
_LOOK_AHEAD_DAYS = 60


def promised_at(place: Location, received_at: datetime) -> datetime | None:
    """When a call was promised: within the hour, else an hour after the next opening. None when it does not open."""
    if keeps_the_hour(place, received_at):
        return received_at + PROMISED
    opening = next_opening(place, received_at)
    return opening + PROMISED if opening else None


def keeps_the_hour(place: Location, received_at: datetime) -> bool:
    """Whether the hour after `received_at` lies inside one opening window."""
    day = received_at.astimezone(place.tz).date()
    return any(opens <= received_at and received_at + PROMISED <= closes for opens, closes in _windows(place, day))


def next_opening(place: Location, after: datetime) -> datetime | None:
    """The first opening later than `after` (UTC), within two months."""
    day = after.astimezone(place.tz).date()
    for ahead in range(_LOOK_AHEAD_DAYS):
        for opens, _ in _windows(place, day + ahead * ONE_DAY):
            if opens > after:
                return opens
    return None


def _windows(place: Location, day: date) -> list[tuple[datetime, datetime]]:
    if any(closure.first_day <= day <= closure.last_day for closure in place.closures):
        return []
    windows = place.hours.windows(day.weekday()) if place.hours.days else _UNSET
    return [
        (
            local_instant(day, window.opens, place.tz).astimezone(UTC),
            local_instant(day, window.closes, place.tz).astimezone(UTC),
        )
        for window in windows
    ]
