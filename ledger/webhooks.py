"""Raw rows that came through the door: those no record is made of, and those that must be understood before a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from canonical.ids import Prefix, RunId, content_hash, keyed_id
from canonical.raw import WireFormat
from ledger.lists import listed
from ledger.raw import KEY
from ledger.session import Session
from ledger.streams import Stream

ORIGIN: Final = "webhook "
"""How the origin of whatever came by webhook begins."""
MOST: Final = 5_000


@dataclass(frozen=True, slots=True)
class Aside:
    """Bytes that are kept and from which nothing is made: an event we ignore, or one that is only a hint (SEC-03)."""

    vendor_id: str
    body: bytes
    origin: str
    format: WireFormat


def keep_aside(session: Session, stream: Stream, found: Sequence[Aside], *, run_id: RunId, now: datetime) -> int:
    """Keep each of these bytes once; how many were new."""
    key = session.key(KEY)
    by_id = {
        keyed_id(
            Prefix.RAW, key, stream.connection_id, stream.name, "aside", one.vendor_id, content_hash(one.body)
        ): one
        for one in found
    }
    known = {row["raw_id"] for row in session.rows("known_raw", raw_ids=listed(by_id))} if by_id else set()
    rows = [
        stream.params
        | {
            "raw_id": raw_id,
            "vendor_id": one.vendor_id,
            "content_hash": content_hash(one.body),
            "format": one.format.text,
            "body": one.body,
            "origin": one.origin,
            "deleted": False,
            "run_id": run_id,
            "recorded_at": now,
        }
        for raw_id, one in by_id.items()
        if raw_id not in known
    ]
    session.insert("raw", rows)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Voices:
    """Streams, each as `connection/stream`: those in which people speak, and those that only report on our own messages."""

    speech: tuple[str, ...]
    reports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """Some raw rows that wait, up to a number."""

    raw_ids: tuple[str, ...]
    last: int


def urgent(session: Session, since: int, voices: Voices, most: int = MOST) -> Lot | None:
    """Raw rows behind `since` that may hold a STOP: from webhooks or where people speak, but no reports. None without any."""
    spoken = {"streams": listed(voices.speech), "reports": listed(voices.reports)}
    return _lot(session.rows("urgent_raw", since=since, most=most, **spoken))


def reported(session: Session, since: int, voices: Voices, most: int = MOST) -> Lot | None:
    """Raw rows behind `since` that came by webhook and are reports; None without any."""
    return _lot(session.rows("reported_raw", since=since, most=most, reports=listed(voices.reports)))


def _lot(rows: Sequence[Mapping[str, Any]]) -> Lot | None:
    return Lot(tuple(row["raw_id"] for row in rows), rows[-1]["seq"]) if rows else None


def pulse(session: Session, now: datetime, planned: int) -> bool:
    """Whether something waits that must not wait for the next tick. `planned`: how far the planner has looked."""
    found = session.one("pulse", now=now, planned=planned)
    return found is not None and (found["due"] or found["news"])
