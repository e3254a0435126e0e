"""What a send came to: each of the six problems has one row here, and one meaning for the action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from canonical.actions import ActionState
from canonical.clock import rfc3339
from canonical.consent import Suppression, SuppressionScope
from canonical.delivery import SendResult
from canonical.ids import ActionId, ContactPointId, LocationId, PersonId, Prefix, SuppressionId, derived_id
from canonical.pauses import PauseScope
from canonical.problems import (
    Ambiguous,
    ConnectorProblem,
    NeedsOperator,
    NotOffered,
    ProtocolBroken,
    RefusalReason,
    Refused,
    TryLater,
)
from canonical.tasks import Task, TaskKind
from ledger.actions import Move, transition
from ledger.elsewhere import subjects_of_actions
from ledger.links import Made, keep_links
from ledger.outbox import OutcomeRow, record_known, record_outcome
from ledger.pauses import set_pause
from ledger.permission import suppress
from ledger.session import Session
from ledger.tasks import open_tasks, task_id

S = ActionState
PATIENCE = timedelta(minutes=2)
"""How long to wait when a vendor asks for time and names none."""
TASK_LIFE = timedelta(days=7)
_COPIES = frozenset({"write_opt_out"})
"""Commands whose failure is about themselves."""

AFTER: Mapping[type[ConnectorProblem], ActionState] = {
    TryLater: S.NOT_SENT,
    NeedsOperator: S.NOT_SENT,
    NotOffered: S.NOT_SENT,
    ProtocolBroken: S.NOT_SENT,
    Refused: S.REFUSED,
    Ambiguous: S.AMBIGUOUS,
}
"""ProtocolBroken reaches the outbox only when nothing has left; dispatch makes it Ambiguous otherwise."""


@dataclass(frozen=True)
class Settling:
    """Which attempt is settled, and when."""

    attempt_id: str
    action_id: ActionId
    now: datetime
    run_id: str
    how: str = "answer"


def settle_sent(session: Session, settling: Settling, result: SendResult) -> None:
    """The vendor has it."""
    settle_all_sent(session, [(settling, result)])


def settle_all_sent(session: Session, sent: Sequence[tuple[Settling, SendResult]]) -> None:
    """The vendor has them: settled in one run, each at its own time."""
    if not sent:
        return
    outcomes = [
        (OutcomeRow(one.attempt_id, "sent", one.how, vendor_id=result.vendor_id), one.now) for one, result in sent
    ]
    record_known(session, outcomes)
    moves = [Move(one.action_id, S.SENT, one.how, {"attempt": one.attempt_id}) for one, _ in sent]
    transition(session, moves, now=sent[-1][0].now, run_id=sent[-1][0].run_id)
    _keep_links(session, sent)


def _keep_links(session: Session, sent: Sequence[tuple[Settling, SendResult]]) -> None:
    """What was made for a visit stays beside it (row 2.4)."""
    made = {one.action_id: (one, result.link) for one, result in sent if result.link}
    about = subjects_of_actions(session, made) if made else {}
    keep_links(session, [Made(about[id_][1], id_, one.attempt_id, link, one.now) for id_, (one, link) in made.items()])


def settle_problem(
    session: Session, settling: Settling, problem: ConnectorProblem, attempt: Mapping[str, Any]
) -> ActionState:
    """Something went wrong: record it, move the action, and do what the class of the problem promises."""
    after = AFTER[type(problem)]
    reason = problem.reason.value if isinstance(problem, Refused) else type(problem).__name__
    outcome = OutcomeRow(settling.attempt_id, after.value, settling.how, code=problem.where.vendor_code, reason=reason)
    record_outcome(session, outcome, settling.now)
    _move(session, settling, after, reason)
    if isinstance(problem, Refused):
        learn_from_refusal(session, settling, problem.reason, attempt)
    elif after is S.NOT_SENT:
        _ask_again(session, settling, problem, attempt)
    return after


def _move(session: Session, settling: Settling, after: ActionState, reason: str) -> None:
    move = Move(settling.action_id, after, reason, {"attempt": settling.attempt_id})
    transition(session, [move], now=settling.now, run_id=settling.run_id)


def not_sent(session: Session, settling: Settling) -> None:
    """A look-up proved that nothing left: policy and expiry are asked again."""
    record_outcome(session, OutcomeRow(settling.attempt_id, "not_sent", settling.how), settling.now)
    _move(session, settling, S.NOT_SENT, settling.how)
    _plan_again(session, settling, None)


def _ask_again(session: Session, settling: Settling, problem: ConnectorProblem, attempt: Mapping[str, Any]) -> None:
    after = problem.after if isinstance(problem, TryLater) else None
    _plan_again(session, settling, settling.now + (after or PATIENCE))
    if not isinstance(problem, TryLater):
        _call_operator(session, settling, problem, attempt)


def _plan_again(session: Session, settling: Settling, not_before: datetime | None) -> None:
    """The action is owed again. What rode in its message is revived by the planner, which sees that no carrier stands."""
    moves = [Move(settling.action_id, S.PLANNED, "not_sent", values={"not_before": not_before})]
    transition(session, moves, now=settling.now, run_id=settling.run_id)


def _call_operator(session: Session, settling: Settling, problem: ConnectorProblem, attempt: Mapping[str, Any]) -> None:
    """Stop this vendor for this practice and open one task (NeedsOperator).

    An opt-out that could not be copied stops nobody else: it holds here already, and one list that is closed to us says nothing
    about sending (R34).
    """
    vendor = problem.where.vendor
    if attempt.get("command") not in _COPIES:
        why = f"{type(problem).__name__}: {problem.next_step or 'see the vendor'}"
        set_pause(session, PauseScope.VENDOR, vendor, who="glowline", why=why, now=settling.now)
    title = f"{vendor} needs attention{_visits_that_wait(session, settling.now)}"
    open_tasks(session, [_task(session, TaskKind.OPERATOR, vendor, settling.now, title, attempt)], urgent=True)


def _visits_that_wait(session: Session, now: datetime) -> str:
    """How many visits somebody may have to be called about (R57)."""
    row = session.one("visits_waiting", now=now, until=now + TASK_LIFE)
    count = int(row["visits"]) if row else 0
    waiting = "1 visit waits" if count == 1 else f"{count} visits wait"
    return f": {waiting} within {TASK_LIFE.days} days" if count else ""


def _task(
    session: Session, kind: TaskKind, subject: str, now: datetime, title: str, attempt: Mapping[str, Any]
) -> Task:
    person = attempt.get("person_id")
    place = attempt.get("location_id")
    return Task(
        task_id=task_id(session.practice_id, kind, subject),
        kind=kind,
        subject_id=subject,
        person_id=PersonId(person) if person and kind is not TaskKind.OPERATOR else None,
        location_id=LocationId(place) if place else None,
        title=title,
        due_at=now,
        expires_at=now + TASK_LIFE,
        opened_at=now,
    )


def learn_from_refusal(session: Session, settling: Settling, reason: RefusalReason, attempt: Mapping[str, Any]) -> None:
    """A refusal is a fact about the contact point: the vendor's opt-out is ours (R34), a landline gets no texts (R27)."""
    contact = attempt.get("contact_point_id")
    if contact and reason is RefusalReason.OPTED_OUT:
        stopped = refused_by_list(
            ContactPointId(contact), str(attempt["brand"]), f"vendor:{attempt['vendor']}", settling.now
        )
        suppress(session, stopped, raw_id="")
    elif contact and reason in {RefusalReason.NOT_TEXTABLE, RefusalReason.BAD_ADDRESS}:
        _not_textable(session, str(contact), reason, settling.now)


def refused_by_list(
    contact: ContactPointId, brand: str, source: str, at: datetime, *, now: datetime | None = None
) -> Suppression:
    """The revocation that a vendor's own list shows, seen at `at` and written down at `now`, which is `at` unless said otherwise."""
    return Suppression(
        suppression_id=SuppressionId(derived_id(Prefix.SUPPRESSION, contact, brand, source, rfc3339(at))),
        contact_point_id=contact,
        brand=brand,
        scope=SuppressionScope.ALL,
        effective_at=at,
        recorded_at=now or at,
        source=source,
        word="refused",
    )


def _not_textable(session: Session, contact: str, reason: RefusalReason, now: datetime) -> None:
    rows = session.rows("outbox_contact_points", contact_points=[contact])
    session.insert(
        "contact_points", [row | {"textable": False, "why": reason.value, "recorded_at": now} for row in rows]
    )


def abandon(session: Session, settling: Settling, attempt: Mapping[str, Any]) -> None:
    """Nobody can prove what became of it: a person has it, and it is never sent again."""
    record_outcome(session, OutcomeRow(settling.attempt_id, "abandoned", settling.how), settling.now)
    _move(session, settling, S.ABANDONED, "not_proved")
    title = "A message may or may not have arrived; please check"
    open_tasks(session, [_task(session, TaskKind.NOT_PROVED, settling.attempt_id, settling.now, title, attempt)])
