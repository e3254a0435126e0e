"""Opt-outs that a tool has not confirmed within the hour become somebody's task; the hub itself obeys them at once (TCPA-14)."""

from datetime import datetime, timedelta
from typing import Final

from canonical.actions import Outcome
from canonical.tasks import TaskKind
from ledger.opt_outs import Unconfirmed, unconfirmed
from ledger.session import Session
from ledger.tasks import call_operator, task_id
from pipelines.policy.rules.copies import COPIED_WITHIN, OptOutCopies, copied_everywhere
from pipelines.tick.hub import PracticeHub

LOOK_BACK: Final = timedelta(days=30)
LIFE: Final = timedelta(days=14)
_TITLE: Final = "An opt-out is not confirmed by {}: enter it there by hand"


def watch_opt_outs(practice: PracticeHub, now: datetime) -> int:
    """Open a task for each tool that should know of an opt-out and has not confirmed it; how many were new."""
    with practice.store.reading() as session:
        found = unconfirmed(session, since=now - LOOK_BACK, before=now - COPIED_WITHIN)
        late = {_task(session, one): one for one in found if _is_late(practice, one, now)}
        asked = {row["task_id"] for row in session.rows("tasks_by_id", ids=sorted(late)) if row["closed_at"] is None}
    fresh = [one for task, one in late.items() if task not in asked]
    if not fresh:
        return 0
    with practice.store.writing(business_now=now) as session:
        return sum(
            call_operator(session, one.copy_id, _TITLE.format(one.connection_id), now, life=LIFE) for one in fresh
        )


def _task(session: Session, one: Unconfirmed) -> str:
    return task_id(session.practice_id, TaskKind.OPERATOR, one.copy_id)


def _is_late(practice: PracticeHub, one: Unconfirmed, now: datetime) -> bool:
    copies = OptOutCopies(revoked_at=one.recorded_at, acknowledged={one.connection_id: None})
    return copied_everywhere(copies, now, practice.bench.zone).outcome is not Outcome.ALLOW
