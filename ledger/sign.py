"""A sign at a ledger's door while a whole tick is under way: whoever would only do the same leaves it alone meanwhile."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from ledger.turnstile import opened

LONGEST: Final = 60.0
"""Seconds after which a sign no longer keeps anybody away: a tick that sends for minutes is no reason to wait."""
_WIDTH: Final = 20


class Sign:
    """One ledger's sign, seen by every process of this machine. It is a lock, so it falls when its process dies."""

    def __init__(self, ledger: Path) -> None:
        """Nothing hangs yet. The file lies beside the ledger and stays there."""
        self._path = ledger.with_name(f"{ledger.name}.tick")

    @contextmanager
    def hung(self) -> Iterator[None]:
        """The sign hangs for the block; several may hang at once. Raises `LedgerError` where no file can be."""
        sign = opened(self._path)
        try:
            fcntl.flock(sign, fcntl.LOCK_SH)
            os.pwrite(sign, f"{monotonic():{_WIDTH}.3f}".encode(), 0)
            yield
        finally:
            os.close(sign)

    def hangs(self) -> bool:
        """Whether a tick is under way that began within the last minute. Where no sign can be read none hangs."""
        try:
            sign = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return monotonic() - float(os.pread(sign, _WIDTH, 0) or b"-inf") < LONGEST
        finally:
            os.close(sign)
        return False
