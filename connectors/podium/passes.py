"""Where a pass over one of Podium's lists stands."""

from datetime import datetime
from typing import Self

from canonical.clock import Instant
from canonical.model import Noun


class Cursor(Noun):
    """Where a stream stands. A list's order is not told, so `since` moves only when a pass is through."""

    since: Instant | None = None
    """When the last whole pass began: every change before was read, apart from what the overlap reads again."""
    begun: Instant | None = None
    """When the pass under way began. What changes while it runs is read by the next one."""
    page: str = ""
    """Podium's cursor of the page it goes on with; empty for the first."""
    done: str = ""
    """The last record of that page whose own pages were read to their end, where records have such."""

    def under_way(self, now: datetime) -> Self:
        """This pass, or a new one that begins now."""
        return self if self.begun else self.model_copy(update={"begun": now})

    def turned(self, page: str) -> Self:
        """At the beginning of the next page."""
        return self.model_copy(update={"page": page, "done": ""})

    def ended(self) -> Self:
        """After the last page. A clock that was set back moves nothing back."""
        passed = [moment for moment in (self.since, self.begun) if moment]
        return type(self)(since=max(passed, default=None))

    def anew(self, now: datetime) -> Self:
        """The same pass from its beginning."""
        return type(self)(since=self.since).under_way(now)


def pages_left(page: tuple[tuple[bytes, ...], str]) -> str | None:
    """The cursor of the page after a page; None after the last. An empty page that names another one is followed too."""
    return page[1] or None
