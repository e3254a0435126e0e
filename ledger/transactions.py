"""One transaction on a cursor: all of a block or nothing of it."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ledger.engine import private_files
from ledger.faults import explained


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection, where: str) -> Iterator[None]:
    """Commit when the block ends, roll back when it raises. Raises what `where`'s disk or catalogue makes of the commit."""
    cursor.execute("BEGIN")
    try:
        yield
        with explained(where, query="the commit"), private_files():
            cursor.execute("COMMIT")
    except BaseException:
        roll_back(cursor)
        raise


@contextmanager
def glance(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction that only reads, and sees one state of everything."""
    cursor.execute("BEGIN")
    try:
        yield
    finally:
        roll_back(cursor)


def roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    """End the transaction without it, if there still is one."""
    try:
        cursor.execute("ROLLBACK")
    except duckdb.Error:
        return  # the failure that brought us here has ended it already
