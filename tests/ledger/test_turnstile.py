"""Who comes first goes first, one at a time, threads and processes alike."""

import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from ledger.store import Store, embedded
from ledger.turnstile import ThreadQueue, Turnstile, turnstile_of
from tests.waiting import until


def _as_many_wait(queue: ThreadQueue, expected: int) -> bool:
    return len(queue._waiting) == expected


def test_threads_get_their_turn_in_the_order_of_asking() -> None:
    queue, order = ThreadQueue(), []

    def ask(name: int) -> None:
        with queue.turn():
            order.append(name)

    with queue.turn():
        threads = []
        for name in range(8):
            threads.append(threading.Thread(target=ask, args=(name,)))
            threads[-1].start()
            until(partial(_as_many_wait, queue, name + 1))
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_a_thread_that_asks_twice_is_told_instead_of_waiting_for_itself(ledger: Store) -> None:
    with ledger.writing(), pytest.raises(RuntimeError, match="already has a session"), ledger.reading():
        pass


def test_whoever_gives_up_waiting_is_skipped() -> None:
    queue = ThreadQueue()
    queue._take(1)
    given_up = (2, threading.Event())
    queue._waiting.append(given_up)
    queue._step_out(given_up)
    queue._hand_on()
    assert queue._holder is None


def test_whoever_gives_up_at_the_moment_of_being_called_hands_on() -> None:
    queue = ThreadQueue()
    queue._take(1)
    called, next_one = (2, threading.Event()), (3, threading.Event())
    queue._waiting.extend([called, next_one])
    queue._hand_on()
    queue._step_out(called)
    assert next_one[1].is_set()
    assert queue._holder == 3


def test_two_stores_of_one_file_share_one_turnstile(ledger: Store) -> None:
    again = embedded(ledger.path, "lumen", ledger.place._key)  # type: ignore[attr-defined] # the fixture's own key
    with ledger.writing() as session:
        session.next_seq()
        with pytest.raises(RuntimeError), again.reading():
            pass


def _holds(path: Path) -> subprocess.Popen[str]:
    """A process that holds the ledger alone until it is told to let go."""
    program = """
import sys
from pathlib import Path
from ledger.turnstile import turnstile_of
with turnstile_of(Path(sys.argv[1])).exclusive():
    print("holding", flush=True)
    sys.stdin.readline()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holding\n"
    return holder


def test_another_process_waits_until_the_holder_lets_go(tmp_path: Path) -> None:
    path, got_in = tmp_path / "ledger.duckdb", threading.Event()

    def enter() -> None:
        with turnstile_of(path).shared():
            got_in.set()

    with _holds(path) as holder:
        thread = threading.Thread(target=enter)
        thread.start()
        assert not got_in.wait(0.2)
        holder.communicate("\n")
        assert got_in.wait(10)
        thread.join()


def test_a_killed_holder_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with _holds(path) as holder:
        holder.kill()
        holder.wait()
    with turnstile_of(path).exclusive():
        pass


def test_readers_of_two_processes_are_in_together(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    with Turnstile(path).shared(), Turnstile(path).shared():
        pass


def test_a_writer_who_waits_is_not_overtaken_by_later_readers(tmp_path: Path) -> None:
    """The writer stands inside the queue, so a reader who comes later waits behind it although a reader is in."""
    path, order = tmp_path / "ledger.duckdb", []

    def enter(name: str, turnstile: Turnstile) -> None:
        with turnstile.exclusive() if name == "writer" else turnstile.shared():
            order.append(name)

    with Turnstile(path).shared():
        writer = threading.Thread(target=enter, args=("writer", Turnstile(path)))
        writer.start()
        until(lambda: _locked(path.with_name("ledger.duckdb.queue")))
        late = threading.Thread(target=enter, args=("late reader", Turnstile(path)))
        late.start()
        late.join(0.2)
        assert order == []
    writer.join()
    late.join()
    assert order == ["writer", "late reader"]


def _locked(path: Path) -> bool:
    """Whether anybody holds the lock of this file, as the kernel lists it."""
    if not path.exists():
        return False
    inode = f":{path.stat().st_ino} "
    return any(inode in line and "->" not in line for line in Path("/proc/locks").read_text().splitlines())
