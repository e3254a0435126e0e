"""The installation's clock, looked up while it is used: a demo may turn it at any time, in another process."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from canonical.clock import Clock
from ledger.installation import TurnedClock, clock
from ledger.store import Store

LOOK_AGAIN = 1.0
"""Seconds of machine time between two looks into the installation's ledger."""


@dataclass
class InstallationClock:
    """Business time as the installation's ledger says. Only an installation of demos can be turned (ClockStays)."""

    installation: Store
    machine: Clock
    _looked: float = field(default=float("-inf"), repr=False)
    _clock: Clock | None = field(default=None, repr=False)

    def business_now(self) -> datetime:
        """Now, as the practices know it (UTC)."""
        if self._clock is None or time.monotonic() - self._looked > LOOK_AGAIN:
            with self.installation.reading() as session:
                self._clock = clock(session, self.machine)
            self._looked = time.monotonic()
        return self._clock.business_now()

    def look_again(self) -> None:
        """Whoever has just turned the clock wants to see it at once."""
        self._clock = None

    @property
    def is_turned(self) -> bool:
        """Whether somebody turned it: then hours pass at once, and what piled up in them is no outage's leavings."""
        return isinstance(self._clock, TurnedClock)

    def machine_now(self) -> datetime:
        """Now, as the machine knows it (UTC); never turned."""
        return self.machine.machine_now()
