"""A session: what a stage holds while a ledger is open. Named queries in, rows out; numbers and audit come with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa

from canonical.problems import LedgerReadOnly
from ledger.audit.append import append_bodies
from ledger.audit.events import AuditBody
from ledger.head import Head
from ledger.keys import subkey
from ledger.named_queries import query as named
from ledger.tables import Shapes

_INCOMING = "incoming_rows"
_INSTANT = "TIMESTAMP WITH TIME ZONE"


class Session:
    """One transaction on one ledger. It ends with the `with` block that gave it, and must not be kept."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, head: Head, shapes: Shapes, *, writable: bool) -> None:
        """Made by `Store` only."""
        self._cursor = cursor
        self._head = head
        self._shapes = shapes
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
        return _as_dicts(self._execute(query, params))

    def one(self, query: str, /, **params: object) -> dict[str, Any] | None:
        """The only row, or None. Raises `ValueError` when there are more."""
        found = self.rows(query, **params)
        if len(found) > 1:
            message = f"{query} gave {len(found)} rows where at most one was expected"
            raise ValueError(message)
        return found[0] if found else None

    def arrow(self, query: str, /, **params: object) -> pa.Table:
        """All rows of a named query as an Arrow table."""
        return self._execute(query, params).to_arrow_table()

    def run(self, query: str, /, **params: object) -> int:
        """Run a named statement and say how many rows it changed."""
        self._must_write()
        answer = self._execute(query, params).fetchone()
        return int(answer[0]) if answer else 0

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Append rows. Columns a row does not name stay null; `seq` is filled where the table has one and no row names it.

        Raises `ValueError` for a column the table does not have.
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
        self._cursor.register(_INCOMING, rows)
        try:
            self._cursor.execute(shape.insert_from(_INCOMING, rows.column_names))
        finally:
            self._cursor.unregister(_INCOMING)

    def next_seq(self, n: int = 1) -> int:
        """The first of `n` numbers that nobody else gets. Gaps are possible only after a rollback."""
        self._must_write()
        first = self._head.seq + 1
        self._head = replace(self._head, seq=self._head.seq + n)
        return first

    def audit(self, *bodies: AuditBody) -> None:
        """Entries for the audit, appended in this order when the transaction commits, and only if it does."""
        self._must_write()
        self._bodies.extend(bodies)

    def key(self, purpose: str) -> bytes:
        """32 bytes derived from this ledger's secret, the same for as long as the ledger lives."""
        return subkey(self._head.secret, purpose)

    def finish(self, business_now: datetime | None) -> None:
        """Append the audit entries and leave the head; `Store` calls this before it commits."""
        audit, entries = append_bodies(self._head.audit, self._bodies)
        if entries:
            columns = zip(*entries, strict=True)
            table = pa.table(dict(zip(("seq", "body", "prev_hash", "hash"), map(list, columns), strict=True)))
            self.insert_arrow("audit", table)
        self._head = replace(self._head, audit=audit).at(business_now)
        self._bodies.clear()
        self.run("write_head", **self._head.written())

    def _execute(self, name: str, params: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        return self._cursor.execute(named(name).sql, params or None)

    def _must_write(self) -> None:
        if not self._writable:
            raise LedgerReadOnly("this session reads", next_step="Open the ledger with writing() to change it.")


def _as_dicts(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    columns = cursor.description or []
    names = [column[0] for column in columns]
    instants = [index for index, column in enumerate(columns) if str(column[1]) == _INSTANT]
    found = cursor.fetchall()
    if not instants:
        return [dict(zip(names, row, strict=True)) for row in found]
    return [dict(zip(names, _in_utc(row, instants), strict=True)) for row in found]


def _in_utc(row: tuple[Any, ...], instants: Sequence[int]) -> list[Any]:
    """The connection's zone is UTC, so only the zone object changes: plain `datetime.UTC` instead of another library's."""
    values = list(row)
    for index in instants:
        if values[index] is not None:
            values[index] = values[index].replace(tzinfo=UTC)
    return values
