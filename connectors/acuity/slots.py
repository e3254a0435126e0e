"""Free slots, as Acuity offers them at this moment (row 2.2): it answers one day and one type at a time, with starts only."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from canonical.appointments import Availability, Slot
from canonical.problems import RefusalReason, Refused
from connectors.acuity import client
from connectors.acuity.rows import Row, rows_of
from connectors.acuity.wire import Slot as Free
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.registry import Sought
from connectors.kit.shapes import Misshapen, shaped

CAPABILITY: Final = "pull.availability"


def openings(access: Access, sought: Sought, now: datetime) -> Availability:
    """What can be booked, by start; of any type where none is sought. Starts that have passed are left out.

    Raises:
        Refused: Acuity has no appointment type of that name or number. Else as a pull.
    """
    found = {
        Slot(start=start, end=start + timedelta(minutes=int(kind.text("duration"))), service=kind.text("id"))
        for kind in _kinds(access, sought.service)
        for number in range(sought.days)
        for start in _starts(access, kind.text("id"), sought.first_day + timedelta(days=number))
        if start > now
    }
    return Availability(read_at=now, slots=tuple(sorted(found, key=lambda slot: (slot.start, slot.service))))


def _kinds(access: Access, service: str) -> list[Row]:
    """The appointment types that are called so, or have that number; all that can be booked where none is named."""
    answer = client.line(access).read(get(client.resource(access, "/appointment-types")), CAPABILITY)
    rows, _ = rows_of(answer.body, access.where(CAPABILITY), "types")
    bookable = [row for row in rows if row.text("duration").isdecimal() and row.value("active") is not False]
    found = [row for row in bookable if service in {"", row.text("id"), row.text("name")}]
    if not found:
        where = access.where(CAPABILITY)
        raise Refused(where, RefusalReason.NOT_FOUND, "there is no such appointment type.", next_step=_COMPARE)
    return found


_COMPARE: Final = "Compare the service's `names` with the appointment types in Acuity."


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
