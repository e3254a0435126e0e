"""Free slots, as NexHealth offers them at this moment (row 2.2)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from canonical.appointments import Availability, Slot
from canonical.problems import RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.moments import instant
from connectors.kit.registry import Sought
from connectors.nexhealth import client, envelope
from connectors.nexhealth.types import named_types
from connectors.nexhealth.wire import Named, Openings

LONGEST: Final = 14
"""Days that one question should span at most (OpenAPI v3.0.0)."""
CAPABILITY: Final = "pull.availability"


def openings(access: Access, sought: Sought, now: datetime) -> Availability:
    """What can be booked in the connection's places, by start. Slots that have begun are left out.

    Raises:
        Refused: there is no appointment type of the sought service's name. Else as a pull.
    """
    narrowed = _narrowed(access, sought)
    found = {slot for place in client.places(access) for slot in _of(access, place, sought, narrowed)}
    ahead = sorted((slot for slot in found if slot.start > now), key=lambda slot: (slot.start, slot.provider))
    return Availability(read_at=now, slots=tuple(ahead))


def _narrowed(access: Access, sought: Sought) -> tuple[tuple[str, str], ...]:
    """NexHealth wants a type of appointment or providers: without either, all who can be booked are asked for."""
    if sought.service:
        return (("appointment_type_id", _type_of(access, sought.service)),)
    request = client.asking(access, "/providers", (("per_page", "1000"),))
    answer = client.line(access).read(request, CAPABILITY)
    return tuple(("pids[]", str(one.id)) for one in envelope.every(answer.body, Named, access.where(CAPABILITY)))


def _type_of(access: Access, service: str) -> str:
    """The id of the type that is called so, or has that id."""
    for kind in named_types(access):
        if service in {str(kind.id), kind.name}:
            return str(kind.id)
    where = access.where(CAPABILITY)
    raise Refused(where, RefusalReason.NOT_FOUND, "there is no such type of appointment.", next_step=_COMPARE)


_COMPARE: Final = "Compare the service's `names` with the appointment types in NexHealth."


def _of(access: Access, place: str, sought: Sought, narrowed: tuple[tuple[str, str], ...]) -> Iterator[Slot]:
    where, calling = access.where(CAPABILITY), client.line(access)
    for first, days in _spans(sought.first_day, sought.days):
        query = (("start_date", first.isoformat()), ("days", str(days)), ("lids[]", place), *narrowed)
        answer = calling.read(client.asking(access, "/available_slots", query), CAPABILITY)
        for group in envelope.every(answer.body, Openings, where):
            yield from _slots(group, place, sought)


def _spans(first: date, days: int) -> Iterator[tuple[date, int]]:
    while days > 0:
        yield first, min(days, LONGEST)
        first, days = first + timedelta(days=LONGEST), days - LONGEST


def _slots(group: Openings, place: str, sought: Sought) -> Iterator[Slot]:
    """Times are written with the place's own offset; a slot that does not say when it ends offers no visit."""
    for opening in group.slots or ():
        start, end = instant(opening.time), instant(opening.end_time)
        provider = str(opening.provider_id or group.pid or "")
        if start is not None and end is not None:
            yield Slot(start=start, end=end, location=place, provider=provider, service=sought.service)
