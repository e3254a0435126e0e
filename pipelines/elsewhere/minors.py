"""A child who has a visit ahead and no guardian on file: somebody asks the family for one (R36)."""

from collections import Counter
from datetime import date, datetime
from typing import Any, Final

from canonical.ids import LocationId, PersonId
from canonical.opening import staffed_from
from canonical.practice import Location, Practice
from canonical.tasks import Task, TaskKind
from ledger.store import Store
from ledger.tasks import close_task, open_tasks, task_id

Row = dict[str, Any]
OF_AGE: Final = 18
NOT_ANY_MORE: Final = "not_any_more"
_TITLE: Final = "A minor has a visit ahead and no guardian's phone on file: nothing is sent until there is one"


def watch_minors(store: Store, practice: Practice, now: datetime) -> Counter[str]:
    """Open a task for each such child, and close those that have become needless; counts of `opened` and `closed`."""
    today = now.astimezone(practice.locations[0].tz).date()
    with store.reading() as session:
        found = {
            row["person_id"]: row for row in session.rows("children_alone", now=now, born_after=_years_before(today))
        }
        standing = session.rows("open_tasks_of_kind", kind=TaskKind.GUARDIAN.value)
        ids = [task_id(practice.practice_id, TaskKind.GUARDIAN, _about(row)) for row in found.values()]
        known = {row["task_id"] for row in session.rows("tasks_by_id", ids=ids)} if ids else set()
    known |= {row["subject_id"] for row in standing}
    wanted = [_task(practice, row, now) for row in found.values()]
    fresh = [task for task in wanted if not {task.task_id, task.subject_id} & known]
    needless = [row["task_id"] for row in standing if row["subject_id"] not in found]
    if not (fresh or needless):
        return Counter()
    with store.writing(business_now=now) as session:
        opened = open_tasks(session, fresh)
        closed = sum(close_task(session, task, by=NOT_ANY_MORE, now=now) for task in needless)
    return +Counter(opened=opened, closed=closed)


def _years_before(today: date) -> date:
    """Whoever was born after this day is not of age; somebody born on 29 February is from 1 March on."""
    leap = today.month == 2 and today.day == 29  # noqa: PLR2004 - the day that most years lack
    return today.replace(year=today.year - OF_AGE, day=28 if leap else today.day)


def _about(row: Row) -> str:
    """Asked once for each first visit: somebody who closed it without an answer is asked again before the next one."""
    return f"{row['person_id']}/{row['start_at'].date()}"


def _task(practice: Practice, row: Row, now: datetime) -> Task:
    place: Location = practice.location(row["location_id"]) or practice.locations[0]
    return Task(
        task_id=task_id(practice.practice_id, TaskKind.GUARDIAN, _about(row)),
        kind=TaskKind.GUARDIAN,
        subject_id=row["person_id"],
        person_id=PersonId(row["person_id"]),
        location_id=LocationId(row["location_id"]) if row["location_id"] else None,
        title=_TITLE,
        due_at=min(staffed_from(place, now), row["start_at"]),
        expires_at=row["start_at"],
        opened_at=now,
    )
