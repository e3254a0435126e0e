"""Walking Acuity's calendar: it has no pages and no "changed since", only days, and shows at most 100 appointments.

So a pass walks the days it cares about from the oldest on, in windows. A window that comes back full may hide something: it
is asked again in halves, a day of the practice by calendar, and only a whole day of one calendar with 100 rows is beyond it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Self

from canonical.model import Noun
from canonical.problems import NeedsOperator
from canonical.raw import Suspect
from connectors.acuity import client
from connectors.acuity.rows import Row, rows_of
from connectors.kit.access import Access
from connectors.kit.exchange import get

MOST: Final = 100
"""Acuity's own default, and what another party's client asks for (recorded 2026-06). Nobody says how much more it would give."""
PLENTY: Final = 1000
WIDEST: Final = ("window_days", 364)
"""The setting and its default: how many days one question asks for, as long as they come back with fewer rows than that."""
HISTORY, BACK, AHEAD = ("history_days", 730), ("days_back", 60), ("days_ahead", 365)
"""Settings and their defaults: days read back by the first pass and by every later one, and days read ahead."""


class Cursor(Noun):
    """Where a stream stands."""

    passes: int = 0
    """How many passes ended."""
    at: date | None = None
    """The day the pass under way goes on with."""
    width: int = 0
    """How many days the last window had, 0 before the first: what was crowded yesterday is crowded today."""

    def past(self, window: "Window") -> Self:
        """After a window was read."""
        return self.model_copy(update={"at": window.until + timedelta(days=1), "width": window.next_width})

    def ended(self) -> Self:
        """After the last one."""
        return self.model_copy(update={"passes": self.passes + 1, "at": None})


@dataclass(frozen=True, slots=True)
class Window:
    """Some days and what stands in them."""

    since: date
    until: date
    width: int
    """How many days were meant; the last window of a pass has fewer."""
    rows: tuple[Row, ...]
    suspects: tuple[Suspect, ...]
    share: float = 1.0
    """How much of the days that are read now lies behind with it."""

    @property
    def next_width(self) -> int:
        """Twice as wide where it was nearly empty."""
        return self.width * 2 if len(self.rows) < MOST // 4 else self.width


@dataclass(frozen=True)
class Calendars:
    """Asks for appointments. `more` are further parameters of every question."""

    access: Access
    capability: str
    more: tuple[tuple[str, str], ...] = ()

    def windows(self, begun: Cursor, now: datetime) -> Iterator[tuple[Window, Cursor, bool]]:
        """Each window with the cursor after it, and whether it is the last."""
        first, last = self._days(begun, now)
        widest = max(_number(self.access, *WIDEST), 1)
        at = begun
        start = since = max(begun.at or first, first)
        done = False
        while not done:
            window = self._window(since, min(at.width or widest, widest), last)
            since, done = window.until + timedelta(days=1), window.until >= last
            at = at.past(window).ended() if done else at.past(window)
            # A pass that was cut counts from where it goes on: what it read before is not read now.
            yield replace(window, share=1.0 if done else (since - start) / (last - start + timedelta(days=1))), at, done

    def _days(self, begun: Cursor, now: datetime) -> tuple[date, date]:
        """A day more on either side: a day begins elsewhere at another instant."""
        back = _number(self.access, *(BACK if begun.passes else HISTORY))
        today = now.date()
        return today - timedelta(days=back + 1), today + timedelta(days=_number(self.access, *AHEAD) + 1)

    def _window(self, since: date, width: int, last: date) -> Window:
        while True:
            until = min(since + timedelta(days=width - 1), last)
            rows, bad = self._asked(since, until)
            if len(rows) + len(bad) < MOST:
                return Window(since, until, width, rows, bad)
            if until == since:
                return self._by_calendar(since)
            width = max(1, ((until - since).days + 1) // 2)

    def _by_calendar(self, day: date) -> Window:
        where = self.access.where(self.capability)
        answer = client.line(self.access).read(get(client.resource(self.access, "/calendars")), self.capability)
        calendars, _ = rows_of(answer.body, where, "calendars")
        rows: list[Row] = []
        suspects: list[Suspect] = []
        for calendar in calendars:
            found, bad = self._asked(day, day, ("calendarID", calendar.text("id")), most=PLENTY)
            rows += found
            suspects += bad
            if len(found) + len(bad) == MOST:
                suspects.append(_crowded(day))
        return Window(day, day, 1, tuple(rows), tuple(suspects))

    def _asked(
        self, since: date, until: date, *further: tuple[str, str], most: int = MOST
    ) -> tuple[tuple[Row, ...], tuple[Suspect, ...]]:
        query = (
            ("minDate", since.isoformat()),
            ("maxDate", until.isoformat()),
            ("max", str(most)),
            ("direction", "ASC"),
            ("showall", "true"),
            *self.more,
            *further,
        )
        answer = client.line(self.access).read(
            get(client.resource(self.access, "/appointments"), query), self.capability
        )
        return rows_of(answer.body, self.access.where(self.capability), f"days from {since}")


def _number(access: Access, name: str, default: int) -> int:
    written = access.setting(name, str(default))
    if not written.isdecimal():
        raise NeedsOperator(
            access.where("settings"),
            f"{name} is no number of days.",
            next_step=f"Write for example:  {name}: {default}",
        )
    return int(written)


def _crowded(day: date) -> Suspect:
    return Suspect(
        body=b"",
        origin=f"days from {day}",
        code="crowded_day",
        problem=f"one calendar has {MOST} appointments on a day, and Acuity may not show more.",
        next_step="Split that calendar in Acuity, or look at that day there.",
    )
