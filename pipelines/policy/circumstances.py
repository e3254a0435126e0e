"""What rules ask about one person, thread, visit or hour, beside consent and place."""

from datetime import date, time
from typing import Literal

from canonical.clock import Instant
from canonical.model import Noun
from canonical.practice import Channel
from pipelines.policy.knowing import UNKNOWN, Unknown


class Confidential(Noun):
    """An accepted request to be reached in one way only (CONF-01)."""

    channel: Channel | None = None
    """None = any channel."""
    contact_point_id: str = ""
    """Empty = any of the person's."""
    reachable: bool = True
    """Whether the person has such an address on file, and the practice a way to send there."""
    opens: time | None = None
    closes: time | None = None
    """Local hours; None = any."""


class Guardian(Noun):
    """How old the person is, and who answers for a minor (MINOR-01, R36)."""

    birth_date: date | None = None
    contact_point_id: str = ""
    """The guardian's contact point; empty = no guardian on file."""


class Thread(Noun):
    """The conversation a message belongs to (META-01, META-02, AI-02)."""

    last_inbound_at: Instant | Unknown | None = None
    """When the person last wrote; None = never."""
    from_ad: bool = False
    """Whether it began with an ad that opens a chat."""
    first_message: bool = False
    """Whether nothing was answered in it yet."""
    actor: Literal["automation", "person"] | Unknown = UNKNOWN
    """Who answers; unknown = automation."""
    tag: str = ""
    """What the message would claim towards the platform, e.g. HUMAN_AGENT."""
    converses: bool = False
    """Whether an automated agent words the answer itself; our own texts are fixed templates."""
    disclosed_at: Instant | Unknown | None = None
    """When the person was told that automation answers; unknown = never."""


class Voice(Noun):
    """Who speaks in a call (AI-01)."""

    kind: Literal["human", "synthetic"] | Unknown = UNKNOWN
    """Unknown = synthetic; a cloned voice is synthetic too."""
    identifies_itself: bool = False
    offers_opt_out: bool = False


class Invitation(Noun):
    """What stands between a person and a review link, whatever their score (REV-04, REV-05)."""

    relationship: str = ""
    """To the practice: owner, employee, relative …; empty = no match among its people."""
    last_invited_at: Instant | Unknown | None = None
    """About another visit than this one; None = never."""
    reviewed: bool = False
    visit_finished: bool | Unknown = UNKNOWN
    complaint_since: Instant | Unknown | None = None
    """Since when the oldest complaint or clinical issue is open; None = there is none."""


class Survey(Noun):
    """How the tool that asks for a score is set up (SUR-01)."""

    routes_by_answer: bool | Unknown = False
    """Whether it shows a public page to some answers only. Our own question does not."""


class PublicReply(Noun):
    """The answer to a public review (REV-06)."""

    approved_template: bool | Unknown = UNKNOWN


class Sent(Noun):
    """When this contact point was sent something, or may have been, newest first, by what it was (R39)."""

    logistics: tuple[Instant, ...] = ()
    """Treatment and operations, since the local day began."""
    follow_up: tuple[Instant, ...] = ()
    """Rows 5.x and 6.x that do not sell, in 7 days."""
    marketing: tuple[Instant, ...] = ()
    """In 30 days."""
    same_subject: tuple[Instant, ...] = ()
    """Of this action's own purpose, in 24 hours: what a state counts as one subject (TCPA-09)."""
    treatment_texts: tuple[Instant, ...] = ()
    """In 7 days; counted in exempt mode only (TCPA-05)."""
    answers_of_form: tuple[Instant, ...] = ()
    """Automatic answers to whoever used the same form, in the last hour (R48)."""


class Surge(Noun):
    """How much would go at once, beside what was to be expected (SURGE-01, R48)."""

    tick_count: int = 0
    """Messages due now, without tasks, answers, confirmations and emergencies."""
    forecast: int | Unknown = UNKNOWN
    """Of this practice-hour; unknown = R44's canary size."""
    reached: int = 0
    """People who would hear what nobody could expect."""
    active_patients: int | Unknown = UNKNOWN
    """People with a visit ahead or in the last year."""
