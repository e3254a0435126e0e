"""Where a stream stands: what one pass has read, and how far it is in the one under way.

A row is visible some time after the stamp it carries (Fivetran reads five minutes again, Estuary waits five): a pass begins
`overlap` before the last one ended.
"""

from datetime import timedelta
from typing import Final, Self

from canonical.model import Noun
from connectors.kit.paging import left_of
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
    found: int = 0
    """How many rows the query or job under way has in all; 0 where nobody says."""
    shown: int = 0
    """How many of them were read: a later page names the same total as the first."""
    read: bool = False
    """Whether every change was read, and only the sweep is left."""
    swept: int = 0
    """Deletions up to here were seen."""
    lacks: tuple[str, ...] = ()
    """Fields that this org has not, or hides from us."""
    looked: int = 0
    blind: bool = False
    """Whether the org hides from us who is assigned to an appointment."""
    assigned_through: int = 0
    """Every change of an assignment up to here was read; stays behind while we are blind."""
    assigned_stamp: int = 0
    """The last change of an assignment that was read in the pass under way; 0 before the first."""
    assigned_id: str = ""
    reassigned: bool = False
    """Whether all of them were read."""

    def since(self, overlap: timedelta) -> int:
        """From when on a new pass reads; 0: from the beginning."""
        return _before(self.through, overlap)

    def assigned_since(self, overlap: timedelta) -> int:
        """The same of changed assignments."""
        return _before(self.assigned_through, overlap)

    def under_way(self, now: int, overlap: timedelta) -> Self:
        """This pass, or a new one that begins now."""
        if self.begun:
            return self
        stale = now - self.looked >= BETWEEN_LOOKS
        return self.model_copy(
            update={
                "begun": now,
                "stamp": self.since(overlap),
                "swept": self.swept or now,
                "lacks": () if stale else self.lacks,
                "blind": self.blind and not stale,
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
    def left(self) -> int | None:
        """How many rows of the query or job come after those that were read."""
        return left_of(self.found, self.shown) if self.found else None

    @property
    def assigned(self) -> After:
        """Where the query for changed assignments goes on."""
        return After(self.assigned_stamp, self.assigned_id)

    @property
    def sweeps(self) -> bool:
        """Whether this pass looks at what left the recycling bin."""
        return self.begun - self.swept >= BETWEEN_SWEEPS

    def ended(self) -> Self:
        """After the last page."""
        fresh = {"begun": 0, "stamp": 0, "after_id": "", "next": "", "bulk": False, "job": "", "locator": ""}
        fresh |= {"read": False, "assigned_stamp": 0, "assigned_id": "", "reassigned": False, "found": 0, "shown": 0}
        told = self.begun if self.reassigned or (self.first and not self.blind) else self.assigned_through
        return self.model_copy(update={**fresh, "through": self.begun, "assigned_through": told})


def _before(instant: int, overlap: timedelta) -> int:
    return instant - int(overlap.total_seconds() * 1000) if instant else 0
