"""What the tables look like, as far as an insert needs to know. Read from the file itself, once per schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

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


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of one table, with their types."""

    table: str
    columns: dict[str, pa.DataType]

    @property
    def numbered(self) -> bool:
        """Whether its rows carry the ledger's running number. The audit counts for itself."""
        return "seq" in self.columns and self.table != "audit"

    def as_arrow(self, rows: Sequence[Mapping[str, object]]) -> pa.Table:
        """The rows with the table's types; only columns that some row names. Raises `ValueError` for unknown columns."""
        named = {name for row in rows for name in row}
        unknown = sorted(named - self.columns.keys())
        if unknown:
            message = f"{self.table} has no column {', '.join(unknown)}"
            raise ValueError(message)
        schema = pa.schema([(name, kind) for name, kind in self.columns.items() if name in named])
        return pa.Table.from_pylist(list(map(dict, rows)), schema=schema)

    def insert_from(self, source: str, names: Sequence[str]) -> str:
        """The statement that appends these columns of `source`. Raises `ValueError` for unknown columns."""
        unknown = sorted(set(names) - self.columns.keys())
        if unknown:
            message = f"{self.table} has no column {', '.join(unknown)}"
            raise ValueError(message)
        listed = ", ".join(f'"{name}"' for name in names)
        return f'INSERT INTO "{self.table}" ({listed}) SELECT {listed} FROM {source}'  # noqa: S608 - names checked against the table


class Shapes:
    """The shapes of one ledger's tables, read when first asked for."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[str, Shape] = {}

    def of(self, cursor: duckdb.DuckDBPyConnection, table: str) -> Shape:
        """The shape of a table. Raises `ValueError` when the ledger has no such table."""
        if table not in self._known:
            found = cursor.execute("SELECT name, type FROM pragma_table_info($table)", {"table": table}).fetchall()
            self._known[table] = Shape(table, {name: _ARROW[kind] for name, kind in found})
        return self._known[table]
