"""Raw lands first, byte for byte: a page and its cursor in one transaction, every record counted under exactly one word."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Self

import pyarrow as pa

from canonical.ids import ContentHash, Prefix, RunId, content_hash, derived_id, keyed_id
from canonical.raw import Page, RawRecord, Suspect
from ledger.lists import listed
from ledger.quarantine import Mark, mark, release_read_again, spoiled_again
from ledger.session import Session
from ledger.streams import Stream

BORDER: Final = "border"
"""The stage at which input that is no record is set aside."""
_CHANGE_LENGTH: Final = 32
"""Characters of a change hash that are kept: 128 bits tell the versions of one record apart."""
DELETED: Final = "deleted"
"""The change hash of a deletion: deleted twice is deleted once."""
KEY: Final = "pseudonym"


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of everything that was read. Conservation: `read` is the sum of the others but `deleted`."""

    read: int = 0
    new: int = 0
    """Records nobody had seen."""
    changed: int = 0
    """Known records that now say something else, deletions included."""
    unchanged: int = 0
    """Known records that say what they said."""
    repeated: int = 0
    """The same again within one run, or input whose very bytes were read before."""
    rejected: int = 0
    """Set aside at the border: no record could be made of it."""
    deleted: int = 0
    """How many of `changed` are deletions."""

    def __add__(self, other: Self) -> "Landed":
        """Both together."""
        return Landed(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def closes(self) -> bool:
        """Whether everything that was read is accounted for."""
        return self.read == self.new + self.changed + self.unchanged + self.repeated + self.rejected


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page on its way in: whose it is, who brought it, and what each record says, as hashes (`mappings.wire`)."""

    stream: Stream
    run_id: RunId
    now: datetime
    """Business time."""
    page: Page
    change_hashes: Sequence[ContentHash]


@dataclass(frozen=True, slots=True)
class _Sorted:
    landed: Landed
    kept: list[tuple[RawRecord, str, str]]
    """Records that become rows, with record id and change hash."""


def record_ids(session: Session, stream: Stream, vendor_ids: Iterable[str]) -> Iterator[str]:
    """Our ids of a stream's records. Keyed: some vendors use a mail address as an id."""
    key = session.key(KEY)
    return (keyed_id(Prefix.RECORD, key, stream.connection_id, stream.name, one) for one in vendor_ids)


def land(session: Session, arrival: Arrival) -> Landed:
    """Store what is new of a page, mark what is no record. `streams.move_cursor` belongs into the same transaction.

    Several versions of one record in a page are all kept, in order; the last is the newest. An erased record that comes
    again is not stored.
    """
    ids = list(record_ids(session, arrival.stream, (record.vendor_id for record in arrival.page.records)))
    found = _sorted(session, arrival, ids)
    _insert(session, arrival, found.kept)
    if arrival.page.lines:
        release_read_again(session, arrival.stream, [record.origin for record in arrival.page.records], arrival.now)
    return found.landed + _set_aside(session, arrival)


def delete_missing(session: Session, arrival: Arrival, seen: frozenset[str], most: float) -> Landed | int:
    """Every living record of a stream that a complete input (whose record ids are `seen`) does not hold is gone.

    Where that would be more than the share `most` of all of them, nothing is deleted and their number is returned: a cut-off
    export looks exactly like that.
    """
    stream = arrival.stream
    living = session.rows("living_records", **stream.params)
    gone = [row for row in living if row["record_id"] not in seen]
    if len(gone) > most * len(living):
        return len(gone)
    records = [
        RawRecord(
            connection_id=stream.connection_id,
            stream=stream.name,
            vendor_id=row["vendor_id"],
            body=b"{}",
            origin="missing from a complete input",
            deleted=True,
        )
        for row in gone
    ]
    _insert(session, arrival, [(one, row["record_id"], DELETED) for one, row in zip(records, gone, strict=True)])
    return Landed(read=len(gone), changed=len(gone), deleted=len(gone))


def _sorted(session: Session, arrival: Arrival, ids: list[str]) -> _Sorted:
    """Each record under one word. In a page whose bytes were read before, everything is a repetition."""
    records = arrival.page.records
    if arrival.page.again:
        return _Sorted(Landed(read=len(records), repeated=len(records)), [])
    known = {row["record_id"]: row for row in session.rows("latest_of_records", records=listed(dict.fromkeys(ids)))}
    says = {record_id: row["change_hash"] for record_id, row in known.items()}
    here = {record_id for record_id, row in known.items() if row["run_id"] == arrival.run_id}
    erased = {record_id for record_id, row in known.items() if row["erased"]}
    doubles = _of_doubles(session, ids)
    counts = dict.fromkeys(("new", "changed", "unchanged", "repeated", "deleted"), 0)
    kept: list[tuple[RawRecord, str, str]] = []
    for at, (record, record_id, change_hash) in enumerate(zip(records, ids, arrival.change_hashes, strict=True)):
        now_says = DELETED if record.deleted else change_hash[:_CHANGE_LENGTH]
        last, ever_said = doubles.get(record_id, (at, set()))
        if at != last and now_says in ever_said:
            counts["repeated"] += 1
            continue
        if record_id in erased or says.get(record_id) == now_says:
            counts["repeated" if record_id in here else "unchanged"] += 1
            continue
        counts["changed" if record_id in says else "new"] += 1
        counts["deleted"] += record.deleted and record_id in says
        says[record_id] = now_says
        here.add(record_id)
        kept.append((record, record_id, now_says))
    return _Sorted(Landed(read=len(records), **counts), kept)


def _of_doubles(session: Session, ids: list[str]) -> dict[str, tuple[int, set[str]]]:
    """Records that stand in a page more than once: where the last of them stands, and all that was ever said of them.

    An export that lists an id twice does so every time: only its last word is news, or the record would change at each reading.
    """
    last = {record_id: at for at, record_id in enumerate(ids)}
    said: dict[str, set[str]] = {record_id: set() for at, record_id in enumerate(ids) if last[record_id] != at}
    for row in session.rows("all_said_of_records", records=listed(said)) if said else ():
        said[row["record_id"]].add(row["change_hash"])
    return {record_id: (last[record_id], words) for record_id, words in said.items()}


def _insert(session: Session, arrival: Arrival, kept: list[tuple[RawRecord, str, str]]) -> None:
    if not kept:
        return
    first = session.next_seq(len(kept))
    records = [record for record, _, _ in kept]
    columns: dict[str, list[object]] = {
        "seq": [*range(first, first + len(kept))],
        "raw_id": [derived_id(Prefix.RAW, record_id, str(first + at)) for at, (_, record_id, _) in enumerate(kept)],
        "record_id": [record_id for _, record_id, _ in kept],
        "vendor_id": [record.vendor_id for record in records],
        "content_hash": [content_hash(record.body) for record in records],
        "change_hash": [change_hash for _, _, change_hash in kept],
        "format": [record.format.text for record in records],
        "body": [record.body for record in records],
        "origin": [record.origin for record in records],
        "deleted": [record.deleted for record in records],
        "effective_at": [record.effective_at for record in records],
    }
    session.insert_arrow("raw", _table(columns, arrival, len(kept)))


def _set_aside(session: Session, arrival: Arrival) -> Landed:
    """Suspects become raw rows without a record, and marks. One that is here already is a repetition."""
    suspects = arrival.page.suspects
    if not suspects:
        return Landed()
    ids = [_suspect_id(session, arrival.stream, one) for one in suspects]
    known = {row["raw_id"] for row in session.rows("known_raw", raw_ids=listed(ids))}
    here = {} if arrival.page.again else dict(zip(ids, suspects, strict=True))
    fresh = {raw_id: one for raw_id, one in here.items() if raw_id not in known}
    back = spoiled_again(session, [raw_id for raw_id in here if raw_id in known])
    if fresh:
        session.insert_arrow("raw", _table(_suspect_columns(fresh), arrival, len(fresh)))
    marks = [_mark(arrival, raw_id, one) for raw_id, one in here.items() if raw_id in fresh or raw_id in back]
    if marks:
        mark(session, marks, arrival.now)
    return Landed(read=len(suspects), rejected=len(marks), repeated=len(suspects) - len(marks))


def _suspect_id(session: Session, stream: Stream, one: Suspect) -> str:
    return keyed_id(
        Prefix.RAW, session.key(KEY), stream.connection_id, stream.name, one.origin, one.code, content_hash(one.body)
    )


def _suspect_columns(fresh: dict[str, Suspect]) -> dict[str, list[object]]:
    return {
        "raw_id": [*fresh],
        "content_hash": [content_hash(one.body) for one in fresh.values()],
        "body": [one.body for one in fresh.values()],
        "origin": [one.origin for one in fresh.values()],
        "deleted": [False] * len(fresh),
    }


def _mark(arrival: Arrival, raw_id: str, one: Suspect) -> Mark:
    return Mark(
        raw_id=raw_id,
        connection_id=arrival.stream.connection_id,
        stream=arrival.stream.name,
        origin=one.origin,
        stage=BORDER,
        code=one.code,
        problem=one.problem,
        next_step=one.next_step,
        mapping_hash=None,
        run_id=arrival.run_id,
    )


_INSTANT: Final = pa.timestamp("us", "UTC")
_TYPES: Final = {"seq": pa.int64(), "body": pa.binary(), "deleted": pa.bool_(), "effective_at": _INSTANT}


def _table(columns: dict[str, list[object]], arrival: Arrival, rows: int) -> pa.Table:
    arrays = {name: pa.array(values, _TYPES.get(name, pa.string())) for name, values in columns.items()}
    arrays["connection_id"] = pa.repeat(arrival.stream.connection_id, rows)
    arrays["stream"] = pa.repeat(arrival.stream.name, rows)
    arrays["run_id"] = pa.repeat(arrival.run_id, rows)
    arrays["recorded_at"] = pa.array([arrival.now] * rows, _INSTANT)
    return pa.table(arrays)
