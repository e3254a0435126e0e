"""Some actions taken out of the ledger together, moved, and put back: the only way an action's state changes."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from canonical.actions import Action, ActionState
from canonical.clock import rfc3339
from canonical.delivery import OPEN_STATES, may_follow
from canonical.problems import LedgerError
from ledger.action_rows import (
    DECIDED,
    Row,
    asked_rows,
    attributes,
    carried_row,
    planned_row,
    remembered_row,
    written_facts,
)
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session

S, T = ActionState, AuditTag

_TAGS: dict[ActionState, AuditTag] = {
    S.CLEARED: T.VERDICT_DECIDED,
    S.DELAYED: T.VERDICT_DECIDED,
    S.AWAITING_APPROVAL: T.VERDICT_DECIDED,
    S.BLOCKED: T.VERDICT_DECIDED,
    S.CLAIMED: T.SEND_CLAIMED,
    S.SENT: T.SEND_SENT,
    S.REFUSED: T.SEND_REFUSED,
    S.NOT_SENT: T.SEND_NOT_SENT,
    S.AMBIGUOUS: T.SEND_AMBIGUOUS,
    S.ABANDONED: T.SEND_ABANDONED,
    S.DELIVERED: T.SEND_DELIVERED,
    S.BOUNCED: T.SEND_BOUNCED,
    S.REJECTED: T.SEND_REJECTED,
    S.CANCELLED: T.ACTION_CANCELLED,
    S.EXPIRED: T.ACTION_EXPIRED,
    S.ABSORBED: T.ACTION_ABSORBED,
    S.DROPPED: T.ACTION_DROPPED,
}
_REVIVABLE = frozenset({S.CANCELLED, S.ABSORBED})
_LETS_GO = frozenset({S.PLANNED, S.DELAYED, S.AWAITING_APPROVAL, S.BLOCKED})
"""A carrier that comes back to one of these has no message any more: what it absorbed is free again (R5)."""


class IllegalTransition(LedgerError):
    """The state asked for may not follow the one the action is in. Nothing was written."""


class Batch:
    """Actions of one transaction. Nothing reaches the ledger before `write`."""

    def __init__(self, session: Session, ids: Iterable[str], *, now: datetime, run_id: str) -> None:
        """Read the rows of `ids` as they stand; ids the ledger does not know may be planned."""
        self._session = session
        self._now = now
        self._run_id = run_id
        wanted = sorted(set(ids))
        self._open: dict[str, Row] = {row["action_id"]: row for row in session.rows("open_actions_by_id", ids=wanted)}
        closed = [one for one in wanted if one not in self._open]
        self._past: dict[str, Row] = {row["action_id"]: row for row in _rows(session, "remembered_by_id", closed)}
        self._taken: set[str] = set()
        self._changed: set[str] = set()
        self._moved: set[str] = set()
        self._left: list[Row] = []
        self._past_moves: list[Row] = []
        self._transitions: list[Row] = []
        self._bodies: list[AuditBody] = []

    def state(self, action_id: str) -> ActionState | None:
        """Where an action stands; None for one that neither is open nor remembered."""
        found = self._open.get(action_id) or self._past.get(action_id)
        return S(found["state"]) if found else None

    def plan(self, action: Action, reason: str) -> None:
        """A new action, or one that was cancelled or absorbed and is owed again. Raises IllegalTransition."""
        before = self.state(action.action_id)
        if before is not None and before not in _REVIVABLE:
            raise _refused(action.action_id, before, S.PLANNED)
        self._past.pop(action.action_id, None)
        self._keep(planned_row(action, self._now))
        tag = T.ACTION_PLANNED if before is None else T.ACTION_REVIVED
        self._record(action.action_id, before, S.PLANNED, reason)
        self._audit(tag, action.action_id, {"reason": reason, "subject": action.subject_id})

    def replan(self, action: Action, reason: str) -> None:
        """Its attributes are new and it is decided anew. Raises IllegalTransition after a claim."""
        row = self._open[action.action_id]
        before = S(row["state"])
        if before is not S.PLANNED:
            self._check(action.action_id, before, S.PLANNED)
            self._record(action.action_id, before, S.PLANNED, reason)
        fresh = attributes(action) | {"state": S.PLANNED.value, "updated_at": self._now, **dict.fromkeys(DECIDED)}
        self._keep(row | fresh)
        self._audit(T.ACTION_REPLANNED, action.action_id, {"reason": reason, "subject": action.subject_id})

    def refresh(self, action: Action) -> None:
        """Note that a newer version of the facts asks for the same."""
        row = self._open[action.action_id]
        self._keep(row | {"facts": written_facts(action.facts), "fact_seq": int(action.facts.get("seq", "0"))})

    def move(
        self, action_id: str, after: ActionState, reason: str, refs: Mapping[str, str], values: Mapping[str, object]
    ) -> None:
        """Bring an action to its next state. Raises IllegalTransition."""
        row = self._open.get(action_id)
        if row is None:
            self._move_past(action_id, after, reason, refs)
            return
        before = S(row["state"])
        self._check(action_id, before, after)
        fresh: Row = {"state": after.value, "updated_at": self._now, **values}
        if after is S.CLAIMED:
            fresh["claimed_at"] = self._now
        if after in OPEN_STATES:
            self._keep(row | fresh)
        else:
            self._leave(row | fresh)
        self._record(action_id, before, after, reason, refs)
        self._audit(_TAGS.get(after, T.ACTION_REPLANNED), action_id, {"reason": reason, **refs})

    def write(self) -> None:
        """Leave everything in the ledger, in the session's transaction."""
        self._remember()
        if self._taken:
            self._session.run("take_open_actions", ids=sorted(self._taken))
        self._session.insert("open_actions", [self._open[one] for one in sorted(self._changed) if one in self._open])
        self._session.insert("closed_actions", self._left)
        self._session.insert("asked", asked_rows(self._left))
        self._session.insert("transitions", self._transitions)
        if self._bodies:
            self._session.audit(*self._bodies)

    def _remember(self) -> None:
        back = [self._open[one] for one in self._moved if one in self._open and S(self._open[one]["state"]) in _LETS_GO]
        carriers = {row["action_id"]: row for row in self._left + back}
        carried = _rows(self._session, "remembered_absorbed", sorted(carriers))
        self._session.insert(
            "remembered",
            [remembered_row(row, self._now) for row in self._left]
            + [carried_row(row, carriers[row["absorbed_by"]], self._now) for row in carried]
            + self._past_moves,
        )

    def _move_past(self, action_id: str, after: ActionState, reason: str, refs: Mapping[str, str]) -> None:
        """A report about an action that has left the open table, such as its delivery."""
        past = self._past.get(action_id)
        before = S(past["state"]) if past else self._last_state(action_id)
        if before is None or after is S.PLANNED:
            raise _refused(action_id, before, after)
        self._check(action_id, before, after)
        if past:
            self._past[action_id] = past | {"state": after.value}
            self._past_moves.append({name: value for name, value in self._past[action_id].items() if name != "seq"})
        self._record(action_id, before, after, reason, refs)
        self._audit(_TAGS[after], action_id, {"reason": reason, **refs})

    def _last_state(self, action_id: str) -> ActionState | None:
        found = self._session.one("last_states", ids=[action_id])
        return S(found["after"]) if found else None

    def _keep(self, row: Row) -> None:
        self._open[row["action_id"]] = row
        self._taken.add(row["action_id"])
        self._changed.add(row["action_id"])

    def _leave(self, row: Row) -> None:
        del self._open[row["action_id"]]
        self._taken.add(row["action_id"])
        self._left.append(row)
        self._past[row["action_id"]] = remembered_row(row, self._now)

    def _record(
        self, action_id: str, before: ActionState | None, after: ActionState, reason: str, refs: Mapping[str, str] = {}
    ) -> None:
        if before is not None:
            self._moved.add(action_id)
        self._transitions.append(
            {
                "action_id": action_id,
                "before": before.value if before else None,
                "after": after.value,
                "reason": reason,
                "refs": written_facts(refs),
                "run_id": self._run_id,
                "happened_at": self._now,
            }
        )

    def _audit(self, tag: AuditTag, action_id: str, refs: Mapping[str, str]) -> None:
        self._bodies.append(
            AuditBody(
                tag=tag,
                at=rfc3339(self._now),
                practice=self._session.practice_id,
                subject_id=action_id,
                refs={name: value for name, value in refs.items() if value},
            )
        )

    def _check(self, action_id: str, before: ActionState, after: ActionState) -> None:
        if not may_follow(before, after):
            raise _refused(action_id, before, after)


def _rows(session: Session, query: str, ids: list[str]) -> list[Row]:
    return session.rows(query, ids=ids) if ids else []


def _refused(action_id: str, before: ActionState | None, after: ActionState) -> IllegalTransition:
    return IllegalTransition(
        f"action {action_id}: {after.value} may not follow {before.value if before else 'nothing'}",
        next_step="This is a defect: canonical/delivery.py names the transitions that exist.",
    )
