"""The turnstile in front of a ledger: everybody waits in one queue, and nobody overtakes.

Two files are locked with `flock`: whoever comes takes the queue, waits inside it for the ledger, and leaves the queue with
the ledger in hand. Without the queue, a writer that comes back at once beats everybody who waits (benchmarks/turnstile.py).
Inside a process the threads of one ledger queue first, so that a process stands in the queue once per ledger. The kernel
releases both locks when a process dies.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from canonical.problems import LedgerError

_PRIVATE_FILE = 0o600


class ThreadQueue:
    """A lock that is handed on in the order of asking. Asking again in the thread that holds it raises `RuntimeError`."""

    def __init__(self) -> None:
        """Nobody holds it."""
        self._guard = threading.Lock()
        self._waiting: deque[tuple[int, threading.Event]] = deque()
        self._holder: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock for the block."""
        self._take(threading.get_ident())
        try:
            yield
        finally:
            self._hand_on()

    @property
    def waited_for(self) -> bool:
        """Whether a thread waits for it."""
        return bool(self._waiting)

    def _take(self, me: int) -> None:
        with self._guard:
            if self._holder is None:
                self._holder = me
                return
            if self._holder == me:
                message = (
                    "this thread already has a session on this ledger: pass that one on instead of opening a second"
                )
                raise RuntimeError(message)
            ticket = (me, threading.Event())
            self._waiting.append(ticket)
        try:
            ticket[1].wait()
        except BaseException:  # an interrupt while waiting: leave the queue, or hand on what was just received
            self._step_out(ticket)
            raise

    def _step_out(self, ticket: tuple[int, threading.Event]) -> None:
        with self._guard:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return
        self._hand_on()

    def _hand_on(self) -> None:
        with self._guard:
            if not self._waiting:
                self._holder = None
                return
            self._holder, called = self._waiting.popleft()
            called.set()


class Turnstile:
    """The way into one ledger, for threads and processes alike. Ask `turnstile_of`: two objects would not see each other."""

    def __init__(self, ledger: Path, *, queue: bool = True) -> None:
        """The lock files lie beside the ledger and stay there: removing one would let two owners in.

        Without `queue` the threads and processes race for the lock; only benchmarks/turnstile.py wants to see that.
        """
        self._queue = ledger.with_name(f"{ledger.name}.queue") if queue else None
        self._ledger = ledger.with_name(f"{ledger.name}.lock")
        self._threads = ThreadQueue()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Together with the readers of other processes. Raises `LedgerError` where no lock file can be."""
        with self._threads.turn(), self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Alone. Raises `LedgerError` where no lock file can be."""
        with self._threads.turn(), self._locked(fcntl.LOCK_EX):
            yield

    def wanted(self) -> bool:
        """Whether somebody stands in line: a thread of this process, or whoever holds the queue while waiting for the ledger."""
        return self._threads.waited_for or self._queue_is_taken()

    def _queue_is_taken(self) -> bool:
        if self._queue is None:
            return True  # nobody could tell
        queue = opened(self._queue)
        try:
            fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(queue)
        return False

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        ledger = opened(self._ledger)
        try:
            self._wait_in_line(ledger, how)
            yield
        finally:
            os.close(ledger)

    def _wait_in_line(self, ledger: int, how: int) -> None:
        if self._queue is None:
            fcntl.flock(ledger, how)
            return
        queue = opened(self._queue)
        try:
            fcntl.flock(queue, fcntl.LOCK_EX)
            fcntl.flock(ledger, how)
        finally:
            os.close(queue)


def turnstile_of(ledger: Path) -> Turnstile:
    """The one turnstile of this ledger in this process."""
    return _turnstile_of(ledger.absolute())


@cache
def _turnstile_of(ledger: Path) -> Turnstile:
    return Turnstile(ledger)


def opened(path: Path) -> int:
    """A lock file's descriptor; close it. Raises `LedgerError` where no lock file can be."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
    except OSError as problem:
        raise LedgerError(
            f"{path}: no lock file can be opened here ({problem.strerror})",
            next_step="Check the permissions and the disk of this folder.",
        ) from None
