"""Nothing gets lost on the way: what was open, planned and revived is sent, settled or still open, to the action."""

import json
from dataclasses import dataclass
from datetime import datetime

from canonical.actions import ActionState
from canonical.clock import rfc3339
from canonical.problems import ConservationBroken
from ledger.actions import Flow, conservation
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session
from ledger.store import Store


@dataclass(frozen=True)
class Opening:
    """Where a run begins: the ledger's number, and how many actions are open."""

    seq: int
    open_before: int
    at: datetime


def opening(store: Store, now: datetime) -> Opening:
    """The state before the run's first stage."""
    with store.reading() as session:
        return Opening(session.head.seq, sum(row["actions"] for row in session.rows("count_open_actions")), now)


def close(store: Store, began: Opening, now: datetime, run_id: str) -> Flow:
    """Check the sums of a run and leave them in the audit.

    Raises:
        ConservationBroken: the sums do not close; the run has failed, and the audit says so.
    """
    with store.writing(business_now=now) as session:
        flow = conservation(session, began.seq)
        missing = flow.missing(began.open_before)
        tag = AuditTag.RUN_BROKEN if missing else AuditTag.RUN_CLOSED
        counts = terms(flow, began.open_before)
        session.audit(_entry(session, tag, now, run_id, counts))
        session.insert("runs", [_run(began, now, run_id, tag, counts)])
    if missing:
        raise ConservationBroken(
            f"run {run_id}: {missing} actions are unaccounted for",
            next_step="Run: glowline audit verify, then report it with the run's id.",
        )
    return flow


def _run(began: Opening, now: datetime, run_id: str, tag: AuditTag, counts: dict[str, int]) -> dict[str, object]:
    return {
        "run_id": run_id,
        "kind": "tick",
        "started_at": began.at,
        "ended_at": now,
        "outcome": tag.verb,
        "counts": json.dumps(counts, sort_keys=True),
    }


def terms(flow: Flow, open_before: int) -> dict[str, int]:
    """The equation's terms by name."""
    left = {state.value: flow.left.get(state, 0) for state in _LEFT}
    return {
        "open_before": open_before,
        "planned": flow.planned,
        "revived": flow.revived,
        **left,
        "open_after": flow.open_after,
    }


_LEFT = (
    ActionState.SENT,
    ActionState.REFUSED,
    ActionState.ABANDONED,
    ActionState.CANCELLED,
    ActionState.EXPIRED,
    ActionState.ABSORBED,
    ActionState.DROPPED,
)


def _entry(session: Session, tag: AuditTag, now: datetime, run_id: str, counts: dict[str, int]) -> AuditBody:
    return AuditBody(tag=tag, at=rfc3339(now), practice=session.practice_id, subject_id=run_id, counts=counts)
