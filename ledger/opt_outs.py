"""An opt-out on its way to the practice's other tools (R34): one row for each tool that must know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from canonical.ids import ConnectionId, Prefix, derived_id
from ledger.progress import advance, reached
from ledger.session import Session

STAGE = "opt_outs"
MOST = 200


@dataclass(frozen=True, slots=True)
class OptOut:
    """A revocation of everything that no other tool was told yet."""

    seq: int
    suppression_id: str
    contact_point_id: str
    source: str
    """Who said so: a connection, `<connection>:keyword` where the vendor heeds it itself, `<connection>:reply`, `vendor:<vendor>`."""
    effective_at: datetime
    kind: str
    """Of the contact point: a phone, a mail address, a thread."""


def to_spread(session: Session) -> tuple[OptOut, ...]:
    """The next opt-outs that other tools must know of, oldest first."""
    rows = session.rows("opt_outs_to_spread", since=reached(session, STAGE), most=MOST)
    return tuple(OptOut(**row) for row in rows)


def spread(session: Session, found: Sequence[tuple[OptOut, Iterable[ConnectionId]]], now: datetime) -> int:
    """Leave a row for each tool that must know, and count the opt-outs as spread; how many rows."""
    rows = [
        {
            "copy_id": derived_id(Prefix.SUPPRESSION, one.suppression_id, connection_id),
            "suppression_id": one.suppression_id,
            "contact_point_id": one.contact_point_id,
            "connection_id": connection_id,
            "effective_at": one.effective_at,
            "recorded_at": now,
        }
        for one, connections in found
        for connection_id in connections
    ]
    session.insert("opt_out_copies", rows)
    advance(session, STAGE, max(one.seq for one, _ in found))
    return len(rows)


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A tool that was to be told of an opt-out and has not said that it knows."""

    copy_id: str
    suppression_id: str
    connection_id: str
    recorded_at: datetime


def unconfirmed(session: Session, *, since: datetime, before: datetime) -> tuple[Unconfirmed, ...]:
    """Copies noted in a span that no tool has confirmed, oldest first."""
    return tuple(Unconfirmed(**row) for row in session.rows("copies_not_acknowledged", since=since, before=before))
