"""A shipped example practice, lived through with pretend vendors: everything between its folder and their interfaces is the real thing."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from emulators.kit.emulator import Emulator
from pipelines.tick.founding import ensure_founded, found_installation
from pipelines.tick.hub import Hub, PracticeHub
from pipelines.tick.opening import open_hub
from pipelines.tick.sequence import TickReport, run_id, tick
from pipelines.tick.sync import sync
from tests.proofs.town import GO_LIVE, TownClock, local
from tests.receiver.folder import write

EXAMPLES = Path(__file__).parents[2] / "practices" / "examples"
BOOKED = ("2026-11-16 10:00", "2026-11-16 10:20")
"""When Ana books, and after the settle window (R9)."""
DUE = ("2026-11-18 10:05", "2026-11-19 10:05", "2026-11-20 08:05")
"""Just after each reminder of a visit on the 20th at ten is due."""


CHANGED = ("2026-11-18 11:00", "2026-11-18 11:25")
"""When something changes, and after the settle window."""
DUE_ON_THE_23RD = ("2026-11-21 15:05", "2026-11-22 15:05")
"""The reminders of a visit that was moved to the 23rd at three."""


@dataclass(kw_only=True)
class Example:
    """One of them in a folder of its own, under a clock that stands where the test puts it. New York's wall clock, where nothing else is said."""

    name: ClassVar[str]
    home: Path
    clock: TownClock
    ticks: int = 0

    @property
    def vendors(self) -> tuple[Emulator, ...]:
        """Everybody at its other ends."""
        raise NotImplementedError

    @cached_property
    def hub(self) -> Hub:
        """The installation, with no limit to wait for: the vendors here have none either."""
        hub = open_hub(self.home, clock=self.clock)
        return replace(hub, tools=replace(hub.tools, budgets=None))

    def opened(self) -> PracticeHub:
        return self.hub.open(self.name)

    def found(self) -> None:
        """Go-live, 2026-11-01 08:00 in New York."""
        self.turn(GO_LIVE)
        found_installation(self.home)
        ensure_founded(self.hub, self.name)

    def turn(self, at: str | datetime) -> None:
        """Turn every clock, and let nothing happen yet."""
        self.clock.business = local(at) if isinstance(at, str) else at
        for vendor in self.vendors:
            vendor.turn_clock(self.clock.business, frozen=True)

    def run(self, at: str | datetime) -> TickReport:
        """Turn the clocks, read all tools, and run every stage; the sums must close."""
        self.turn(at)
        practice = self.opened()
        self.ticks += 1
        synced = sync(practice, run_id(self.name, "sync", self.clock.business, str(self.ticks)))
        assert synced.closes
        report = tick(practice, run_id(self.name, "tick", self.clock.business, str(self.ticks)))
        for vendor in self.vendors:
            vendor.settle()
        return report

    def run_at(self, *times: str | datetime) -> None:
        """At each of these times."""
        for at in times:
            self.run(at)

    def told_of(self, change: Callable[[], object], texts: Callable[[], list[str]], *later: str) -> list[str]:
        """Something changes after the first reminder of a visit on the 20th: what is texted from then on, through all its reminders."""
        self.run(DUE[0])
        before = len(texts())
        self.turn(CHANGED[0])
        change()
        self.run_at(*CHANGED, *DUE[1:], *later)
        return texts()[before:]

    def steps(self) -> list[str]:
        """The steps that left the house, by time and name."""
        closed = [one for one in self.table("closed_actions") if one["state"] == "sent"]
        return [str(one["step"]) for one in sorted(closed, key=lambda one: (one["claimed_at"], one["step"]))]

    def table(self, name: str) -> list[dict[str, Any]]:
        with self.opened().store.reading() as session:
            found = session._cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 - a table's name, from a test
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def placed(folder: Path, name: str) -> Path:
    """An installation that holds the example of that name, not founded yet."""
    home = folder / "home"
    write(home / "installation.yaml", {"checkpoints": str(folder / "off-the-box")})
    shutil.copytree(EXAMPLES / name, home / name)
    return home
