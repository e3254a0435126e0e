"""The turnstile in front of a ledger: everybody waits in one queue, and nobody overtakes.

Two files are locked with `flock`: whoever comes takes the queue, waits inside it for the ledger, and leaves the queue with
the ledger in hand. Without the queue, a writer that comes back at once beats everybody who waits (benchmarks/turnstile.py).
Inside a process the threads of one ledger queue first, so that a process stands in the queue once per ledger.
The kernel releases both locks when a process dies.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE_FILE = 0o600


class ThreadQueue:
    """A lock that is handed on in the order of asking. Not re-entrant: asking again in the same thread raises."""

    def __init__(self) -> None:
        """Nobody holds it."""
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._holder: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock for the block."""
        self._take()
        try:
            yield
        finally:
            self._hand_on()

    def _take(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._holder is None:
                self._holder = me
                return
            if self._holder == me:
                message = "this thread already has a session on this ledger; pass it on instead of opening a second one"
                raise RuntimeError(message)
            called = threading.Event()
            self._waiting.append(called)
        called.wait()
        self._holder = me

    def _hand_on(self) -> None:
        with self._guard:
            if not self._waiting:
                self._holder = None
                return
            self._holder = 0  # nobody's number: taken, by whoever is being called
            self._waiting.popleft().set()


class Turnstile:
    """The way into one ledger, for threads and processes alike."""

    def __init__(self, ledger: Path) -> None:
        """The lock files lie beside the ledger and stay there: removing one would let two owners in."""
        self._queue = ledger.with_name(f"{ledger.name}.queue")
        self._ledger = ledger.with_name(f"{ledger.name}.lock")
        self._threads = ThreadQueue()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Together with the readers of other processes."""
        with self._threads.turn(), self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Alone."""
        with self._threads.turn(), self._locked(fcntl.LOCK_EX):
            yield

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        ledger = _opened(self._ledger)
        try:
            queue = _opened(self._queue)
            try:
                fcntl.flock(queue, fcntl.LOCK_EX)
                fcntl.flock(ledger, how)
            finally:
                os.close(queue)
            yield
        finally:
            os.close(ledger)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
