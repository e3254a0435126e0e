"""Opening hours and closures of a location, as promises need them (rows 1.1, 1.4, 1.5; R38)."""

from datetime import datetime, timedelta

from canonical.opening import next_opening, windows
from canonical.practice import Location

__all__ = ["PROMISED", "keeps_the_hour", "next_opening", "promised_at"]

PROMISED = timedelta(hours=1)
"""Within it a person calls an inquiry that came in opening hours."""


def promised_at(place: Location, received_at: datetime) -> datetime | None:
    """When a call was promised: within the hour, else an hour after the next opening. None when it does not open."""
    if keeps_the_hour(place, received_at):
        return received_at + PROMISED
    opening = next_opening(place, received_at)
    return opening + PROMISED if opening else None


def keeps_the_hour(place: Location, received_at: datetime) -> bool:
    """Whether the hour after `received_at` lies inside one opening window."""
    day = received_at.astimezone(place.tz).date()
    return any(opens <= received_at and received_at + PROMISED <= closes for opens, closes in windows(place, day))
