"""Watches over conversations: what nobody answers goes to more people (R21, R25), what was answered holds nothing back (R20)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.clock import ONE_DAY
from canonical.opening import windows
from canonical.practice import Location, Practice
from canonical.tasks import Task, TaskKind
from ledger.pauses import release_pause
from ledger.replies import conversations_watched, pauses_over
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import close_task, open_tasks, task_id
from pipelines.replies.errands import LIFE, WHO, page_title
from pipelines.replies.staying_out import new_staff_messages, stay_out

Row = Mapping[str, Any]
WATCHED_FOR: Final = timedelta(days=14)
NEXT_ON_CALL: Final = timedelta(minutes=15)
_WAITING: Final = frozenset({TaskKind.REPLY, TaskKind.CHANGE_REQUEST})
"""Tasks that somebody who wrote is waiting for."""


@dataclass(frozen=True, slots=True)
class Escalations:
    """What is to be asked of more people, and which such questions are over."""

    opened: tuple[Task, ...] = ()
    over: tuple[str, ...] = ()


def watch_replies(store: Store, practice: Practice, now: datetime) -> Counter[str]:
    """Escalate what waits, release what waited for an answer that came, and keep out of what people write themselves (R58)."""
    with store.reading() as session:
        found = escalations(conversations_watched(session, now - WATCHED_FOR), practice, now)
        over, spoken = pauses_over(session, WHO, now), new_staff_messages(session, now)
    counts = Counter(escalated=len(found.opened), settled=len(found.over), released=len(over))
    if not (found.opened or found.over or over or spoken):
        return counts
    with store.writing(business_now=now) as session:
        for task in found.over:
            close_task(session, task, by="answered", now=now)
        open_tasks(session, found.opened, urgent=True)
        for pause in over:
            release_pause(session, pause, who=WHO, now=now)
        counts["kept_out"] = stay_out(session, spoken, now) if spoken else 0
    return counts


def escalations(tasks: Sequence[Row], practice: Practice, now: datetime) -> Escalations:
    """What follows from some tasks, those that were closed lately included. Pure; each escalation happens once."""
    there = {row["task_id"] for row in tasks}
    by_subject: dict[str, list[Row]] = {}
    for row in tasks:
        by_subject.setdefault(row["subject_id"], []).append(row)
    wanted = [task for lot in by_subject.values() for task in _of_one_reply(lot, practice, now)]
    over = [row["task_id"] for lot in by_subject.values() for row in _settled(lot)]
    return Escalations(tuple(task for task in wanted if task.task_id not in there), tuple(over))


def _of_one_reply(lot: Sequence[Row], practice: Practice, now: datetime) -> Iterator[Task]:
    alarms = [row for row in lot if row["kind"] == TaskKind.RED_FLAG]
    if alarms and not any(row["closed_at"] for row in alarms):
        yield from _next_on_call(alarms[0], practice, now)
    waiting = [row for row in lot if row["kind"] in _WAITING and row["closed_at"] is None]
    if waiting:
        yield from _unanswered(min(waiting, key=lambda row: row["opened_at"]), practice, now)


def _next_on_call(root: Row, practice: Practice, now: datetime) -> Iterator[Task]:
    """A page for each one on the list whose turn has come; after the last, the manager (R25)."""
    turns, people = int((now - root["opened_at"]) / NEXT_ON_CALL), len(practice.on_call)
    maker = _Maker(root, practice, now)
    for number in range(2, min(turns + 1, people) + 1):
        yield maker.task(TaskKind.RED_FLAG, f"page {number}", page_title(number, people))
    if turns >= max(people, 1):
        yield maker.task(
            TaskKind.UNANSWERED, "nobody on call", "Nobody has read a possible complication: see to it now"
        )


def _unanswered(root: Row, practice: Practice, now: datetime) -> Iterator[Task]:
    """Once to more people, and once to the manager, by the clock of the location's opening hours (R21)."""
    maker = _Maker(root, practice, now)
    waited = staffed_time(maker.place, root["opened_at"], now)
    if waited >= practice.escalate_after:
        yield maker.task(TaskKind.UNANSWERED, "escalated", "A reply has waited too long for an answer")
    if waited >= practice.manager_after:
        title = "A reply still waits for an answer: the manager decides who gives it"
        yield maker.task(TaskKind.UNANSWERED, "manager", title)


def _settled(lot: Sequence[Row]) -> Iterator[Row]:
    """Questions that need no answer any more: one of those who were paged has read it, or what was waited for is closed."""
    alarms = [row for row in lot if row["kind"] == TaskKind.RED_FLAG]
    read = not alarms or any(row["closed_at"] for row in alarms)
    answered = not any(row["kind"] in _WAITING and row["closed_at"] is None for row in lot)
    for row in lot:
        if row["closed_at"] is not None:
            continue
        page = row["kind"] == TaskKind.RED_FLAG and read
        if page or (row["kind"] == TaskKind.UNANSWERED and read and answered):
            yield row


@dataclass(frozen=True)
class _Maker:
    """Makes tasks about the reply that another task is about."""

    root: Row
    practice: Practice
    now: datetime

    @property
    def place(self) -> Location:
        """Whose opening hours count."""
        return self.practice.location(self.root["location_id"]) or self.practice.locations[0]

    def task(self, kind: TaskKind, which: str, title: str) -> Task:
        """`which` tells it from others of its kind about the same reply."""
        subject = self.root["subject_id"]
        return Task(
            task_id=task_id(self.practice.practice_id, kind, f"{subject}/{which}"),
            kind=kind,
            subject_id=subject,
            person_id=self.root["person_id"],
            location_id=self.root["location_id"],
            title=title,
            due_at=self.now,
            expires_at=self.now + LIFE,
            opened_at=self.now,
        )


def staffed_time(place: Location, since: datetime, until: datetime) -> timedelta:
    """How much of a span lies in a location's opening hours."""
    spans = _spans(place, since, until)
    return sum((min(closes, until) - max(opens, since) for opens, closes in spans), timedelta())


def _spans(place: Location, since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime]]:
    day, last = since.astimezone(place.tz).date(), until.astimezone(place.tz).date()
    while day <= last:
        yield from ((opens, closes) for opens, closes in windows(place, day) if opens < until and closes > since)
        day += ONE_DAY


def close_answered(session: Session, task: str, *, by: str, now: datetime) -> bool:
    """Close a task about a reply, and let go at once of what waited for it; False when it was not open."""
    if not close_task(session, task, by=by, now=now):
        return False
    for pause in pauses_over(session, WHO, now):
        release_pause(session, pause, who=WHO, now=now)
    return True
