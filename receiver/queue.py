"""Which practices want the fast lane now: each at most once in the queue, and never in two lanes at a time."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.accept.stage import Hint


@dataclass(frozen=True, slots=True)
class Errand:
    """One practice's turn, with what its vendors hinted at since the last one."""

    practice: str
    hints: tuple[Hint, ...] = ()
    whole: bool = True
    """Whether every stage has its turn. Reports on the practice's own messages ask for two."""


@dataclass
class Queue:
    """The practices that wait, oldest first. Thread-safe."""

    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)
    _waiting: deque[str] = field(default_factory=deque)
    _hints: dict[str, set[Hint]] = field(default_factory=dict)
    _whole: set[str] = field(default_factory=set)
    _running: set[str] = field(default_factory=set)
    _closed: bool = False

    def put(self, practice: str, hints: Iterable[Hint] = (), *, whole: bool = True) -> None:
        """Ask for a turn. A practice that waits already keeps its place; one that is running gets another turn after it."""
        with self._changed:
            self._hints.setdefault(practice, set()).update(hints)
            self._whole |= {practice} if whole else set()
            if practice not in self._waiting:
                self._waiting.append(practice)
                self._changed.notify()

    def take(self, timeout: float) -> Errand | None:
        """The next practice that is in no lane; None when nothing came in `timeout` seconds, or the queue was closed."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or self._next() is not None, timeout) or self._closed:
                return None
            practice = self._next()
            if practice is None:
                return None
            self._waiting.remove(practice)
            self._running.add(practice)
            whole = practice in self._whole
            self._whole.discard(practice)
            return Errand(practice, tuple(self._hints.pop(practice, ())), whole)

    def done(self, practice: str) -> None:
        """The turn is over."""
        with self._changed:
            self._running.discard(practice)
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody gets another turn."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def idle(self) -> bool:
        """Whether nobody waits and nobody runs."""
        with self._changed:
            return not self._waiting and not self._running

    def _next(self) -> str | None:
        return next((practice for practice in self._waiting if practice not in self._running), None)
