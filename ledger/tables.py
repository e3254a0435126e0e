"""What the tables look like, read from the ledger itself, and the few statements that follow from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ledger.named_queries import query

_ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "BLOB": pa.binary(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
}


KEYS = {"open_actions": "action_id", "attempts": "attempt_id", "audit": "seq"}
"""The primary keys of `migrations/`, which a test compares with this."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of one table, with their types."""

    table: str
    columns: dict[str, pa.DataType]
    unkeyed: str | None = None
    """The column that is a primary key elsewhere, where the place knows no keys: whoever inserts compares first."""

    @property
    def numbered(self) -> bool:
        """Whether its rows carry the ledger's running number. The audit counts for itself."""
        return "seq" in self.columns and self.table != "audit"

    def as_arrow(self, rows: Sequence[Mapping[str, object]]) -> pa.Table:
        """The rows with the table's types; only columns that some row names.

        Raises `ValueError` for an unknown column and for a value that does not fit, naming the column and never the value.
        """
        named = {name: None for row in rows for name in row}
        self._must_know(named)
        return pa.table({name: self._column(name, [row.get(name) for row in rows]) for name in named})

    def insert_from(self, source: str, names: Sequence[str]) -> str:
        """The statement that appends these columns of `source`. Raises `ValueError` for unknown columns."""
        listed = self._listed(names)
        return f'INSERT INTO "{self.table}" ({listed}) SELECT {listed} FROM {source}'  # noqa: S608 - names of this table

    def insert_values(self, names: Sequence[str], rows: int) -> str:
        """The statement that appends so many rows of these columns, bound one by one. Raises `ValueError` for unknown columns."""
        row = f"({', '.join('?' * len(names))})"
        return f'INSERT INTO "{self.table}" ({self._listed(names)}) VALUES {", ".join([row] * rows)}'  # noqa: S608 - names of this table

    def taken(self) -> str:
        """The query that says whether one of `$values` stands in the key's column already."""
        return f'SELECT count(*) FROM "{self.table}" WHERE "{self.unkeyed}" IN (SELECT unnest($values))'  # noqa: S608 - names of this table

    def fingerprint(self) -> str:
        """The query that says whether two tables hold the same rows: their number, and one hash over all, in any order."""
        listed = ", ".join(f'"{name}"' for name in self.columns)
        return f'SELECT count(*), bit_xor(hash({listed})) FROM "{self.table}"'  # noqa: S608 - names of this table

    def _listed(self, names: Sequence[str]) -> str:
        self._must_know(names)
        return ", ".join(f'"{name}"' for name in names)

    def _must_know(self, names: Mapping[str, None] | Sequence[str]) -> None:
        unknown = sorted(set(names) - self.columns.keys())
        if unknown:
            message = f"{self.table} has no column {', '.join(unknown)}"
            raise ValueError(message)

    def _column(self, name: str, values: list[object]) -> pa.Array:
        try:
            return pa.array(values, self.columns[name])
        except (pa.ArrowException, TypeError, OverflowError):
            message = f"{self.table}.{name} takes {self.columns[name]}, and one of the values is something else"
            raise ValueError(message) from None


class Shapes:
    """The shapes of one ledger's tables, read when first asked for."""

    def __init__(self, *, keyed: bool) -> None:
        """Nothing is known yet. `keyed`: whether the place watches over primary keys itself."""
        self._keyed = keyed
        self._known: dict[str, Shape] = {}

    def of(self, cursor: duckdb.DuckDBPyConnection, table: str) -> Shape:
        """The shape of a table. Raises `ValueError` when the ledger has no such table."""
        if table not in self._known:
            self._known[table] = _shape(cursor, table, keyed=self._keyed)
        return self._known[table]


def _shape(cursor: duckdb.DuckDBPyConnection, table: str, *, keyed: bool) -> Shape:
    """One table, asked for itself.

    DuckDB's list of columns would read every ledger that is attached, and a ledger that some transaction has read cannot be
    let go of by the thread it belongs to: its next opening fails.
    """
    if not table.isidentifier():
        raise _absent(table)
    try:
        described = cursor.execute(f'SELECT * FROM "{table}" LIMIT 0').description or ()  # noqa: S608 - an identifier
    except duckdb.CatalogException:
        raise _absent(table) from None
    columns = {name: _ARROW[str(kind)] for name, kind, *_ in described}
    return Shape(table, columns, None if keyed else KEYS.get(table))


def _absent(table: str) -> ValueError:
    return ValueError(f"there is no table {table}")


def shapes_in(cursor: duckdb.DuckDBPyConnection, *, keyed: bool = True) -> dict[str, Shape]:
    """All tables of the ledger the cursor stands in."""
    unkeyed = {} if keyed else KEYS
    found: dict[str, dict[str, pa.DataType]] = {}
    for table, column, kind in cursor.execute(query("table_columns").sql).fetchall():
        found.setdefault(table, {})[column] = _ARROW[kind]
    return {table: Shape(table, columns, unkeyed.get(table)) for table, columns in found.items()}
