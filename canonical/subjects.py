"""What the planner knows about what can ask for something: visits, inquiries, replies, revocations, tasks, and their people.

Plain frozen dataclasses: a tick makes thousands, and they come from typed columns.
"""

from dataclasses import dataclass
from datetime import date, datetime

from canonical.conversations import ReplyIntent
from canonical.ids import (
    ConnectionId,
    ContactPointId,
    InquiryId,
    LocationId,
    PersonId,
    ProviderId,
    ReplyId,
    ServiceId,
    TaskId,
    VisitId,
)
from canonical.inquiries import InquirySource
from canonical.intakes import IntakeStatus
from canonical.payments import PaymentStatus
from canonical.people import PersonFlag
from canonical.practice import Channel, ServiceKind
from canonical.tasks import TaskKind
from canonical.visits import AppointmentStatus, BookedBy, CompletionGrade

Span = tuple[datetime, datetime | None]
"""From, and until; None = still."""


@dataclass(frozen=True, slots=True)
class VisitAround:
    """What stands around a visit: forms, money, answers, delays, and the person's other visits."""

    later_visit: bool = False
    """The person has a visit that starts after this one, in their own name, and was not cancelled or missed (R19)."""
    missed_before: bool = False
    """The visit before this one was a no-show (R16)."""
    met_provider: bool = False
    """The person was treated by this provider before (row 3.4)."""
    sessions_done: int = 0
    """How many sessions of this service have taken place, this one included (R19)."""
    intake: IntakeStatus | None = None
    deposit: PaymentStatus | None = None
    confirmed_start: datetime | None = None
    """The start that the person said yes to (row 3.6)."""
    score: int | None = None
    scored_at: datetime | None = None
    delay_minutes: int = 0
    delayed_at: datetime | None = None
    """When the staff last said that the provider runs late on this visit's day (row 4.3)."""
    link_opened: bool | None = None
    """Whether the review link was opened; None where no tool reports it."""


NOTHING_AROUND = VisitAround()


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
    service_id: ServiceId | None = None
    completion: CompletionGrade = CompletionGrade.NONE
    around: VisitAround = NOTHING_AROUND


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
    thread_id: ContactPointId | None = None
    connection_id: ConnectionId | None = None
    """The connection that brought it, through which its thread is answered."""
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
    replied_at: datetime | None = None
    """When somebody first wrote back from one of its contact points (R3)."""
    interested_at: datetime | None = None
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
    channel: Channel | None = Channel.SMS
    """By which it came; an answer goes back by the same. None: nothing of ours reaches that account, as a CRM shows it."""
    connection_id: ConnectionId | None = None
    """What brought it."""
    person_id: PersonId | None = None
    """None on a shared phone, and for a stranger."""
    confirms: int = 1
    """How many visits a yes was said to (row 3.6)."""
    before_at: datetime | None = None
    """When the answer before it came from the same contact point that somebody has to answer."""
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
    channel: Channel | None = Channel.SMS
    """By which they said it, as of a reply."""
    heard_by: ConnectionId | None = None
    """What brought that message."""
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


@dataclass(frozen=True, slots=True)
class Thread:
    """Where somebody wrote on a platform, and the connection through which that is answered."""

    channel: Channel
    contact_point_id: ContactPointId
    connection_id: ConnectionId


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """How the subject's person can be reached."""

    person_id: PersonId
    zone: str = ""
    flags: frozenset[PersonFlag] = frozenset()
    phone_id: ContactPointId | None = None
    """The first phone that is not known to be no phone for texts."""
    email_id: ContactPointId | None = None
    thread: Thread | None = None
    """The thread an inquiry came by; nothing else is said there."""
    birth_date: date | None = None
    guardian_id: ContactPointId | None = None
    """The guardian's phone, where one is on file (R36)."""
    member: bool = False
    sold_to: frozenset[ContactPointId] = frozenset()
    """Contact points on which the person agreed in writing to be sold to (TCPA-01)."""
    photo: bool = False
    """Whether a photo authorization is in force (row 5.2)."""
    surveyed_at: datetime | None = None
    """When the person was last asked the question of row 6.1, whatever the visit (R54)."""
    invited_at: datetime | None = None
    """When the person last got a review link, whatever the visit (R54)."""
    attended: tuple[Span, ...] = ()
    """When somebody of the practice had a complaint or a clinical question of theirs open: such time does not count (R54)."""
