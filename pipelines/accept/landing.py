"""One practice's share of what lay in the spool: stream by stream into raw, each counted and audited."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby

from canonical.clock import rfc3339
from canonical.ids import ConnectionId, RunId
from canonical.raw import Kind, Page, RawRecord, Suspect
from connectors.kit.registry import manifest
from connectors.kit.webhooks import Meaning
from ledger.audit.events import AuditBody, AuditTag
from ledger.raw import BORDER, Landed, land
from ledger.session import Session
from ledger.streams import Stream
from ledger.webhooks import Aside, keep_aside
from pipelines.accept.arrival import arrival_of, volatile_fields
from pipelines.accept.rooms import Room
from pipelines.accept.routing import Owner
from pipelines.accept.sorting import UNREAD, Piece
from pipelines.accept.unread import call_somebody


@dataclass(frozen=True, slots=True)
class Landing:
    """Lands events in the ledger of one practice."""

    room: Room
    run_id: RunId
    now: datetime
    """Business time."""

    def into(self, session: Session, theirs: Sequence[tuple[Owner, Piece]]) -> Iterator[tuple[Stream, Landed]]:
        """Land them, oldest first within a stream. Repetitions are counted and change nothing."""
        ordered = sorted(theirs, key=lambda pair: (_stream_of(*pair), pair[1].file))
        for (connection_id, name), group in groupby(ordered, key=lambda pair: _stream_of(*pair)):
            stream = Stream(connection_id, name)
            landed = self._stream(session, stream, [piece for _, piece in group])
            self._audit(session, stream, landed)
            yield stream, landed

    def _stream(self, session: Session, stream: Stream, found: Sequence[Piece]) -> Landed:
        ignored = [_aside(piece) for piece in found if piece.event.meaning is Meaning.IGNORED]
        keep_aside(session, stream, ignored, run_id=self.run_id, now=self.now)
        page = Page(
            records=tuple(
                _record(piece, stream.connection_id) for piece in found if piece.event.meaning is Meaning.KNOWN
            ),
            suspects=tuple(_suspect(piece) for piece in found if piece.event.meaning is Meaning.UNKNOWN),
            cursor="",
        )
        connection = self.room.connections[stream.connection_id]
        volatile = volatile_fields(self.room.catalogue, connection, stream.name)
        landed = land(session, arrival_of(stream, page, volatile, now=self.now, run_id=self.run_id))
        if landed.rejected and _brings_inquiries(connection.vendor):
            call_somebody(session, stream, BORDER, self.now)
        return landed

    def _audit(self, session: Session, stream: Stream, landed: Landed) -> None:
        if not landed.read:
            return
        session.audit(
            AuditBody(
                tag=AuditTag.RAW_LANDED,
                at=rfc3339(self.now),
                practice=session.practice_id,
                subject_id=stream.connection_id,
                refs={"run": self.run_id, "stream": stream.name},
                counts=asdict(landed),
            )
        )


def _brings_inquiries(vendor: str) -> bool:
    """Whether whatever this vendor calls us for is somebody asking."""
    return all(stream.kind is Kind.INQUIRY for stream in manifest(vendor).streams.values())


def _stream_of(owner: Owner, piece: Piece) -> tuple[ConnectionId, str]:
    return owner.connection_id, piece.event.stream


def _record(piece: Piece, connection_id: ConnectionId) -> RawRecord:
    """The record; where the vendor says no time of its own, the event is as old as its arrival at the door."""
    record = piece.event.record(connection_id)
    arrived = piece.call.incoming.received_at
    return record if record.effective_at else record.model_copy(update={"effective_at": arrived})


def _aside(piece: Piece) -> Aside:
    event = piece.event
    return Aside(event.vendor_id, event.body, event.origin, event.format)


def _suspect(piece: Piece) -> Suspect:
    unread = piece.event.name == UNREAD
    return Suspect(
        body=piece.event.body,
        origin=piece.event.origin,
        code="unreadable_call" if unread else "unknown_event",
        problem="the call could not be taken apart." if unread else "nobody has said what this event means.",
        next_step=f"Compare it with Streams in connectors/{piece.call.vendor}/README.md.",
    )
