"""Tasks for people of the practice. Each has an owner, a due time, a way to close that we notice, and an expiry."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.ids import LocationId, PersonId, TaskId
from canonical.model import Noun


class TaskKind(StrEnum):
    """Why somebody is asked to act."""

    INQUIRY = "inquiry"
    """Call this lead (rows 1.3, P21)."""
    INQUIRY_UNCALLED = "inquiry_uncalled"
    """Nobody called by the promised hour (row 1.5)."""
    REPLY = "reply"
    """A human must answer (row 7.1)."""
    RED_FLAG = "red_flag"
    OPT_OUT_REVIEW = "opt_out_review"
    """Looks like an opt-out; confirm within one business day (TCPA-11)."""
    OPTED_OUT = "opted_out"
    """A phone opted out whose people have visits ahead: somebody calls them from now on (R2)."""
    MAY_MEAN_APPOINTMENT = "may_mean_appointment"
    """CANCEL by itself: an opt-out that may have meant the visit (R23)."""
    FIX_CONTACT = "fix_contact"
    CALL_LIST = "call_list"
    """A visit whose message will not go (R57)."""
    NOT_PROVED = "not_proved"
    """A send whose outcome could not be established."""
    STALE = "stale"
    """The anchor could not be read in time (FRESH-01)."""
    REVIEW_LINK = "review_link"
    """Two records may be one person, or one record two (R1)."""
    OPERATOR = "operator"
    """A key, scope or agreement needs someone (NeedsOperator, R47)."""
    UNMAPPED_SERVICE = "unmapped_service"
    OTHER = "other"


class Task(Noun):
    """A task as the hub keeps it; where it was put is an action like any other."""

    task_id: TaskId
    kind: TaskKind
    subject_id: str
    """The visit, inquiry, reply, attempt or connection it is about."""
    person_id: PersonId | None = None
    location_id: LocationId | None = None
    title: str
    """Neutral: no treatment word, no name."""
    due_at: Instant
    expires_at: Instant
    opened_at: Instant


class TaskRecord(Noun):
    """A task or call as a CRM has it: how we notice that one was closed (R56)."""

    vendor_id: str
    status: str = ""
    done: bool = False
    person_vendor_id: str = ""
    kind: str = ""
    reference: str = ""
    at: Instant | None = None
