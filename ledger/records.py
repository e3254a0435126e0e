"""Versions of records in our words: every raw row that could be mapped is one, and none is ever changed."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import pyarrow as pa

from canonical.ids import ContentHash, Prefix, derived_id
from canonical.raw import Kind
from ledger.lists import listed
from ledger.session import Session
from ledger.streams import Stream

MOST: Final = 5_000


class RawRow(NamedTuple):
    """A raw row as normalize reads it."""

    seq: int
    raw_id: str
    record_id: str
    connection_id: str
    stream: str
    vendor_id: str
    format: str
    body: bytes
    origin: str
    deleted: bool
    effective_at: datetime | None


class Latest(NamedTuple):
    """The newest version of a record, in short."""

    ordinal: int
    raw_seq: int
    effective_at: datetime | None
    body_hash: str
    deleted: bool
    mapping_hash: str


class NewVersion(NamedTuple):
    """A version to be written."""

    raw: RawRow
    ordinal: int
    kind: Kind
    location_id: str | None
    mapping_hash: ContentHash
    body: str
    body_hash: ContentHash
    deleted: bool
    effective_at: datetime | None

    @property
    def version_id(self) -> str:
        """Named by the record and the how-many-eth version it is."""
        return derived_id(Prefix.VERSION, self.raw.record_id, str(self.ordinal))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Raw rows that want to be mapped, and up to which number that is all of them."""

    rows: tuple[RawRow, ...]
    last: int


def waiting(session: Session, after: int) -> Waiting | None:
    """The next raw rows behind a number; None when there are none. `rows` may be empty where others were faster."""
    found = session.one("next_raw_seq", after=after)
    if found is None or found["seq"] is None:
        return None
    last = min(found["seq"] + MOST - 1, session.head.seq)
    return Waiting(raw_rows(session, "raw_between", first=found["seq"], last=last), last)


def raw_by_id(session: Session, raw_ids: Sequence[str]) -> tuple[RawRow, ...]:
    """These raw rows, oldest first; erased ones are left out."""
    return raw_rows(session, "raw_by_id", raw_ids=listed(raw_ids))


def newest_raw(session: Session, stream: Stream, after: int) -> tuple[RawRow, ...]:
    """The newest raw row of each record of a stream, behind a number, at most 5,000."""
    return raw_rows(session, "newest_raw_of_stream", **stream.params, after=after, most=MOST)


def raw_rows(session: Session, query: str, **params: object) -> tuple[RawRow, ...]:
    """The raw rows a named query gives, through Arrow."""
    table = session.arrow(query, **params)
    columns = [table.column(name).to_pylist() for name in RawRow._fields]
    return tuple(map(RawRow._make, zip(*columns, strict=True)))


def mapped_since(session: Session, since: int) -> bool:
    """Whether anybody has mapped or set aside a raw row after that number was the newest."""
    found = session.one("mapped_since", since=since)
    return found is not None and found["seq"] is not None


@dataclass(frozen=True, slots=True)
class ErasedHashes:
    """What was erased on somebody's request, so that an old export does not bring it back (R35)."""

    key: bytes
    hashes: frozenset[str]

    def hold(self, kind: str, value: str) -> bool:
        """Whether this `phone`, `email` or `record` was erased; the same answer as `ledger.erasure.erased`, for many."""
        return hmac.digest(self.key, f"{kind}\x00{value}".encode(), "sha256").hex()[:32] in self.hashes


def erased_hashes(session: Session) -> ErasedHashes | None:
    """Everything that was ever erased; None where nothing was."""
    rows = session.rows("all_erased_hashes")
    return ErasedHashes(session.key("erasure"), frozenset(row["hash"] for row in rows)) if rows else None


class MarkedRow(NamedTuple):
    """A raw row that normalize has set aside."""

    raw_id: str
    record_id: str
    seq: int


def marked_rows(session: Session, record_ids: Sequence[str]) -> list[MarkedRow]:
    """Raw rows of these records that are still set aside by normalize."""
    if not record_ids or not session.rows("any_marks_of_stage", stage="normalize"):
        return []
    return [MarkedRow(**row) for row in session.rows("marked_rows", records=listed(record_ids))]


def latest(session: Session, record_ids: Collection[str]) -> dict[str, Latest]:
    """The newest version of each of these records that has one."""
    rows = session.rows("latest_of_versions", records=listed(record_ids))
    return {row.pop("record_id"): Latest(**row) for row in rows}


class LastWords(NamedTuple):
    """What a record said last: all that is left to say about one that is gone."""

    kind: Kind
    body: str
    location_id: str | None


def last_words(session: Session, record_ids: Collection[str]) -> dict[str, LastWords]:
    """By record, what its newest version says; erased ones are left out."""
    rows = session.rows("latest_bodies", records=listed(record_ids))
    return {row["record_id"]: LastWords(Kind(row["kind"]), row["body"], row["location_id"]) for row in rows}


def write(session: Session, versions: Sequence[NewVersion], *, run_id: str, now: datetime) -> None:
    """Append versions."""
    if not versions:
        return
    rows = len(versions)
    instant = pa.timestamp("us", "UTC")
    text: dict[str, list[str | None]] = {
        "version_id": [one.version_id for one in versions],
        "record_id": [one.raw.record_id for one in versions],
        "kind": [one.kind.value for one in versions],
        "connection_id": [one.raw.connection_id for one in versions],
        "stream": [one.raw.stream for one in versions],
        "vendor_id": [one.raw.vendor_id for one in versions],
        "location_id": [one.location_id for one in versions],
        "raw_id": [one.raw.raw_id for one in versions],
        "mapping_hash": [one.mapping_hash for one in versions],
        "body": [one.body for one in versions],
        "body_hash": [one.body_hash for one in versions],
        "run_id": [run_id] * rows,
    }
    columns = {name: pa.array(values, pa.string()) for name, values in text.items()}
    columns["ordinal"] = pa.array([one.ordinal for one in versions], pa.int32())
    columns["raw_seq"] = pa.array([one.raw.seq for one in versions], pa.int64())
    columns["deleted"] = pa.array([one.deleted for one in versions], pa.bool_())
    columns["effective_at"] = pa.array([one.effective_at for one in versions], instant)
    columns["recorded_at"] = pa.array([now] * rows, instant)
    session.insert_arrow("versions", pa.table(columns))
