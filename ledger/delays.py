"""Delays the staff told us of (row 4.3): who runs late, where, and by how much. One row per delay; none is taken back."""

from dataclasses import dataclass
from datetime import date, datetime

from canonical.ids import LocationId, Prefix, ProviderId, derived_id
from ledger.session import Session


@dataclass(frozen=True, slots=True)
class Delay:
    """A provider runs late on one local day of a location."""

    location_id: LocationId
    provider_id: ProviderId
    minutes: int
    day: date
    announced_at: datetime
    who: str
    """A user, or the contact point of a listed phone; never a name."""
    source: str
    """What said so: a connection and the id of its message or tag."""


def announce_delay(session: Session, delay: Delay, now: datetime) -> str:
    """Keep a delay; returns its id. The same word from the same source is the same delay, and is not kept twice."""
    delay_id = derived_id(Prefix.EVENT, session.practice_id, "delay", delay.source, delay.provider_id, str(delay.day))
    if not session.rows("delays_by_id", delay_id=delay_id):
        row = {
            "delay_id": delay_id,
            "location_id": delay.location_id,
            "provider_id": delay.provider_id,
            "minutes": delay.minutes,
            "announced_at": delay.announced_at,
            "day": delay.day,
            "who": delay.who,
            "source": delay.source,
            "recorded_at": now,
        }
        session.insert("delays", [row])
    return delay_id
