"""What is written into an inbox that the practice's staff share: it says there what happened elsewhere, and sends nothing."""

from typing import Literal

from pydantic import Field, SecretStr

from canonical.clock import Instant
from canonical.model import Noun
from canonical.practice import Channel
from canonical.visits import AppointmentStatus


class InThread(Noun):
    """Where a copy belongs in a tool that knows people by how they write, and keeps an inbox for each of our numbers."""

    contact: SecretStr = SecretStr("")
    """The person's phone or address; empty where what is copied is about none."""
    sender: str = ""
    """The number of the location it is about."""


class ImportMessage(Noun):
    """A message that another tool sent, so that staff see it in the thread and nobody says it again (P23)."""

    kind: Literal["import_message"] = "import_message"
    external_id: str
    contact: SecretStr
    contact_name: SecretStr
    channel: Channel
    body: SecretStr
    at: Instant
    sender: str = ""
    """The number or address it came from; it decides which location's inbox."""


class AddNote(Noun):
    """A note beside a conversation, which only staff see."""

    kind: Literal["add_note"] = "add_note"
    external_id: str
    conversation_vendor_id: str = Field(min_length=1)
    body: SecretStr


class CreateReviewInvite(Noun):
    """A personal link to the place where reviews are written (row 6.2). It is made, not sent."""

    kind: Literal["create_review_invite"] = "create_review_invite"
    external_id: str
    contact: SecretStr
    """A phone or a mail address."""
    sender: str = ""
    """The number that decides which location is reviewed."""


class ReportAppointment(Noun):
    """How a visit stands, told to a tool that shows it beside the conversation, or in whose calendar it stands."""

    kind: Literal["report_appointment"] = "report_appointment"
    external_id: str
    contact: SecretStr
    contact_name: SecretStr
    start: Instant
    minutes: int | None = Field(default=None, gt=0)
    status: AppointmentStatus
    sender: str = ""
    """The number that decides which location it is at."""
    appointment_vendor_id: str = ""
    """The tool's own id of the appointment; empty for a tool that keeps no calendar."""


class RemoveTag(Noun):
    """A control word of the desk, taken off the record it stood on: else the same word could not be said again (R60)."""

    kind: Literal["remove_tag"] = "remove_tag"
    external_id: str
    person_vendor_id: str = Field(min_length=1)
    tag: str = Field(min_length=1)
    """In any of its spellings: capitals, spaces, hyphens and underscores are one."""


InboxWrite = ImportMessage | AddNote | CreateReviewInvite | ReportAppointment | RemoveTag
"""Every payload of this file, for the union of all of them in `actions`."""
