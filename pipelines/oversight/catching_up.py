"""After an outage a phone gets one text: the most urgent true one. Whoever should have had another is called (R46, R57)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from canonical.actions import Action, ActionState, Purpose
from canonical.plan import Journeys
from canonical.practice import Channel
from ledger.action_rows import action_of
from ledger.actions import Move, transition
from ledger.people import by_ids
from ledger.session import Session
from ledger.store import Store
from pipelines.lifecycle.bundles import bundle
from pipelines.lifecycle.together import SAME_MINUTE
from pipelines.oversight.surges import LATE, owed_since

REASON: Final = "catch_up"
_NOT_CAUGHT_UP: Final = frozenset({Purpose.INTERNAL, Purpose.OPT_OUT_CONFIRMATION, Purpose.REQUESTED_REPLY})


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts that are cleared and did not become due just now."""

    cleared: tuple[Action, ...]
    owed: frozenset[str]
    """Ids of those that should have gone half an hour ago or earlier."""
    late_phones: frozenset[str]
    """Where something should have gone hours ago."""
    told_phones: Mapping[str, datetime]
    """Where something has gone lately that should have gone hours before: these have had their one text, then."""
    planned_at: Mapping[str, datetime]
    """When each of these was first asked for."""

    def after_one(self) -> list[Action]:
        """What would be a second text: one tick could not send it, and the next must not.

        What was asked for only when the one text went, or later, is news and no outage's leavings: it may be the truth about
        what that text said.
        """
        return [
            one
            for one in self.cleared
            if one.action_id in self.owed
            and str(one.contact_point_id) in self.told_phones
            and self.planned_at[one.action_id] < self.told_phones[str(one.contact_point_id)]
        ]

    def beside_one(self, journeys: Journeys) -> list[Action]:
        """What neither is the one text of a phone nor shares it."""
        rest = [one for one in self.cleared if one.contact_point_id in self.late_phones - self.told_phones.keys()]
        waiting = [action for one in bundle(rest, journeys) for action in one.waiting]
        return [one for one in waiting if one.action_id in self.owed]


def catch_up_once(store: Store, journeys: Journeys, zone: ZoneInfo, now: datetime, run_id: str) -> int:
    """Drop what a phone would hear beside its one late text, or soon after it; how many were dropped.

    Run it between the policy and the outbox. What has just become due, and what shares the one message, is left alone.
    """
    with store.reading() as session:
        texts = _texts(session, zone, now)
        if not texts.after_one() and not texts.beside_one(journeys):
            return 0
    with store.writing(business_now=now) as session:
        texts = _texts(session, zone, now)
        dropped = texts.after_one() + texts.beside_one(journeys)
        moves = [Move(one.action_id, ActionState.DROPPED, REASON) for one in dropped]
        transition(session, moves, now=now, run_id=run_id)
    return len(dropped)


def _texts(session: Session, zone: ZoneInfo, now: datetime) -> _Texts:
    """A mail in a box disturbs nobody; what waited for a cap or for daylight until lately is not late."""
    rows = session.rows("cleared_actions")
    found = [action_of(row, session.practice_id) for row in rows]
    texts = [one for one in found if one.channel is Channel.SMS and one.labels.purpose not in _NOT_CAUGHT_UP]
    since = {str(one.action_id): owed_since(one.due_at, zone, now) for one in texts}
    owed = {key for key, at in since.items() if at <= now - SAME_MINUTE}
    if not owed:
        return _Texts((), frozenset(), frozenset(), {}, {})
    waited = {row["action_id"]: row["until"] for row in by_ids(session, "rules_made_wait", owed)}
    owed = {key for key in owed if waited.get(key, now - LATE) <= now - SAME_MINUTE}
    late = {key for key in owed if max(since[key], waited.get(key, since[key])) <= now - LATE}
    phones = {str(one.contact_point_id) for one in texts if one.action_id in owed}
    told = by_ids(session, "phones_told_late", phones, since=now - LATE)
    return _Texts(
        tuple(texts),
        frozenset(owed),
        frozenset(str(one.contact_point_id) for one in texts if one.action_id in late),
        {row["contact_point_id"]: row["told_at"] for row in told},
        {row["action_id"]: row["planned_at"] for row in rows},
    )
