"""What it costs to import a CSV of appointments, beside DuckDB reading the same file; and where the time goes.

    python -m benchmarks.import_csv             110,000 rows
    python -m benchmarks.import_csv 20000       fewer

DuckDB parses the file and puts it into an encrypted table: that is the floor. The import keeps every row's own bytes, knows
what changed, translates it into our words and can prove all of that; the table at the end says what each of these costs.
Both are measured in one run, as CPU time of this process and as time on the wall.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, cast
from zoneinfo import ZoneInfo

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.appointments_file import write
from canonical.clock import FixedClock
from canonical.ids import ConnectionId, LocationId, PracticeId, RunId
from canonical.practice import Connection, Location, Practice
from canonical.raw import RawRecord
from connectors.files.client import dropped
from connectors.files.pull import declaration
from connectors.files.reader import Reading, batches
from connectors.files.survey import survey
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets
from ledger.engine import extension_file
from ledger.keys import LedgerKey
from ledger.raw import Landed
from ledger.session import Session
from ledger.store import Store, create, embedded
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import NotReadable, fingerprints, read_many
from pipelines.normalize import Normalized, normalize
from pipelines.poll import Poll, open_puller, poll

ROWS = 110_000
STREAM = "medscheduler_appointments"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
NEW_YORK = "America/New_York"
KEY = LedgerKey(b"benchmark" + bytes(23))
PRACTICE = "benchmark"
INSIDE = "  ledger: look-ups, ids, Arrow, inserts"
AROUND = "  ledger: open, encrypt, commit, let go"


@dataclass(frozen=True)
class Cost:
    """What something took: seconds of this process's CPU, seconds on the wall."""

    what: str
    cpu: float
    wall: float


@dataclass(frozen=True)
class Settings:
    """What normalize asks of a practice's settings."""

    practice: Practice
    mapping_folders: tuple[Path, ...] = ()


def measured(what: str, work: Callable[[], Any]) -> tuple[Cost, Any]:
    """Run it once."""
    cpu, wall = process_time(), perf_counter()
    result = work()
    return Cost(what, process_time() - cpu, perf_counter() - wall), result


def duckdbs_own(file: Path, folder: Path) -> list[Cost]:
    """DuckDB reading the same file: parsed only, and parsed into an encrypted table."""
    sql = duckdb.connect(config={"threads": 2})
    sql.execute(f"LOAD '{extension_file('httpfs')}'")
    sql.execute(f"ATTACH '{folder / 'floor.duckdb'}' AS floor (ENCRYPTION_KEY 'floor')")
    read = f"SELECT * FROM read_csv('{file}', all_varchar = true)"  # noqa: S608 - a path of our own
    parsed, _ = measured(
        "DuckDB: read_csv, parsed and dropped",
        lambda: sql.execute(f"SELECT count(COLUMNS(*)) FROM ({read})").fetchall(),  # noqa: S608 - the same
    )
    kept, _ = measured(
        "DuckDB: read_csv into an encrypted table",
        lambda: (sql.execute(f"CREATE TABLE floor.rows AS {read}"), sql.execute("DETACH floor")),
    )
    return [parsed, kept]


class Watched:
    """A store that knows how long its sessions took to open and commit, and how long they were worked in."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.around = [0.0, 0.0]
        self.inside = [0.0, 0.0]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """As the store."""
        with self._watched(self._store.reading()) as session:
            yield session

    @contextmanager
    def writing(self, *, business_now: datetime | None = None) -> Iterator[Session]:
        """As the store."""
        with self._watched(self._store.writing(business_now=business_now)) as session:
            yield session

    @contextmanager
    def _watched(self, opened: AbstractContextManager[Session]) -> Iterator[Session]:
        self._tick(self.around, -1)
        with opened as session:
            self._tick(self.around, 1)
            self._tick(self.inside, -1)
            yield session
            self._tick(self.inside, 1)
            self._tick(self.around, -1)
        self._tick(self.around, 1)

    @staticmethod
    def _tick(clock: list[float], sign: int) -> None:
        clock[0] += sign * process_time()
        clock[1] += sign * perf_counter()


class Import:
    """A practice with one drop folder and a fresh ledger."""

    def __init__(self, folder: Path) -> None:
        self.drop = folder / "drop"
        self.drop.mkdir()
        self.catalogue = Catalogue()
        self.tools = Tools(FixedClock(NOW), Secrets({}), RequestsTransport(), None, lambda _: False)
        self.connection = Connection(
            connection_id=ConnectionId("schedule"),
            vendor="files",
            account="benchmark",
            settings={"folder": str(self.drop), f"{STREAM}.id": "appointment_id"},
            streams=(STREAM,),
        )
        self.config = Settings(_practice(self.connection))
        create(folder / "ledger.duckdb", practice_id=PRACTICE, key=KEY)
        self.watched = Watched(embedded(folder / "ledger.duckdb", PRACTICE, KEY))
        self.store = cast("Store", self.watched)

    def poll(self, run: str) -> Landed:
        """Vendor to raw."""
        puller = open_puller(self.connection, self.tools, self.catalogue)
        return poll(Poll(self.store, self.connection, puller, self.catalogue, NOW, RunId(run)))[STREAM].landed

    def normalize(self, run: str) -> Normalized:
        """Raw to versions."""
        return normalize(self.store, self.config, now=NOW, run_id=RunId(run))


def _practice(connection: Connection) -> Practice:
    here = Location(
        location_id=LocationId("here"),
        name="Here",
        zone=NEW_YORK,
        state="NY",
        address="1 Main St",
        phone="+12125550101",
        sms_sender="+12125550110",
    )
    return Practice(
        practice_id=PracticeId(PRACTICE),
        name="Benchmark",
        sms_name="Benchmark",
        brand="benchmark",
        state="NY",
        locations=(here,),
        connections=(connection,),
    )


def parts_of(work: Import) -> list[Cost]:
    """The pure parts of the import, each by itself over the same file. What is left is the ledger."""
    access = Access(work.connection, registry.manifest("files"), work.tools)
    (file,) = dropped(access, STREAM)
    declared = declaration(access, STREAM)
    surveyed, found = measured("  survey: hash, encoding, lines", lambda: survey(file, declared.encoding))
    reading = Reading(work.connection.connection_id, STREAM, file, declared, found)
    split, records = measured(
        "  split into rows, each with its bytes", lambda: [one for batch in batches(reading) for one in batch.records]
    )
    mapping = work.catalogue.of(work.connection, STREAM)
    hashed, _ = measured(
        "  fingerprint: what each row says",
        lambda: list(fingerprints([one.format for one in records], [one.body for one in records], mapping.volatile)),
    )
    decoded, fields = measured("  decode the kept bytes", lambda: _decoded(records))
    around = Surroundings(default_zone=ZoneInfo(NEW_YORK))
    mapped, _ = measured(
        "  map and encode",
        lambda: [mapping.apply(one, around, notes).encoded() for notes in [Notes()] for one in fields],
    )
    return [surveyed, split, hashed, decoded, mapped]


def _decoded(records: Sequence[RawRecord]) -> list[dict[str, object]]:
    found = read_many(records[0].format.text, [one.body for one in records])
    return [one for one in found if not isinstance(one, NotReadable)]


def show(rows: int, size: int, costs: Sequence[Cost], floor: Cost) -> None:
    """The table."""
    table = Table(
        "",
        "CPU s",
        "wall s",
        "µs of CPU a row",
        "× DuckDB's table (wall)",
        title=f"{rows:,} appointments, {size / 1e6:.1f} MB",
    )
    for cost in costs:
        table.add_row(
            cost.what,
            f"{cost.cpu:.2f}",
            f"{cost.wall:.2f}",
            f"{cost.cpu / rows * 1e6:.1f}",
            f"{cost.wall / floor.wall:.1f}",
        )
    Console(width=120).print(table)


def main(rows: int) -> None:
    """Measure and print."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="glowline-bench-")))
        work = Import(folder)
        file = work.drop / f"{STREAM}.csv"
        write(file, rows)
        parsed, kept = duckdbs_own(file, folder)
        polled, landed = measured("import, first half: file to raw", lambda: work.poll("run-1"))
        normalized, made = measured("import, second half: raw to versions", lambda: work.normalize("run-1"))
        inside, around = (
            Cost(what, *clock) for what, clock in ((INSIDE, work.watched.inside), (AROUND, work.watched.around))
        )
        again, repeated = measured(
            "the same file, renamed, once more",
            lambda: (file.rename(file.with_stem(f"{STREAM}-2")), work.poll("run-2"))[1],
        )
        pure = parts_of(work)
        whole = Cost("the whole import", polled.cpu + normalized.cpu, polled.wall + normalized.wall)
        rest = Cost("  everything between: records, versions, counting", *_rest(whole, [*pure, inside, around]))
        show(
            rows,
            file.with_stem(f"{STREAM}-2").stat().st_size,
            [parsed, kept, polled, normalized, whole, *pure, inside, around, rest, again],
            kept,
        )
        Console(width=120).print(
            f"landed {landed}\nnormalized {made.total}, closes: {made.closes}\nonce more {repeated}"
        )


def _rest(whole: Cost, parts: Sequence[Cost]) -> tuple[float, float]:
    return whole.cpu - sum(one.cpu for one in parts), whole.wall - sum(one.wall for one in parts)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
