"""Somebody did not come: a person of the practice calls, with a text to hand (R16). Nothing automatic says "missed you"."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.ids import LocationId, PersonId
from canonical.opening import staffed_from
from canonical.practice import Practice
from canonical.tasks import Task, TaskKind
from ledger.store import Store
from ledger.tasks import close_task, open_tasks, task_id

Row = dict[str, Any]
STILL_NEWS: Final = timedelta(days=3)
"""A mark that comes later than this, or an import of history, is nobody's errand any more."""
DUE_WITHIN: Final = timedelta(hours=1)
LIFE: Final = timedelta(days=7)
CAME_AFTER_ALL: Final = "came_after_all"
_ROW = "7.1"
_TITLE: Final = "Somebody did not come to a visit: please call"


def watch_missed(store: Store, practice: Practice, now: datetime) -> Counter[str]:
    """Open a task for each visit marked as missed, once, and close it when the mark is taken back; counts of both."""
    since = max(now - STILL_NEWS, _live_from(practice) or now)
    with store.reading() as session:
        missed = {row["visit_id"]: row for row in session.rows("visits_missed", since=since, now=now)}
        standing = session.rows("open_tasks_of_kind", kind=TaskKind.NO_SHOW.value)
        ids = [task_id(practice.practice_id, TaskKind.NO_SHOW, visit) for visit in missed]
        known = {row["task_id"] for row in session.rows("tasks_by_id", ids=ids)} if ids else set()
        came = {row["visit_id"] for row in session.rows("visits_not_missed", ids=[r["subject_id"] for r in standing])}
    fresh = [task for row in missed.values() if (task := _task(practice, row, now)).task_id not in known]
    needless = [row["task_id"] for row in standing if row["subject_id"] in came]
    if not (fresh or needless):
        return Counter()
    with store.writing(business_now=now) as session:
        opened = open_tasks(session, fresh)
        closed = sum(close_task(session, task, by=CAME_AFTER_ALL, now=now) for task in needless)
    return +Counter(opened=opened, closed=closed)


def _live_from(practice: Practice) -> datetime | None:
    return next((row.live_from for row in practice.rows if row.row == _ROW and row.owner == "glowline"), None)


def _task(practice: Practice, row: Row, now: datetime) -> Task:
    place = practice.location(row["location_id"]) or practice.locations[0]
    due = staffed_from(place, now) + DUE_WITHIN
    return Task(
        task_id=task_id(practice.practice_id, TaskKind.NO_SHOW, row["visit_id"]),
        kind=TaskKind.NO_SHOW,
        subject_id=row["visit_id"],
        person_id=PersonId(row["person_id"]),
        location_id=LocationId(row["location_id"]) if row["location_id"] else None,
        title=_TITLE,
        due_at=due,
        expires_at=due + LIFE,
        opened_at=now,
    )
