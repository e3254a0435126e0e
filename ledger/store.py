"""The store: one ledger, opened for milliseconds at a time, by one owner at a time.

    with store.writing(business_now=now) as session:
        session.insert("raw", rows)

Every access waits its turn, opens the ledger, runs one transaction and lets go. Sessions of different ledgers may be open at
once; a second session on the same ledger in one thread is an error.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import TypeVar
from weakref import WeakKeyDictionary

import duckdb
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from canonical.problems import LedgerConflict, LedgerReadOnly
from ledger.checkpoint_folder import CheckpointFolder
from ledger.embedded import EmbeddedFile
from ledger.faults import explained
from ledger.files import PRIVATE_FOLDER, attached, flush
from ledger.head import Head, read_head
from ledger.keys import KeyReference, LedgerKey
from ledger.migration import INSTALLATION_ID, Schema, begin
from ledger.place import Place
from ledger.session import Session
from ledger.tables import Shapes
from ledger.ticking import Ticking
from ledger.transactions import glance, transaction

T = TypeVar("T")
LONGEST_HOLD = 0.25
"""Seconds. Whoever holds a ledger longer makes a patient's reply wait; it is logged."""
LONGEST_TRYING = 20.0
"""Seconds after which `Store.write` gives up. Whoever queues never conflicts; this is for writers that do not."""

log = logging.getLogger(__name__)


class Store:
    """One ledger as this process uses it. Thread-safe: threads queue."""

    def __init__(self, place: Place, practice_id: str, checkpoints: CheckpointFolder | None = None) -> None:
        """Nothing is opened yet. A ledger shorter than what lies in `checkpoints` is read and not written (AUD-02)."""
        self.checkpoints = checkpoints
        self.place = place
        self.practice_id = practice_id
        self.schema = Schema.of(practice_id)
        self._shapes = Shapes(keyed=place.has_keys)
        self._texts_compared = False
        self._heads: WeakKeyDictionary[duckdb.DuckDBPyConnection, Head] = WeakKeyDictionary()
        """By opening: while one is kept nobody else writes, so the head that it read, or wrote last, still stands."""

    @property
    def path(self) -> Path:
        """The file, for a ledger that is one. Raises `TypeError` for a ledger in a shared catalogue."""
        if not isinstance(self.place, EmbeddedFile):
            message = f"{self.place.name} is not a file"
            raise TypeError(message)
        return self.place.path

    @property
    def ticking(self) -> Ticking:
        """What tells other processes that a tick of this ledger is under way. Raises as `path` does."""
        return Ticking(self.path)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads, beside readers of other processes. Raises a `LedgerError` that says what to do."""
        with self.place.opened(read_only=True) as cursor, self._watched(), self._read(cursor) as session:
            yield session

    def kept(self) -> AbstractContextManager[None]:
        """A block whose sessions share one opening for as long as nobody else waits for the ledger. No calls out in it."""
        return self.place.kept()

    def apart(self) -> AbstractContextManager[None]:
        """A block inside of that one in which every session opens the ledger for itself: whoever calls out between two."""
        return self.place.apart()

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session on a private copy, for questions that take longer than a moment: nobody waits for it."""
        with self.place.copied() as cursor, self._read(cursor) as session:
            yield session

    @contextmanager
    def writing(self, *, business_now: datetime | None = None) -> Iterator[Session]:
        """A session that is one transaction: committed when the block ends, rolled back when it raises.

        `business_now` moves the ledger's business time forward; an earlier one than it has seen raises `ClockWentBack`.
        On a shared catalogue the commit may raise `LedgerConflict`; `write` does the work again.
        """
        with (
            self.place.opened(read_only=False) as cursor,
            self._watched(),
            self.transaction(cursor, business_now=business_now) as session,
        ):
            yield session

    def write(self, work: Callable[[Session], T], *, business_now: datetime | None = None) -> T:
        """Do `work` in a writing session, and again from the start whenever another writer was first. Gives what it gave."""

        def once() -> T:
            with self.writing(business_now=business_now) as session:
                return work(session)

        return Retrying(
            retry=retry_if_exception_type(LedgerConflict),
            stop=stop_after_delay(LONGEST_TRYING),
            wait=wait_random(0, 0.05),
            reraise=True,
        )(once)

    def forget_tables(self) -> None:
        """Look at the tables again before the next insert: they were changed."""
        self._shapes = Shapes(keyed=self.place.has_keys)
        self._texts_compared = False

    @contextmanager
    def transaction(
        self, cursor: duckdb.DuckDBPyConnection, *, business_now: datetime | None = None, guarded: bool = True
    ) -> Iterator[Session]:
        """The transaction of `writing`, on a cursor that stands in this ledger already.

        `guarded=False` also writes what may only be read: for adopting, and for changes of the file that are none of its content.
        """
        with transaction(cursor, self.place.name):
            head = self._head(cursor).at(business_now)
            session = Session(cursor, head, self._shapes, where=self.place.name, writable=True)
            if guarded:
                self._must_be_writable(session)
            if self.place.has_keys:
                session.run("take_head")
            yield session
            session.finish()
        self._heads[cursor] = session.head

    def _must_be_writable(self, session: Session) -> None:
        why, size = session.head.read_only_why, session.head.audit.seq
        beyond = self.checkpoints.beyond(size) if self.checkpoints else ()
        if beyond and set(beyond) - {row["name"] for row in session.rows("adopted_checkpoints")}:
            why = f"the audit ends at entry {size}, before the exported checkpoint {beyond[-1]}"
        if why:
            raise LedgerReadOnly(
                f"{self.place.name}: {why}; it is read, not written",
                next_step="For a restored backup run `glowline audit adopt`; else `glowline audit verify` says what is wrong.",
            )
        signed = session.head.checkpoint_size
        if self.checkpoints and signed and not self.checkpoints.holds(signed):
            raise LedgerReadOnly(
                f"{self.place.name}: the checkpoint over {signed:,} entries that it exported is not in {self.checkpoints.folder};"
                " it is read, not written",
                next_step="Mount that folder, or put its notes back: without the newest, a restored backup would send again.",
            )

    @contextmanager
    def _read(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[Session]:
        with glance(cursor):
            yield Session(cursor, self._head(cursor), self._shapes, where=self.place.name, writable=False)

    def _head(self, cursor: duckdb.DuckDBPyConnection) -> Head:
        known = self._heads.get(cursor)
        if known is not None:
            return known
        where = self.place.name
        with explained(where, query="reading the head"):
            head = read_head(cursor, where, self.practice_id)
            self.schema.check(where, number=head.schema_number, min_reader=head.min_reader)
            if not self._texts_compared:
                self.schema.pending(cursor, where)
                self._texts_compared = True
        self._heads[cursor] = head
        return head

    @contextmanager
    def _watched(self) -> Iterator[None]:
        started = monotonic()
        try:
            yield
        finally:
            held = monotonic() - started
            if held > LONGEST_HOLD:
                log.info("%s: held the ledger for %.0f ms", self.practice_id, held * 1000)


def create(path: Path, *, practice_id: str, key: LedgerKey, now: datetime | None = None) -> None:
    """Make an empty ledger. Raises `FileExistsError` when there is a file already; a crash leaves no half-made ledger."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    path.parent.chmod(PRIVATE_FOLDER)
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with attached(unfinished, key, read_only=False) as cursor, transaction(cursor, str(path)):
            begin(cursor, practice_id, now)
        flush(unfinished)
        os.link(unfinished, path)
        flush(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def embedded(
    path: Path, practice_id: str, key: KeyReference | LedgerKey, checkpoints: CheckpointFolder | None = None
) -> Store:
    """The store of the encrypted file at `path`."""
    return Store(EmbeddedFile(path, key), practice_id, checkpoints)


@cache
def practice_store(
    data: Path, practice_id: str, key: KeyReference | None = None, checkpoints: Path | None = None
) -> Store:
    """The one store of a practice in this process: `data/<practice_id>/ledger.duckdb`.

    Without a reference the key is read from `file:data/keys/<practice_id>.key`; without a folder the checkpoints are looked
    for in `data/checkpoints`, where each ledger has a folder of its own.
    """
    return _placed(data / practice_id / "ledger.duckdb", data, practice_id, key, checkpoints)


@cache
def installation_store(data: Path, key: KeyReference | None = None, checkpoints: Path | None = None) -> Store:
    """The one store of the installation in this process: `data/installation.duckdb`; key and checkpoints as for a practice."""
    return _placed(data / "installation.duckdb", data, INSTALLATION_ID, key, checkpoints)


def _placed(path: Path, data: Path, practice_id: str, key: KeyReference | None, checkpoints: Path | None) -> Store:
    folder = CheckpointFolder((checkpoints or data / "checkpoints") / practice_id)
    return embedded(path, practice_id, key or key_file(data, practice_id), folder)


def key_file(data: Path, name: str) -> KeyReference:
    """Where a ledger's key is kept unless the settings say otherwise."""
    return KeyReference(f"file:{data / 'keys' / f'{name}.key'}")
