"""Journeys as data: a step says when something is owed relative to a fact, to whom, how, and until when.

`canonical.ranges` is the same thing compiled: what the ledger must look at.
"""

from datetime import time, timedelta
from enum import StrEnum

from canonical.actions import Labels
from canonical.clock import Instant
from canonical.conversations import ReplyIntent
from canonical.ids import ContentHash
from canonical.model import Noun
from canonical.policy import ReviewMode
from canonical.practice import Channel, ServiceKind
from canonical.tasks import TaskKind
from canonical.visits import CompletionGrade


class Anchor(StrEnum):
    """The fact a step hangs on."""

    VISIT_BOOKED = "visit.booked"
    VISIT_START = "visit.start"
    VISIT_MOVED = "visit.moved"
    """Start, place or provider of a told visit changed (row 2.7)."""
    VISIT_CANCELLED = "visit.cancelled"
    VISIT_END = "visit.end"
    VISIT_CHECKED_OUT = "visit.checked_out"
    """An explicit checkout, and nothing less (row 4.4, R14)."""
    VISIT_DELAYED = "visit.delayed"
    """The staff say that the provider is running late (row 4.3)."""
    VISIT_SURVEYED = "visit.surveyed"
    """The question of row 6.1 has gone out."""
    VISIT_SCORED = "visit.scored"
    """The question was answered with a score (R24)."""
    VISIT_INVITED = "visit.invited"
    """The review link of row 6.2 has gone out."""
    INQUIRY_RECEIVED = "inquiry.received"
    INQUIRY_INTEREST = "inquiry.interest"
    """Somebody who asked says, or the staff note, that they want to come (row 2.1)."""
    REPLY_RECEIVED = "reply.received"
    SUPPRESSION_RECORDED = "suppression.recorded"
    """The person revoked in a message to us (row 7.2)."""
    SUPPRESSION_SPREADS = "suppression.spreads"
    """Another tool of the practice must know of an opt-out, wherever it was said (R34)."""
    TASK_OPENED = "task.opened"


class Timing(StrEnum):
    """How the due time follows from the anchor."""

    OFFSET = "offset"
    """Anchor plus offset, to the minute."""
    MORNING_OF = "morning_of"
    """The morning of the anchor's local day, with R29's rule for early visits."""
    PROMISE = "promise"
    """When a call was promised: an hour after an inquiry in opening hours, else an hour after the next opening (1.5)."""
    INSTRUCTION = "instruction"
    """As long before the anchor as the booked service's longest instruction says (row 3.3)."""
    REBOOK = "rebook"
    """As long after the anchor as the service says, else the offset (row 5.4)."""
    DEPOSIT_DEADLINE = "deposit_deadline"
    """As long before the anchor as the practice wants its deposits (row 2.4)."""


class OnPast(StrEnum):
    """What becomes of a step whose due time had passed when the visit was booked or moved (R13)."""

    SKIP = "skip"
    SEND_WITHIN_GRACE = "send_within_grace"
    NEXT = "next"
    """Its content rides with the next step of the visit."""
    AT_ONCE = "at_once"


class Need(StrEnum):
    """A condition on the facts, beside the anchor; all of a step's must hold. Each has its sentence in `lifecycle.needs`."""

    FIRST_WITH_PROVIDER = "first_with_provider"
    """The person has not been treated by this provider before (row 3.4)."""
    PROVIDER_KNOWN = "provider_known"
    """There is something to say about the provider: a bio, or a film (row 3.4)."""
    INSTRUCTIONS = "instructions"
    PREPARATION = "preparation"
    AFTERCARE = "aftercare"
    COMPLEMENTS = "complements"
    """The service names others that go with it (row 5.3)."""
    CAMPAIGN = "campaign"
    """One is in force today (row 5.5)."""
    CAMPAIGN_TEXT = "campaign_text"
    """And has a text of its own that may go by SMS."""
    INTAKE_DUE = "intake_due"
    """The practice or the service wants a form, and it has not come back (row 2.3)."""
    DEPOSIT_DUE = "deposit_due"
    """Money is asked for and has not come (row 2.4)."""
    NOT_YET_CONFIRMED = "not_yet_confirmed"
    NO_FUTURE_VISIT = "no_future_visit"
    """Nothing ahead in the person's own name (R19)."""
    SERIES_OVER = "series_over"
    """Not in the middle of a series (R19)."""
    NOT_A_MEMBER = "not_a_member"
    """R19: no 5.4 and 5.5 while a membership is active."""
    REVIEWABLE = "reviewable"
    """A visit of a kind after which a review may be asked for (R19)."""
    ADULT = "adult"
    """R36: rows 5.3 to 6.3 and photos are not for minors."""
    PHOTO_AUTHORIZED = "photo_authorized"
    NOT_SURVEYED_LATELY = "not_surveyed_lately"
    """At most one question in 60 days, per person (R54)."""
    NOT_INVITED_LATELY = "not_invited_lately"
    """At most one invitation in 180 days, per person (R54)."""
    CHECK_IN_QUIET = "check_in_quiet"
    """At least 20 hours after row 5.1 (row 6.1)."""
    SAMPLED = "sampled"
    """The visit is in the seeded part that is asked in the mode `sample` (R53)."""
    PROMOTER = "promoter"
    """A score of 9 or 10. Loads in `promoters_only` and nowhere else (REV-01)."""
    LINK_UNOPENED = "link_unopened"
    """A tool reports openings, and reports none of this link (row 6.3)."""
    WRITTEN_CONSENT = "written_consent"
    """The person agreed in writing to be sold to on this channel's contact point (TCPA-01)."""


class OnMoved(StrEnum):
    """What a move after the send owes (R10)."""

    NOTHING = "nothing"
    RESEND = "resend"


class StopOn(StrEnum):
    """Facts that end a step for its subject."""

    VISIT_CANCELLED = "visit.cancelled"
    VISIT_CHECKED_IN = "visit.checked_in"
    VISIT_STARTED = "visit.started"
    BOOKING = "booking"
    """Any new booking by anyone on the same contact points (R3)."""
    REPLY = "reply"
    STAFF_CONTACT = "staff_contact"
    """Somebody called, wrote or closed the task (R56)."""
    INTAKE_COMPLETED = "intake.completed"
    DEPOSIT_PAID = "deposit.paid"
    """Paid, waived or kept from an earlier visit (row 2.4)."""
    CONFIRMED = "visit.confirmed"
    SCORED = "visit.scored"
    REVIEW_INVITED = "visit.invited"
    """Another step has sent the link already."""


class Step(Noun):
    """One step of a journey as configured for one practice, layers already merged."""

    key: str
    row: str
    owner: str
    live_from: Instant | None = None
    anchor: Anchor
    timing: Timing = Timing.OFFSET
    offset: timedelta = timedelta(0)
    settle: timedelta = timedelta(0)
    """How long the anchor must be quiet first when the patient acted (R9); all other edits use `settle_staff`."""
    settle_staff: timedelta = timedelta(0)
    at: time | None = None
    """The local hour of MORNING_OF."""
    on_past: OnPast = OnPast.SKIP
    grace: timedelta = timedelta(hours=2)
    """How late SEND_WITHIN_GRACE may still be."""
    not_under: timedelta = timedelta(0)
    """AT_ONCE only where the start is further away than this (row 3.3: four hours, R13)."""
    late_booking: timedelta = timedelta(hours=2)
    """A due time earlier than this after the booking, or after the last move, is past (R13). Not for MORNING_OF."""
    reach: timedelta = timedelta(days=7)
    """How long after its fact became known a booked, moved or cancelled step may still be asked for the first time."""
    expires: timedelta
    """Relative to `expires_from`, or to the anchor where that is empty (R32)."""
    expires_from: Anchor | None = None
    max_age: timedelta = timedelta(minutes=60)
    on_moved: OnMoved = OnMoved.NOTHING
    min_shift: timedelta = timedelta(0)
    channels: tuple[Channel, ...]
    """In order of preference: the first on which the person can be reached. Two channels at once are two steps."""
    labels: Labels
    template: str
    command: str = "send"
    """`send`, or the name of a command such as `create_task`."""
    kinds: tuple[ServiceKind, ...] = ()
    """Kinds of visit it is for; empty = every kind, unmapped included (R19: logistics)."""
    stop: tuple[StopOn, ...] = ()
    where_reachable: bool = False
    """Owed only to whoever can be reached on its channel: another step of the row says the same on another one."""
    where_offered: bool = False
    """Owed only in a practice one of whose tools offers the command; without it nobody could do it."""
    urgent: bool = False
    """Goes at any hour; the emergency text of row 7.3 and nothing else."""
    names_time: bool = False
    """Whether its text tells the visit's time, so that a change must be told (R9, R10)."""
    priority: int = 50
    """Lower goes first when two are due for one person at the same minute (R6, R39)."""
    bundles: bool = True
    """Whether actions of one phone and day may form one message (R5)."""
    absorbs: tuple[str, ...] = ()
    """Step keys whose content this one carries when both are due."""
    folds: tuple[str, ...] = ()
    """Step keys whose content this one carries where their own time had passed at the booking (R13)."""
    when_open: bool | None = None
    """For inquiry steps: only when the promised hour lies inside opening hours (row 1.1), or only otherwise (1.4)."""
    intents: tuple[ReplyIntent, ...] = ()
    """For reply steps: which answers they are for."""
    tasks: tuple[TaskKind, ...] = ()
    """For task steps: which tasks they are for; empty = every kind."""
    needs: tuple[Need, ...] = ()
    """Conditions on the facts, all of which must hold."""
    modes: tuple[ReviewMode, ...] = ()
    """Review modes it is for; empty = every one (R53)."""
    min_grade: CompletionGrade = CompletionGrade.NONE
    """How surely the visit must have taken place (R14)."""


class Journeys(Noun):
    """All steps of a practice, with the hash of the configuration they came from."""

    steps: tuple[Step, ...]
    hash: ContentHash
    review_mode: ReviewMode = ReviewMode.OFF
    """The practice's choice; steps of other modes owe nothing (R53)."""

    def step(self, key: str) -> Step:
        """The step of that key; raises KeyError for a key no layer defines."""
        return next(step for step in self.steps if step.key == key)
