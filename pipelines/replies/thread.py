"""What stood before an answer: what we said last, who is expected, what was asked. Meaning is bound to it (R22, R24). Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from canonical.practice import Practice
from ledger.replies import Expected, Said
from pipelines.replies.offers import offered
from pipelines.replies.table import Given

SCORED_WITHIN: Final = timedelta(days=5)
BEGUN: Final = timedelta(hours=1)
"""Somebody who is late by less than this may still write that they are."""
TODAY: Final = timedelta(hours=12)
ASKS: Final = "6.1"
ASKS_AGAIN: Final = "6.3"
_NO_QUESTIONS: Final = ("6.2", "6.3", "7.")
"""Rows whose texts ask for nothing that could be answered by a number."""
_ASKING = re.compile(r"\?(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Thread:
    """One contact point's conversation, as it stood when an answer came."""

    practice: Practice
    at: datetime
    said: tuple[Said, ...] = ()
    """Ours, newest first."""
    expected: tuple[Expected, ...] = ()
    """Visits of everybody on the contact point that are ahead or have just begun, earliest first."""
    scored: frozenset[str] = frozenset()
    """Visits that have a score."""
    inquiry: str | None = None
    """The newest inquiry from there that has not led to a booking."""

    @property
    def last(self) -> Said | None:
        """What an answer answers."""
        return self.said[0] if self.said else None

    @property
    def named(self) -> tuple[Expected, ...]:
        """The visits our last message named, each at the start it named: what a yes says yes to."""
        told = {one.visit_id: one.start_at for one in self.last.visits} if self.last else {}
        at_told = ((one, told.get(one.visit_id)) for one in self.expected)
        return tuple(replace(one, start_at=start) for one, start in at_told if start and start > self.at)

    @property
    def today(self) -> Expected | None:
        """The visit somebody may be on their way to."""
        return next((one for one in self.expected if self.at - BEGUN <= one.start_at <= self.at + TODAY), None)

    @property
    def meant(self) -> tuple[Expected, ...]:
        """The visits an answer is about that names none: those we spoke of last, else the only one there is."""
        ahead = tuple(one for one in self.expected if one.start_at > self.at)
        named = {one.visit_id for one in self.named}
        return tuple(one for one in ahead if one.visit_id in named) or (ahead if len(ahead) == 1 else ())

    @property
    def surveyed(self) -> str | None:
        """The visit whose question is open: asked within five days, and nothing was asked after it (R24)."""
        asked = next((said for said in self.said if said.row == ASKS or _asks_something(said)), None)
        if asked is None or asked.row != ASKS or not asked.visits:
            return None
        visit = asked.visits[0].visit_id
        again = [one for one in self.said if one.row == ASKS_AGAIN and visit in {told.visit_id for told in one.visits}]
        times = [one.told_at for one in (asked, *again) if one.told_at]
        return visit if times and self.at - max(times) <= SCORED_WITHIN else None

    @property
    def offers(self) -> Mapping[str, object]:
        """What our last message offered to answer."""
        return offered(self.last.text.get_secret_value()) if self.last else {}

    def zone(self, visit: Expected) -> tzinfo:
        """The visit's own zone (R11)."""
        place = self.practice.location(visit.location_id) or self.practice.locations[0]
        return place.tz

    def has(self, given: Given) -> bool:
        """Whether it stood so."""
        return _CONDITIONS[given](self)


def _asks_something(said: Said) -> bool:
    if said.row.startswith(_NO_QUESTIONS):
        return False
    text = said.text.get_secret_value()
    return any(told.start_at for told in said.visits) or bool(_ASKING.search(text) or offered(text))


_CONDITIONS: Mapping[Given, Callable[[Thread], bool]] = {
    Given.NOTHING: lambda _: True,
    Given.VISIT: lambda thread: bool(thread.named),
    Given.AHEAD: lambda thread: bool(thread.meant),
    Given.TODAY: lambda thread: thread.today is not None,
    Given.SURVEY: lambda thread: thread.surveyed is not None,
    Given.INQUIRY: lambda thread: thread.inquiry is not None,
}
