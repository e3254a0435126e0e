"""What was said about a subject so far, and how an action's row changes: the words between lifecycle and ledger."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from canonical.actions import Action, ActionState, SubjectKind
from canonical.ids import ActionId, LocationId, ProviderId
from canonical.subjects import InquiryFacts, PersonFacts, ReplyFacts, SuppressionFacts, TaskFacts, VisitFacts


class Tells(StrEnum):
    """What an action's message tells about its visit, for R9 and R10."""

    NOTHING = ""
    TIME = "time"
    """That the visit takes place at `anchor_at`."""
    CANCELLED = "cancelled"
    """That it does not take place."""


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
