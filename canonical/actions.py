"""From what should be said to what is sent: Action → Message → Verdict → Command."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from canonical.clock import Instant
from canonical.ids import (
    ActionId,
    ConnectionId,
    ContactPointId,
    ContentHash,
    LocationId,
    MessageId,
    PersonId,
    PracticeId,
    VerdictId,
)
from canonical.inbox_writes import InboxWrite, InThread
from canonical.model import Noun
from canonical.practice import Channel
from canonical.said_inside import SaidInside
from canonical.write_backs import WriteBack


class Purpose(StrEnum):
    """What the policy keys on. Closed."""

    REQUESTED_REPLY = "requested_reply"
    """A direct answer to the person's own inquiry or online booking of the last 60 minutes, one per channel (R30)."""
    TREATMENT = "treatment"
    OPERATIONS = "operations"
    SURVEY = "survey"
    REVIEW_REQUEST = "review_request"
    MARKETING = "marketing"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    MISSED_CALL_TEXTBACK = "missed_call_textback"
    INTERNAL = "internal"


class HipaaClass(StrEnum):
    """Why HIPAA would permit it."""

    TREATMENT = "treatment"
    OPERATIONS = "operations"
    MARKETING = "marketing"


class TcpaClass(StrEnum):
    """How the TCPA sees it."""

    INFORMATIONAL = "informational"
    TELEMARKETING = "telemarketing"


class Labels(Noun):
    """Three labels per message, never one."""

    purpose: Purpose
    hipaa: HipaaClass
    tcpa: TcpaClass


class SubjectKind(StrEnum):
    """What an action is about."""

    VISIT = "visit"
    INQUIRY = "inquiry"
    REPLY = "reply"
    SUPPRESSION = "suppression"
    TASK = "task"


class ActionState(StrEnum):
    """Where an action is on its way (the transitions are in `delivery`)."""

    PLANNED = "planned"
    """Owed, not yet decided."""
    CLEARED = "cleared"
    """Policy allows it now."""
    DELAYED = "delayed"
    """Policy says not yet; asked again at each tick."""
    AWAITING_APPROVAL = "awaiting_approval"
    """A person must say yes first."""
    BLOCKED = "blocked"
    """Policy forbids it as things stand; asked again at each tick, because facts change."""
    CLAIMED = "claimed"
    """One attempt owns it; the call may be under way."""
    SENT = "sent"
    """The vendor accepted it and gave an id."""
    REFUSED = "refused"
    """The vendor will never accept it."""
    NOT_SENT = "not_sent"
    """Proved not to have left; it may be planned again."""
    AMBIGUOUS = "ambiguous"
    """It may or may not have left; never resent."""
    ABANDONED = "abandoned"
    """Could not be proved; a person has it."""
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    """No longer owed: the fact went away."""
    EXPIRED = "expired"
    """Too late to be true or useful (R32)."""
    ABSORBED = "absorbed"
    """Another action's message carries it (R5, R6)."""
    DROPPED = "dropped"
    """A person decided against it."""


class Action(Noun):
    """One thing that is owed to one person, or to the staff.

    The id is (practice, step, subject, occurrence); due time, anchor value and recipient are attributes and may change
    until the claim.
    """

    action_id: ActionId
    practice_id: PracticeId
    step: str
    row: str
    subject_kind: SubjectKind
    subject_id: str
    occurrence: int = Field(ge=1)
    person_id: PersonId | None = None
    contact_point_id: ContactPointId | None = None
    location_id: LocationId | None = None
    channel: Channel
    command: str
    labels: Labels
    template: str
    due_at: Instant
    expires_at: Instant
    anchor_at: Instant | None = None
    """The instant its text speaks about: for a visit, the start."""
    state: ActionState = ActionState.PLANNED
    urgent: bool = False
    priority: int = 50
    journeys: ContentHash
    facts: dict[str, str] = Field(default_factory=dict)
    """Ids and versions of the facts that asked for it, and neutral parameters; never a value about a person."""


class Message(Noun):
    """What is actually said, rendered. One message may carry several actions (R5, R6)."""

    message_id: MessageId
    carrier: ActionId
    carries: tuple[ActionId, ...]
    channel: Channel
    contact_point_id: ContactPointId | None
    sender: str
    template: str
    template_hash: ContentHash
    language: str
    subject: SecretStr = SecretStr("")
    body: SecretStr
    segments: int = 0
    names_start: Instant | None = None
    """The visit time this text states, for R10."""
    rewrites: tuple[str, ...] = ()
    """Rule ids whose rewrite was applied."""


class Outcome(StrEnum):
    """A rule's answer and a verdict's result, strongest first."""

    BLOCK = "block"
    NEED_APPROVAL = "need_approval"
    DELAY_UNTIL = "delay_until"
    REWRITE = "rewrite"
    ALLOW_WITH_RISK = "allow_with_risk"
    ALLOW = "allow"
    NOT_APPLICABLE = "not_applicable"
    """The rule's channel, purpose or scope is not this action's."""
    NOT_BUILT = "not_built"
    """The rule is not implemented; never counts as allow."""


class Answer(Noun):
    """What one rule said."""

    rule: str
    outcome: Outcome
    reason: str = ""
    """The sentence an officer reads; ids and dates, no names."""
    until: Instant | None = None
    rewrite: str = ""
    """The named rewrite to apply: `neutral`, `sender_and_stop`, `late_text`, `drop_field:<name>`."""
    unknown: str = ""
    """The input that was not known, if that decided."""


class Verdict(Noun):
    """All rules' answers on one action at one instant."""

    verdict_id: VerdictId
    action_id: ActionId
    outcome: Outcome
    decided_at: Instant
    policy: ContentHash
    facts: ContentHash
    """Hash of the facts that went in; with `policy` it makes the decision replayable."""
    answers: tuple[Answer, ...]
    until: Instant | None = None
    stage: Literal["plan", "send"] = "plan"
    local_time: str = ""
    """Recipient-local wall time with zone, as the officer needs it."""
    consent_id: str = ""
    suppression_checked_at: Instant | None = None


class SendSms(Noun):
    """A text to one phone."""

    kind: Literal["send_sms"] = "send_sms"
    to: SecretStr
    sender: str
    body: SecretStr
    callback: str = ""
    """Where the vendor reports the status; our reference is part of it."""
    expires_at: Instant | None = None
    """After this instant the vendor shall drop it rather than send it late (R32)."""


class SendEmail(Noun):
    """A mail to one address."""

    kind: Literal["send_email"] = "send_email"
    to: SecretStr
    sender: str
    sender_name: str = ""
    subject: SecretStr
    body: SecretStr
    unsubscribe: str = ""
    secure: bool = True
    """True refuses to send without verified TLS."""


class UpsertLead(Noun):
    """The lead, written to the CRM under our external id."""

    kind: Literal["upsert_lead"] = "upsert_lead"
    external_id: str
    given_name: SecretStr = SecretStr("")
    family_name: SecretStr = SecretStr("")
    phone: SecretStr = SecretStr("")
    email: SecretStr = SecretStr("")
    source: str = ""
    asked_for: SecretStr = SecretStr("")


class CreateTask(Noun):
    """A task for a person of the practice."""

    kind: Literal["create_task"] = "create_task"
    external_id: str
    title: str
    body: SecretStr = SecretStr("")
    due_at: Instant
    urgent: bool = False
    person_vendor_id: str = ""
    owner: str = ""


class LogCommunication(InThread):
    """A logged copy of an automatic message on the contact (P23). It logs; it does not send."""

    kind: Literal["log_communication"] = "log_communication"
    external_id: str
    person_vendor_id: str
    channel: Channel
    body: SecretStr
    at: Instant


class WriteOptOut(Noun):
    """Our suppression, copied into a vendor's own list (R34). Opt-ins are never copied."""

    kind: Literal["write_opt_out"] = "write_opt_out"
    contact: SecretStr
    channel: Channel
    at: Instant
    senders: tuple[str, ...] = ()
    """The numbers or mailboxes this practice speaks from through the tool: others on its account may be another's."""


_Told = SendSms | SendEmail | UpsertLead | CreateTask | LogCommunication | WriteOptOut
Payload = Annotated[_Told | WriteBack | SaidInside | InboxWrite, Field(discriminator="kind")]


class Command(Noun):
    """A payload addressed to one connection. Only the outbox turns it into a request."""

    connection_id: ConnectionId
    vendor: str
    product: str
    payload: Payload
