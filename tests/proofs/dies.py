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
    """Decide everything, then send until the process is killed when it comes to `point` for the n-th time, or has ended."""
    clock = TownClock(datetime.fromisoformat(at))
    opened = open_hub(Path(home), clock=clock).open(practice)
    run = run_id(practice, "dying", clock.business, f"{point}-{nth}-{os.getpid()}")
    tick(opened, run, send=False)
    os.environ["GLOWLINE_KILL_AT"] = f"{Point(point).value}:{nth}"
    deliver(opened.outbox, run)
