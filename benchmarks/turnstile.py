"""How long a one-row write waits while a bulk landing runs, with the turnstile's queue and without it.

    python -m benchmarks.turnstile            all four cases, 6 s each
    python -m benchmarks.turnstile 20         longer

Without the queue whoever lets go of the ledger and comes back at once usually beats whoever waits: a webhook's answer then
waits for the landing instead of for one batch of it.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from ledger.embedded import EmbeddedFile
from ledger.keys import LedgerKey
from ledger.session import Session
from ledger.store import Store, create
from ledger.turnstile import Turnstile

BATCH = 5_000
BODY = (
    b'{"appointment":{"id":88121,"start":"2026-11-13T09:00:00-05:00","status":"booked","notes":"' + b"x" * 400 + b'"}}'
)
BETWEEN_WRITES = 0.02
NEIGHBOURS = 3  # streams that land at the same time
DEMANDED_P99 = 1.0
KEY = LedgerKey(b"benchmark" + bytes(23))


@dataclass(frozen=True)
class Waits:
    """Seconds from asking for a one-row write until it was durable, sorted; and what the landing got done meanwhile."""

    case: str
    seconds: list[float]
    landed: int

    def at(self, share: float) -> float:
        """The wait that this share of the writes stayed within."""
        return self.seconds[min(int(len(self.seconds) * share), len(self.seconds) - 1)]


class _AnyOrder:
    """Threads race for the lock, as without a queue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock for the block."""
        with self._lock:
            yield


def _store(path: Path, *, queue: bool) -> Store:
    place = EmbeddedFile(path, KEY)
    if not queue:
        place.turnstile = Turnstile(path, queue=False)
        place.turnstile._threads = _AnyOrder()  # type: ignore[assignment]  # noqa: SLF001 - the race is what is measured here
    return Store(place, "lumen")


def _landing(store: Store, going: Callable[[], bool]) -> int:
    """The worst neighbour: its batch is ready before it lets go, so it is back at once."""
    landed, batch = 0, pa.table({"raw_id": [f"r-{n}" for n in range(BATCH)], "body": [BODY] * BATCH})
    while going():
        with store.writing() as session:
            session.insert_arrow("raw", batch)
        landed += BATCH
    return landed


def _one_row(session: Session) -> None:
    session.insert("receipts", [{"attempt_id": "at-1", "status": "delivered"}])


def _write_and_measure(store: Store, seconds: float) -> list[float]:
    waits, pause, deadline = [], threading.Event(), monotonic() + seconds
    while monotonic() < deadline:
        asked = perf_counter()
        store.write(_one_row)
        waits.append(perf_counter() - asked)
        pause.wait(BETWEEN_WRITES)
    return sorted(waits)


def _threads(path: Path, seconds: float, *, queue: bool) -> tuple[list[float], int]:
    store, over, landed = _store(path, queue=queue), threading.Event(), []

    def land() -> None:
        landed.append(_landing(store, lambda: not over.is_set()))

    neighbours = [threading.Thread(target=land) for _ in range(NEIGHBOURS)]
    for neighbour in neighbours:
        neighbour.start()
    waits = _write_and_measure(store, seconds)
    over.set()
    for neighbour in neighbours:
        neighbour.join()
    return waits, sum(landed)


def _processes(path: Path, seconds: float, *, queue: bool) -> tuple[list[float], int]:
    command = [sys.executable, "-m", "benchmarks.turnstile", "land", str(path), str(int(queue))]
    with ExitStack() as running:
        neighbours = [
            running.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(NEIGHBOURS)
        ]
        for neighbour in neighbours:
            if neighbour.stdout is None or neighbour.stdout.readline() != "landing\n":
                message = "a landing process did not start"
                raise RuntimeError(message)
        waits = _write_and_measure(_store(path, queue=queue), seconds)
        landed = sum(int(neighbour.communicate("\n")[0]) for neighbour in neighbours)
    return waits, landed


def _land_until_told(path: Path, *, queue: bool) -> None:
    over = threading.Event()

    def wait_for_a_line() -> None:
        sys.stdin.readline()
        over.set()

    os.write(1, b"landing\n")
    threading.Thread(target=wait_for_a_line, daemon=True).start()
    os.write(1, str(_landing(_store(path, queue=queue), lambda: not over.is_set())).encode())


def _cases(seconds: float) -> Iterator[Waits]:
    for owners, run in (("threads of one process", _threads), ("two processes", _processes)):
        for queue in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "lumen" / "ledger.duckdb"
                create(path, practice_id="lumen", key=KEY)
                waits, landed = run(path, seconds, queue=queue)
            yield Waits(f"{owners}, {'queue' if queue else 'no queue'}", waits, landed)


def main(seconds: float = 6.0) -> None:
    """Print the table and the ratios."""
    console, found = Console(), list(_cases(seconds))
    table = Table(
        "case",
        "writes",
        "p50 ms",
        "p99 ms",
        "max ms",
        "landed/s",
        title=f"A one-row write while {NEIGHBOURS} streams land",
    )
    for case in found:
        shares = [f"{case.at(share) * 1000:.0f}" for share in (0.5, 0.99, 1.0)]
        table.add_row(case.case, str(len(case.seconds)), *shares, f"{case.landed / seconds:,.0f}")
    console.print(table)
    for without, queued in zip(found[::2], found[1::2], strict=True):
        console.print(
            f"{queued.case}: {without.at(0.5) / queued.at(0.5):.1f} x shorter at p50, {without.at(0.99) / queued.at(0.99):.1f} x at p99; "
            f"p99 {queued.at(0.99):.3f} s of {DEMANDED_P99:.0f} s demanded"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["land", place, queued]:
            _land_until_told(Path(place), queue=queued == "1")
        case [wanted]:
            main(float(wanted))
        case _:
            main()
