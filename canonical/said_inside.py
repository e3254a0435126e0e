"""What is said inside a tool's own conversation: a direct message, a message in a portal, an answer under a review."""

from typing import Literal

from pydantic import Field, SecretStr

from canonical.clock import Instant
from canonical.model import Noun
from canonical.practice import Channel


class SendDirectMessage(Noun):
    """An answer to somebody who wrote first (META-01 to META-03)."""

    kind: Literal["send_direct_message"] = "send_direct_message"
    channel: Channel
    to: SecretStr
    """The platform's own id of the person, in their thread with us."""
    body: SecretStr
    heard_at: Instant | None = None
    """When the person last wrote, as far as we know: the platform's window counts from there."""
    by_person: bool = False
    """True where a person of the practice wrote the words: the only case that may go after the first day (META-02)."""


class SendPortalMessage(Noun):
    """A message that waits in a portal. What goes out beside it says no more than that there is one."""

    kind: Literal["send_portal_message"] = "send_portal_message"
    person_vendor_id: str
    body: SecretStr
    appointment_vendor_id: str = ""


class ScheduleReminder(Noun):
    """A reminder in the tool's own words, sent by the tool; never beside one it has planned itself (R41)."""

    kind: Literal["schedule_reminder"] = "schedule_reminder"
    person_vendor_id: str
    appointment_vendor_id: str
    at: Instant


class ReplyToReview(Noun):
    """The practice's public answer to a review (row 7.4). It cannot be made without somebody who approved these words."""

    kind: Literal["reply_to_review"] = "reply_to_review"
    review_id: str
    body: SecretStr
    approved_by: str = Field(min_length=1)
    """Who approved the words, or the id of the approval."""


SaidInside = SendDirectMessage | SendPortalMessage | ScheduleReminder | ReplyToReview
"""Every payload of this file, for the union of all of them in `actions`."""
