"""Free slots, as Square offers them at this moment (row 2.2)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from canonical.appointments import Availability, Slot
from canonical.problems import RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.exchange import post_json
from connectors.kit.moments import spans
from connectors.kit.registry import Sought
from connectors.square import client
from connectors.square.changes import written
from connectors.square.wire import Free, Slots

CAPABILITY: Final = "pull.availability"
WIDEST: Final = timedelta(days=31)


def openings(access: Access, sought: Sought, now: datetime) -> Availability:
    """What can be booked in the connection's places, by start. Slots that have begun are left out.

    Raises:
        Refused: no service is named: Square wants one. Else as a pull.
    """
    if not sought.service:
        where = access.where(CAPABILITY)
        raise Refused(where, RefusalReason.INVALID, "Square offers slots of one service only.", next_step=_NAME_ONE)
    first = datetime.combine(sought.first_day, time(), UTC)
    last = first + timedelta(days=sought.days)
    found = {
        slot
        for place in client.locations(access) or ("",)
        for since, until in spans(first, last, WIDEST)
        for slot in _of(access, place, sought.service, since, until)
        if slot.start > now
    }
    return Availability(read_at=now, slots=tuple(sorted(found, key=lambda slot: (slot.start, slot.provider))))


_NAME_ONE: Final = "Put the service variation's id among the service's `names`, and ask for that."


def _of(access: Access, place: str, service: str, since: datetime, until: datetime) -> Iterator[Slot]:
    wanted: dict[str, object] = {
        "start_at_range": {"start_at": written(since), "end_at": written(until)},
        "segment_filters": [{"service_variation_id": service}],
    }
    if place:
        wanted["location_id"] = place
    body = json.dumps({"query": {"filter": wanted}}).encode()
    request = client.versioned(post_json(client.resource(access, "/v2/bookings/availability/search"), body))
    for each in client.line(access).read_as(Slots, request, CAPABILITY).availabilities:
        slot = _slot(each)
        if slot is not None:
            yield slot


def _slot(free: Free) -> Slot | None:
    try:
        start = datetime.fromisoformat(free.start_at)
    except ValueError:
        return None
    first = free.segments[0] if free.segments else None
    if start.tzinfo is None or first is None:
        return None
    return Slot(
        start=start,
        end=start + timedelta(minutes=sum(each.minutes for each in free.segments)),
        location=free.location_id,
        provider=first.team_member_id or "",
        service=first.service_variation_id or "",
    )
