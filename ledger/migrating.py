"""Bringing a ledger to this release's schema. Nothing else changes tables, and no opening does it by itself."""

from datetime import datetime

import duckdb

from canonical.clock import rfc3339
from ledger.audit.events import AuditBody, AuditTag
from ledger.faults import explained
from ledger.head import Head, read_head
from ledger.migration import Migration, apply
from ledger.named_queries import query
from ledger.rewriting import Fingerprints, fingerprints, must_equal
from ledger.store import Store
from ledger.tables import Shape, shapes_in
from ledger.transactions import transaction

_ALWAYS_CHANGED = frozenset({"ledger_head", "migrations"})


def migrate(store: Store, now: datetime) -> tuple[str, ...]:
    """Apply the migrations the ledger has not seen, oldest first, and give their names; nothing when it is up to date.

    A file is migrated as a copy, verified (the rows are the same, the audit's head is the same) and then put in its place;
    until then the old one stays. `now` is business time. Raises `LedgerTooNew`, or `LedgerError` for a migration that was
    changed after it was applied.
    """
    with store.place.opened(read_only=True) as cursor:
        pending = _pending(store, cursor)
    if not pending:
        return ()
    store.place.migrated(lambda cursor: _migrate(store, cursor, now))
    store.forget_tables()
    return tuple(step.name for step in pending)


def _pending(store: Store, cursor: duckdb.DuckDBPyConnection) -> tuple[Migration, ...]:
    with explained(store.place.name, query="reading the head"):
        head = read_head(cursor, store.place.name, store.practice_id)
        if head.schema_number >= store.schema.number:
            store.schema.check(store.place.name, number=head.schema_number, min_reader=head.min_reader)
        return store.schema.pending(cursor, store.place.name)


def _migrate(store: Store, cursor: duckdb.DuckDBPyConnection, now: datetime) -> None:
    where = store.place.name
    pending = _pending(store, cursor)
    head = read_head(cursor, where, store.practice_id)
    changed = frozenset[str]().union(*(step.changes for step in pending))
    shapes = {table: shape for table, shape in shapes_in(cursor).items() if table not in changed | _ALWAYS_CHANGED}
    before = _kept(cursor, shapes, shapes)
    with explained(where, query=f"migration {pending[-1].name}"), transaction(cursor, where):
        apply(cursor, pending, now, keys=store.place.has_keys)
        newest = {"schema_number": pending[-1].number, "min_reader": max(step.min_reader for step in pending)}
        cursor.execute(query("set_schema").sql, newest)
        after = _kept(cursor, shapes, shapes_in(cursor))
        must_equal(where, {table: before[table] for table in after}, after)
        _must_continue(head, read_head(cursor, where, store.practice_id))
    with store.transaction(cursor, guarded=False) as session:
        session.audit(*(_migrated(store.practice_id, step, now) for step in pending))


def _kept(cursor: duckdb.DuckDBPyConnection, old: dict[str, Shape], new: dict[str, Shape]) -> Fingerprints:
    """What the tables hold whose old columns are all still there."""
    kept = {
        table: shape
        for table, shape in old.items()
        if table in new and shape.columns.items() <= new[table].columns.items()
    }
    return fingerprints(cursor, kept)


def _must_continue(before: Head, after: Head) -> None:
    if (before.audit, before.seq, before.secret) != (after.audit, after.seq, after.secret):
        message = "a migration changed the head; write it so that numbers, audit and secret stay"
        raise ValueError(message)


def _migrated(practice: str, step: Migration, now: datetime) -> AuditBody:
    return AuditBody(
        tag=AuditTag.SCHEMA_MIGRATED,
        at=rfc3339(now),
        practice=practice,
        subject_id=f"schema-{step.number}",
        refs={"checksum": step.checksum},
    )
