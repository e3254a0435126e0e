"""What the planner knows about a subject, and how an action's row changes: the words between lifecycle and ledger.

Facts are plain frozen dataclasses: a tick makes thousands, and they come from typed columns.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from canonical.actions import Action, ActionState, SubjectKind
from canonical.conversations import ReplyIntent
from canonical.ids import (
    ActionId,
    ConnectionId,
    ContactPointId,
    InquiryId,
    LocationId,
    PersonId,
    ProviderId,
    ReplyId,
    TaskId,
    VisitId,
)
from canonical.inquiries import InquirySource
from canonical.people import PersonFlag
from canonical.practice import ServiceKind
from canonical.tasks import TaskKind
from canonical.visits import AppointmentStatus, BookedBy


class Tells(StrEnum):
    """What an action's message tells about its visit, for R9 and R10."""

    NOTHING = ""
    TIME = "time"
    """That the visit takes place at `anchor_at`."""
    CANCELLED = "cancelled"
    """That it does not take place."""


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """The latest version of a visit that can still ask for something."""

    visit_id: VisitId
    seq: int
    """The ledger's number of that version."""
    person_id: PersonId
    status: AppointmentStatus
    start_at: datetime
    changed_at: datetime
    recorded_at: datetime
    location_id: LocationId | None = None
    provider_id: ProviderId | None = None
    kind: ServiceKind = ServiceKind.UNMAPPED
    end_at: datetime | None = None
    booked_at: datetime | None = None
    booked_vendor_time: bool = False
    booked_by: BookedBy = BookedBy.UNKNOWN
    moved_at: datetime | None = None
    """When its start last changed; None = never."""
    walk_in: bool = False


@dataclass(frozen=True, slots=True)
class InquiryFacts:
    """The latest row of an inquiry."""

    inquiry_id: InquiryId
    seq: int
    person_id: PersonId
    source: InquirySource
    recorded_at: datetime
    received_at: datetime | None = None
    vendor_time: bool = False
    location_id: LocationId | None = None
    phone_id: ContactPointId | None = None
    email_id: ContactPointId | None = None
    suspected_spam: bool = False
    same_as: InquiryId | None = None
    first_answered: bool = False
    """The inquiry it repeats was answered, or will be."""
    first_cared_for: bool = False
    """Something was done about the one it repeats: an answer, a lead, a task."""
    worded: bool = False
    """Somebody wrote something, beyond the fields that say who and what for."""
    phone_answered: bool = False
    """Somebody else's earlier inquiry of the same day gets the one answer that goes to this phone (R4)."""
    email_answered: bool = False
    """The same for the mail address."""
    called_at: datetime | None = None
    booked_at: datetime | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """An answer somebody wrote (R22)."""

    reply_id: ReplyId
    seq: int
    intent: ReplyIntent
    contact_point_id: ContactPointId
    at: datetime
    """When it came."""
    person_id: PersonId | None = None
    """None on a shared phone, and for a stranger."""
    location_id: LocationId | None = None


@dataclass(frozen=True, slots=True)
class SuppressionFacts:
    """A revocation, or its way to one other tool."""

    suppression_id: str
    """Of the suppression; of its copy, where `connection_id` names the tool."""
    seq: int
    contact_point_id: ContactPointId
    at: datetime
    """When it was said."""
    told_us: bool = False
    """The person said it in a message to us."""
    connection_id: ConnectionId | None = None
    person_id: PersonId | None = None
    location_id: LocationId | None = None


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """A task for people of the practice."""

    task_id: TaskId
    seq: int
    kind: TaskKind
    at: datetime
    """When it was opened."""
    due_at: datetime
    expires_at: datetime
    urgent: bool = False
    closed: bool = False
    person_id: PersonId | None = None
    location_id: LocationId | None = None


Facts = VisitFacts | InquiryFacts | ReplyFacts | SuppressionFacts | TaskFacts

_KINDS: dict[type, SubjectKind] = {
    VisitFacts: SubjectKind.VISIT,
    InquiryFacts: SubjectKind.INQUIRY,
    ReplyFacts: SubjectKind.REPLY,
    SuppressionFacts: SubjectKind.SUPPRESSION,
    TaskFacts: SubjectKind.TASK,
}
_IDS: dict[type, str] = {
    VisitFacts: "visit_id",
    InquiryFacts: "inquiry_id",
    ReplyFacts: "reply_id",
    SuppressionFacts: "suppression_id",
    TaskFacts: "task_id",
}


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """How the subject's person can be reached."""

    person_id: PersonId
    zone: str = ""
    flags: frozenset[PersonFlag] = frozenset()
    phone_id: ContactPointId | None = None
    """The first phone that is not known to be no phone for texts."""
    email_id: ContactPointId | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """An action in the open table."""

    action: Action
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """An action that left the open table, as the ledger remembers it while its subject can still ask for something."""

    seq: int
    action_id: ActionId
    step: str
    occurrence: int
    state: ActionState
    anchor_at: datetime | None
    tells: Tells = Tells.NOTHING
    told_at: datetime | None = None
    """When its message was claimed; for an absorbed action, when its carrier's was."""
    location_id: LocationId | None = None
    provider_id: ProviderId | None = None
    absorbed_by: ActionId | None = None
    carrier_state: ActionState | None = None
    """Where the message that absorbed it stands."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What can ask for something, with its person, and everything said or under way about it."""

    facts: Facts
    person: PersonFacts | None = None
    live: tuple[Live, ...] = ()
    settled: tuple[Settled, ...] = ()

    @property
    def subject_id(self) -> str:
        """The visit's, inquiry's, reply's, suppression's or task's id."""
        return str(getattr(self.facts, _IDS[type(self.facts)]))

    @property
    def kind(self) -> SubjectKind:
        """What sort of subject it is."""
        return _KINDS[type(self.facts)]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the ledger found for a plan."""

    subjects: tuple[Subject, ...]
    orphans: tuple[Live, ...] = ()
    """Open actions whose subject can no longer ask for anything."""
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many subjects LIVE-01 and OWN-01 hold back, by (rule, row)."""


class ChangeKind(StrEnum):
    """How an action's row changes."""

    PLAN = "plan"
    """A new action."""
    REVIVE = "revive"
    """A cancelled or absorbed action is owed again, under its id."""
    REPLAN = "replan"
    """Its attributes changed before the claim: it is decided anew."""
    REFRESH = "refresh"
    """A newer version of the facts asks for exactly the same; nothing is decided anew."""
    CANCEL = "cancel"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. For all but PLAN, `before` is the state it was computed from: a row that has moved on is left alone."""

    kind: ChangeKind
    action: Action
    """As it shall stand; for CANCEL and EXPIRE, as it stood."""
    before: ActionState | None = None
    reason: str = ""
    """A code for the audit, without spaces."""
