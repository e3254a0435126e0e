"""What is owed against what the ledger has: the changes that make the one into the other.

At most one live action per step and subject. What was claimed is left alone; a move before the send keeps the id.
"""

from canonical.actions import Action, ActionState
from canonical.owed import Candidates, Change, ChangeKind, Settled
from pipelines.lifecycle.desired import Desired, Key
from pipelines.lifecycle.memory import REPLACEABLE, used_up
from pipelines.lifecycle.reasons import Why

K, S = ChangeKind, ActionState

_MAY_CHANGE = (
    "person_id",
    "contact_point_id",
    "location_id",
    "channel",
    "command",
    "labels",
    "template",
    "due_at",
    "expires_at",
    "anchor_at",
    "urgent",
    "priority",
    "journeys",
)
_BUNDLE_CHANGED = "bundle_changed"


def diff(wanted: Desired, candidates: Candidates) -> list[Change]:
    """The changes, in an order in which they can be applied one after the other."""
    live = {
        (one.action.subject_id, one.action.step): one.action for subject in candidates.subjects for one in subject.live
    }
    changes = [change for key, action in live.items() for change in _of_live(key, action, wanted)]
    changes += [
        _ended(one.action, Why.SUBJECT_GONE, wanted) for one in candidates.orphans if one.action.state in REPLACEABLE
    ]
    riders = [
        (subject.subject_id, past)
        for subject in candidates.subjects
        for past in subject.settled
        if past.state is S.ABSORBED and not used_up(past) and (subject.subject_id, past.step) not in live
    ]
    changes += _reformed_carriers(riders, live, wanted, changes)
    touched: set[str] = {change.action.action_id for change in changes if change.kind is not K.REFRESH}
    for subject_id, past in riders:
        changes += _of_rider((subject_id, past.step), past, wanted, touched)
    absorbed: set[str] = {past.action_id for _, past in riders}
    changes += _new(wanted, candidates, live, absorbed)
    return changes


def _of_live(key: Key, action: Action, wanted: Desired) -> list[Change]:
    if action.state not in REPLACEABLE:
        return []
    owed = wanted.owed.get(key)
    if owed is None:
        answer = wanted.withheld.get(key)
        return [_ended(action, answer.why if answer else Why.STEP_GONE, wanted)]
    if action.state is S.NOT_SENT:
        return [Change(K.REPLAN, owed, action.state, "asked_again")]
    if _differs(owed, action):
        return [Change(K.REPLAN, owed, action.state, "facts_changed")]
    return [Change(K.REFRESH, owed, action.state)] if owed.facts != action.facts else []


def _differs(owed: Action, action: Action) -> bool:
    if any(getattr(owed, name) != getattr(action, name) for name in _MAY_CHANGE):
        return True
    return _without_version(owed) != _without_version(action)


def _without_version(action: Action) -> dict[str, str]:
    return {name: value for name, value in action.facts.items() if name != "seq"}


def _ended(action: Action, why: Why, wanted: Desired) -> Change:
    """No longer owed: expired when time did it (that is final, R46), cancelled when a fact did."""
    late = action.expires_at < wanted.now or why is Why.EXPIRED
    return Change(K.EXPIRE if late else K.CANCEL, action, action.state, why.value)


def _reformed_carriers(
    riders: list[tuple[str, Settled]], live: dict[Key, Action], wanted: Desired, changes: list[Change]
) -> list[Change]:
    """Cleared carriers whose text would name something that is no longer so: they are decided and said anew (R5)."""
    by_id = {action.action_id: action for action in live.values()}
    changing = {change.action.action_id for change in changes if change.kind is not K.REFRESH}
    found: dict[str, Change] = {}
    for subject_id, past in riders:
        carrier = by_id.get(past.absorbed_by) if past.absorbed_by else None
        if carrier is None or carrier.state is not S.CLEARED or carrier.action_id in changing:
            continue
        if not _still_true(past, wanted.owed.get((subject_id, past.step))):
            owed = wanted.owed[carrier.subject_id, carrier.step]
            found[carrier.action_id] = Change(K.REPLAN, owed, carrier.state, _BUNDLE_CHANGED)
    return list(found.values())


def _still_true(past: Settled, owed: Action | None) -> bool:
    if owed is None:
        return False
    provider = owed.facts.get("provider")
    return (past.anchor_at, past.location_id, past.provider_id) == (owed.anchor_at, owed.location_id, provider)


def _of_rider(key: Key, past: Settled, wanted: Desired, touched: set[str]) -> list[Change]:
    """An absorbed action whose carrier has not left the house rides on, or stands on its own feet again."""
    owed = wanted.owed.get(key)
    carried = past.carrier_state is S.CLEARED and past.absorbed_by not in touched
    if owed is None or (carried and _still_true(past, owed)):
        return []
    return [Change(K.REVIVE, owed, S.ABSORBED, _BUNDLE_CHANGED)]


def _new(wanted: Desired, candidates: Candidates, live: dict[Key, Action], absorbed: set[str]) -> list[Change]:
    cancelled = {
        past.action_id for subject in candidates.subjects for past in subject.settled if past.state is S.CANCELLED
    }
    return [
        Change(K.REVIVE, action, S.CANCELLED, "owed_again")
        if action.action_id in cancelled
        else Change(K.PLAN, action, None, "owed")
        for key, action in wanted.owed.items()
        if key not in live and action.action_id not in absorbed
    ]
