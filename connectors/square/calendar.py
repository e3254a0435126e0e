"""Appointments: Square has no "changed since" for them, so every pass walks the calendar in windows of 31 days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from canonical.model import Noun
from canonical.problems import NeedsOperator, Refused
from canonical.raw import Page
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.paging import walk
from connectors.square import client
from connectors.square.changes import PAGE_SIZE, written
from connectors.square.rows import Rows, rows_of

BOOKINGS: Final = "bookings"
WIDEST: Final = timedelta(days=31)
"""What Square assumes where no end is named; an integrator reports that it allows no more."""
HISTORY, BACK, AHEAD = ("history_days", 730), ("days_back", 60), ("days_ahead", 365)
"""Settings and their defaults: days read back by the first pass and by every later one, and days read ahead."""


class Cursor(Noun):
    """Where the stream stands."""

    passes: int = 0
    """How many passes ended."""
    at: date | None = None
    """The first day of the window that the pass under way goes on with."""
    next: str = ""
    """The page it goes on with there."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Some days of the calendar."""

    access: Access
    since: date
    until: date

    @property
    def origin(self) -> str:
        return f"days from {self.since}"

    def page(self, token: str) -> Rows:
        places = client.locations(self.access)
        query = [
            ("limit", str(PAGE_SIZE)),
            ("start_at_min", written(datetime.combine(self.since, time(), UTC))),
            ("start_at_max", written(datetime.combine(self.until, time(), UTC))),
            *((("location_id", places[0]),) if len(places) == 1 else ()),
            *((("cursor", token),) if token else ()),
        ]
        request = client.versioned(get(client.resource(self.access, "/v2/bookings"), query))
        answer = client.line(self.access).read(request, f"pull.{BOOKINGS}")
        return rows_of(answer.body, BOOKINGS, self.access.where(f"pull.{BOOKINGS}"), self.origin)

    def after(self, passes: int, following: str | None, *, done: bool) -> Cursor:
        """Where the stream stands after a page of it."""
        if done:
            return Cursor(passes=passes + 1)
        return Cursor(passes=passes, at=self.since if following else self.until, next=following or "")


@dataclass(frozen=True, slots=True)
class _Days:
    """What is read now: the whole pass, or what a pass that was cut has still to read.

    A window with a further page counts as half read: nobody says how many pages there are.
    """

    since: date
    until: date
    midway: bool
    """Whether the first window goes on at a further page."""

    def behind(self, window: _Window, *, further: bool) -> float:
        """How much of it lies behind with a page of that window."""
        skipped = (min(self.since + WIDEST, self.until) - self.since) / 2 if self.midway else timedelta()
        begun = max(window.since - self.since, skipped)
        end = window.until - self.since
        read = (begun + end) / 2 if further else end
        return (read - skipped) / (self.until - self.since - skipped)


def bookings(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """All appointments from days ago to months ahead. The last page is `complete`."""
    del stream
    at = Cursor.model_validate_json(cursor) if cursor else Cursor()
    try:
        yield from _walked(access, at, now)
    except Refused:
        # A token ends after minutes: begin this window again.
        if not at.next:
            raise
        yield from _walked(access, at.model_copy(update={"next": ""}), now)


def _walked(access: Access, at: Cursor, now: datetime) -> Iterator[Page]:
    first, last = _days(access, at, now.date())
    where, seen = access.where(f"pull.{BOOKINGS}"), set[str]()
    since, token = max(at.at or first, first), at.next
    if since >= last:  # the settings reach less far ahead than when this pass began
        yield Page(cursor=Cursor(passes=at.passes + 1).model_dump_json(), complete=True)
        return
    days = _Days(since, last, midway=bool(token))
    while since < last:
        window = _Window(access, since, min(since + WIDEST, last))
        for page, following in walk(window.page, token, lambda page: page.next, where):
            done = following is None and window.until >= last
            # A moved appointment may be met twice, and so may one that begins where two windows meet.
            fresh = [row for row in page.rows if row.id not in seen and row.is_at(client.locations(access))]
            seen.update(row.id for row in fresh)
            yield Page(
                records=tuple(row.record(access, BOOKINGS, window.origin) for row in fresh),
                suspects=page.suspects,
                cursor=window.after(at.passes, following, done=done).model_dump_json(),
                complete=done,
                share=days.behind(window, further=following is not None),
            )
        since, token = window.until, ""


def _days(access: Access, at: Cursor, today: date) -> tuple[date, date]:
    back = number(access, *(BACK if at.passes else HISTORY))
    return today - timedelta(days=back), today + timedelta(days=number(access, *AHEAD) + 1)


def number(access: Access, name: str, default: int) -> int:
    """A number of days from the connection's settings."""
    text = access.setting(name, str(default))
    if not text.isdecimal():
        raise NeedsOperator(
            access.where("settings"),
            f"{name} is no number of days.",
            next_step=f"Write for example:  {name}: {default}",
        )
    return int(text)
