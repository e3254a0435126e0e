"""Whether the door and its worker are well: counts and ages, nothing about a call."""

from datetime import UTC, datetime
from time import monotonic
from typing import Final

from receiver.door import Door
from receiver.worker import Worker

PATIENCE: Final = 60.0
"""Seconds a call may lie in the spool, and the sorter may be silent, before something is wrong."""


def healthy(door: Door, worker: Worker | None) -> dict[str, object]:
    """`ok`, and what makes it so."""
    waiting = door.spool.names()
    oldest = _age(waiting[0], door.clock.machine_now()) if waiting else 0.0
    silent = monotonic() - worker.last_look if worker else 0.0
    alive = worker.alive if worker else None
    return {
        "ok": alive is not False and oldest < PATIENCE and silent < PATIENCE,
        "worker": alive,
        "at_ease": worker.at_ease if worker else None,
        "spool": {"waiting": len(waiting), "oldest_seconds": round(oldest, 1), "stuck": len(door.spool.stuck)},
        "answers": {str(int(answer)): count for answer, count in sorted(door.counts.items())},
    }


def _age(name: str, now: datetime) -> float:
    """How long ago a file of the spool arrived; its name says when."""
    arrived = datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return max(0.0, (now - arrived).total_seconds())
