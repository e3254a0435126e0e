"""Calls taken apart into events, and each event given to whoever owns it. No ledger of a practice is open here."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from canonical.ids import Prefix, keyed_id
from canonical.practice import Connection
from canonical.problems import NotOffered, ProtocolBroken
from canonical.raw import JSON
from connectors.kit.manifest import Manifest
from connectors.kit.registry import manifest, webhook
from connectors.kit.webhooks import Event, Meaning
from ledger.installation import UnroutedEvent, seen
from ledger.raw import KEY
from ledger.session import Session
from ledger.webhooks import ORIGIN
from pipelines.accept.call import Call
from pipelines.accept.rooms import Room
from pipelines.accept.routing import Owner, owners_of

UNREAD = "unreadable"
"""The name of an event whose call could not be taken apart: its bytes are set aside whole."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of one call, with everybody it may belong to."""

    file: str
    call: Call
    event: Event
    event_id: str
    owners: tuple[Owner, ...]

    @property
    def is_hint(self) -> bool:
        """Whether it only says that something changed: the event itself means no more, or its vendor does not sign (SEC-03)."""
        meaning = self.event.meaning
        return meaning is Meaning.HINT or (meaning is Meaning.KNOWN and not signs(manifest(self.call.vendor)))

    def unrouted(self, why: str) -> UnroutedEvent:
        """As the installation keeps what nobody owns."""
        return UnroutedEvent(self.event_id, self.call.vendor, self.event.account, self.call.encoded(), why)


def signs(described: Manifest) -> bool:
    """Whether anything proves who called: a signature, or a secret only the vendor was told."""
    return described.webhook is not None and bool(described.webhook.header or described.webhook.secrets)


@dataclass(frozen=True, slots=True)
class Sorted:
    """The events of some calls: those to be landed, and those that were seen before (SEC-02)."""

    fresh: list[Piece]
    again: list[Piece]


def taken_apart(call: Call) -> tuple[Event, ...]:
    """The events of a call. One that nobody can take apart is one event, unread: it must not stop those behind it."""
    try:
        events = webhook(call.vendor).parse(call.incoming)
    except (ProtocolBroken, NotOffered):
        events = ()
    except Exception as error:  # a defect in one vendor's reader, found with bytes that must not be lost
        log.exception("%s: a call could not be taken apart (%s)", call.vendor, type(error).__name__)
        events = ()
    return events or (_unread(call),)


def only_reports(call: Call) -> bool:
    """Whether nobody speaks in a call: all of it says what became of our own messages."""
    return all(reports(call.vendor, event) for event in taken_apart(call))


def reports(vendor: str, event: Event) -> bool:
    """Whether an event says what became of our own messages."""
    stream = manifest(vendor).streams.get(event.stream)
    return stream is not None and stream.reports and event.meaning is Meaning.KNOWN


def _unread(call: Call) -> Event:
    return Event(
        name=UNREAD,
        meaning=Meaning.UNKNOWN,
        stream="unknown",
        vendor_id="",
        body=call.incoming.body,
        origin=origin_of(call),
        format=JSON,
    )


def origin_of(call: Call) -> str:
    """Where in the input it stood: the address as far as it is no secret. What follows the connection's name may be one."""
    return f"{ORIGIN}/hooks/{call.vendor}/{call.practice_id}/{call.connection_id}"


def pieces(session: Session, calls: Mapping[str, Call], rooms: Mapping[str, Room]) -> Sorted:
    """All events of some calls with their owners. `session` is the installation's.

    A call whose practice or connection is not in `rooms` has no owners.
    """
    every = [piece for file, call in calls.items() for piece in _pieces(session, file, call, rooms)]
    vendors = {piece.call.vendor for piece in every}
    ids = {vendor: [piece.event_id for piece in every if piece.call.vendor == vendor] for vendor in vendors}
    known = {(vendor, one) for vendor in vendors for one in seen(session, vendor, ids[vendor])}
    again = [(piece.call.vendor, piece.event_id) in known for piece in every]
    return Sorted(
        [piece for piece, repeated in zip(every, again, strict=True) if not repeated],
        [piece for piece, repeated in zip(every, again, strict=True) if repeated],
    )


def _pieces(session: Session, file: str, call: Call, rooms: Mapping[str, Room]) -> list[Piece]:
    connection = _connection(call, rooms)
    found = []
    for event in taken_apart(call):
        placed = event.model_copy(update={"origin": origin_of(call)})
        owners = owners_of(session, call, event, connection.account) if connection else ()
        found.append(Piece(file, call, placed, _event_id(session, call, event), owners))
    return found


def _connection(call: Call, rooms: Mapping[str, Room]) -> Connection | None:
    room = rooms.get(call.practice_id)
    return room.connections.get(call.connection_id) if room else None


def _event_id(session: Session, call: Call, event: Event) -> str:
    """The same event again has the same id; another state of the same thing has another."""
    parts = (call.vendor, call.connection_id, event.name, event.stream, event.vendor_id, event.body.hex())
    return keyed_id(Prefix.EVENT, session.key(KEY), *parts)
