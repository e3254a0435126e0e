"""Opt-outs that a tool has not confirmed within the hour become somebody's task; the hub itself obeys them at once (TCPA-14)."""

from datetime import datetime, timedelta
from typing import Final

from canonical.actions import Outcome
from canonical.tasks import Task, TaskKind
from ledger.opt_outs import Unconfirmed, unconfirmed
from ledger.tasks import open_tasks, task_id
from pipelines.policy.rules.copies import COPIED_WITHIN, OptOutCopies, copied_everywhere
from pipelines.tick.hub import PracticeHub

LOOK_BACK: Final = timedelta(days=30)
LIFE: Final = timedelta(days=14)


def watch_opt_outs(practice: PracticeHub, now: datetime) -> int:
    """Open a task for each tool that should know of an opt-out and has not confirmed it; how many were new."""
    with practice.store.reading() as session:
        late = unconfirmed(session, since=now - LOOK_BACK, before=now - COPIED_WITHIN)
    tasks = [_task(practice, one, now) for one in late if _is_late(practice, one, now)]
    if not tasks:
        return 0
    with practice.store.writing(business_now=now) as session:
        return open_tasks(session, tasks, urgent=True)


def _is_late(practice: PracticeHub, one: Unconfirmed, now: datetime) -> bool:
    copies = OptOutCopies(revoked_at=one.recorded_at, acknowledged={one.connection_id: None})
    return copied_everywhere(copies, now, practice.bench.zone).outcome is not Outcome.ALLOW


def _task(practice: PracticeHub, one: Unconfirmed, now: datetime) -> Task:
    return Task(
        task_id=task_id(practice.practice_id, TaskKind.OPERATOR, one.copy_id),
        kind=TaskKind.OPERATOR,
        subject_id=one.copy_id,
        title=f"An opt-out is not confirmed by {one.connection_id}: enter it there by hand",
        due_at=now,
        expires_at=now + LIFE,
        opened_at=now,
    )
