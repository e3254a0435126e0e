"""Free slots, as HighLevel's calendars offer them at this moment (row 2.2): starts only, a month at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from canonical.appointments import Availability, Slot
from canonical.problems import RefusalReason, Refused
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import asking, segment
from connectors.gohighlevel.calendars import Calendar, calendars
from connectors.gohighlevel.verify import free_times
from connectors.kit.access import Access
from connectors.kit.moments import instant, milliseconds, spans
from connectors.kit.registry import Sought

CAPABILITY: Final = "pull.availability"
WIDEST: Final = timedelta(days=31)
"""HighLevel refuses to look further at once."""
A_DAY: Final = timedelta(days=1)
_NO_OFFSET: Final = timedelta(hours=14)
"""No zone is further from UTC: whose first day began earlier there is asked for as well."""


def openings(access: Access, sought: Sought, now: datetime) -> Availability:
    """What can be booked in the connection's calendars, by start. A service is a calendar, by name or id; days are the calendar's own.

    Raises:
        Refused: there is no such calendar. Else as a pull.
    """
    first = datetime.combine(sought.first_day, time(), UTC) - _NO_OFFSET
    last = first + A_DAY * sought.days + 2 * _NO_OFFSET
    days = {sought.first_day + A_DAY * number for number in range(sought.days)}
    found = {
        Slot(start=start.astimezone(UTC), end=(start + one.lasts).astimezone(UTC), service=one.id)
        for one in _calendars(access, sought.service)
        for since, until in spans(max(first, now), last, WIDEST)
        for start in _starts(access, one, since, until)
        if start > now and start.date() in days
    }
    return Availability(read_at=now, slots=tuple(sorted(found, key=lambda slot: (slot.start, slot.service))))


def _calendars(access: Access, service: str) -> list[Calendar]:
    open_ = [one for one in calendars(access, CAPABILITY) if one.is_active is not False]
    found = [one for one in open_ if service in {"", one.id, one.name}]
    if not found:
        where = access.where(CAPABILITY)
        raise Refused(where, RefusalReason.NOT_FOUND, "there is no such calendar.", next_step=_COMPARE)
    return found


_COMPARE: Final = "Compare the service's `names` with the calendars in HighLevel."


def _starts(access: Access, calendar: Calendar, since: datetime, until: datetime) -> Iterator[datetime]:
    query = {"startDate": str(milliseconds(since)), "endDate": str(milliseconds(until))}
    request = asking(access, f"/calendars/{segment(calendar.id)}/free-slots", query, client.TALK)
    for written in free_times(client.line(access).read(request, CAPABILITY).body):
        start = instant(written)
        if start is not None:
            yield start
