"""What DuckDB says, turned into what it means for a ledger and what to do next. No message quotes a value or a key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from canonical.problems import LedgerDamaged, LedgerError, LedgerForeign, LedgerFull, LedgerKeyWrong

_BY_WORDS: tuple[tuple[str, type[LedgerError], str, str], ...] = (
    (
        "Wrong encryption key",
        LedgerKeyWrong,
        "the key does not open this file",
        "Check the key reference; after a rotation name the previous key too.",
    ),
    (
        "No space left",
        LedgerFull,
        "the disk is full; the transaction was rolled back",
        "Free space on the disk, then run again.",
    ),
    (
        "Could not write file",
        LedgerFull,
        "the file cannot grow; the transaction was rolled back",
        "Free space on the disk or raise the limit, then run again.",
    ),
    (
        "not a valid DuckDB database",
        LedgerForeign,
        "the file is not a Glowline ledger",
        "Correct the path, or move the foreign file away.",
    ),
    (
        "not encrypted",
        LedgerForeign,
        "the file is not encrypted, so it is not a Glowline ledger",
        "Correct the path, or move the foreign file away.",
    ),
)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what the ledger's errors promise instead of what DuckDB raises."""
    try:
        yield
    except (
        duckdb.IOException,
        duckdb.InvalidInputException,
        duckdb.SerializationException,
        duckdb.FatalException,
    ) as problem:
        raise meaning(problem, path) from None


def meaning(problem: Exception, path: Path) -> LedgerError:
    """The ledger error behind a DuckDB error about the file at `path`."""
    said = str(problem)
    for words, kind, sentence, next_step in _BY_WORDS:
        if words in said:
            return kind(f"{path}: {sentence}", next_step=next_step)
    return LedgerDamaged(
        f"{path}: the file cannot be read completely",
        next_step="Keep the file, restore the newest backup, then run `glowline audit adopt`.",
    )
