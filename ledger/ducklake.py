"""A ledger in a catalogue that a cluster shares: tables in encrypted Parquet files, the catalogue in PostgreSQL.

Same sessions, same queries. What differs: there are no primary keys, so those of `migrations/` are checked by us, and writers of
all machines queue in PostgreSQL, by an advisory lock per ledger; a writer who passes it by loses at commit (`LedgerConflict`).

The catalogue holds the keys of the files, and the smallest and largest value of each column in plain text: it belongs inside the
same walls as the ledgers, encrypted at rest. Its connections are made in C, where the no-network guard does not see them.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import duckdb

from ledger.engine import cursor, private_files, quoted
from ledger.faults import STOPPED, explained
from ledger.files import PRIVATE_FOLDER
from ledger.keys import read_secret
from ledger.migration import begin
from ledger.network_guard import no_network
from ledger.store import Store
from ledger.transactions import roll_back, transaction

_EXTENSIONS = ("postgres_scanner", "ducklake")
_attaching = threading.Lock()

_TRUE_EXTREMES = """
UPDATE {schema}.ducklake_table_column_stats AS t SET min_value = s.least, max_value = s.most
FROM (
    SELECT c.table_id, c.column_id, min(f.min_value COLLATE "C") AS least, max(f.max_value COLLATE "C") AS most
    FROM {schema}.ducklake_column c
    LEFT JOIN {schema}.ducklake_file_column_stats f ON f.table_id = c.table_id AND f.column_id = c.column_id
    WHERE c.column_type IN ('varchar', 'date') AND c.end_snapshot IS NULL
    GROUP BY c.table_id, c.column_id
) AS s
WHERE t.table_id = s.table_id AND t.column_id = s.column_id
"""
"""DuckLake widens what it says of a column and never narrows it: the phone number of an erased person would stay for good."""


@dataclass(frozen=True)
class Catalogue:
    """Where the cluster's ledgers are: a reference (`env:NAME`, `file:PATH`) to a libpq connection string, and the data's root."""

    reference: str
    data: Path

    def store(self, practice_id: str) -> Store:
        """The store of a practice's ledger in this catalogue, or of the installation's."""
        return Store(LakeLedger(self, practice_id), practice_id)

    def create(self, practice_id: str, now: datetime | None = None) -> None:
        """Make an empty ledger. Raises `FileExistsError` when the catalogue has one already."""
        place = LakeLedger(self, practice_id)
        place.folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        with place.opened(read_only=False) as connection:
            if connection.execute("SELECT 1 FROM duckdb_tables() WHERE database_name = current_database()").fetchone():
                raise FileExistsError(place.name)
            with transaction(connection, place.name):
                begin(connection, practice_id, now, keys=False)


class LakeLedger:
    """The place of one ledger in a catalogue: a schema of its own, a folder of its own, a lock of its own."""

    def __init__(self, catalogue: Catalogue, practice_id: str) -> None:
        """Nothing is opened yet."""
        self._catalogue = catalogue
        self._schema = f"ledger_{sha256(practice_id.encode()).hexdigest()[:12]}"
        self._lock = int.from_bytes(sha256(f"glowline/{practice_id}".encode()).digest()[:8], signed=True)
        self._practice_id = practice_id

    @property
    def name(self) -> str:
        """The practice's; the connection string holds a password."""
        return f"{self._practice_id} in the shared catalogue"

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self._catalogue.data / self._practice_id

    @property
    def has_keys(self) -> bool:
        """No: DuckLake knows none."""
        return False

    @contextmanager
    def opened(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in the ledger; a writer has waited its turn in PostgreSQL and holds it until the block ends."""
        with no_network(), private_files(), self._standing(self._lake) as connection:
            if read_only:
                yield connection
                return
            with self._turn():
                yield connection

    def kept(self) -> AbstractContextManager[None]:
        """Nothing more: the catalogue stays attached as it is, and a writer's turn ends with its session."""
        return nullcontext()

    apart = kept

    @contextmanager
    def copied(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The ledger itself: a transaction of it reads one state, and nobody waits for a reader."""
        with self.opened(read_only=True) as connection:
            yield connection

    def migrated(self, apply: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Apply in place: changes of tables are transactions here."""
        with self.opened(read_only=False) as connection:
            apply(connection)

    def compact(self) -> None:
        """Rewrite files with deleted rows, forget older states, remove their files. Whoever still reads one of them fails."""
        with self.opened(read_only=False) as connection, explained(self.name, query="compacting"), private_files():
            lake = quoted(self._lake(connection))
            for step in (
                f"CALL ducklake_rewrite_data_files({lake}, delete_threshold => 0)",
                f"CALL ducklake_expire_snapshots({lake}, older_than => now())",
                f"CALL ducklake_cleanup_old_files({lake}, cleanup_all => true)",
            ):
                connection.execute(step).fetchall()
            forget = _TRUE_EXTREMES.format(schema=self._schema)
            connection.execute(
                "CALL postgres_execute($queue, $forget)", {"queue": self._postgres(connection), "forget": forget}
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait in PostgreSQL's own queue, which is fair, and hold the lock in a transaction: a killed process lets go."""
        with self._standing(self._postgres) as connection:
            with explained(self.name, otherwise=STOPPED):
                queue = self._postgres(connection)
                connection.execute("BEGIN")
                lock = f"SELECT 1 FROM pg_advisory_xact_lock({self._lock})"  # noqa: S608 - a number of ours
                connection.execute("FROM postgres_query($queue, $lock)", {"queue": queue, "lock": lock}).fetchall()
            try:
                yield
            finally:
                roll_back(connection)

    @contextmanager
    def _standing(self, where: Callable[[duckdb.DuckDBPyConnection], str]) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = cursor(*_EXTENSIONS)
        try:
            with explained(self.name, otherwise=STOPPED), private_files():
                connection.execute(f"USE {where(connection)}")
            yield connection
        finally:
            connection.close()

    def _lake(self, connection: duckdb.DuckDBPyConnection) -> str:
        """The name under which this process has attached the ledger; it stays attached, each transaction sees the newest state."""
        alias = f"lake_{self._mark()}"
        options = f"DATA_PATH {quoted(f'{self.folder}/')}, METADATA_SCHEMA {quoted(self._schema)}, ENCRYPTED, DATA_INLINING_ROW_LIMIT 0"
        return _attached_once(connection, alias, f"{quoted(f'ducklake:postgres:{self._dsn()}')} AS {alias} ({options})")

    def _postgres(self, connection: duckdb.DuckDBPyConnection) -> str:
        alias = f"queue_{self._mark()}"
        return _attached_once(connection, alias, f"{quoted(self._dsn())} AS {alias} (TYPE postgres)")

    def _dsn(self) -> str:
        return read_secret(self._catalogue.reference)

    def _mark(self) -> str:
        return sha256(f"{self._dsn()}\n{self.folder}".encode()).hexdigest()[:12]


def _attached_once(connection: duckdb.DuckDBPyConnection, alias: str, what: str) -> str:
    with _attaching:
        known = connection.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = $alias", {"alias": alias})
        if known.fetchone() is None:
            connection.execute(f"ATTACH {what}")
    return alias
