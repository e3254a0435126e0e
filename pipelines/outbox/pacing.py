"""After an outage what piled up goes slowly: one message every two seconds for a practice (R46).

Both clocks are at work: that something is hours late is business time, the two seconds are the machine's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from ledger.session import Session

GAP: Final = timedelta(seconds=2)
LATE: Final = timedelta(hours=2)
FEW: Final = 5
"""So many that are late are no outage's leavings."""
MOST_AT_ONCE: Final = 60
"""What a paced delivery sends at most, two minutes' worth; the next one goes on."""

Wait = Callable[[float], object]
"""Waits so many seconds, or until it is woken."""


def waiting() -> Wait:
    """Waits that end by themselves."""
    return Event().wait


@dataclass
class Pacing:
    """One delivery's pace."""

    wait: Wait
    machine_now: Callable[[], datetime]
    wanted: Callable[[], bool] = lambda: True
    """Whether what piled up goes slowly at all (`Outbox.paced`)."""
    slow: bool = False
    """Whether it has met an outage's leavings; then it stays slow to its end."""
    _last: datetime | None = field(default=None, repr=False)

    def look(self, session: Session, now: datetime) -> None:
        """Find out whether messages have piled up."""
        if not self.slow and self.wanted():
            row = session.one("cleared_overdue", before=now - LATE)
            self.slow = row is not None and row["messages"] > FEW

    def size(self, wanted: int) -> int:
        """How many may be claimed together."""
        return 1 if self.slow else wanted

    def most(self, wanted: int) -> int:
        """How many may go in this delivery."""
        return min(wanted, MOST_AT_ONCE) if self.slow else wanted

    def hold_back(self) -> None:
        """Let two seconds pass since the last request. No ledger is open."""
        if self.slow and self._last is not None:
            left = GAP - (self.machine_now() - self._last)
            if left > timedelta(0):
                self.wait(left.total_seconds())

    def sent(self) -> None:
        """A request was made now."""
        self._last = self.machine_now()
