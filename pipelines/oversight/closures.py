"""The house is closed on a day on which visits stand: somebody moves them, and no reminder says otherwise meanwhile (R38)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from canonical.clock import ONE_DAY, local_instant
from canonical.practice import Closure, Location, Practice
from canonical.tasks import Task, TaskKind
from ledger.approvals import Question, approved_rules, ask_approval, waiting_for_approval
from ledger.call_list import tasks_as_they_stand
from ledger.people import by_ids
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks, task_id
from pipelines.oversight.approvals import hold
from pipelines.oversight.mass_changes import BEFORE_THE_FIRST, TO_ANSWER
from pipelines.oversight.wording import counted

Row = dict[str, Any]
RULE: Final = "R38"
_AHEAD: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class _Closed:
    """A closure with the visits that stand in it."""

    place: Location
    closure: Closure
    visits: tuple[Row, ...]
    reminders: tuple[Row, ...]


def hold_closed_days(store: Store, practice: Practice, now: datetime, run_id: str) -> int:
    """Ask for visits on closed days to be moved, and hold what would remind of them under one item each; how many were held.

    Run it between the planner and the policy. Once they are moved or cancelled, the notices go the way of R17.
    """
    spans = list(_spans(practice, now))
    if not spans:
        return 0
    with store.reading() as session:
        found = [one for place, closure in spans if (one := _closed(session, place, closure, now)).visits]
        asked = tasks_as_they_stand(session, (_task(store.practice_id, one, now).task_id for one in found))
    fresh = [one for one in found if _task(store.practice_id, one, now).task_id not in asked]
    if not fresh and not any(one.reminders for one in found):
        return 0
    with store.writing(business_now=now) as session:
        open_tasks(session, [_task(session.practice_id, one, now) for one in fresh], urgent=True)
        return sum(_hold(session, one, now, run_id) for one in found)


def _spans(practice: Practice, now: datetime) -> Iterator[tuple[Location, Closure]]:
    for place in practice.locations:
        today = now.astimezone(place.tz).date()
        for closure in place.closures:
            if today <= closure.last_day and closure.first_day <= today + _AHEAD:
                yield place, closure


def _closed(session: Session, place: Location, closure: Closure, now: datetime) -> _Closed:
    since = max(local_instant(closure.first_day, time(0), place.tz), now)
    until = local_instant(closure.last_day + ONE_DAY, time(0), place.tz)
    visits = session.rows("visits_in_span", location_id=place.location_id, since=since, until=until)
    rows = by_ids(session, "reminders_of_visits", {row["visit_id"] for row in visits}, now=now)
    waiting, seen = waiting_for_approval(session), approved_rules(session, (row["action_id"] for row in rows))
    free = [row for row in rows if row["action_id"] not in waiting and RULE not in seen.get(row["action_id"], {})]
    return _Closed(place, closure, tuple(visits), tuple(free))


def _hold(session: Session, one: _Closed, now: datetime, run_id: str) -> int:
    if not one.reminders:
        return 0
    ids = hold(session, one.reminders, RULE, now=now, run_id=run_id)
    first = min(row["anchor_at"] or row["expires_at"] for row in one.reminders)
    why = f"{one.place.location_id} is closed on the day of these visits; move or cancel them, or say that they take place."
    question = Question(RULE, why, ids, max(first - BEFORE_THE_FIRST, now + TO_ANSWER))
    ask_approval(session, question, now)
    return len(ids)


def _task(practice_id: str, one: _Closed, now: datetime) -> Task:
    days = {f"{day:%a %d %b}" for day in (one.closure.first_day, one.closure.last_day)}
    when = " to ".join(sorted(days, key=lambda text: text != f"{one.closure.first_day:%a %d %b}"))
    about = f"closed/{one.place.location_id}/{one.closure.first_day}/{one.closure.last_day}"
    first = one.visits[0]["start_at"]
    return Task(
        task_id=task_id(practice_id, TaskKind.OTHER, about),
        kind=TaskKind.OTHER,
        subject_id=about,
        location_id=one.place.location_id,
        title=f"{counted(len(one.visits), 'visit')} on closed days ({when}): move or cancel",
        due_at=max(now, first - ONE_DAY),
        expires_at=first,
        opened_at=now,
    )
