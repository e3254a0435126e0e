"""Open slots, read on demand (row 2.2): Acuity answers one day and one type at a time, with starts only."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from canonical.appointments import Availability, Slot
from canonical.problems import NeedsOperator, Refused
from connectors.acuity import client
from connectors.acuity.rows import rows_of
from connectors.acuity.wire import Slot as Free
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.shapes import Misshapen, shaped

CAPABILITY: Final = "availability"
MOST_DAYS: Final = 31


def open_slots(access: Access, service: str, since: datetime, until: datetime, now: datetime) -> Availability:
    """The starts that are free for an appointment type, at most 31 days of them. `now` is when they were read.

    Raises:
        NeedsOperator: Acuity has no such type. Else as a pull.
    """
    minutes = _minutes(access, service)
    starts = {start for day in _days(since, until) for start in _starts(access, service, day)}
    return Availability(
        read_at=now,
        slots=tuple(
            Slot(start=start, end=start + timedelta(minutes=minutes), service=service)
            for start in sorted(starts)
            if since <= start < until
        ),
    )


def _days(since: datetime, until: datetime) -> Iterator[date]:
    """A day more on either side: the calendar's day begins elsewhere at another instant."""
    day, last = since.date() - timedelta(days=1), until.date() + timedelta(days=1)
    for number in range(min((last - day).days + 1, MOST_DAYS + 2)):
        yield day + timedelta(days=number)


def _minutes(access: Access, service: str) -> int:
    """How long an appointment of that type takes."""
    answer = client.line(access).read(get(client.resource(access, "/appointment-types")), CAPABILITY)
    rows, _ = rows_of(answer.body, access.where(CAPABILITY), "types")
    found = next((row.text("duration") for row in rows if row.text("id") == service), "")
    if not found.isdecimal():
        raise NeedsOperator(
            access.where(CAPABILITY),
            "Acuity has no appointment type of that number.",
            next_step="Correct the service's name at Acuity in services.yaml.",
        )
    return int(found)


def _starts(access: Access, service: str, day: date) -> Iterator[datetime]:
    query = (("appointmentTypeID", service), ("date", day.isoformat()))
    try:
        answer = client.line(access).read(get(client.resource(access, "/availability/times"), query), CAPABILITY)
    except Refused:
        return  # a day in the past, or beyond how far clients may book
    rows, _ = rows_of(answer.body, access.where(CAPABILITY), "times")
    for row in rows:
        try:
            free = shaped(row.body, Free)
            start = datetime.fromisoformat(free.time)
        except (Misshapen, ValueError):
            continue
        if free.slots > 0 and start.tzinfo:
            yield start
