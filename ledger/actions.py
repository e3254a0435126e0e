"""How actions change: states by named transitions, attributes until the claim, every change with its reason and audit.

Rows of open actions are small in number and rewritten; whatever leaves the open table is appended to the growing ones.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canonical.actions import ActionState
from canonical.delivery import OPEN_STATES
from canonical.ids import ActionId
from canonical.owed import Change, ChangeKind
from ledger.action_batch import Batch, IllegalTransition
from ledger.lost_time import RESTORED, lost_time, may_have_been_sent
from ledger.session import Session

__all__ = ["Flow", "IllegalTransition", "Move", "apply_changes", "conservation", "forget", "recall", "transition"]

K = ChangeKind
_STALE = "stale"
_OWING = frozenset({K.PLAN, K.REVIVE, K.REPLAN})


@dataclass(frozen=True, slots=True)
class Move:
    """One action's way to its next state."""

    action_id: ActionId
    after: ActionState
    reason: str
    """A code without spaces; it goes into the audit."""
    refs: Mapping[str, str] = field(default_factory=dict)
    """Ids for the audit by role, e.g. `attempt` (required for a claim), `verdict`."""
    values: Mapping[str, object] = field(default_factory=dict)
    """Columns that change with it: message_id, verdict_id, attempt_id, not_before, absorbed_by."""


def transition(session: Session, moves: Sequence[Move], *, now: datetime, run_id: str = "") -> None:
    """Move actions, in the session's transaction: open table, closed table, transitions, memory and audit.

    Several moves of one action happen in the order given. `now` is business time.

    Raises:
        IllegalTransition: for a step that `canonical.delivery.TRANSITIONS` does not have; then nothing is written.
    """
    batch = Batch(session, [move.action_id for move in moves], now=now, run_id=run_id)
    for move in moves:
        batch.move(move.action_id, move.after, move.reason, move.refs, move.values)
    batch.write()


def apply_changes(session: Session, changes: Sequence[Change], now: datetime, run_id: str) -> Counter[str]:
    """Write what the planner decided; counts by kind.

    An action that has moved on since the facts were read is left alone and counted as `stale`: the next tick asks again.
    One that was due while a restored ledger was away is dropped at once: it may have been sent, and a person decides.
    """
    batch = Batch(session, [change.action.action_id for change in changes], now=now, run_id=run_id)
    lost = lost_time(session)
    counts: Counter[str] = Counter()
    for change in changes:
        if batch.state(change.action.action_id) is not change.before:
            counts[_STALE] += 1
            continue
        _apply(batch, change)
        if change.kind in _OWING and may_have_been_sent(lost, change.action.due_at):
            batch.move(
                change.action.action_id, ActionState.DROPPED, RESTORED, {"subject": change.action.subject_id}, {}
            )
        counts[change.kind.value] += 1
    batch.write()
    return counts


def _apply(batch: Batch, change: Change) -> None:
    if change.kind in {K.PLAN, K.REVIVE}:
        batch.plan(change.action, change.reason)
    elif change.kind is K.REPLAN:
        batch.replan(change.action, change.reason)
    elif change.kind is K.REFRESH:
        batch.refresh(change.action)
    else:
        after = ActionState.CANCELLED if change.kind is K.CANCEL else ActionState.EXPIRED
        batch.move(change.action.action_id, after, change.reason, {"subject": change.action.subject_id}, {})


@dataclass(frozen=True, slots=True)
class Flow:
    """What happened to actions in a span: open_before + planned + revived = what left + open_after."""

    planned: int
    revived: int
    left: Mapping[ActionState, int]
    """By the state in which they left: sent, refused, abandoned, cancelled, expired, absorbed, dropped."""
    open_after: int

    def missing(self, open_before: int) -> int:
        """0 when the sums close; else how many actions are unaccounted for."""
        return open_before + self.planned + self.revived - sum(self.left.values()) - self.open_after


def conservation(session: Session, since: int) -> Flow:
    """The terms of conservation for everything after the ledger's number `since`."""
    planned = revived = 0
    left: Counter[ActionState] = Counter()
    for row in session.rows("flow_of_actions", since=since):
        after = ActionState(row["after"])
        if row["before"] is None:
            planned += row["actions"]
        elif (opened := ActionState(row["before"]) in OPEN_STATES) and after not in OPEN_STATES:
            left[after] += row["actions"]
        elif not opened and after is ActionState.PLANNED:
            revived += row["actions"]
    open_after = sum(row["actions"] for row in session.rows("count_open_actions"))
    return Flow(planned, revived, left, open_after)


def recall(session: Session, since: int) -> int:
    """Remember again visits that changed after number `since` and had been forgotten; how many rows came back."""
    returned = [row["visit_id"] for row in session.rows("returned_visits", since=since)]
    return session.run("recall", ids=returned) if returned else 0


def forget(session: Session, now: datetime, after: timedelta = timedelta(days=60)) -> int:
    """Forget subjects that cannot ask for anything and have been quiet for `after`. Run nightly: planning reads what is left."""
    before = now - after
    found = session.one("forgettable", before=before)
    return session.run("forget", before=before) if found and found["subjects"] else 0
