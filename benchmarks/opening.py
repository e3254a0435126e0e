"""What opening a ledger costs, empty and with 300,000 rows, and what a transaction of one row costs.

python -m benchmarks.opening
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from canonical.clock import rfc3339
from ledger.audit.events import AuditBody, AuditTag
from ledger.keys import LedgerKey
from ledger.store import Store, create, embedded

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
KEY = LedgerKey(b"benchmark" + bytes(23))
TIMES = 200
LANDINGS, BATCH = 60, 5_000


def _measured(work: Callable[[], None]) -> list[float]:
    found = []
    for _ in range(TIMES):
        started = perf_counter()
        work()
        found.append((perf_counter() - started) * 1000)
    return sorted(found)


def _open_to_read(store: Store) -> None:
    with store.reading():
        pass


def _read_one(store: Store) -> None:
    with store.reading() as session:
        session.rows("pauses_in_force", now=NOW)


def _open_to_write(store: Store) -> None:
    with store.writing(business_now=NOW):
        pass


def _write_one(store: Store) -> None:
    with store.writing(business_now=NOW) as session:
        session.insert("receipts", [{"attempt_id": "at-1", "status": "delivered"}])
        session.audit(AuditBody(tag=AuditTag.SEND_DELIVERED, at=rfc3339(NOW), practice="lumen", subject_id="a-1"))


WORK: tuple[tuple[str, Callable[[Store], None]], ...] = (
    ("open to read, close", _open_to_read),
    ("read one small table", _read_one),
    ("open to write, write nothing, close", _open_to_write),
    ("one row and its audit entry", _write_one),
)


def _rows_for(table: Table, store: Store, size: str) -> None:
    for name, work in WORK:
        found = _measured(lambda work=work: work(store))  # type: ignore[misc]  # bound per turn
        table.add_row(f"{name}, {size}", *(f"{found[int(TIMES * share)]:.1f}" for share in (0, 0.5, 0.95)))


def _land(store: Store) -> float:
    batch = pa.table(
        {"raw_id": [f"r-{n}" for n in range(BATCH)], "body": [(f"{n}" * 60).encode() for n in range(BATCH)]}
    )
    started = perf_counter()
    for _ in range(LANDINGS):
        with store.writing() as session:
            session.insert_arrow("raw", batch)
    return LANDINGS * BATCH / (perf_counter() - started)


def main() -> None:
    """Print the table."""
    console, table = Console(), Table("what", "least ms", "p50 ms", "p95 ms", title="One access to an encrypted ledger")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lumen" / "ledger.duckdb"
        create(path, practice_id="lumen", key=KEY)
        store = embedded(path, "lumen", KEY)
        _rows_for(table, store, "empty")
        rate = _land(store)
        _rows_for(table, store, f"{path.stat().st_size / 1e6:.0f} MB")
    console.print(table)
    console.print(f"landing, {BATCH:,} rows a transaction: {rate:,.0f} rows/s")


if __name__ == "__main__":
    main()
