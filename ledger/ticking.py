"""That a whole tick of a ledger is under way, seen from other processes: whoever would only do the same stays out of its way."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from ledger.turnstile import opened

LONGEST: Final = 60.0
"""Seconds after which a tick no longer keeps anybody away: one that sends for minutes is no reason to wait."""
_WIDTH: Final = 20


class Ticking:
    """One ledger's advisory lock for ticks. It excludes nobody, and falls when its process dies."""

    def __init__(self, ledger: Path) -> None:
        """Nothing is under way yet. The file lies beside the ledger and stays there."""
        self._path = ledger.with_name(f"{ledger.name}.tick")

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """A tick is under way for the block; there may be several. Raises `LedgerError` where no file can be."""
        lock = opened(self._path)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            os.pwrite(lock, f"{monotonic():{_WIDTH}.3f}".encode(), 0)
            yield
        finally:
            os.close(lock)

    def is_under_way(self) -> bool:
        """Whether a tick is that began within the last minute. Where no lock file can be read none is."""
        try:
            lock = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return monotonic() - float(os.pread(lock, _WIDTH, 0) or b"-inf") < LONGEST
        finally:
            os.close(lock)
        return False
