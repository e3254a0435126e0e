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
    LOW_SCORE = "low_score"
    """An answer of 6 or less: urgent, to the provider (row 6.4)."""
    MIDDLING_SCORE = "middling_score"
    """An answer of 7 or 8 (row 6.4)."""
    SCORE_ELSEWHERE = "score_elsewhere"
    """An answer that was given to another tool and asks for a person (row 6.4). It holds nothing back: no link waits for it."""
    REVIEW = "review"
    """A review has appeared; somebody answers it (row 7.4)."""
    NO_SHOW = "no_show"
    """Somebody did not come: call, with a suggested text (R16)."""
    LATE_PATIENT = "late_patient"
    """Somebody writes that they will be late: the visit and the minutes (R22)."""
    CHANGE_REQUEST = "change_request"
    """Somebody asks to move or cancel the visit (R20)."""
    UNANSWERED = "unanswered"
    """A reply has waited too long (R21)."""
    DEPOSIT_UNPAID = "deposit_unpaid"
    """The deadline of row 2.4 has passed."""
    DEPOSIT_RETURN = "deposit_return"
    """A visit with a paid deposit was cancelled: refund or keep, as the practice has set (row 2.4)."""
    GUARDIAN = "guardian"
    """A minor without a guardian on file (R36)."""
    DELETION = "deletion"
    """Somebody asks that their data be deleted (R35)."""
    FLAGGED = "flagged"
    """Deceased, dismissed or under legal hold: everything has stopped (R37)."""
    SURGE = "surge"
    """More at once than was to be expected: held whole for approval (R48, R17)."""
    APPROVAL = "approval"
    """Something waits for a yes (R50)."""
    SHOULD_NOT_HAVE_GONE = "should_not_have_gone"
    """A fact that came after a message would have stopped it (R55)."""
    FOREIGN_TEXT = "foreign_text"
    """Another tool wrote about a visit whose row is ours (R40)."""
    DRIFT = "drift"
    """Two tools disagree about an opt-out or a flag (R34)."""
    EXPIRY = "expiry"
    """A key or an agreement runs out soon (R47)."""
    CONTROL_WORD = "control_word"
    """A control word that could not be carried out as it stands (R60)."""
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
    appointment_vendor_id: str = ""
    kind: str = ""
    """`feedback` where it is an answer to a question of the tool's own: `scale` and `score` say what was answered."""
    reference: str = ""
    at: Instant | None = None
    scale: str = ""
    """How the tool counts, by its name in `surveys`."""
    score: str = ""
    """As it came; only `surveys.band_of` may read it."""
    guessed: bool = False
    """The tool made the score up from what somebody wrote, or does not say that a person gave it."""
