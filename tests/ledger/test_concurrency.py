"""Two connections, two threads, two processes on one ledger: a thousand actions, none claimed twice, no gap in the audit."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from canonical.problems import LedgerConflict
from ledger.ducklake import Catalogue, LakeLedger
from ledger.embedded import EmbeddedFile
from ledger.files import attached
from ledger.session import Session
from ledger.store import Store, create, embedded
from tests.ledger.claiming import ACTIONS, KEY, claim_all, must_have_claimed_once_each, owe
from tests.ledger_fixture import fresh_ledger

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Store:
    """An encrypted file with a thousand cleared actions."""
    path = tmp_path / "lumen" / "ledger.duckdb"
    create(path, practice_id="lumen", key=KEY)
    store = embedded(path, "lumen", KEY)
    owe(store)
    return store


@pytest.fixture
def shared(lake: Store) -> Store:
    """A catalogue with a thousand cleared actions."""
    owe(lake)
    return lake


def _in_threads(*claimers: Callable[[], int]) -> list[int]:
    got: list[int] = []
    threads = [threading.Thread(target=lambda claim=claim: got.append(claim())) for claim in claimers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def _in_processes(*arguments: str | Path) -> list[int]:
    command: list[str | Path] = [sys.executable, "-m", "tests.ledger.claiming", *arguments]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    return [int(one.communicate(timeout=120)[0]) for one in running]


def _everybody_got_some(got: list[int]) -> None:
    assert sum(got) == ACTIONS
    assert min(got) > 0


def test_two_threads_on_a_file(file: Store) -> None:
    _everybody_got_some(_in_threads(lambda: claim_all(file), lambda: claim_all(file)))
    must_have_claimed_once_each(file)


def test_threads_over_many_ledgers_do_not_see_each_other(tmp_path: Path) -> None:
    stores = [fresh_ledger(tmp_path, f"practice-{number}") for number in range(4)]

    def look_and_write(first: int) -> int:
        for step in range(10):
            store = stores[(first + step) % len(stores)]
            with store.reading() as session:
                session.rows("stream_freshness")
            with store.writing() as session:
                session.insert("cursors", [{"connection_id": str(first), "stream": str(step), "cursor": ""}])
        return 10

    assert sum(_in_threads(*(lambda first=first: look_and_write(first) for first in range(8)))) == 80


def test_two_processes_on_a_file(file: Store) -> None:
    _everybody_got_some(_in_processes("file", file.path))
    must_have_claimed_once_each(file)


class Unguarded(EmbeddedFile):
    """A file that two connections of one process use side by side, without a turnstile: only the head keeps them apart."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(path, KEY)
        self._connection = connection
        self._alias = connection.execute("SELECT current_database()").fetchall()[0][0]

    @contextmanager
    def opened(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._connection.cursor() as cursor:
            cursor.execute(f"USE {self._alias}")
            yield cursor


def test_two_connections_on_a_file_conflict_and_come_again(file: Store) -> None:
    with attached(file.path, KEY, read_only=False) as connection:
        stores = [Store(Unguarded(file.path, connection), "lumen") for _ in range(2)]
        conflicts = _count_conflicts(stores)
        assert sum(_in_threads(*(lambda store=store: claim_all(store) for store in stores))) == ACTIONS
    assert conflicts
    must_have_claimed_once_each(file)


def test_whoever_is_second_to_take_the_head_conflicts_at_once(file: Store) -> None:
    with attached(file.path, KEY, read_only=False) as connection:
        one, other = (Store(Unguarded(file.path, connection), "lumen") for _ in range(2))
        with one.writing() as session:
            session.next_seq()
            with pytest.raises(LedgerConflict), other.writing():
                pass


def _count_conflicts(stores: list[Store]) -> list[LedgerConflict]:
    """The conflicts these stores meet from now on."""
    seen: list[LedgerConflict] = []
    for store in stores:
        _note_conflicts(store, seen)
    return seen


def _note_conflicts(store: Store, seen: list[LedgerConflict]) -> None:
    real = store.writing

    @contextmanager
    def noting(*, business_now: datetime | None = None) -> Iterator[Session]:
        try:
            with real(business_now=business_now) as session:
                yield session
        except LedgerConflict as conflict:
            seen.append(conflict)
            raise

    vars(store)["writing"] = noting


def test_two_threads_on_a_catalogue(shared: Store) -> None:
    _everybody_got_some(_in_threads(lambda: claim_all(shared, 50), lambda: claim_all(shared, 50)))
    must_have_claimed_once_each(shared)


def test_two_processes_on_a_catalogue(shared: Store, catalogue: Catalogue) -> None:
    _everybody_got_some(_in_processes("lake", catalogue.data))
    must_have_claimed_once_each(shared)


class Unqueued(LakeLedger):
    """A ledger of a catalogue whose writers do not queue: only the head keeps them apart, at commit."""

    @contextmanager
    def _turn(self) -> Iterator[None]:
        yield


def test_two_connections_on_a_catalogue_conflict_and_come_again(shared: Store, catalogue: Catalogue) -> None:
    stores = [Store(Unqueued(catalogue, "lumen"), "lumen") for _ in range(2)]
    conflicts = _count_conflicts(stores)
    assert sum(_in_threads(*(lambda store=store: claim_all(store, 100) for store in stores))) == ACTIONS
    assert conflicts
    must_have_claimed_once_each(shared)
