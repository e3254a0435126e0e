"""What several practices share: a message to a shared number belongs to whoever last wrote to its sender, a deletion to whoever holds the record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from canonical.conversations import Direction
from canonical.ids import Prefix, keyed_id
from canonical.people import ContactKind
from canonical.problems import GlowlineError
from canonical.raw import Kind
from connectors.kit.webhooks import Event
from ledger.lists import listed
from ledger.raw import KEY, record_ids
from ledger.streams import Stream
from mappings.coverage import Notes
from mappings.engine import Cannot, Surroundings
from mappings.wire import NotReadable, read
from pipelines.accept.rooms import Overheard, Room
from pipelines.accept.routing import Owner


def speaks_to(event: Event, owners: Sequence[tuple[Owner, Room]]) -> Owner | None:
    """The owner who last sent something to the phone or address the event comes from; None when none of them ever did."""
    heard = [(at, owner) for owner, room in owners if (at := _last_spoken(event, owner, room)) is not None]
    return max(heard, key=lambda pair: pair[0])[1] if heard else None


def holds(event: Event, owner: Owner, room: Room) -> bool:
    """Whether the practice has ever seen the record an event is about."""
    stream = Stream(owner.connection_id, event.stream)
    with room.store.reading() as session:
        ids = list(record_ids(session, stream, [event.vendor_id]))
        return bool(session.rows("latest_of_records", records=listed(ids)))


def _last_spoken(event: Event, owner: Owner, room: Room) -> datetime | None:
    contact = _contact(event, owner, room)
    if not contact:
        return None
    kind = ContactKind.EMAIL if "@" in contact else ContactKind.PHONE
    with room.store.reading() as session:
        point = keyed_id(Prefix.CONTACT_POINT, session.key(KEY), kind, contact)
        found = session.one("last_spoken_to", contact_point_id=point)
    return found["claimed_at"] if found else None


def overheard(event: Event, owner: Owner, room: Room, at: datetime) -> Overheard | None:
    """What an event says, as one of those who share its number reads it; None when it is no text to us. `at`: when it came."""
    body = _message(event, owner, room)
    if body.get("direction") != Direction.INBOUND or not body.get("contact"):
        return None
    contact, text = SecretStr(str(body["contact"])), SecretStr(str(body.get("text") or ""))
    return Overheard(str(body.get("ours") or event.ours), contact, text, str(body.get("opt_out_type") or ""), at)


def _contact(event: Event, owner: Owner, room: Room) -> str:
    """Who wrote, as the stream's mapping reads it; empty where it says nobody."""
    return str(_message(event, owner, room).get("contact") or "")


def _message(event: Event, owner: Owner, room: Room) -> Mapping[str, Any]:
    try:
        mapping = room.catalogue.of(room.connections[owner.connection_id], event.stream)
        mapped = mapping.apply(read(event.format.text, event.body), Surroundings(), Notes())
    except (GlowlineError, NotReadable, Cannot):
        return {}
    return mapped.body if mapped.kind is Kind.MESSAGE else {}
