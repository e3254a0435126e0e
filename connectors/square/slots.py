"""Open slots, read on demand (row 2.2)."""

import json
from datetime import datetime, timedelta
from typing import Final

from canonical.appointments import Availability, Slot
from connectors.kit.access import Access
from connectors.kit.exchange import post_json
from connectors.square import client
from connectors.square.changes import written
from connectors.square.wire import Free, Slots

CAPABILITY: Final = "availability"
WIDEST: Final = timedelta(days=31)
SHORTEST: Final = timedelta(days=1)
"""Square answers no shorter search (documentation, 2026-11)."""


def open_slots(access: Access, service: str, since: datetime, until: datetime, now: datetime) -> Availability:
    """What is free for a service variation, at most 31 days of it. `now` is when it was read. Raises as a pull does."""
    end = min(max(until, since + SHORTEST), since + WIDEST)
    wanted: dict[str, object] = {
        "start_at_range": {"start_at": written(since), "end_at": written(end)},
        "segment_filters": [{"service_variation_id": service}],
    }
    places = client.locations(access)
    if places:
        wanted["location_id"] = places[0]
    body = json.dumps({"query": {"filter": wanted}}).encode()
    request = client.versioned(post_json(client.resource(access, "/v2/bookings/availability/search"), body))
    found = client.line(access).read_as(Slots, request, CAPABILITY).availabilities
    slots = (_slot(each) for each in found)
    return Availability(read_at=now, slots=tuple(slot for slot in slots if slot and since <= slot.start < until))


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
