"""The actions of a replay as a ledger would keep them: what is open, and what is remembered of what is not."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canonical.actions import Action, ActionState
from canonical.delivery import BEFORE_CLAIM, may_follow
from canonical.ids import ActionId, ProviderId
from canonical.owed import Change, ChangeKind, Live, Settled, Tells
from pipelines.outbox.surroundings import Row

S = ActionState
_A_MONTH = timedelta(days=30)


class Broken(AssertionError):
    """A change that no ledger would have taken."""


@dataclass
class Memory:
    """Open and settled actions by subject, and what each contact point has heard."""

    live: dict[str, dict[str, Live]] = field(default_factory=lambda: defaultdict(dict))
    settled: dict[str, dict[str, Settled]] = field(default_factory=lambda: defaultdict(dict))
    not_before: dict[str, datetime] = field(default_factory=dict)
    planned_at: dict[str, datetime] = field(default_factory=dict)
    said: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    invited: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    heard: dict[str, Row] = field(default_factory=lambda: defaultdict(lambda: {"ever": 0}))
    answered: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    """Actions by the state in which they ended."""
    _seq: int = 0

    def apply(self, changes: Iterable[Change], now: datetime) -> None:
        """Carry out what the planner decided."""
        for change in changes:
            self._apply(change, change.action, now)

    def _apply(self, change: Change, action: Action, now: datetime) -> None:
        theirs = self.live[action.subject_id]
        if change.kind in {ChangeKind.PLAN, ChangeKind.REVIVE}:
            self.planned_at[action.action_id] = now
            before = self.settled[action.subject_id].pop(action.action_id, None)
            if action.action_id in theirs or (before.state if before else None) is not change.before:
                raise Broken(change)
            theirs[action.action_id] = Live(action)
            return
        if theirs[action.action_id].action.state is not change.before:
            raise Broken(change)
        if change.kind is ChangeKind.REFRESH:
            theirs[action.action_id] = Live(action.model_copy(update={"state": change.before}))
        elif change.kind is ChangeKind.REPLAN:
            theirs[action.action_id] = Live(action)
            self.not_before.pop(action.action_id, None)
        else:
            self.close(action, S.CANCELLED if change.kind is ChangeKind.CANCEL else S.EXPIRED, action.due_at)

    def due(self, subjects: Iterable[str], now: datetime) -> list[Action]:
        """What is to be decided now, most urgent first."""
        found = [one.action for name in subjects for one in self.live[name].values() if self._is_due(one.action, now)]
        return sorted(found, key=lambda action: (action.priority, action.due_at, action.action_id))

    def _is_due(self, action: Action, now: datetime) -> bool:
        waits = action.state in BEFORE_CLAIM and action.state is not S.CLEARED
        return waits and action.due_at <= now and self.not_before.get(action.action_id, now) <= now

    def cleared(self, subjects: Iterable[str]) -> list[Action]:
        """What may go."""
        return [one.action for name in subjects for one in self.live[name].values() if one.action.state is S.CLEARED]

    def move(self, action: Action, after: ActionState, not_before: datetime | None = None) -> None:
        """An open action goes on to another state, by way of `planned` where there is no other."""
        if action.state is not after and not may_follow(action.state, after) and not may_follow(S.PLANNED, after):
            raise Broken(action.state, after)
        self.live[action.subject_id][action.action_id] = Live(action.model_copy(update={"state": after}))
        if not_before:
            self.not_before[action.action_id] = not_before

    def close(self, action: Action, after: ActionState, at: datetime, carrier: ActionId | None = None) -> None:
        """An action leaves the open table."""
        self._seq += 1
        del self.live[action.subject_id][action.action_id]
        self.not_before.pop(action.action_id, None)
        self.planned_at.pop(action.action_id, None)
        self.left[after.value] += 1
        provider = action.facts.get("provider")
        self.settled[action.subject_id][action.action_id] = Settled(
            seq=self._seq,
            action_id=action.action_id,
            step=action.step,
            occurrence=action.occurrence,
            state=after,
            anchor_at=action.anchor_at,
            tells=Tells(action.facts.get("tells", "")),
            told_at=at if after in {S.SENT, S.ABSORBED} else None,
            location_id=action.location_id,
            provider_id=ProviderId(provider) if provider else None,
            absorbed_by=carrier,
            carrier_state=S.SENT if carrier else None,
        )

    def send(self, carrier: Action, absorbed: Iterable[Action], now: datetime) -> None:
        """One message has left, and those that rode along are told with it."""
        self.close(carrier, S.SENT, now)
        for action in absorbed:
            self.close(action, S.ABSORBED, now, carrier.action_id)
        self.answered[carrier.subject_id, str(carrier.channel), carrier.facts.get("event_at", "")] += 1
        contact = carrier.contact_point_id
        if contact is None:
            return
        told = {"row": carrier.row, "purpose": carrier.labels.purpose, "channel": carrier.channel, "claimed_at": now}
        lately = (row for row in self.said.get(contact, ()) if row["claimed_at"] >= now - _A_MONTH)
        self.said[contact] = (told, *lately)
        self.heard[contact] = {"ever": self.heard[contact]["ever"] + 1}

    def invite(self, person: str, visit_id: str, now: datetime) -> None:
        """A review link went out."""
        self.invited[person] = (*self.invited.get(person, ()), {"visit_id": visit_id, "invited_at": now})

    def next_of(self, subjects: Iterable[str], now: datetime) -> list[datetime]:
        """When something of what is open falls due or expires."""
        found = []
        for name in subjects:
            for live in self.live[name].values():
                due = max(live.action.due_at, self.not_before.get(live.action.action_id, live.action.due_at))
                found += [at for at in (due, live.action.expires_at + timedelta(seconds=1)) if at > now]
        return found

    def of(self, subject: str) -> tuple[tuple[Live, ...], tuple[Settled, ...]]:
        """A subject's open actions, and what is remembered of the others."""
        return tuple(self.live[subject].values()), tuple(self.settled[subject].values())
