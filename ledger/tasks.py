"""Tasks for people: opened once per cause, closed when someone or something says so."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from canonical.clock import rfc3339
from canonical.ids import Prefix, TaskId, derived_id
from canonical.tasks import Task, TaskKind
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session

OPERATOR_LIFE: Final = timedelta(days=7)


def task_id(practice_id: str, kind: TaskKind, subject_id: str) -> TaskId:
    """One task per cause: asking twice for the same is asking once."""
    return TaskId(derived_id(Prefix.TASK, practice_id, kind.value, subject_id))


def open_tasks(session: Session, tasks: Sequence[Task], *, urgent: bool = False) -> int:
    """Open the tasks that are not open already; returns how many were new."""
    wanted = {task.task_id: task for task in tasks}
    there = {row["task_id"] for row in session.rows("tasks_by_id", ids=sorted(wanted)) if row["closed_at"] is None}
    fresh = [task for key, task in wanted.items() if key not in there]
    session.insert("tasks", [_row(task) | {"urgent": urgent} for task in fresh])
    for task in fresh:
        session.audit(_event(session, AuditTag.TASK_OPENED, task.task_id, task.opened_at, kind=task.kind.value))
    return len(fresh)


def call_operator(
    session: Session,
    subject_id: str,
    title: str,
    now: datetime,
    *,
    urgent: bool = True,
    life: timedelta = OPERATOR_LIFE,
) -> int:
    """Ask whoever runs the hub to mend something, once for each subject; how many tasks were new."""
    task = Task(
        task_id=task_id(session.practice_id, TaskKind.OPERATOR, subject_id),
        kind=TaskKind.OPERATOR,
        subject_id=subject_id,
        title=title,
        due_at=now,
        expires_at=now + life,
        opened_at=now,
    )
    return open_tasks(session, [task], urgent=urgent)


def _row(task: Task) -> dict[str, object]:
    return task.model_dump(mode="python") | {"kind": task.kind.value, "recorded_at": task.opened_at}


def close_task(session: Session, task: str, *, by: str, now: datetime) -> bool:
    """Close a task; False when it was not open. `by` is a code or a user, never a name."""
    row = session.one("task_by_id", task_id=task)
    if row is None or row["closed_at"] is not None:
        return False
    row.pop("seq")
    session.insert("tasks", [row | {"closed_at": now, "closed_by": by, "recorded_at": now}])
    session.audit(_event(session, AuditTag.TASK_CLOSED, task, now, by=by))
    return True


def _event(session: Session, tag: AuditTag, task: str, now: datetime, **refs: str) -> AuditBody:
    return AuditBody(tag=tag, at=rfc3339(now), practice=session.practice_id, subject_id=task, refs=refs)
