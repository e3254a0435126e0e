"""The machine's own clock: the one place that reads it."""

from datetime import UTC, datetime


class SystemClock:
    """Business time is machine time, as it is everywhere but in a demo whose clock was turned."""

    def business_now(self) -> datetime:
        """Now (UTC)."""
        return self.machine_now()

    def machine_now(self) -> datetime:
        """Now (UTC)."""
        return datetime.now(UTC)  # noqa: TID251 - the one place
