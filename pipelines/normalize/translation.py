"""What raw rows mean: pure, no ledger open. Raw rows and what was known in, versions and marks out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import groupby
from typing import Final, Self

from canonical.ids import ConnectionId, ContentHash, content_hash
from canonical.practice import Practice
from canonical.problems import GlowlineError, ProtocolBroken
from canonical.raw import Kind
from connectors.kit import registry
from ledger.quarantine import Mark
from ledger.records import ErasedHashes, LastWords, Latest, NewVersion, RawRow
from ledger.streams import Stream
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Cannot, Mapped
from mappings.engine import Mapping as CompiledMapping
from mappings.wire import NotReadable, WireRecord, read_many
from pipelines.normalize.desk import IGNORE, Desk, desk_of

STAGE: Final = "normalize"


@dataclass(frozen=True, slots=True)
class StreamCounts:
    """What became of a stream's raw rows. Conservation: `versions` = `mapped` + `quarantined`."""

    versions: int = 0
    """Raw rows that were looked at."""
    mapped: int = 0
    quarantined: int = 0
    late: int = 0
    """How many of `mapped` made no version, because a newer one was known already."""
    same: int = 0
    """How many of `mapped` made no version, because another mapping made the same of them."""

    def __add__(self, other: Self) -> "StreamCounts":
        """Both together."""
        return StreamCounts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def closes(self) -> bool:
        """Whether every raw row is accounted for."""
        return self.versions == self.mapped + self.quarantined


@dataclass(slots=True)
class Known:
    """What the ledger knows of the records in question. It is kept up to date while rows are translated."""

    latest: dict[str, Latest] = field(default_factory=dict)
    last_words: dict[str, LastWords] = field(default_factory=dict)
    erased: ErasedHashes | None = None

    def take(self, made: NewVersion) -> None:
        """A version was made: the next row of its record is compared with it."""
        self.latest[made.raw.record_id] = _as_latest(made)
        self.last_words[made.raw.record_id] = LastWords(made.kind, made.body, made.location_id)


@dataclass(slots=True)
class Translation:
    """What some raw rows came to."""

    versions: list[NewVersion] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    counts: dict[Stream, StreamCounts] = field(default_factory=dict)
    notes: dict[Stream, Notes] = field(default_factory=dict)

    def count(self, stream: Stream, counts: StreamCounts) -> None:
        """Add to the counts of a stream."""
        self.counts[stream] = self.counts.get(stream, StreamCounts()) + counts

    def merge(self, other: "Translation") -> None:
        """Add another one's counts and notes; its versions and marks are written already."""
        for stream, counts in other.counts.items():
            self.count(stream, counts)
        for stream, notes in other.notes.items():
            self.notes.setdefault(stream, Notes()).merge(notes)


class Interpreter:
    """Translates raw rows for one practice, with the mappings in force."""

    def __init__(self, practice: Practice, catalogue: Catalogue, run_id: str, *, again: bool = False) -> None:
        """`again`: rows that were mapped before; where the result is the same, no version is made."""
        self._practice = practice
        self._catalogue = catalogue
        self._run_id = run_id
        self._again = again
        self._desks: dict[Stream, Desk | GlowlineError] = {}

    def mappings(self) -> dict[str, CompiledMapping]:
        """The mappings used so far, by hash."""
        return {desk.mapping.hash: desk.mapping for desk in self._desks.values() if isinstance(desk, Desk)}

    def brings_inquiries(self, stream: Stream) -> bool:
        """Whether somebody waits behind each record of a stream that was looked at."""
        desk = self._desks.get(stream)
        return isinstance(desk, Desk) and desk.mapping.kind is Kind.INQUIRY

    def translate(self, rows: Sequence[RawRow], known: Known) -> Translation:
        """What these rows, oldest first, come to. Never raises for what a vendor sent or somebody configured."""
        found = Translation()
        for (connection_id, name), group in groupby(rows, key=lambda row: (row.connection_id, row.stream)):
            stream, together = Stream(ConnectionId(connection_id), name), list(group)
            desk = self._desk(stream)
            if isinstance(desk, GlowlineError):
                found.marks += [self._mark(row, "no_mapping", str(desk), desk.next_step, None) for row in together]
                found.count(stream, StreamCounts(versions=len(together), quarantined=len(together)))
            else:
                self._translate(desk, together, known, found)
        return found

    def _translate(self, desk: Desk, rows: list[RawRow], known: Known, found: Translation) -> None:
        notes = found.notes.setdefault(desk.stream, Notes())
        counts = dict.fromkeys(("mapped", "quarantined", "late", "same"), 0)
        for row, record in _read(rows):
            made = self._version(desk, row, record, known, notes)
            if isinstance(made, Mark):
                found.marks.append(made)
                counts["quarantined"] += 1
                continue
            counts["mapped"] += 1
            if isinstance(made, NewVersion):
                found.versions.append(made)
                known.take(made)
            else:
                counts[made] += 1
        found.count(desk.stream, StreamCounts(versions=len(rows), **counts))

    def _version(
        self, desk: Desk, row: RawRow, record: WireRecord | NotReadable, known: Known, notes: Notes
    ) -> NewVersion | Mark | str:
        """A version, a mark, or the reason why there is none: `late`, `same`."""
        before = known.latest.get(row.record_id)
        if row.deleted:
            return _gone(desk, row, before, known.last_words.get(row.record_id))
        if isinstance(record, NotReadable):
            return self._mark(
                row, "not_readable", f"The record {record}.", "Report it to the vendor.", desk.mapping.hash
            )
        notes.saw(record)
        try:
            if desk.documented:
                registry.require_known_shape(desk.connection.vendor, desk.stream.name, record)
            mapped = desk.mapping.apply(record, desk.around, notes)
        except Cannot as why:
            return self._mark(row, why.code, why.problem, why.next_step, desk.mapping.hash)
        except ProtocolBroken as why:
            return self._mark(row, "protocol", str(why), why.next_step, desk.mapping.hash)
        if known.erased and _comes_back(mapped, row, known.erased):
            return self._mark(row, "erased", *_ERASED, desk.mapping.hash)
        return self._compared(_made(desk, row, mapped, before, notes), before)

    def _compared(self, made: NewVersion, before: Latest | None) -> NewVersion | str:
        if before is None:
            return made
        if _is_late(made.raw.seq, made.effective_at, before):
            return "late"
        if self._again and (made.body_hash, made.deleted) == (before.body_hash, before.deleted):
            return "same"
        return made

    def _mark(self, row: RawRow, code: str, problem: str, next_step: str, mapping: ContentHash | None) -> Mark:
        return Mark(
            raw_id=row.raw_id,
            connection_id=row.connection_id,
            stream=row.stream,
            origin=row.origin,
            stage=STAGE,
            code=code,
            problem=problem,
            next_step=next_step,
            mapping_hash=mapping,
            run_id=self._run_id,
        )

    def _desk(self, stream: Stream) -> Desk | GlowlineError:
        """A broken mapping sets its own stream aside and stops no other: a STOP must not wait for a typing error."""
        if stream not in self._desks:
            try:
                self._desks[stream] = desk_of(self._practice, stream, self._catalogue)
            except GlowlineError as why:
                self._desks[stream] = why
        return self._desks[stream]


def _read(rows: list[RawRow]) -> Iterator[tuple[RawRow, WireRecord | NotReadable]]:
    for format_text, group in groupby(rows, key=lambda row: row.format):
        alike = list(group)
        yield from zip(alike, read_many(format_text, [row.body for row in alike]), strict=True)


def _made(desk: Desk, row: RawRow, mapped: Mapped, before: Latest | None, notes: Notes) -> NewVersion:
    body = mapped.encoded()
    location = _location(desk, mapped, notes)
    return NewVersion(
        raw=row,
        ordinal=before.ordinal + 1 if before else 1,
        kind=mapped.kind,
        location_id=None if location == IGNORE else location,
        mapping_hash=desk.mapping.hash,
        body=body.decode(),
        body_hash=content_hash(body),
        deleted=mapped.deleted or location == IGNORE,
        effective_at=mapped.effective_at or row.effective_at,
    )


def _location(desk: Desk, mapped: Mapped, notes: Notes) -> str | None:
    """Our location; `ignore` for a place that is not ours, where the record counts as gone; None where nobody knows."""
    word = mapped.body.get("location")
    if word is None:
        return None
    if not isinstance(word, str) or not word:
        return desk.default_location
    found = desk.places.get(word)
    if found is None:
        notes.locations[word] += 1
    return found


_ERASED: Final = (
    "The record holds an id, a phone or an address that was erased on a person's request.",
    "Leave it set aside. If it is somebody else, have the practice confirm that before it is released.",
)


def _comes_back(mapped: Mapped, row: RawRow, erased: ErasedHashes) -> bool:
    """Whether an old export brings back somebody who asked to be forgotten (R35). What people write is always heard."""
    if mapped.kind is Kind.MESSAGE:
        return False
    if erased.hold("record", f"{row.connection_id}/{row.stream}/{row.vendor_id}"):
        return True
    return any(
        erased.hold(kind, value) for field_name, kind in _CONTACTS for value in _values(mapped.body.get(field_name))
    )


_CONTACTS: Final = (
    ("phones", "phone"),
    ("phone", "phone"),
    ("emails", "email"),
    ("email", "email"),
    ("contact", "phone"),
)


def _values(value: object) -> list[str]:
    return (
        [str(one) for one in value] if isinstance(value, list) else [value] if isinstance(value, str) and value else []
    )


def _gone(desk: Desk, row: RawRow, before: Latest | None, said: LastWords | None) -> NewVersion | str:
    """A deletion repeats what the record said last. Of a record that never was a version there is nothing to delete."""
    if before is None or said is None or before.deleted or _is_late(row.seq, row.effective_at, before):
        return "late"
    return NewVersion(
        raw=row,
        ordinal=before.ordinal + 1,
        kind=said.kind,
        location_id=said.location_id,
        mapping_hash=desk.mapping.hash,
        body=said.body,
        body_hash=ContentHash(before.body_hash),
        deleted=True,
        effective_at=row.effective_at,
    )


def _is_late(seq: int, effective_at: datetime | None, before: Latest) -> bool:
    """Arrived earlier than what was mapped already, or older by the vendor's own word: it would turn back time."""
    if seq < before.raw_seq:
        return True
    return effective_at is not None and before.effective_at is not None and effective_at < before.effective_at


def _as_latest(made: NewVersion) -> Latest:
    return Latest(made.ordinal, made.raw.seq, made.effective_at, made.body_hash, made.deleted, made.mapping_hash)
