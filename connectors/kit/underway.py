"""When requests reached a vendor, as far as that can be known: a window is the vendor's, and it counts what arrives.

A request arrives somewhere between the instant it was taken from the budget and its answer. What is answered within the margin of
the windows arrived in time; what was slower, or is still on its way, counts from its answer, or from now.
"""

import json
import os
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyrate_limiter import Decision, Rate, SlidingWindowLog
from typing_extensions import override

MARGIN_MS: Final = 100
"""Added to every window: two requests paced apart here may arrive closer together there."""
LONGEST_MS: Final = 60_000
"""No request is on its way for longer: exchanges end after 40 s and connecting, and a process may have died meanwhile."""
_PROCESS: Final = secrets.token_hex(4)
"""Containers that share a folder may share their process ids; a forked child has the same and an id of its own."""

Span = tuple[int, int]
"""When a request was taken, and from when it counts."""


@dataclass
class _Known:
    """`waiting`: process and thread → when it took. `late`: those that counted from later on than they were taken."""

    waiting: dict[str, int] = field(default_factory=dict)
    late: list[Span] = field(default_factory=list)


class Underway:
    """The requests of one account that are on their way or were slow, in a file that all processes share.

    Who calls holds the account's lock. Instants are epoch milliseconds of machine time.
    """

    def __init__(self, path: Path, longest_window: int) -> None:
        """`longest_window` in milliseconds: what counted from before that is forgotten."""
        self._path = path
        self._longest_window = longest_window
        self._file: int | None = None

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def begun(self, now: int) -> None:
        """This thread has taken the right to a request."""
        known = self._read(now)
        known.waiting[_who()] = now
        self._write(known)

    def ended(self, now: int) -> tuple[Span, ...]:
        """This thread's request has its answer, or will have none: it has arrived by now. What is known of all others too."""
        known = self._read(now)
        taken = known.waiting.pop(_who(), None)
        if taken is not None:
            known.late += [(taken, _counted(taken, now))] if _counted(taken, now) > taken else []
            self._write(known)
        return (*known.late, *((taken, _counted(taken, now)) for taken in known.waiting.values()))

    def _read(self, now: int) -> _Known:
        try:
            file = self._opened()
            stored = json.loads(os.pread(file, os.fstat(file).st_size, 0).partition(b"\n")[0])
            known = _Known(dict(stored["waiting"]), [(int(taken), int(counted)) for taken, counted in stored["late"]])
        except (OSError, ValueError, TypeError, KeyError):
            return _Known()
        lost = {who: taken for who, taken in known.waiting.items() if now - taken > LONGEST_MS}
        late = [*known.late, *((taken, taken + LONGEST_MS) for taken in lost.values())]
        return _Known(
            {who: taken for who, taken in known.waiting.items() if who not in lost},
            [span for span in late if span[1] >= now - self._longest_window],
        )

    def _write(self, known: _Known) -> None:
        # In place, and a line that is shorter leaves what stands behind it: opening anew and renaming cost more than asking.
        line = json.dumps({"waiting": known.waiting, "late": known.late}).encode() + b"\n"
        os.pwrite(self._opened(), line, 0)

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._file


class ByArrival(SlidingWindowLog):
    """A sliding window in which a request that was taken before it counts too, where it may have arrived within."""

    def __init__(self) -> None:
        """Whoever asks says first what is under way, holding the account's lock."""
        self._spans: tuple[Span, ...] = ()
        self._now = 0

    def know(self, spans: tuple[Span, ...], now: int) -> None:
        """What is under way or was slow, at that instant (epoch milliseconds)."""
        self._spans, self._now = spans, now

    @override
    def admit(self, rates: list[Rate], counts: Sequence[int], weight: int) -> Decision:
        full = [count + len(self._beside(rate)) for rate, count in zip(rates, counts, strict=True)]
        return super().admit(rates, full, weight)

    @override
    def blocking_offset(self, rate: Rate, weight: int) -> int | None:
        offset = rate.limit - weight - len(self._beside(rate))
        return offset if offset >= 0 else None

    @override
    def retry_after(self, rate: Rate, now: int, blocking_timestamp: int | None) -> int:
        ends = [*self._beside(rate), *(() if blocking_timestamp is None else (blocking_timestamp,))]
        return super().retry_after(rate, now, min(ends, default=None))

    def _beside(self, rate: Rate) -> list[int]:
        """From when each counts that is too old for the window's log."""
        start = self.window_start(rate, self._now)
        return [counted for taken, counted in self._spans if taken < start <= counted]


def _counted(taken: int, heard: int) -> int:
    return max(taken, min(heard, taken + LONGEST_MS) - MARGIN_MS)


def _who() -> str:
    return f"{_PROCESS}-{os.getpid()}-{threading.get_ident()}"
