"""A visit with a paid deposit was cancelled: somebody gives it back or keeps it, as the practice has set (row 2.4)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.clock import ONE_DAY
from canonical.ids import LocationId, PersonId, VisitId
from canonical.opening import staffed_from
from canonical.payments import PaymentStatus
from canonical.practice import Practice
from canonical.tasks import Task, TaskKind
from canonical.visits import AppointmentStatus
from ledger.paperwork import DepositState, deposit_states
from ledger.people import by_ids
from ledger.session import Session
from ledger.tasks import close_task, open_tasks, task_id

Row = dict[str, Any]
STANDS_AGAIN, SETTLED = "rebooked", "settled"
_BY_ITSELF: Final = frozenset({STANDS_AGAIN, SETTLED})
"""Reasons for which a task closes by itself; one that a person has closed is not opened again."""
REBOOKABLE: Final = ONE_DAY
"""For so long a new booking is the same visit moved, and the deposit moves with it (R12)."""
_LIFE: Final = timedelta(days=30)
_TITLES: Final = {
    "refund": "A visit was cancelled: give back its deposit of {amount}",
    "keep": "A visit was cancelled: its deposit of {amount} is kept; record that in the payment tool",
}


def return_deposits(session: Session, practice: Practice, visits: Collection[str], now: datetime) -> int:
    """Open a task for each cancelled visit among `visits` whose deposit is held, and close those that are settled; how many opened.

    Due a day after the cancellation: until then a new booking is the same visit, and keeps its deposit (R12).
    """
    deposits = deposit_states(session, visits)
    there = {row["subject_id"]: row for row in by_ids(session, "deposit_tasks", visits)}
    known = {row["visit_id"]: row for row in by_ids(session, "visits_by_id", deposits)}
    owed = {visit: one for visit, one in deposits.items() if _is_owed(one, known.get(visit))}
    for visit, row in there.items():
        if row["closed_at"] is None and visit not in owed:
            held = visit in deposits and deposits[VisitId(visit)].status is PaymentStatus.PAID
            close_task(session, row["task_id"], by=STANDS_AGAIN if held else SETTLED, now=now)
    fresh = [
        _task(session, practice, one, known[visit], now) for visit, one in owed.items() if _may_open(there.get(visit))
    ]
    return open_tasks(session, fresh)


def _is_owed(deposit: DepositState, visit: Row | None) -> bool:
    cancelled = visit is not None and visit["status"] == AppointmentStatus.CANCELLED
    return cancelled and deposit.status is PaymentStatus.PAID


def _may_open(there: Row | None) -> bool:
    return there is None or (there["closed_at"] is not None and there["closed_by"] in _BY_ITSELF)


def _task(session: Session, practice: Practice, deposit: DepositState, visit: Row, now: datetime) -> Task:
    place = practice.location(visit["location_id"]) or practice.locations[0]
    due = staffed_from(place, max(visit["changed_at"] or now, now - REBOOKABLE) + REBOOKABLE)
    return Task(
        task_id=task_id(session.practice_id, TaskKind.DEPOSIT_RETURN, deposit.visit_id),
        kind=TaskKind.DEPOSIT_RETURN,
        subject_id=VisitId(deposit.visit_id),
        person_id=PersonId(visit["person_id"]) if visit["person_id"] else None,
        location_id=LocationId(visit["location_id"]) if visit["location_id"] else None,
        title=_TITLES[practice.deposit.on_cancel].format(amount=deposit.amount),
        due_at=due,
        expires_at=due + _LIFE,
        opened_at=now,
    )
