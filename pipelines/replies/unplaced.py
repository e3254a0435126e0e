"""Somebody wrote through a tool, and nothing is known by which they could be reached: people of the practice are told at once.

Nothing is answered and nothing is recorded as a reply. A stop cannot be carried out on a number that nobody knows: a person
does it, and where the patient's record comes later the next version of the message is read like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from canonical.conversations import ReplyIntent
from canonical.ids import LocationId, PersonId, ReplyId
from canonical.opening import business_days_later, staffed_from
from canonical.practice import Practice
from canonical.tasks import Task, TaskKind
from ledger.session import Session
from ledger.tasks import open_tasks, task_id
from pipelines.replies.errands import ANSWER_WITHIN, LIFE, STILL_NEWS, page_title
from pipelines.replies.understanding import Understood

_NEEDS_NOBODY: Final = frozenset({ReplyIntent.TAPBACK})
_READ_IT: Final = "Somebody wrote whom nobody can reach here: read it, and answer, in the tool they wrote in ({tool})"
_STOP: Final = (
    "Somebody asks for no more messages, and nobody knows their number here: find them in {tool}, and stop them by hand"
)
_DELETE: Final = "Somebody asks that their data be deleted, and nobody knows their number here: find them in {tool}"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An inbound message whose writer is known by the id of a tool at most."""

    reply_id: ReplyId
    connection_id: str
    person: PersonId | None
    at: datetime
    understood: Understood


def tell_people(session: Session, practice: Practice, messages: list[Unplaced], now: datetime) -> int:
    """Open what each message asks of people, once; how many were told of. What is two days old is nobody's errand (R20)."""
    wanted = [(one, list(_tasks(session, practice, one, now))) for one in messages if now - one.at <= STILL_NEWS]
    ids = sorted({task.task_id for _, tasks in wanted for task, _ in tasks})
    known = {row["task_id"] for row in session.rows("tasks_by_id", ids=ids)} if ids else set()
    told = 0
    for _, tasks in wanted:
        fresh = [(task, urgent) for task, urgent in tasks if task.task_id not in known]
        for task, urgent in fresh:
            open_tasks(session, [task], urgent=urgent)
        told += bool(fresh)
    return told


def _tasks(session: Session, practice: Practice, one: Unplaced, now: datetime) -> Iterator[tuple[Task, bool]]:
    """Each with whether it is urgent. An alarm may also say stop."""
    place = practice.location(None) or practice.locations[0]
    tool = _tool(practice, one.connection_id)

    def task(kind: TaskKind, title: str, due: datetime) -> Task:
        return Task(
            task_id=task_id(session.practice_id, kind, one.reply_id),
            kind=kind,
            subject_id=one.reply_id,
            person_id=one.person,
            location_id=LocationId(place.location_id),
            title=title,
            due_at=due,
            expires_at=due + LIFE,
            opened_at=now,
        )

    understood, tomorrow = one.understood, business_days_later(place, one.at, 1)
    if understood.alarms:
        yield task(TaskKind.RED_FLAG, page_title(1, len(practice.on_call)), now), True
    if understood.permission.scope is not None:
        yield task(TaskKind.OPT_OUT_REVIEW, _STOP.format(tool=tool), tomorrow), True
    if understood.wants_deletion:
        yield task(TaskKind.DELETION, _DELETE.format(tool=tool), tomorrow), False
    elif not understood.alarms and understood.permission.scope is None and understood.intent not in _NEEDS_NOBODY:
        yield task(TaskKind.REPLY, _READ_IT.format(tool=tool), staffed_from(place, now) + ANSWER_WITHIN), False


def _tool(practice: Practice, connection_id: str) -> str:
    found = next((one.vendor for one in practice.connections if one.connection_id == connection_id), connection_id)
    return found.replace("_", " ")
