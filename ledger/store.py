"""The store: one ledger, opened for milliseconds at a time, by one owner at a time.

    with store.writing(business_now=now) as session:
        session.insert("raw", rows)

Every access passes the turnstile, attaches the encrypted file, runs one transaction and lets go. Sessions of different
ledgers may be open at once; the second session on the same ledger in one thread is an error.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from secrets import token_bytes, token_hex

import duckdb

from canonical.problems import LedgerForeign, LedgerNotMigrated, LedgerReadOnly, LedgerTooNew
from ledger.engine import attached, private_files
from ledger.faults import explained
from ledger.head import Head
from ledger.keys import KeyReference, LedgerKey
from ledger.migration import INSTALLATION, PRACTICE, apply, migrations
from ledger.named_queries import query
from ledger.network_guard import no_network
from ledger.session import Session, _as_dicts
from ledger.tables import Shapes
from ledger.turnstile import PRIVATE_FILE, Turnstile

PRIVATE_FOLDER = 0o700
INSTALLATION_ID = "installation"
"""The practice id of the installation's own ledger; no practice may be called so."""


class Store:
    """One ledger as this process uses it. Thread-safe: threads queue."""

    def __init__(self, path: Path, practice_id: str, key: KeyReference | LedgerKey) -> None:
        """Nothing is opened yet. A key reference is followed at every opening, so a rotated key is picked up."""
        self.path = path
        self.practice_id = practice_id
        self._key = key
        self._turnstile = Turnstile(path)
        self._shapes = Shapes()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads, beside readers of other processes. Raises a `LedgerError` that says what to do."""
        with ExitStack() as held:
            cursor = self._opened(held, read_only=True)
            yield Session(cursor, self._checked_head(cursor), self._shapes, writable=False)

    @contextmanager
    def writing(self, *, business_now: datetime | None = None) -> Iterator[Session]:
        """A session that is one transaction: committed when the block ends, rolled back when it raises.

        `business_now` moves the ledger's business time forward; an earlier one than it has seen raises `ClockWentBack`.
        """
        with ExitStack() as held:
            cursor = self._opened(held, read_only=False)
            with explained(self.path), private_files():
                cursor.execute("BEGIN")
            try:
                session = self._taken(cursor, business_now)
                yield session
                session.finish(business_now)
                with explained(self.path), private_files():
                    cursor.execute("COMMIT")
            except BaseException:
                _roll_back(cursor)
                raise

    def _opened(self, held: ExitStack, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        key = self._key if isinstance(self._key, LedgerKey) else self._key.key()
        if not self.path.exists():
            raise LedgerForeign(
                f"{self.path}: there is no ledger here", next_step="Run `glowline init`, or correct the data folder."
            )
        held.enter_context(self._turnstile.shared() if read_only else self._turnstile.exclusive())
        held.enter_context(no_network())
        return held.enter_context(attached(self.path, key, read_only=read_only))

    def _taken(self, cursor: duckdb.DuckDBPyConnection, business_now: datetime | None) -> Session:
        head = self._checked_head(cursor).at(business_now)
        cursor.execute(query("take_head").sql)
        if head.read_only_why:
            raise LedgerReadOnly(f"{self.path}: {head.read_only_why}", next_step="Run `glowline audit adopt`.")
        return Session(cursor, head, self._shapes, writable=True)

    def _checked_head(self, cursor: duckdb.DuckDBPyConnection) -> Head:
        try:
            found = _as_dicts(cursor.execute(query("read_head").sql))
        except duckdb.CatalogException:
            found = []
        if len(found) != 1:
            raise LedgerForeign(
                f"{self.path}: the file is not a Glowline ledger",
                next_step="Correct the path, or move the foreign file away.",
            )
        head = Head.of(found[0])
        if head.practice_id != self.practice_id:
            raise LedgerForeign(
                f"{self.path}: the ledger belongs to another practice than {self.practice_id}",
                next_step="Correct the path or the practice's name.",
            )
        self._check_schema(head)
        return head

    def _check_schema(self, head: Head) -> None:
        ours = migrations(_set_of(self.practice_id))[-1].number
        if head.min_reader > ours:
            raise LedgerTooNew(
                f"{self.path}: schema {head.schema_number}, this release reads up to {ours}",
                next_step="Install the newer release of Glowline.",
            )
        if head.schema_number < ours:
            raise LedgerNotMigrated(
                f"{self.path}: schema {head.schema_number}, this release needs {ours}",
                next_step="Run `glowline practices migrate`; it keeps a copy.",
            )


def create(path: Path, *, practice_id: str, key: LedgerKey, now: datetime | None = None) -> None:
    """Make an empty ledger. Raises `FileExistsError` when there is a file already; a crash leaves no half-made ledger."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    path.parent.chmod(PRIVATE_FOLDER)
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}")
    steps = migrations(_set_of(practice_id))
    try:
        with attached(unfinished, key, read_only=False) as cursor:
            cursor.execute("BEGIN")
            for step in steps:
                apply(cursor, step, now)
            cursor.execute(
                query("first_head").sql, _first_head(practice_id, steps[-1].number, steps[-1].min_reader, now)
            )
            cursor.execute("COMMIT")
        unfinished.chmod(PRIVATE_FILE)
        os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _first_head(practice_id: str, schema: int, min_reader: int, now: datetime | None) -> dict[str, object]:
    return {
        "practice_id": practice_id,
        "origin": f"glowline/{practice_id}",
        "created_at": now,
        "schema_number": schema,
        "min_reader": min_reader,
        "secret": token_bytes(32),
    }


def _set_of(practice_id: str) -> str:
    return INSTALLATION if practice_id == INSTALLATION_ID else PRACTICE


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        return  # the failure that brought us here has already ended the transaction


@cache
def practice_store(data: Path, practice_id: str, key: KeyReference | None = None) -> Store:
    """The one store of a practice in this process: `data/<practice_id>/ledger.duckdb`.

    Without a reference the key is read from `file:data/keys/<practice_id>.key`.
    """
    return Store(data / practice_id / "ledger.duckdb", practice_id, key or _key_file(data, practice_id))


@cache
def installation_store(data: Path, key: KeyReference | None = None) -> Store:
    """The one store of the installation in this process: `data/installation.duckdb`; its key in `data/keys/installation.key`."""
    return Store(data / "installation.duckdb", INSTALLATION_ID, key or _key_file(data, INSTALLATION_ID))


def _key_file(data: Path, name: str) -> KeyReference:
    return KeyReference(f"file:{data / 'keys' / f'{name}.key'}")
