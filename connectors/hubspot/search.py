"""Everything that changed between two instants, by searches that never reach their cap.

HubSpot shows 10,000 results of a query and answers 400 beyond. We do not count into a query at all: each one begins where
the last page ended, at the last page's newest millisecond, so that none is ever asked for more than its first page. Rows
that share one millisecond beyond a page are read by id. `total` is not looked at: it lags by itself. An answer that heeds
neither instants nor order (a proxy's, a recording's) is followed by its own `paging.next.after`.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from canonical.model import Noun
from canonical.problems import ProtocolBroken, TryLater, Where
from connectors.hubspot.asking import SEARCH_PAGE, Reading
from connectors.hubspot.objects import Kind
from connectors.hubspot.rows import Row, Rows, rows_of

FIRST: Final = 1_104_537_600_000
"""2005-01-01: before there was a HubSpot. A filter of 0 is answered with 500."""
CAP: Final = 10_000

Filter = dict[str, object]


class Window(Noun):
    """Instants of change still to read, in milliseconds since 1970, both included."""

    start: int
    end: int
    after_id: str = ""
    """Inside its first millisecond: ids up to this one were read. Empty: it is not being read by id."""
    after: str = ""
    """Behind a page that showed nothing and promised more, or that is one of a list."""
    listed: bool = False
    """Whether the answers are followed page by page, because they do not heed what is asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one search gave, and what it leaves to read."""

    page: Rows
    rows: tuple[Row, ...]
    """The rows that are read now; others of the page come again with the next one."""
    rest: Window | None


@dataclass(frozen=True)
class Search:
    """One stream's searches."""

    kind: Kind
    properties: tuple[str, ...]
    narrowed: tuple[Filter, ...]
    """What else must hold."""

    def ask(self, reading: Reading, window: Window, origin: str) -> Found:
        """One search.

        Raises:
            ProtocolBroken: its rows are not in the order that was asked for, and there are too many to follow them as they
                are. Else as `Line.read`.
        """
        where = reading.where
        answer = reading.search(self.kind.object_type, self._query(window))
        page = rows_of(answer.body, self.kind, where, origin)
        if window.listed:
            return _as_listed(page, window, where)
        return _by_id(page, window, where) if window.after_id else _by_time(page, window, where)

    def _query(self, window: Window) -> dict[str, object]:
        if window.after_id:
            which: Iterator[Filter] = _one_millisecond(self.kind, window)
        else:
            which = _between(self.kind, window)
        query: dict[str, object] = {
            "filterGroups": [{"filters": [*which, *self.narrowed]}],
            "sorts": [
                {"propertyName": "hs_object_id" if window.after_id else self.kind.modified, "direction": "ASCENDING"}
            ],
            "properties": list(self.properties),
            "limit": SEARCH_PAGE,
        }
        return query | ({"after": window.after} if window.after else {})


def one_of(name: str, values: Sequence[str]) -> Filter:
    """That a property has one of some values, whatever their capitals."""
    if len(values) == 1:
        return {"propertyName": name, "operator": "EQ", "value": values[0]}
    return {"propertyName": name, "operator": "IN", "values": [value.lower() for value in values]}


def _between(kind: Kind, window: Window) -> Iterator[Filter]:
    yield {
        "propertyName": kind.modified,
        "operator": "BETWEEN",
        "value": str(window.start),
        "highValue": str(window.end),
    }


def _one_millisecond(kind: Kind, window: Window) -> Iterator[Filter]:
    yield {"propertyName": kind.modified, "operator": "EQ", "value": str(window.start)}
    yield {"propertyName": "hs_object_id", "operator": "GT", "value": window.after_id}


def _by_id(page: Rows, window: Window, where: Where) -> Found:
    numbers = [int(window.after_id), *(int(row.id) if row.id.isdecimal() else -1 for row in page.rows)]
    elsewhere = any(row.stamp not in {0, window.start} for row in page.rows)
    if elsewhere or any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        return _as_listed(page, window, where)
    if page.rows and _goes_on(page):
        return Found(page, page.rows, window.model_copy(update={"after_id": page.rows[-1].id}))
    after = Window(start=window.start + 1, end=window.end)
    return Found(page, page.rows, after if after.start <= after.end else None)


def _by_time(page: Rows, window: Window, where: Where) -> Found:
    stamps = [row.stamp for row in page.rows if row.stamp]
    if any(later < earlier for earlier, later in itertools.pairwise([window.start, *stamps])):
        return _as_listed(page, window, where)
    if not _goes_on(page):
        return Found(page, page.rows, None)
    if not page.rows:
        return Found(page, (), _further(page, window, where))
    if not stamps:
        return _as_listed(page, window, where)
    if stamps[0] == stamps[-1]:
        return Found(page, (), Window(start=stamps[-1], end=window.end, after_id="0"))
    # The newest millisecond of the page may go on behind it: it is read again, whole, with the next one.
    whole = tuple(row for row in page.rows if row.stamp < stamps[-1])
    return Found(page, whole, Window(start=stamps[-1], end=window.end))


def _as_listed(page: Rows, window: Window, where: Where) -> Found:
    """The answer has not heeded what was asked for: its own pages are followed, as far as they go.

    Raises:
        ProtocolBroken: it goes on and does not say where, or farther than a query shows.
    """
    if not _goes_on(page) or (page.after and page.after == window.after):
        return Found(page, page.rows, None)
    if not page.after or (page.after.isdecimal() and int(page.after) >= CAP):
        raise ProtocolBroken(
            where, "the search is not in the order that was asked for.", next_step="Report it to HubSpot."
        )
    return Found(page, page.rows, Window(start=window.start, end=window.end, after=page.after, listed=True))


def _goes_on(page: Rows) -> bool:
    """A full page may go on even where it does not say so; a short one may, when archived rows were taken out of it."""
    return bool(page.after) or page.size >= SEARCH_PAGE


def _further(page: Rows, window: Window, where: Where) -> Window:
    """Rows were found and none is shown: the index trails behind. Look behind them, as far as that goes."""
    if not page.after.isdecimal() or int(page.after) + SEARCH_PAGE > CAP:
        raise TryLater(where, "the search index does not show what it counts.")
    return window.model_copy(update={"after": page.after})
