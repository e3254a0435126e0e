"""What DuckDB says, turned into what it means for a ledger and what to do next.

No message of ours quotes DuckDB's: those can hold a value, and a value can be a person's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import duckdb

from canonical.problems import (
    LedgerConflict,
    LedgerDamaged,
    LedgerDuplicate,
    LedgerError,
    LedgerForeign,
    LedgerFull,
    LedgerKeyWrong,
    LedgerQueryFailed,
)
from ledger.engine import abandon


class Meaning(NamedTuple):
    """One thing that can be wrong: which error it is, in which words, and what to do."""

    kind: type[LedgerError]
    sentence: str
    next_step: str


KEY_WRONG = Meaning(
    LedgerKeyWrong,
    "the key does not open this file",
    "Check the key reference; while a key is rotated, name the previous one too.",
)
FULL = Meaning(
    LedgerFull,
    "the disk is full; nothing of this transaction was written",
    "Free space where the ledgers are, then run again.",
)
LIMITED = Meaning(
    LedgerFull,
    "this process may not write a file of that size; nothing was written",
    "Lift the limit on file sizes (`ulimit -f unlimited`, or LimitFSIZE=infinity), then run again.",
)
FOREIGN = Meaning(
    LedgerForeign, "the file is not a Glowline ledger", "Correct the path, or move the foreign file away."
)
DAMAGED = Meaning(
    LedgerDamaged,
    "the file cannot be read completely",
    "Keep this file, restore the newest backup in its place, then run `glowline audit adopt`.",
)
STRAY_LOG = Meaning(
    LedgerDamaged,
    "the log beside the file (.wal) belongs to another state of it",
    "If a backup was put in place of the file, move the .wal file away, then run `glowline audit adopt`.",
)
STOPPED = Meaning(
    LedgerError, "the ledger could not be opened where it lies", "Check the permissions and the disk of this folder."
)
HELD = Meaning(
    LedgerError,
    "another program has the file open without passing the turnstile",
    "Close it: a database browser, or a shell that opened the file. Read a copy instead (`Store.snapshot`).",
)
DUPLICATE = Meaning(
    LedgerDuplicate,
    "a row with this number or id is there already",
    "Read the ledger again: the work is done, or another row has its id.",
)
CONFLICT = Meaning(
    LedgerConflict, "another writer was first; nothing was written", "Do the same work again: Store.write does."
)

# Words of DuckDB 1.5.5. tests/ledger/test_faults.py provokes all that a test can, so that a new version's new words turn it red.
_BY_WORDS: tuple[tuple[str, Meaning], ...] = (
    ("Wrong encryption key", KEY_WRONG),
    ("No space left", FULL),
    ("File too large", FULL),
    ("Disk quota exceeded", FULL),
    ("not a valid DuckDB database", FOREIGN),
    ("is not encrypted", FOREIGN),
    ("does not match stored checksum", DAMAGED),
    ("Computed AES tag differs", DAMAGED),
    ("Could not read enough bytes", DAMAGED),
    ("Corrupt WAL", DAMAGED),
    ("Input/output error", DAMAGED),
    ("WAL was created for", STRAY_LOG),
    ("WAL does not match", STRAY_LOG),
    ("constraint violat", DUPLICATE),
    ("violates primary key", DUPLICATE),
    ("Conflict on ", CONFLICT),
    ("Transaction conflict", CONFLICT),
    ("write-write conflict", CONFLICT),
    ("Could not set lock", HELD),
    ("Unique file handle conflict", HELD),
    ("Read-only file system", STOPPED),
    ("Permission denied", STOPPED),
)
_ABOUT_THE_STATEMENT = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
"""Errors that quote our own SQL, whose values are bound: a developer may read them as they are."""


@contextmanager
def explained(where: str, *, otherwise: Meaning | None = None, query: str = "") -> Iterator[None]:
    """Raise what the ledger's errors promise instead of what DuckDB raises.

    `where` names the ledger. An error of unknown wording means `otherwise`; without that, it is the query that failed.
    """
    try:
        yield
    except duckdb.Error as problem:
        if isinstance(problem, duckdb.FatalException) or "has been invalidated" in str(problem):
            abandon()
        known = known_meaning(problem) or otherwise
        if known is not None:
            raise known.kind(f"{where}: {known.sentence}", next_step=known.next_step) from None
        if isinstance(problem, _ABOUT_THE_STATEMENT):
            raise
        raise LedgerQueryFailed(
            f"{where}: {query or 'a statement'} failed with {type(problem).__name__}",
            next_step="Check the types of what was passed to it.",
        ) from None


def known_meaning(problem: Exception) -> Meaning | None:
    """The meaning whose words DuckDB used, or None."""
    said = str(problem)
    return next((meaning for words, meaning in _BY_WORDS if words in said), None)
