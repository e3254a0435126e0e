"""A session: what a stage holds while a ledger is open. Named queries in, rows out; numbers and audit come with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa

from canonical.problems import LedgerReadOnly
from ledger.audit.append import append_bodies
from ledger.audit.events import AuditBody
from ledger.faults import DUPLICATE, explained
from ledger.head import Head
from ledger.keys import subkey
from ledger.named_queries import NamedQuery
from ledger.named_queries import query as named
from ledger.rows import as_dicts
from ledger.tables import Shape, Shapes

_INCOMING = "incoming_rows"
_AT_ONCE = 4096
_FEW = 4
"""Rows that are bound one by one: registering a table costs 2 ms, whatever is in it, binding a row of twenty columns less than one."""


class Session:
    """One transaction on one ledger. It ends with the `with` block that gave it, and must not be kept."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, head: Head, shapes: Shapes, *, where: str, writable: bool
    ) -> None:
        """Made by `Store` only."""
        self._cursor = cursor
        self._head = head
        self._shapes = shapes
        self._where = where
        self._writable = writable
        self._bodies: list[AuditBody] = []

    @property
    def practice_id(self) -> str:
        """Whose ledger this is; `installation` for the installation's own."""
        return self._head.practice_id

    @property
    def head(self) -> Head:
        """The head as this session has moved it so far; entries given to `audit` join it at commit."""
        return self._head

    def rows(self, query: str, /, **params: object) -> list[dict[str, Any]]:
        """All rows of a named query. Instants come as aware UTC datetimes, BLOBs as bytes."""
        with explained(self._where, query=query):
            return as_dicts(self._execute(query, params))

    def generated(self, query: NamedQuery, params: Mapping[str, object]) -> list[dict[str, Any]]:
        """All rows of a query that `ledger.planning` rendered; every other query stands in `queries/*.sql`."""
        with explained(self._where, query=query.name):
            return as_dicts(self._cursor.execute(query.sql, dict(params)))

    def one(self, query: str, /, **params: object) -> dict[str, Any] | None:
        """The only row, or None. Raises `ValueError` when there are more."""
        found = self.rows(query, **params)
        if len(found) > 1:
            message = f"{query} gave {len(found)} rows where at most one was expected"
            raise ValueError(message)
        return found[0] if found else None

    def arrow(self, query: str, /, **params: object) -> pa.Table:
        """All rows of a named query as an Arrow table."""
        with explained(self._where, query=query):
            return self._execute(query, params).to_arrow_table()

    def stream(self, query: str, /, **params: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a named query one by one, as plain tuples, without holding them all. No other query meanwhile."""
        with explained(self._where, query=query):
            found = self._execute(query, params)
            while batch := found.fetchmany(_AT_ONCE):
                yield from batch

    def run(self, query: str, /, **params: object) -> int:
        """Run a named statement and say how many rows it changed."""
        self._must_write()
        with explained(self._where, query=query):
            answer = self._execute(query, params).fetchone()
        return int(answer[0]) if answer else 0

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Append rows. Columns a row does not name stay null; `seq` is filled where the table has one and no row names it.

        Raises `ValueError` for a column the table does not have and for a value that does not fit its column, naming the
        column only, and `LedgerDuplicate` where a primary key is there already.
        """
        if rows:
            self.insert_arrow(table, self._shapes.of(self._cursor, table).as_arrow(rows))

    def insert_arrow(self, table: str, rows: pa.Table) -> None:
        """Append an Arrow table whose columns are named like the table's; `seq` is filled where it is missing."""
        self._must_write()
        shape = self._shapes.of(self._cursor, table)
        if shape.numbered and "seq" not in rows.column_names and rows.num_rows:
            first = self.next_seq(rows.num_rows)
            rows = rows.append_column("seq", pa.array(range(first, first + rows.num_rows), pa.int64()))
        with explained(self._where, query=f"an insert into {table}"):
            if shape.unkeyed:
                self._must_be_new(shape, rows[shape.unkeyed].to_pylist())
            if 0 < rows.num_rows <= _FEW:
                self._bind(shape, rows)
            else:
                self._scan(shape, rows)

    def _bind(self, shape: Shape, rows: pa.Table) -> None:
        values = [value for row in rows.to_pylist() for value in row.values()]
        self._cursor.execute(shape.insert_values(rows.column_names, rows.num_rows), values)

    def _scan(self, shape: Shape, rows: pa.Table) -> None:
        self._cursor.register(_INCOMING, rows)
        try:
            self._cursor.execute(shape.insert_from(_INCOMING, rows.column_names))
        finally:
            self._cursor.unregister(_INCOMING)

    def next_seq(self, n: int = 1) -> int:
        """The first of `n` numbers that nobody else gets. A transaction that is rolled back gives them back."""
        self._must_write()
        first = self._head.seq + 1
        self._head = replace(self._head, seq=self._head.seq + n)
        return first

    def audit(self, *bodies: AuditBody) -> None:
        """Entries for the audit, appended in this order when the transaction commits, and only if it does."""
        self._must_write()
        self._bodies.extend(bodies)

    def key(self, purpose: str) -> bytes:
        """32 bytes derived from this ledger's secret; the same for as long as the ledger lives, also when its key rotates."""
        return subkey(self._head.secret, purpose)

    def finish(self) -> None:
        """Append the audit entries and leave the head as moved; `Store` calls this before it commits."""
        audit, entries = append_bodies(self._head.audit, self._bodies)
        self._bodies.clear()
        if entries:
            columns = zip(*entries, strict=True)
            self.insert_arrow("audit", pa.table(dict(zip(entries[0]._fields, map(list, columns), strict=True))))
        self._head = replace(self._head, audit=audit)
        self.run("write_head", **self._head.written())

    def _execute(self, name: str, params: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        return self._cursor.execute(named(name).sql, params or None)

    def _must_be_new(self, shape: Shape, values: list[object]) -> None:
        """Where the place knows no primary keys, the transaction compares; what commits meanwhile conflicts by the head."""
        answer = self._cursor.execute(shape.taken(), {"values": values}).fetchone()
        if len(set(values)) < len(values) or (answer and answer[0]):
            raise DUPLICATE.kind(f"{self._where}: {DUPLICATE.sentence}", next_step=DUPLICATE.next_step)

    def _must_write(self) -> None:
        if not self._writable:
            raise LedgerReadOnly(
                f"{self._where}: this session only reads", next_step="Open the ledger with writing() to change it."
            )
