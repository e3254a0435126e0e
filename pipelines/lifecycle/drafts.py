"""An owed step as a draft, until bundling has settled its due time; then it is an action."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from canonical.actions import Action, Labels, Purpose, SubjectKind
from canonical.ids import ActionId, ContactPointId, LocationId, PersonId, Prefix, derived_id
from canonical.plan import Anchor, Step
from canonical.practice import THREADS, Channel
from canonical.subjects import PersonFacts
from pipelines.lifecycle.moment import MAIL, Moment

_PHONE = frozenset({Channel.SMS, Channel.VOICE})


@dataclass(frozen=True, slots=True)
class Reach:
    """The channel a step takes to its person, and the contact point on it; none for channels of the practice itself."""

    channel: Channel
    contact_point_id: ContactPointId | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a step owes to a subject."""

    step: Step
    subject_kind: SubjectKind
    subject_id: str
    occurrence: int
    person_id: PersonId | None
    location_id: LocationId | None
    reach: Reach
    labels: Labels
    due_at: datetime
    earliest_at: datetime
    """Never pulled forward before this: the newest change must be quiet (R9)."""
    expires_at: datetime
    anchor_at: datetime | None
    day: str
    """The local day of the anchor."""
    planned: bool
    """Its action is in the open table already."""
    urgent: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_reminder(self) -> bool:
        """Anchored on a start, so that it may go a little earlier than due."""
        return self.step.anchor is Anchor.VISIT_START

    def pulled_to(self, due_at: datetime) -> "Draft":
        """The same, due earlier."""
        pulled = max(due_at, min(self.earliest_at, self.due_at))
        return self if pulled == self.due_at else replace(self, due_at=pulled)

    def action(self, moment: Moment) -> Action:
        """The action, planned."""
        return Action(
            action_id=ActionId(
                derived_id(
                    Prefix.ACTION,
                    moment.practice.practice_id,
                    self.step.key,
                    self.subject_id,
                    str(self.occurrence),
                )
            ),
            practice_id=moment.practice.practice_id,
            step=self.step.key,
            row=self.step.row,
            subject_kind=self.subject_kind,
            subject_id=self.subject_id,
            occurrence=self.occurrence,
            person_id=self.person_id,
            contact_point_id=self.reach.contact_point_id,
            location_id=self.location_id,
            channel=self.reach.channel,
            command=self.step.command,
            labels=self.labels,
            template=self.step.template,
            due_at=self.due_at,
            expires_at=self.expires_at,
            anchor_at=self.anchor_at,
            urgent=self.urgent,
            priority=self.step.priority,
            journeys=moment.journeys.hash,
            facts={**self.facts, "day": self.day} if self.day else dict(self.facts),
        )


def reach_of(step: Step, person: PersonFacts | None, *, minor: bool = False) -> Reach:
    """The first of the step's channels on which the person can be reached; else the first, without a contact point.

    What sells takes a phone only where the person agreed to that in writing, if another channel is left (row 2.1). A minor is
    reached through the guardian, and through nobody else (R36). An action without a contact point is still owed: policy
    blocks it in the open, and somebody calls (R57).
    """
    known = _guardian_of(person) if minor else person
    sells = step.labels.purpose is Purpose.MARKETING
    found = [reach for channel in step.channels if (reach := _on(channel, known)) is not None]
    preferred = [reach for reach in found if not (sells and reach.channel in _PHONE and _unasked(reach, known))]
    return next(iter(preferred or found), Reach(step.channels[0], None))


def is_out_of_reach(step: Step, reach: Reach) -> bool:
    """Whether the step is one of two ways to say the same, and this way does not exist for the person."""
    return step.where_reachable and reach.contact_point_id is None


def _guardian_of(person: PersonFacts | None) -> PersonFacts | None:
    return replace(person, phone_id=person.guardian_id, email_id=None) if person else None


def _unasked(reach: Reach, person: PersonFacts | None) -> bool:
    return person is None or reach.contact_point_id not in person.sold_to


def _on(channel: Channel, person: PersonFacts | None) -> Reach | None:
    if channel not in _PHONE | MAIL | THREADS:
        return Reach(channel, None)
    contact = _contact(channel, person)
    return Reach(channel, contact) if contact else None


def _contact(channel: Channel, person: PersonFacts | None) -> ContactPointId | None:
    if person is None:
        return None
    if channel in THREADS:
        return person.thread.contact_point_id if person.thread and person.thread.channel is channel else None
    return person.phone_id if channel in _PHONE else person.email_id
