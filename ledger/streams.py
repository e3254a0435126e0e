"""Streams: one kind of record of one connection, and how far it was read."""

from dataclasses import dataclass
from datetime import datetime

from canonical.ids import ConnectionId
from ledger.session import Session


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of one connection."""

    connection_id: ConnectionId
    name: str

    @property
    def params(self) -> dict[str, object]:
        """As named queries take it."""
        return {"connection_id": self.connection_id, "stream": self.name}


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a stream was read. Nothing set: never."""

    cursor: str | None = None
    complete_read_at: datetime | None = None
    """The instant the last complete pass speaks of: how old the stream's facts are (FRESH-01)."""
    updated_at: datetime | None = None


def reached(session: Session, stream: Stream) -> Reached:
    """Where the next pull of a stream begins."""
    row = session.one("cursor_of_stream", **stream.params)
    return Reached(**row) if row else Reached()


def cursors_of(session: Session, connection_id: str) -> dict[str, str]:
    """The cursors of a connection's streams, by name; streams that were never read are not in it."""
    rows = session.rows("cursors_of_connection", connection_id=connection_id)
    return {row["stream"]: row["cursor"] for row in rows if row["cursor"]}


def all_reached(session: Session) -> dict[Stream, Reached]:
    """Every stream that was ever read."""
    rows = session.rows("stream_freshness")
    return {
        Stream(row["connection_id"], row["stream"]): Reached(None, row["complete_read_at"], row["updated_at"])
        for row in rows
    }


def move_cursor(session: Session, stream: Stream, cursor: str, *, now: datetime, complete_at: datetime | None) -> None:
    """The stream was read up to `cursor`; `complete_at` is what a complete pass speaks of, None inside a pass."""
    moved = {"cursor": cursor, "complete_read_at": complete_at, "updated_at": now}
    if not session.run("move_cursor", **stream.params, **moved):
        session.insert("cursors", [stream.params | moved])
