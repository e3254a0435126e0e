"""Waiting for something to become true, bounded, in place of guessing how long it takes."""

import threading
from collections.abc import Callable
from time import monotonic

LONGEST = 20.0


def until(condition: Callable[[], object], *, longest: float = LONGEST) -> None:
    """Return once `condition` holds. Raises `TimeoutError` after `longest` seconds."""
    pause, deadline = threading.Event(), monotonic() + longest
    while not condition():
        if monotonic() > deadline:
            message = f"still waiting after {longest} s"
            raise TimeoutError(message)
        pause.wait(0.005)
