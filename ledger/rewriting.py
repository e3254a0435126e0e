"""A ledger written anew: under another key, or without what was erased. The old file stays until the new one is verified."""

from pathlib import Path

import duckdb

from canonical.problems import LedgerDamaged
from ledger.engine import cursor, private_files
from ledger.faults import DAMAGED, explained
from ledger.files import PRIVATE_FILE, attached, beside
from ledger.keys import LedgerKey
from ledger.tables import Shape, shapes_in

Fingerprints = dict[str, tuple[int, int | None]]
"""Of each table: its number of rows, and one hash over all of them."""


def copied_anew(path: Path, key: LedgerKey, new: Path, new_key: LedgerKey) -> None:
    """Copy every table and view into a fresh file, and return once both hold the same rows.

    What was deleted or overwritten does not come along. Raises `LedgerDamaged` when the copy differs.
    """
    connection = cursor()
    try:
        with (
            beside(connection, path, key, read_only=True) as source,
            beside(connection, new, new_key, read_only=False) as target,
        ):
            with explained(str(path), otherwise=DAMAGED), private_files():
                connection.execute(f"COPY FROM DATABASE {source} TO {target}")
            before, after = _fingerprints_in(connection, source), _fingerprints_in(connection, target)
            connection.execute("USE memory")
    finally:
        connection.close()
    must_equal(path, before, after)
    new.chmod(PRIVATE_FILE)


def must_equal(where: object, before: Fingerprints, after: Fingerprints) -> None:
    """Return when both tell of the same rows. Raises `LedgerDamaged` naming the tables that differ."""
    differing = sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))
    if differing:
        raise LedgerDamaged(
            f"{where}: the copy differs in {', '.join(differing)}; the ledger was left as it was",
            next_step="Run `glowline audit verify`, and look at the disk before trying again.",
        )


def fingerprints(cursor_in_ledger: duckdb.DuckDBPyConnection, shapes: dict[str, Shape]) -> Fingerprints:
    """What the tables of these shapes hold, in the ledger the cursor stands in."""
    found = {}
    for table, shape in shapes.items():
        row = cursor_in_ledger.execute(shape.fingerprint()).fetchone()
        found[table] = (row[0], row[1]) if row else (0, None)
    return found


def _fingerprints_in(connection: duckdb.DuckDBPyConnection, alias: str) -> Fingerprints:
    connection.execute(f"USE {alias}")
    with explained(alias, otherwise=DAMAGED):
        return fingerprints(connection, shapes_in(connection))


def rows_of(path: Path, key: LedgerKey) -> Fingerprints:
    """What a file holds. For tests and for comparing with a backup."""
    with attached(path, key, read_only=True) as connection:
        return fingerprints(connection, shapes_in(connection))
