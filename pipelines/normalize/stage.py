"""Raw to canonical versions, through the mappings. What cannot be mapped is set aside with its reason and can be replayed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from canonical.ids import ConnectionId, RunId
from canonical.practice import Practice
from canonical.progress import at_work
from ledger.configuration import remember
from ledger.progress import advance, reached
from ledger.quarantine import mark, open_marks, release
from ledger.records import (
    RawRow,
    erased_hashes,
    last_words,
    latest,
    mapped_since,
    marked_rows,
    newest_raw,
    raw_by_id,
    waiting,
    write,
)
from ledger.session import Session
from ledger.store import Store
from ledger.streams import Stream
from mappings.catalogue import Catalogue
from mappings.coverage import CoverageRow, Notes, absent, report
from pipelines.accept.unread import call_somebody
from pipelines.normalize.desk import desk_of
from pipelines.normalize.translation import STAGE, Interpreter, Known, StreamCounts, Translation

REPLAYED = "mapped on a later try"
OVERTAKEN = "newer bytes of the same record were mapped"


class Configured(Protocol):
    """What normalize needs of a practice's settings (`settings.practice.PracticeConfig` is one)."""

    @property
    def practice(self) -> Practice:
        """Who it is, with its connections and locations."""

    @property
    def mapping_folders(self) -> tuple[Path, ...]:
        """Its own mapping files, weakest layer first."""


@dataclass(frozen=True, slots=True)
class Normalized:
    """What a run came to, by stream."""

    counts: dict[Stream, StreamCounts] = field(default_factory=dict)
    notes: dict[Stream, Notes] = field(default_factory=dict)

    @property
    def total(self) -> StreamCounts:
        """All streams together."""
        return sum(self.counts.values(), StreamCounts())

    @property
    def closes(self) -> bool:
        """Whether versions = mapped + quarantined holds for every stream."""
        return all(one.closes for one in self.counts.values())


@dataclass(frozen=True)
class _Work:
    """One run's tools."""

    store: Store
    interpreter: Interpreter
    now: datetime
    run_id: RunId


def normalize(
    store: Store,
    config: Configured,
    *,
    now: datetime,
    run_id: RunId,
    raw_ids: Sequence[str] | None = None,
    catalogue: Catalogue | None = None,
) -> Normalized:
    """Map every raw row that came since the last run, oldest first, 5,000 at a time.

    With `raw_ids` only those rows are mapped, now, past everything that waits: an event that must be answered at once. The
    ledger is open only to read and to write, never while mapping. Two processes may run this at once: whoever writes second
    starts that lot again. `catalogue`: the practice's mappings, where they were read already.
    """
    interpreter = Interpreter(config.practice, catalogue or Catalogue(config.mapping_folders), run_id)
    work = _Work(store, interpreter, now, run_id)
    if raw_ids is not None:
        return _all(work, Source(lambda session, _: Lot(raw_by_id(session, raw_ids), 0), once=True))
    return _all(work, Source(_next_lot, marks=True))


def renormalize(store: Store, config: Configured, stream: Stream, *, now: datetime, run_id: RunId) -> Normalized:
    """Map the newest raw row of every record of a stream again, after its mapping has changed.

    What comes out the same makes no version.
    """
    work = _Work(store, _interpreter(config, run_id, again=True), now, run_id)
    return _all(work, Source(_newest_of(stream)))


def replay(store: Store, config: Configured, stream: Stream, *, now: datetime, run_id: RunId) -> Normalized:
    """Try everything of a stream that this stage has set aside once more. What maps now is released."""
    work = _Work(store, _interpreter(config, run_id), now, run_id)
    with store.reading() as session:
        marks = open_marks(session, stream, STAGE, most=1_000_000)
    ids = [one.raw_id for one in marks]
    total = Translation()
    for start in range(0, len(ids), 5_000):
        _replayed(work, ids[start : start + 5_000], total)
    return Normalized(total.counts, total.notes)


def coverage(store: Store, config: Configured, stream: Stream, *, most: int = 50_000) -> tuple[CoverageRow, ...]:
    """What the mapping of a stream does not understand of the newest records, counted. Writes nothing.

    Raises:
        SettingsError: the stream has no mapping, or a wrong one.
    """
    catalogue = Catalogue(config.mapping_folders)
    desk = desk_of(config.practice, stream, catalogue)
    interpreter = Interpreter(config.practice, catalogue, "coverage")
    notes, after, looked = Notes(), 0, 0
    while looked < most:
        with store.reading() as session:
            rows = newest_raw(session, stream, after)
        if not rows:
            break
        notes.merge(interpreter.translate(rows, Known()).notes.get(stream, Notes()))
        after, looked = rows[-1].seq, looked + len(rows)
    return (*report(desk.mapping.spec, notes), *absent(desk.mapping.spec, notes))


class Lot(NamedTuple):
    """Rows to map together, and the number up to which that is all of them."""

    rows: tuple[RawRow, ...]
    last: int


@dataclass(frozen=True)
class Source:
    """Where lots come from."""

    following: Callable[[Session, int], Lot | None]
    """The next lot behind a number; None when there is none."""
    marks: bool = False
    """Whether the ledger keeps how far this got, so that another process goes on from there."""
    once: bool = False


def _next_lot(session: Session, after: int) -> Lot | None:
    del after  # the ledger's own mark decides, because somebody else may have moved it
    found = waiting(session, reached(session, STAGE))
    return Lot(found.rows, found.last) if found else None


def _newest_of(stream: Stream) -> Callable[[Session, int], Lot | None]:
    def following(session: Session, after: int) -> Lot | None:
        rows = newest_raw(session, stream, after)
        return Lot(rows, rows[-1].seq) if rows else None

    return following


def _all(work: _Work, source: Source) -> Normalized:
    total, after = Translation(), 0
    while True:
        with work.store.reading() as session:
            seen, lot = session.head.seq, source.following(session, after)
            known = _known(session, lot.rows) if lot else Known()
        if lot is None:
            break
        made = work.interpreter.translate(lot.rows, known)
        if not _written(work, made, seen, lot.last if source.marks else None):
            continue
        total.merge(made)
        after = lot.last
        at_work(STAGE, sum(one.mapped + one.quarantined for one in total.counts.values()))
        if source.once:
            break
    return Normalized(total.counts, total.notes)


def _known(session: Session, rows: Sequence[RawRow]) -> Known:
    records = list(dict.fromkeys(row.record_id for row in rows))
    gone = [row.record_id for row in rows if row.deleted]
    return Known(latest(session, records), last_words(session, gone) if gone else {}, erased_hashes(session))


def _written(work: _Work, made: Translation, seen: int, last: int | None) -> bool:
    """Write a lot, unless somebody else has mapped something since it was read."""
    with work.store.writing() as session:
        if mapped_since(session, seen):
            return False
        _write(session, work, made)
        if last is not None:
            advance(session, STAGE, last)
    return True


def _write(session: Session, work: _Work, made: Translation) -> None:
    for mapping in work.interpreter.mappings().values():
        remember(session, "mapping", mapping.spec.name, mapping.hash, mapping.spec.text, work.now)
    write(session, made.versions, run_id=work.run_id, now=work.now)
    mark(session, made.marks, work.now)
    for stream in dict.fromkeys(Stream(ConnectionId(one.connection_id), one.stream) for one in made.marks):
        if work.interpreter.brings_inquiries(stream):
            call_somebody(session, stream, STAGE, work.now)
    newest = {one.raw.record_id: one.raw.seq for one in made.versions}
    overtaken = [one.raw_id for one in marked_rows(session, [*newest]) if one.seq < newest[one.record_id]]
    release(session, overtaken, STAGE, OVERTAKEN, work.now)


def _replayed(work: _Work, raw_ids: list[str], total: Translation) -> None:
    """One lot of marked rows: those that map now are written and released, the others keep the mark they have."""
    while True:
        with work.store.reading() as session:
            seen, rows = session.head.seq, raw_by_id(session, raw_ids)
            known = _known(session, rows)
        made = work.interpreter.translate(rows, known)
        still = {one.raw_id for one in made.marks}
        made.marks.clear()
        with work.store.writing() as session:
            if mapped_since(session, seen):
                continue
            _write(session, work, made)
            release(session, [row.raw_id for row in rows if row.raw_id not in still], STAGE, REPLAYED, work.now)
        total.merge(made)
        return


def _interpreter(config: Configured, run_id: RunId, *, again: bool = False) -> Interpreter:
    return Interpreter(config.practice, Catalogue(config.mapping_folders), run_id, again=again)
