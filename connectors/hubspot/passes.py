"""What one pass reads: what changed lately, what changed an hour ago once more, and the recycling bin.

The search index trails behind: recorded traffic missed records for up to 5 s and had all of them after 25 s (2022-02);
others saw worse. So a pass starts `overlap` before the last one ended, and everything is read a second time an hour later.
"""

from datetime import timedelta
from typing import Final, Self

from canonical.model import Noun
from connectors.hubspot.search import FIRST, Window

TRAILING: Final = 3_600_000
"""Milliseconds after which a change is read a second time."""
WORTH_IT: Final = 900_000
"""How much must have gathered for that."""
BETWEEN_SWEEPS: Final = 3_600_000
"""How often the recycling bin is looked through: only its whole list tells, and a webhook is quicker."""


class Cursor(Noun):
    """Where a stream stands; instants are milliseconds since 1970, 0 where there was none yet."""

    through: int = 0
    """Every change up to here was read."""
    settled: int = 0
    """Every change up to here was read an hour after it was made, or later."""
    swept: int = 0
    """What was archived up to here was seen."""
    begun: int = 0
    """When the pass under way began; 0 between two passes."""
    settles: int = 0
    """What `settled` becomes when it ends."""
    windows: tuple[Window, ...] = ()
    """What it still has to search."""
    sweeps: bool = False
    """Whether it looks through the recycling bin when that is done."""
    bin: str = ""
    """How far it got there."""

    def under_way(self, now: int, overlap: timedelta) -> Self:
        """This pass, or a new one that begins now."""
        if self.begun:
            return self
        start = self.through - int(overlap.total_seconds() * 1000) if self.through else FIRST
        again = self._again(now, start)
        latest = Window(start=min(start, now), end=now)
        return self.model_copy(
            update={
                "begun": now,
                "windows": (again, latest) if again else (latest,),
                "settles": now - TRAILING if again or not self.through else self.settled,
                "sweeps": now - self.swept >= BETWEEN_SWEEPS,
            }
        )

    def archived_since(self, overlap: timedelta) -> int:
        """From when on archived records are news. What was archived before the first pass was never ours to forget."""
        return (self.swept or self.begun) - int(overlap.total_seconds() * 1000)

    @property
    def done(self) -> bool:
        """Whether nothing is left to read."""
        return not self.windows and not self.sweeps

    def ended(self) -> Self:
        """After the last page."""
        fresh = {"begun": 0, "settles": 0, "windows": (), "sweeps": False, "bin": ""}
        return self.model_copy(update={"through": self.begun, "settled": self.settles, **fresh})

    def _again(self, now: int, start: int) -> Window | None:
        """The changes that are an hour old by now, up to where this pass starts anyway."""
        end = min(now - TRAILING, start - 1)
        worth = bool(self.through) and end - self.settled >= WORTH_IT
        return Window(start=self.settled + 1, end=end) if worth else None
