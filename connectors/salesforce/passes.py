"""Where a stream stands: what one pass has read, and how far it is in the one under way.

A row is visible some time after the stamp it carries (Fivetran reads five minutes again, Estuary waits five): a pass begins
`overlap` before the last one ended.
"""

from datetime import timedelta
from typing import Final, Self

from canonical.model import Noun
from connectors.salesforce.soql import After

BETWEEN_SWEEPS: Final = 3_600_000
"""Milliseconds between two looks at what left the recycling bin unseen: a pass itself sees what lies in it."""
FORGETS: Final = 14 * 86_400_000
"""Salesforce tells deletions of fifteen days at most."""
BETWEEN_LOOKS: Final = 86_400_000
"""How long we believe that a field is not there: somebody may grant it."""


class Cursor(Noun):
    """Where a stream stands; instants are milliseconds since 1970, 0 where there was none yet."""

    through: int = 0
    """Every change up to here was read."""
    begun: int = 0
    """When the pass under way began; 0 between two passes."""
    stamp: int = 0
    """The last row that was read in it, or where it starts."""
    after_id: str = ""
    next: str = ""
    """The next page of the query under way."""
    bulk: bool = False
    """Whether the rest comes by a bulk job."""
    job: str = ""
    locator: str = ""
    read: bool = False
    """Whether every change was read, and only the sweep is left."""
    swept: int = 0
    """Deletions up to here were seen."""
    lacks: tuple[str, ...] = ()
    """Fields that this org has not, or hides from us."""
    looked: int = 0

    def under_way(self, now: int, overlap: timedelta) -> Self:
        """This pass, or a new one that begins now."""
        if self.begun:
            return self
        start = self.through - int(overlap.total_seconds() * 1000) if self.through else 0
        stale = now - self.looked >= BETWEEN_LOOKS
        return self.model_copy(
            update={
                "begun": now,
                "stamp": start,
                "swept": self.swept or now,
                "lacks": () if stale else self.lacks,
                "looked": now if stale else self.looked,
            }
        )

    @property
    def first(self) -> bool:
        """Whether nothing was ever read to the end."""
        return not self.through

    @property
    def behind(self) -> After:
        """Where the query goes on."""
        return After(self.stamp, self.after_id)

    @property
    def sweeps(self) -> bool:
        """Whether this pass looks at what left the recycling bin."""
        return self.begun - self.swept >= BETWEEN_SWEEPS

    def ended(self) -> Self:
        """After the last page."""
        fresh = {"begun": 0, "stamp": 0, "after_id": "", "next": "", "bulk": False, "job": "", "locator": ""}
        return self.model_copy(update={**fresh, "through": self.begun, "read": False})
