"""Three weeks at the practice: who books, moves and cancels, drawn once and the same in every run."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from tools.demo.calendar import HERE, Calendar

FIRST = date(2026, 11, 1)
DAYS = 21
MORNING, CLOSING = time(8), time(18)
"""When the demo looks at the practice, in the morning only where the story asks for it. Whatever changes is told at the next
day's closing time at the latest."""
SUNDAY = 6
"""Closed: nobody books one, and nobody is moved to one."""
SEED = 20261101
GOES_ON = ("09:20:00", "10:00:00", "11:40:00", "13:20:00", "14:00:00", "15:40:00", "16:20:00")


@dataclass
class Weeks:
    """What the people of the demo do, day by day."""

    calendar: Calendar
    patients: list[str]
    """Who may book anew: with a phone and a yes."""
    spanish_speaker: str = ""
    """One of them, for the scene with the deposit."""
    draw: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - a play, not a secret
    moved: set[str] = field(default_factory=set)
    there_and_back: dict[str, datetime] = field(default_factory=dict)

    def morning(self, now: datetime) -> None:
        """Yesterday is over; somebody books, moves, cancels every third day, and every fifth moves and will think better of it."""
        self.calendar.pass_by(now)
        self._bookings(now)
        self._move(now)
        if now.day % 3 == 0:
            self._cancel(now)
        if now.day % 5 == 0:
            self._there(now)

    def _bookings(self, now: datetime) -> None:
        for _ in range(2):
            day = _open_from(now.date() + timedelta(days=self.draw.randrange(3, 9)))
            if day < FIRST + timedelta(days=DAYS + 1):
                self.calendar.book(self.draw.choice(self.patients), day, self.draw.choice(GOES_ON), now)

    def evening(self, now: datetime) -> None:
        """Who thought better of it is back where they were."""
        for visit, before in self.there_and_back.items():
            if self.calendar.rows[visit]["status"] == "scheduled" and before > now:
                self.calendar.move(visit, before, now)
        self.there_and_back.clear()

    def _free(self, now: datetime) -> list[str]:
        return [
            visit
            for visit in self.calendar.ahead(now, 6)
            if visit not in self.moved and visit not in self.there_and_back
        ]

    def _move(self, now: datetime) -> None:
        for visit in self._free(now)[:1]:
            self.calendar.move(visit, self._another(visit), now)
            self.moved.add(visit)

    def _there(self, now: datetime) -> None:
        for visit in self._free(now)[-1:]:
            self.there_and_back[visit] = self.calendar.start(visit)
            self.calendar.move(visit, self._another(visit), now)
            self.moved.add(visit)

    def _cancel(self, now: datetime) -> None:
        for visit in self._free(now)[1:2]:
            self.calendar.cancel(visit, now)
            self.moved.add(visit)

    def _another(self, visit: str) -> datetime:
        day = _open_from(self.calendar.start(visit).date() + timedelta(days=self.draw.randrange(1, 3)))
        return datetime.combine(day, time.fromisoformat(self.draw.choice(GOES_ON)), HERE)


def _open_from(day: date) -> date:
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day


def instant(day: int, at: time) -> datetime:
    """A wall-clock time of the demo's n-th day."""
    return datetime.combine(FIRST + timedelta(days=day), at, HERE)
