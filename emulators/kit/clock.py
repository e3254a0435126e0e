"""The emulators' own now."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """What the pretend vendors believe the time is, always in UTC.

    It follows machine time until it is set; a set clock ticks on from there unless it was frozen. Rate limits,
    connection timeouts and the timestamps inside webhook signatures stay on machine time: a receiver measures their
    age with its own machine clock.
    """

    def __init__(self, machine: Callable[[], float] = time.time) -> None:  # noqa: TID251 — emulators import nothing of ours
        self._machine = machine
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The present instant, with time zone UTC."""
        return self._frozen or self._ticking() + self._offset

    def set(self, moment: datetime, *, frozen: bool = False) -> None:
        """Turn the clock to an instant (it must carry a time zone); `ValueError` when it is naive."""
        if moment.tzinfo is None:
            raise ValueError(f"The clock needs a time zone: {moment.isoformat()}Z would be UTC.")
        moment = moment.astimezone(UTC)
        self._offset = moment - self._ticking()
        self._frozen = moment if frozen else None

    def advance(self, seconds: float) -> None:
        """Move on by some seconds; a frozen clock stays frozen at the new instant."""
        self.set(self.now() + timedelta(seconds=seconds), frozen=self._frozen is not None)

    def machine_milliseconds(self) -> int:
        """Machine time, which nobody turns, in epoch milliseconds: for the timestamps inside signatures."""
        return int(self._machine() * 1000)

    def reset(self) -> None:
        """Follow machine time again."""
        self._offset, self._frozen = timedelta(), None

    def _ticking(self) -> datetime:
        return datetime.fromtimestamp(self._machine(), UTC)


def milliseconds(moment: datetime) -> int:
    """Epoch milliseconds, as HubSpot writes instants."""
    return int(moment.timestamp() * 1000)


def iso(moment: datetime) -> str:
    """`2026-11-01T06:30:00.000Z`: UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
