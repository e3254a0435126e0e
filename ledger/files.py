"""One encrypted file: looking at it, attaching it, and whatever else is done to a whole file."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import duckdb

from ledger.engine import cursor, fresh_alias, private_files, quoted
from ledger.faults import DAMAGED, FOREIGN, FULL, STOPPED, Meaning, explained
from ledger.keys import LedgerKey
from ledger.transactions import roll_back

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_MAGIC_AT, _MAGIC = 8, b"DUCK"
ROWS_TOGETHER = 4096
"""Rows of a row group. Letting go of a ledger writes the last row group of every changed table anew, and the audit grows
with every change: at DuckDB's own 122,880 a send's transaction cost 41 ms to fold into the file, at 4,096 it costs 23."""
_CHECKPOINT_FAILED = "CHECKPOINT during DETACH failed"

log = logging.getLogger(__name__)


@contextmanager
def attached(path: Path, key: LedgerKey, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor that stands in the ledger at `path`. Raises the `LedgerError` that says what is wrong with the file."""
    connection = cursor()
    try:
        with beside(connection, path, key, read_only=read_only) as alias:
            connection.execute(f"USE {alias}")
            yield connection
    finally:
        connection.close()


@contextmanager
def beside(connection: duckdb.DuckDBPyConnection, path: Path, key: LedgerKey, *, read_only: bool) -> Iterator[str]:
    """Attach one more file to a cursor, which stays where it stands; gives the name it is attached under."""
    alias = fresh_alias()
    mode = f"ROW_GROUP_SIZE {ROWS_TOGETHER}" + (", READ_ONLY" if read_only else "")
    with explained(str(path), otherwise=DAMAGED), private_files():
        connection.execute(
            f"ATTACH {quoted(str(path))} AS {alias} (ENCRYPTION_KEY $key, {mode})", {"key": key.for_file()}
        )
    try:
        yield alias
    except BaseException:
        roll_back(connection)  # what a transaction has open cannot be let go
        raise
    finally:
        _let_go(connection, alias, path)


def _let_go(connection: duckdb.DuckDBPyConnection, alias: str, path: Path) -> None:
    """Detach, which brings the file up to date with its log. Where that fails the log keeps what was committed."""
    with explained(str(path), otherwise=DAMAGED), private_files():
        connection.execute("USE memory")
        try:
            connection.execute(f"DETACH {alias}")
        except duckdb.IOException as problem:
            if _CHECKPOINT_FAILED not in str(problem):
                raise
            log.warning(
                "%s: committed, but its log could not be folded into the file (disk full?); the next opening tries again",
                path,
            )


def look_at(path: Path) -> None:
    """Raise what can be said about a file without its key: absent, unreadable, or not DuckDB's."""
    try:
        with path.open("rb") as file:
            start = file.read(_MAGIC_AT + len(_MAGIC))
    except FileNotFoundError:
        raise_meaning(
            Meaning(FOREIGN.kind, "there is no ledger here", "Run `glowline init`, or correct the data folder."), path
        )
    except OSError:
        raise_meaning(STOPPED, path)
    if start[_MAGIC_AT:] != _MAGIC:
        raise_meaning(FOREIGN, path)


def raise_meaning(meaning: Meaning, path: Path) -> NoReturn:
    """Raise the error a meaning stands for, about this file."""
    raise meaning.kind(f"{path}: {meaning.sentence}", next_step=meaning.next_step) from None


def has_log(path: Path) -> bool:
    """Whether something committed waits beside the file, because whoever wrote it was killed before letting go."""
    return any(path.parent.glob(f"{path.name}.*wal*"))


def fold_log(path: Path, key: LedgerKey) -> None:
    """Bring the file up to date with its log. Call with the turnstile in hand."""
    if has_log(path):
        with attached(path, key, read_only=False):
            pass


def private_copy(path: Path, to: Path) -> None:
    """Copy a file whose log is folded, readable by us alone, and let it reach the disk."""
    with private_files():
        shutil.copyfile(path, to)
    to.chmod(PRIVATE_FILE)
    flush(to)


def flush(path: Path) -> None:
    """Let a file or folder reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_in_place(new: Path, path: Path) -> None:
    """Let a finished file take the place of another, all or nothing, durably. Raises `LedgerFull` when it is not finished."""
    if has_log(new):
        raise_meaning(FULL, path)
    flush(new)
    new.replace(path)
    flush(path.parent)
