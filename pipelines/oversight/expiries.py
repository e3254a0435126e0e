"""Agreements that run out: whoever can act hears of it in time, and how many messages it will stop (R47)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from canonical.agreements import Agreement, AgreementStatus
from canonical.clock import ONE_DAY, local_instant
from canonical.tasks import Task, TaskKind
from ledger.action_rows import action_of
from ledger.call_list import tasks_as_they_stand
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks, task_id
from pipelines.outbox.route import way_for
from pipelines.outbox.workbench import Workbench
from pipelines.oversight.wording import counted

THRESHOLDS: Final = (60, 30, 14, 7, 1)
"""Days ahead. Each is told once."""
_PRESSING: Final = 7


@dataclass(frozen=True, slots=True)
class _Ending:
    agreement: Agreement
    on: date
    threshold: int
    """The smallest that has been reached."""

    def task_id(self, practice_id: str) -> str:
        return task_id(practice_id, TaskKind.EXPIRY, self.subject)

    @property
    def subject(self) -> str:
        return f"{self.agreement.vendor}/{self.on}/{self.threshold}"


def notice_expiries(store: Store, bench: Workbench, now: datetime) -> int:
    """Open a task for each agreement that reaches one of the thresholds; how many were new."""
    today = now.astimezone(bench.zone).date()
    ending = list(_ending(bench, today))
    if not ending:
        return 0
    with store.reading() as session:
        asked = tasks_as_they_stand(session, (one.task_id(store.practice_id) for one in ending))
        fresh = [one for one in ending if one.task_id(store.practice_id) not in asked]
        tasks = [_task(session, one, bench, now) for one in fresh]
    if not tasks:
        return 0
    with store.writing(business_now=now) as session:
        pressing = {one.task_id(session.practice_id) for one in fresh if one.threshold <= _PRESSING}
        soon = open_tasks(session, [task for task in tasks if task.task_id in pressing], urgent=True)
        return soon + open_tasks(session, [task for task in tasks if task.task_id not in pressing], urgent=False)


def _ending(bench: Workbench, today: date) -> Iterator[_Ending]:
    for one in bench.config.agreements.agreements:
        if one.status is not AgreementStatus.SIGNED or one.expires_on is None or one.expires_on < today:
            continue
        left = (one.expires_on - today).days
        reached = [days for days in THRESHOLDS if left <= days]
        if reached:
            yield _Ending(one, one.expires_on, min(reached))


def _task(session: Session, one: _Ending, bench: Workbench, now: datetime) -> Task:
    until = local_instant(one.on + ONE_DAY, time(0), bench.zone)
    stops = _stops(session, one.agreement, bench, until)
    vendor, days = one.agreement.vendor, (one.on - now.astimezone(bench.zone).date()).days
    left = "today" if days == 0 else f"in {counted(days, 'day')}"
    stopped = counted(stops, "message")
    title = f"The agreement with {vendor} runs out {left}, on {one.on}; it will then stop {stopped} planned so far"
    return Task(
        task_id=task_id(session.practice_id, TaskKind.EXPIRY, one.subject),
        kind=TaskKind.EXPIRY,
        subject_id=one.subject,
        title=title,
        due_at=max(now, until - timedelta(days=min(one.threshold, _PRESSING))),
        expires_at=until,
        opened_at=now,
    )


def _stops(session: Session, agreement: Agreement, bench: Workbench, since: datetime) -> int:
    """What is written down to go through it after its last day. Nothing is written down for more than two weeks ahead."""
    count = 0
    for row in session.rows("open_actions_due_after", since=since):
        way = way_for(action_of(row, session.practice_id), bench.config.practice, bench.offers)
        count += way is not None and way.connection.vendor == agreement.vendor
    return count
