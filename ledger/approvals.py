"""What a person must say yes to: asked once, decided once, and remembered for the actions it was about (R50).

The first row of an approval holds who asked in `decided_by`, with nothing decided; the newest row is how it stands.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from canonical.clock import rfc3339
from canonical.ids import Prefix, derived_id
from canonical.tasks import Task, TaskKind
from ledger.audit.events import AuditBody, AuditTag
from ledger.lists import listed
from ledger.session import Session
from ledger.tasks import close_task, open_tasks, task_id

Row = dict[str, Any]
APPROVED: Final = "approved"
DROPPED: Final = "dropped"
EXPIRED: Final = "expired"
NEEDLESS: Final = "needless"
"""Nothing it was about waits any more."""
HELD_WHOLE: Final = frozenset({"R17", "R38", "R44", "R45", "SURGE-01"})
"""What holds many at once, whatever the policy says of each. One that changes meanwhile is held all the same."""
_MUST_BE_SEEN: Final = HELD_WHOLE - {"R44"}
"""Its task is urgent: people wait for what is held."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One item: what, under which rule, why, and what became of it."""

    approval_id: str
    rule: str
    """Ids of the rules that ask, joined by `+`."""
    why: str
    action_ids: tuple[str, ...]
    asked_at: datetime
    expires_at: datetime
    asked_by: str
    decided: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def rules(self) -> frozenset[str]:
        """The rules that ask."""
        return frozenset(self.rule.split("+"))

    @property
    def kind(self) -> TaskKind:
        """Of the task that asks."""
        return TaskKind.SURGE if self.rules & _MUST_BE_SEEN else TaskKind.APPROVAL


@dataclass(frozen=True, slots=True)
class Question:
    """What is about to be asked."""

    rule: str
    why: str
    """The sentence a person reads: ids and counts, no names."""
    action_ids: Sequence[str]
    expires_at: datetime
    asked_by: str = "glowline"
    title: str = ""
    """Of the task, where the usual one says too little."""
    about: str = ""
    """What tells it from another with the same rule and actions, such as a row that is to be switched on."""


def ask_approval(session: Session, question: Question, now: datetime) -> Approval:
    """Ask, open the task that says so, and leave both in the audit."""
    wanted = tuple(sorted(question.action_ids))
    about = question.about or (wanted[0] if wanted else "")
    made = Approval(
        approval_id=derived_id(Prefix.EVENT, session.practice_id, "approval", question.rule, about, rfc3339(now)),
        rule=question.rule,
        why=question.why,
        action_ids=wanted,
        asked_at=now,
        expires_at=question.expires_at,
        asked_by=question.asked_by,
    )
    session.insert("approvals", [_row(made) | {"decided_by": question.asked_by}])
    for subject in wanted or (made.approval_id,):
        session.audit(_event(session, AuditTag.APPROVAL_ASKED, subject, now, approval=made.approval_id))
    open_tasks(session, [_task(session, made, question.title)], urgent=made.kind is TaskKind.SURGE)
    return made


def decide_approval(session: Session, approval: Approval, decided: str, *, by: str, now: datetime) -> None:
    """Keep what was decided, and close the task that asked. What follows for its actions is the caller's business."""
    done = _row(approval) | {"decided": decided, "decided_by": by, "decided_at": now}
    session.insert("approvals", [done])
    tag = AuditTag.APPROVAL_GIVEN if decided == APPROVED else AuditTag.APPROVAL_DROPPED
    for subject in approval.action_ids or (approval.approval_id,):
        refs = {"approval": approval.approval_id, "user": by, "decided": decided}
        session.audit(_event(session, tag, subject, now, **refs))
    close_task(session, task_id(session.practice_id, approval.kind, approval.approval_id), by=decided, now=now)


def undecided(session: Session) -> list[Approval]:
    """Everything that waits for a decision, oldest first."""
    return [_approval(row) for row in session.rows("undecided_approvals")]


def approval_by_id(session: Session, approval_id: str) -> Approval | None:
    """One approval as it stands, decided or not."""
    row = session.one("approval_by_id", approval_id=approval_id)
    return _approval(row) if row else None


def waiting_for_approval(session: Session) -> dict[str, str]:
    """Actions under an undecided approval, with its rule: the policy is not asked about them before a person has answered."""
    return {row["action_id"]: row["rule"] for row in session.rows("waiting_for_approval")}


def approved_rules(session: Session, action_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """By action: the rules a person has answered with yes, each with who did."""
    wanted = listed(sorted(set(action_ids)))
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in session.rows("approved_for_actions", ids=wanted) if wanted else []:
        for rule in sorted(row["rule"].split("+")):
            found[row["action_id"]][rule] = row["decided_by"]
    return dict(found)


def _approval(row: Row) -> Approval:
    decided = row["decided"]
    return Approval(
        approval_id=row["approval_id"],
        rule=row["rule"],
        why=row["why"] or "",
        action_ids=tuple(json.loads(row["action_ids"])),
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        asked_by=row["asked_by"] or "",
        decided=decided,
        decided_by=row["decided_by"] if decided else None,
        decided_at=row["decided_at"],
    )


def _row(approval: Approval) -> Row:
    return {
        "approval_id": approval.approval_id,
        "action_ids": json.dumps(approval.action_ids),
        "rule": approval.rule,
        "why": approval.why,
        "asked_at": approval.asked_at,
        "expires_at": approval.expires_at,
    }


def _task(session: Session, approval: Approval, title: str) -> Task:
    count = len(approval.action_ids)
    usual = f"Wanted, a yes to {count} message{'' if count == 1 else 's'} ({approval.rule})"
    return Task(
        task_id=task_id(session.practice_id, approval.kind, approval.approval_id),
        kind=approval.kind,
        subject_id=approval.approval_id,
        title=title or usual,
        due_at=approval.expires_at,
        expires_at=approval.expires_at,
        opened_at=approval.asked_at,
    )


def _event(session: Session, tag: AuditTag, subject: str, now: datetime, **refs: str) -> AuditBody:
    return AuditBody(tag=tag, at=rfc3339(now), practice=session.practice_id, subject_id=subject, refs=refs)
