"""Rate limits, on machine time."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Hashable


class Windows:
    """Sliding windows, one per key."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._taken: dict[Hashable, deque[float]] = defaultdict(deque)

    def take(self, key: Hashable, limit: int, seconds: float) -> int | None:
        """Count one request; what is left in the window, or `None` when it was full."""
        now, taken = self._monotonic(), self._taken[key]
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        if len(taken) >= limit:
            return None
        taken.append(now)
        return limit - len(taken)
