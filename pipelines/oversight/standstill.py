"""Stops that hold everybody's messages: whoever runs the hub hears of them at once, with the number of visits affected (R57)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from canonical.tasks import TaskKind
from ledger.call_list import Waiting
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import call_operator, close_task, task_id

AHEAD: Final = timedelta(days=7)
MENDED: Final = "mended"
WHY: Final[Mapping[str, str]] = {
    "AUD-01": "the audit cannot be written or signed",
    "AUD-02": "the audit does not match its checkpoints",
    "BAA-01": "no tool is connected that could carry them, or its vendor has no agreement for it",
    "BAA-02": "a vendor's agreement has run out",
}
STOPS: Final = frozenset(WHY)
"""Rules whose block is nobody's own: it holds everybody until somebody mends one thing."""


def watch_standstill(store: Store, waiting: Waiting, now: datetime) -> int:
    """One urgent task for each stop in force, closed when nothing is stopped by it any more; how many were new."""
    stopped: dict[str, set[str]] = defaultdict(set)
    for row in waiting.open:
        for rule in STOPS & set(str(row["reason"]).split("+")):
            stopped[rule].add(row["subject_id"])
    with store.reading() as session:
        there = {row["task_id"]: row for row in session.rows("open_tasks_of_kind", kind=TaskKind.OPERATOR.value)}
        ahead = _visits_waiting(session, now)
    ids = {rule: task_id(store.practice_id, TaskKind.OPERATOR, _subject(rule)) for rule in WHY}
    fresh = [rule for rule in stopped if ids[rule] not in there]
    mended = [ids[rule] for rule in WHY if rule not in stopped and ids[rule] in there]
    if not fresh and not mended:
        return 0
    with store.writing(business_now=now) as session:
        for task in mended:
            close_task(session, task, by=MENDED, now=now)
        return sum(call_operator(session, _subject(rule), _title(rule, ahead), now) for rule in fresh)


def _subject(rule: str) -> str:
    return f"stop:{rule}"


def _title(rule: str, visits: int) -> str:
    waiting = "1 visit waits" if visits == 1 else f"{visits} visits wait"
    return f"Messages have stopped ({rule}): {WHY[rule]}. {waiting} within {AHEAD.days} days"


def _visits_waiting(session: Session, now: datetime) -> int:
    row = session.one("visits_waiting", now=now, until=now + AHEAD)
    return int(row["visits"]) if row else 0
