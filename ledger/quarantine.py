"""Quarantine: a mark on a raw row, with a reason, a place and a next step. Nothing is moved, nothing is lost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from canonical.clock import rfc3339
from ledger.audit.events import AuditBody, AuditTag
from ledger.lists import SEPARATOR, listed
from ledger.session import Session
from ledger.streams import Stream

READ_AGAIN: Final = "the same place in the input was read again, and well"
MOST_DISMISSED: Final = 1_000_000
MOST_NAMED: Final = 100
"""Marks that are audited one by one; more of them at once are audited as a sum per reason."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a raw row was set aside, by which stage, and what to do about it. The sentences hold no values."""

    raw_id: str
    connection_id: str
    stream: str
    origin: str
    stage: str
    code: str
    problem: str
    next_step: str
    mapping_hash: str | None
    run_id: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Open marks of one stream that have one reason."""

    connection_id: str
    stream: str
    stage: str
    code: str
    marks: int
    problem: str
    next_step: str
    first_origin: str
    since: datetime


def mark(session: Session, marks: Sequence[Mark], now: datetime) -> None:
    """Set raw rows aside."""
    session.insert("quarantine", [asdict(one) | {"recorded_at": now} for one in marks])
    _audit(session, AuditTag.QUARANTINE_MARKED, [(one.raw_id, one.code) for one in marks], now)


def release(session: Session, raw_ids: Sequence[str], stage: str, why: str, now: datetime) -> None:
    """Take the marks of a stage off these raw rows."""
    rows = [{"raw_id": raw_id, "stage": stage, "why": why, "recorded_at": now} for raw_id in raw_ids]
    session.insert("quarantine_released", rows)
    _audit(session, AuditTag.QUARANTINE_RELEASED, [(raw_id, stage) for raw_id in raw_ids], now)


def release_read_again(session: Session, stream: Stream, lines: Sequence[str], now: datetime) -> None:
    """Lines of a file that were no records once and are records now are no longer set aside; nor is their file as a whole."""
    found = session.one("any_open_marks", **stream.params, stage="border")
    if found is None or not found["marks"]:
        return
    places = [one for one in lines if SEPARATOR not in one]
    files = dict.fromkeys(one.rpartition(":")[0] for one in places)
    rows = session.rows("open_marks_at", **stream.params, origins=listed(places), files=listed(files))
    release(session, [row["raw_id"] for row in rows], "border", READ_AGAIN, now)


def spoiled_again(session: Session, raw_ids: Sequence[str]) -> set[str]:
    """Which of these were released because their place read well, and now do not again. What a person closed stays closed."""
    rows = session.rows("released_last_by", raw_ids=listed(raw_ids), stage="border") if raw_ids else []
    return {row["raw_id"] for row in rows if row["why"] == READ_AGAIN}


def dismiss(session: Session, stream: Stream, places: Sequence[str], why: str, now: datetime) -> list[Mark]:
    """A person has seen to it that nothing more comes of what stands at these places, or has these ids. The bytes stay."""
    wanted, done = frozenset(places), []
    for stage in ("border", "normalize"):
        marks = [one for one in open_marks(session, stream, stage, MOST_DISMISSED) if {one.origin, one.raw_id} & wanted]
        release(session, [one.raw_id for one in marks], stage, why, now)
        done += marks
    return done


def open_marks(session: Session, stream: Stream, stage: str, most: int = 1_000) -> list[Mark]:
    """The oldest open marks of a stream at one stage."""
    rows = session.rows("open_marks", **stream.params, stage=stage, most=most)
    kept = ("raw_id", "origin", "code", "problem", "next_step", "mapping_hash", "run_id")
    return [
        Mark(connection_id=stream.connection_id, stream=stream.name, stage=stage, **{name: row[name] for name in kept})
        for row in rows
    ]


def reasons(session: Session) -> list[Reason]:
    """All open marks, counted by reason, most frequent first."""
    return [Reason(**row) for row in session.rows("open_marks_by_reason")]


def _audit(session: Session, tag: AuditTag, named: Sequence[tuple[str, str]], now: datetime) -> None:
    at, practice = rfc3339(now), session.practice_id
    if len(named) <= MOST_NAMED:
        bodies = [
            AuditBody(tag=tag, at=at, practice=practice, subject_id=raw_id, refs={"reason": reason})
            for raw_id, reason in named
        ]
    else:
        sums = {reason: sum(one == reason for _, one in named) for reason in dict.fromkeys(one for _, one in named)}
        first = {reason: next(raw_id for raw_id, one in named if one == reason) for reason in sums}
        bodies = [
            AuditBody(
                tag=tag,
                at=at,
                practice=practice,
                subject_id=first[reason],
                refs={"reason": reason},
                counts={"raw": count},
            )
            for reason, count in sums.items()
        ]
    session.audit(*bodies)
