"""When a person must be called because a message will not reach them, so that the call still matters (R57). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from canonical.actions import ActionState
from canonical.clock import ONE_DAY, local_instant, rfc3339
from canonical.ids import LocationId, PersonId, TaskId
from canonical.opening import staffed_from, windows
from canonical.owed import Tells
from canonical.practice import Location
from canonical.tasks import Task, TaskKind
from canonical.visits import AppointmentStatus
from ledger.tasks import task_id
from pipelines.lifecycle.visit_steps import EXPECTED
from pipelines.oversight.logistics import TITLES, Family, family_of

Row = Mapping[str, Any]
S = ActionState
BY_TEN: Final = time(10)
"""Local time on the day before by which somebody is called who was to be reminded (R57)."""
PATIENCE: Final = timedelta(minutes=30)
"""How long what may still go is waited for, where there is time."""
SHORTEST_PATIENCE: Final = timedelta(minutes=5)
NOTICE: Final = timedelta(hours=1)
"""How long before the call is due the task appears."""
URGENT: Final = timedelta(hours=2)
BESIDE: Final = timedelta(hours=2)
"""What went out on another channel so long before counts as the same telling."""
_TOO_LATE: Final = timedelta(hours=2)
"""Nobody is called later than that before the visit: they are on their way."""
_LOOK_BACK: Final = 14
_AT_ONCE = frozenset({Family.CHANGE, Family.CANCELLATION, Family.DELAY})
_MORNING = frozenset({"4.1", "4.2"})
ARRIVED: Final = frozenset({S.SENT, S.DELIVERED})
"""States that count as told: what bounced, was rejected or is in doubt has told nobody anything."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A message that has not reached its person, and the visit it is about."""

    row: str
    family: Family
    due_at: datetime
    visit: Row
    hopeless: bool
    """It cannot go as things stand. What only waits is given time, as long as a call would still be of use."""

    @property
    def start(self) -> datetime:
        """When the visit begins."""
        found: datetime = self.visit["start_at"]
        return found

    def call_by(self, place: Location) -> datetime:
        """When the call should have been made: before the message would have mattered."""
        latest = _staffed_until(place, self.start - _TOO_LATE)
        if self.row in _MORNING:
            wanted = _opening(place, self.start)
        elif self.family in _AT_ONCE:
            wanted = min(staffed_from(place, self.due_at + 2 * NOTICE), latest)
        else:
            by_ten = _day_before(place, self.start)
            wanted = min(by_ten if by_ten > self.due_at else _staffed_until(place, self.start - ONE_DAY / 2), latest)
        return max(self.due_at, wanted)

    def opens_at(self, place: Location) -> datetime:
        """When the task appears, for a message that may still go."""
        by = self.call_by(place)
        if by - NOTICE >= self.due_at + PATIENCE:
            return by - NOTICE
        return max(self.due_at + SHORTEST_PATIENCE, min(self.due_at + PATIENCE, by - PATIENCE / 2))

    def task(self, practice_id: str, place: Location, now: datetime) -> Task:
        """Who is to be called, and by when. One for each visit, time and family."""
        by = self.call_by(place)
        person, location = self.visit["person_id"], self.visit["location_id"]
        return Task(
            task_id=call_id(practice_id, self.visit["visit_id"], self.family, self.start),
            kind=TaskKind.CALL_LIST,
            subject_id=self.visit["visit_id"],
            person_id=PersonId(person) if person else None,
            location_id=LocationId(location) if location else None,
            title=TITLES[self.family],
            due_at=by if by > now else min(staffed_from(place, now), max(now, self.start)),
            expires_at=self.start,
            opened_at=now,
        )

    def presses(self, place: Location, now: datetime) -> bool:
        """Whether there is little time left."""
        return self.call_by(place) <= now + URGENT


def call_id(practice_id: str, visit_id: str, family: Family, start: datetime) -> TaskId:
    """The id of a call: a visit that was moved is another call."""
    return task_id(practice_id, TaskKind.CALL_LIST, f"{visit_id}/{family}/{rfc3339(start)}")


def is_asked(family: Family, visit: Row, now: datetime) -> bool:
    """Whether the visit still is what a message of that family would have told of."""
    if visit["start_at"] <= now:
        return False
    status = AppointmentStatus(visit["status"])
    return status is AppointmentStatus.CANCELLED if family is Family.CANCELLATION else status in EXPECTED


def has_heard(family: Family, visit: Row, remembered: Iterable[Row], since: datetime) -> bool:
    """Whether a message that left after `since` told what one of that family would have told: of a time, the true one."""
    return any(
        past["told_at"] is not None
        and past["told_at"] >= since
        and _state(past) in ARRIVED
        and _says(family, visit, past)
        for past in remembered
    )


def _state(past: Row) -> ActionState:
    return S(past["carrier_state"] or S.ABSORBED) if past["state"] == S.ABSORBED else S(past["state"])


def _says(family: Family, visit: Row, past: Row) -> bool:
    if family is Family.CANCELLATION:
        return bool(past["tells"] == Tells.CANCELLED)
    if family in {Family.TIME, Family.CHANGE}:
        return bool(past["tells"] == Tells.TIME and past["anchor_at"] == visit["start_at"])
    return family_of(past["step"]) is family


def _opening(place: Location, start: datetime) -> datetime:
    """When somebody comes in that morning, where that is early enough; else when the last one left."""
    day = start.astimezone(place.tz).date()
    first = next((opens for opens, _ in windows(place, day)), None)
    return first if first and first + NOTICE <= start else _staffed_until(place, start - NOTICE)


def _day_before(place: Location, start: datetime) -> datetime:
    """Ten in the morning on the last day before the visit's on which somebody is there."""
    day = start.astimezone(place.tz).date()
    for _ in range(_LOOK_BACK):
        day -= ONE_DAY
        spans = windows(place, day)
        if spans:
            return min(max(local_instant(day, BY_TEN, place.tz), spans[0][0]), spans[-1][1])
    return start - ONE_DAY


def _staffed_until(place: Location, at: datetime) -> datetime:
    """The last instant not after `at` at which somebody is there; `at` where nobody was for a fortnight."""
    day = at.astimezone(place.tz).date()
    for back in range(_LOOK_BACK):
        for opens, closes in reversed(windows(place, day - back * ONE_DAY)):
            if opens <= at:
                return min(closes, at)
    return at
