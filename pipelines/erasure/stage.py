"""Carrying a plan out: nothing is sent any more, other tools are asked, and what may go becomes a tombstone (R35)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from canonical.actions import Answer, Outcome
from canonical.consent import Suppression, SuppressionScope
from canonical.ids import ContactPointId, PersonId, Prefix, SuppressionId, derived_id
from canonical.people import PersonFlag
from canonical.practice import Practice
from canonical.problems import GlowlineError
from canonical.tasks import Task, TaskKind
from ledger.erasure import Erased, erase
from ledger.holdings import Holdings, holdings, requests
from ledger.permission import suppress
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import close_task, open_tasks, task_id
from pipelines.erasure.plan import Plan
from pipelines.policy.asking import answer_of
from pipelines.policy.rules.erasing import BACKUPS, Progress, washington_waits_45_days

ASKED_WITHIN: Final = timedelta(days=10)
"""How soon the other tools should have confirmed, so that no deadline of a law comes near."""
_TASK: Final = "Delete a person at {} too, and close this once it says so (request {})"
_STRICTEST: Final = "WA"
Row = dict[str, Any]


class CannotErase(GlowlineError):
    """Nobody may be erased as things stand. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was done."""

    erased: Erased
    stopped: int
    """Contact points on which nothing is sent to the person any more."""
    asked: int
    """Tools that were asked to erase the person too."""


def look(session: Session, person_id: str) -> Holdings:
    """What is held.

    Raises:
        CannotErase: somebody under a legal hold, and one half of a person.
        LedgerError: nobody of that id.
    """
    found = holdings(session, person_id)
    if found.merged_into:
        raise CannotErase(
            f"{person_id} was joined to {found.merged_into}, who would stay",
            next_step=f"Erase {found.merged_into}: that takes both.",
        )
    if PersonFlag.LEGAL_HOLD in found.flags:
        raise CannotErase(
            f"{person_id} is under a legal hold: nothing about them may be erased",
            next_step="Ask whoever set the hold; two people lift it (R37).",
        )
    return found


def request_id(person_id: str, now: datetime) -> str:
    """The name of a request: one for each person and instant."""
    return derived_id(Prefix.EVENT, "erasure", person_id, now.isoformat())


def asked_on(session: Session, held: Holdings) -> datetime | None:
    """When the person asked, if a task of ours says so."""
    return min((task["opened_at"] for task in _tasks(session, held)), default=None)


def forget(store: Store, practice: Practice, held: Holdings, plan: Plan, *, who: str, now: datetime) -> Forgotten:
    """Stop everything at once, ask the other tools, close what asked for it, and erase what may go.

    Raises:
        CannotErase: nobody has said yes to it (DEL-01).
    """
    if plan.asks.outcome is Outcome.NEED_APPROVAL:
        raise CannotErase(f"DEL-01: {plan.asks.reason}", next_step="Say yes, or run it again with --yes.")
    with store.writing(business_now=now) as session:
        stopped = stop(session, practice, held, plan.request_id, now)
        asked = open_tasks(session, list(_errands(session, practice, plan, now)))
        for task in _tasks(session, held):
            close_task(session, task["task_id"], by=f"user:{who}", now=now)
    done = erase(store, held.person_id, request_id=plan.request_id, now=now, keep_record=plan.keeps_record)
    return Forgotten(done, stopped, asked)


def stop(session: Session, practice: Practice, held: Holdings, request: str, now: datetime) -> int:
    """Nothing more is sent to the person. On a phone they share, the others' messages go on (R26)."""
    return sum(
        suppress(
            session,
            _stopped(practice, held.person_id, point.contact_point_id, request, now, shared=point.shared),
            raw_id="",
        )
        for point in held.points
    )


def _stopped(
    practice: Practice, person: str, contact: str, request: str, now: datetime, *, shared: bool
) -> Suppression:
    return Suppression(
        suppression_id=SuppressionId(derived_id(Prefix.SUPPRESSION, request, contact)),
        contact_point_id=ContactPointId(contact),
        person_id=PersonId(person) if shared else None,
        brand=practice.brand,
        scope=SuppressionScope.PERSON_ON_PHONE if shared else SuppressionScope.ALL,
        effective_at=now,
        recorded_at=now,
        source=f"erasure:{request}",
        word="delete me",
    )


def _errands(session: Session, practice: Practice, plan: Plan, now: datetime) -> Sequence[Task]:
    """One for each tool that holds something of the person: closing it is the acknowledgement."""
    place = practice.location(None) or practice.locations[0]
    due = now + ASKED_WITHIN
    return [
        Task(
            task_id=task_id(session.practice_id, TaskKind.DELETION, _subject(plan.request_id, connection)),
            kind=TaskKind.DELETION,
            subject_id=_subject(plan.request_id, connection),
            location_id=place.location_id,
            title=_TASK.format(connection, plan.request_id),
            due_at=due,
            expires_at=due + BACKUPS,
            opened_at=now,
        )
        for connection in plan.tools
    ]


def _subject(request: str, connection: str) -> str:
    return f"{request}/{connection}"


def _tasks(session: Session, held: Holdings) -> list[Row]:
    """Open tasks in which the person asks for it."""
    rows = session.rows("open_tasks")
    return [row for row in rows if row["kind"] == TaskKind.DELETION and row["person_id"] in held.persons]


@dataclass(frozen=True, slots=True)
class Late:
    """An erasure that Washington's clock, or a silent tool, has overtaken."""

    request_id: str
    answer: Answer


def overdue(session: Session, today: date) -> tuple[Late, ...]:
    """Erasures that are not finished everywhere in time (DEL-03).

    Washington's clock runs for everybody: of somebody who was erased nobody knows any more where they lived.
    """
    waiting = [row["subject_id"] for row in session.rows("open_tasks") if row["kind"] == TaskKind.DELETION]
    late = []
    for one in requests(session):
        silent = {task.partition("/")[2]: False for task in waiting if task.startswith(f"{one.request_id}/")}
        here = one.done_at.date() if one.done_at else None
        progress = Progress(
            received_on=one.requested_at.date(),
            state=_STRICTEST,
            finished_on=None if silent else here,
            acknowledged=silent,
            backups_expire_on=(here or today) + BACKUPS,
        )
        answer = answer_of("DEL-03", washington_waits_45_days(progress, today))
        if answer.outcome is Outcome.NEED_APPROVAL:
            late.append(Late(one.request_id, answer))
    return tuple(late)
