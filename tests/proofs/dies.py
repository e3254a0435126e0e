"""What a process does that a proof kills on its way: one delivery over a town that others look at afterwards."""

import os
from datetime import datetime
from pathlib import Path

from pipelines.outbox.deliver import deliver
from pipelines.outbox.points import Point
from pipelines.tick.opening import open_hub
from pipelines.tick.sequence import run_id, tick
from tests.proofs.town import TownClock


def deliver_until(home: str, practice: str, at: str, point: str, nth: str) -> None:
    """Decide everything, send what comes before the n-th ticket, and be killed with that one at `point`."""
    clock = TownClock(datetime.fromisoformat(at))
    opened = open_hub(Path(home), clock=clock).open(practice)
    run = run_id(practice, "dying", clock.business, f"{point}-{nth}-{os.getpid()}")
    tick(opened, run, send=False)
    deliver(opened.outbox, run, most=int(nth) - 1)
    os.environ["GLOWLINE_KILL_AT"] = Point(point).value
    deliver(opened.outbox, run)
