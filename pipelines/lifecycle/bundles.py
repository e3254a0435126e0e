"""Cleared actions that become one message: of one phone and day (R5), and of one minute (R6).

Pure and repeatable: nothing is absorbed before the claim, so whatever moves or is cancelled until then is simply not
part of the bundle that is formed at the claim.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from canonical.actions import Action
from canonical.owed import Tells
from canonical.plan import Anchor, Journeys, Step

_SPEAKS = "send"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One message. The carrier is sent; the others are absorbed by it and count as told with it."""

    carrier: Action
    named: tuple[Action, ...] = ()
    """Further actions whose visits the text names, earliest first."""
    covered: tuple[Action, ...] = ()
    """Actions whose content the text has already: another step of a visit it names."""
    waiting: tuple[Action, ...] = ()
    """Lesser actions for the same phone that neither fit in nor are covered: not before SAME_MINUTE has passed (R6)."""

    @property
    def spoken(self) -> tuple[Action, ...]:
        """What the text is rendered from, carrier first."""
        return (self.carrier, *self.named)

    @property
    def absorbed(self) -> tuple[Action, ...]:
        """What becomes `absorbed` with `absorbed_by` the carrier."""
        return self.named + self.covered


@dataclass(slots=True)
class _Message:
    """A message in the making."""

    step: Step
    spoken: list[Action]
    joined: list[Action] = field(default_factory=list)
    covered: list[Action] = field(default_factory=list)
    waiting: list[Action] = field(default_factory=list)

    @property
    def subjects(self) -> set[str]:
        return {action.subject_id for action in self.spoken + self.joined}

    def has_said(self, action: Action, step: Step) -> bool:
        """Whether another step's action adds nothing: the visit's time is told, or its content rides along (row 3.3)."""
        if action.subject_id not in self.subjects:
            return False
        tells = {one.facts.get("tells") for one in (action, self.spoken[0])}
        return step.key in self.step.absorbs or tells == {Tells.TIME.value}

    def bundle(self) -> Bundle:
        first, *others = sorted(self.spoken, key=_by_time)
        named = sorted(others + self.joined, key=_by_time)
        return Bundle(first, tuple(named), tuple(self.covered), tuple(self.waiting))


def bundle(cleared: Sequence[Action], journeys: Journeys) -> list[Bundle]:
    """The messages of actions that policy has cleared, most urgent first; one for each contact point and channel.

    When the outbox claims one, it moves `absorbed` to absorbed and `waiting` to delayed, in the same transaction.
    """
    steps = {step.key: step for step in journeys.steps}
    groups = _grouped(cleared, lambda action: _phone(action, steps))
    bundles = [_message(group, steps).bundle() for group in groups if group[0].step in steps]
    bundles += [Bundle(group[0]) for group in groups if group[0].step not in steps]
    return sorted(bundles, key=lambda one: (one.carrier.priority, one.carrier.due_at, one.carrier.action_id))


def unrelated(bundles: Iterable[Bundle], most: int) -> list[Bundle]:
    """The first of these, at most so many, that share no phone, person or subject with each other or with one before them."""
    met: set[str] = set()
    chosen: list[Bundle] = []
    for one in bundles:
        actions = (*one.spoken, *one.covered, *one.waiting)
        about = {
            str(name) for a in actions for name in (a.contact_point_id, a.person_id, a.subject_id) if name is not None
        }
        if not about & met:
            chosen.append(one)
        if len(chosen) >= most:
            break
        met |= about
    return chosen


def _phone(action: Action, steps: dict[str, Step]) -> Hashable:
    """Only texts and mails to one contact point are ever joined; anything else stands alone."""
    if action.contact_point_id is None or action.step not in steps or action.command != _SPEAKS:
        return action.action_id
    return (action.contact_point_id, action.channel)


def _units(actions: Sequence[Action], steps: dict[str, Step]) -> list[_Message]:
    """R5: actions of one day and step, whoever they are for."""
    groups = _grouped(actions, lambda action: _day(action, steps))
    units = [_Message(steps[group[0].step], sorted(group, key=_by_time)) for group in groups if group[0].step in steps]
    absorbed = {key for unit in units for key in unit.step.absorbs}
    units.sort(key=lambda unit: (unit.step.key in absorbed, unit.step.priority, _by_time(unit.spoken[0])))
    return units


def _day(action: Action, steps: dict[str, Step]) -> Hashable:
    return (action.step, action.facts.get("day")) if steps[action.step].bundles else action.action_id


def _message(group: Sequence[Action], steps: dict[str, Step]) -> _Message:
    """R6: of two steps for one phone now, the lesser joins the first, is covered by it, or waits half an hour."""
    first, *others = _units(group, steps)
    for unit in others:
        rest = [action for action in unit.spoken if not first.has_said(action, unit.step)]
        first.covered += [action for action in unit.spoken if action not in rest]
        if _may_join(first, unit):
            first.joined += rest
        else:
            first.waiting += rest
    return first


def _may_join(message: _Message, unit: _Message) -> bool:
    """Two reminders of one local day: the text names both visits. A change or a cancellation is never mixed in."""
    steps = (message.step, unit.step)
    reminders = all(step.anchor is Anchor.VISIT_START and step.bundles and step.names_time for step in steps)
    return reminders and _days(message) == _days(unit)


def _days(message: _Message) -> set[str]:
    return {action.facts.get("day", "") for action in message.spoken}


def _by_time(action: Action) -> tuple[datetime, str]:
    return (action.anchor_at or action.due_at, action.action_id)


def _grouped(actions: Iterable[Action], key: Callable[[Action], Hashable]) -> list[list[Action]]:
    groups: dict[Hashable, list[Action]] = defaultdict(list)
    for action in actions:
        groups[key(action)].append(action)
    return list(groups.values())
