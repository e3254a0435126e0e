"""What has been said about one visit: which occurrences are used up, and what the person was last told."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from canonical.actions import ActionState
from canonical.delivery import BEFORE_CLAIM, LEFT_THE_HOUSE
from canonical.ids import LocationId, ProviderId
from canonical.owed import Live, Settled, Subject, Tells

S = ActionState

MAY_HAVE_ARRIVED = LEFT_THE_HOUSE | {S.ABANDONED, S.AMBIGUOUS, S.CLAIMED}
"""The person has read it, or may have: then it counts as told. It is better to correct than to rely on doubt."""

_USED_UP = MAY_HAVE_ARRIVED | {S.REFUSED, S.EXPIRED, S.DROPPED}
_WITH_ITS_CARRIER = MAY_HAVE_ARRIVED | {S.REFUSED, S.DROPPED}
_IN_FLIGHT = frozenset({S.CLAIMED, S.AMBIGUOUS})

REPLACEABLE = BEFORE_CLAIM | {S.NOT_SENT}
"""States in which an action may still be planned anew, cancelled or expire."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message about the visit. `start` is None when it said that the visit is cancelled."""

    at: datetime
    start: datetime | None
    location_id: LocationId | None
    provider_id: ProviderId | None


def said(past: Settled) -> bool:
    """Whether its text reached the person or may have, by its own message or by its carrier's (R5)."""
    state = past.carrier_state if past.state is S.ABSORBED else past.state
    return state in MAY_HAVE_ARRIVED


def used_up(past: Settled) -> bool:
    """Whether its id can never be planned again."""
    if past.state is S.ABSORBED:
        return past.carrier_state in _WITH_ITS_CARRIER
    return past.state in _USED_UP


def occurrences(subject: Subject, step: str) -> tuple[Settled, ...]:
    """The used-up occurrences of a step, oldest first."""
    return tuple(past for past in subject.settled if past.step == step and used_up(past))


def live_action(subject: Subject, step: str) -> Live | None:
    """The step's one live action, if there is one."""
    return next((live for live in subject.live if live.action.step == step), None)


def last_told(subject: Subject, steps: Collection[str] | None = None) -> Told | None:
    """The newest message about the visit's time, of some steps or of all; one whose outcome is unknown counts, a disproved one does not."""
    told = max(_all_told(subject, steps), key=lambda entry: entry[:2], default=None)
    return told[2] if told else None


def _all_told(subject: Subject, steps: Collection[str] | None) -> Iterator[tuple[datetime, float, Told]]:
    for past in subject.settled:
        if past.tells and past.told_at and said(past) and (steps is None or past.step in steps):
            start = past.anchor_at if past.tells is Tells.TIME else None
            yield past.told_at, past.seq, Told(past.told_at, start, past.location_id, past.provider_id)
    for live in subject.live:
        tells = live.action.facts.get("tells", "")
        if steps is not None and live.action.step not in steps:
            continue
        if tells and live.claimed_at and live.action.state in _IN_FLIGHT:
            provider = live.action.facts.get("provider")
            start = live.action.anchor_at if tells == Tells.TIME else None
            told = Told(live.claimed_at, start, live.action.location_id, ProviderId(provider) if provider else None)
            yield live.claimed_at, float("inf"), told
