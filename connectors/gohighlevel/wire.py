"""HighLevel's payloads: which fields must be there. Everything else is kept and never required.

Sources: the vendor's OpenAPI documents and webhook pages (GoHighLevel/highlevel-api-docs @ 0af86a4c, CC0), which recorded
answers contradict in 18 of 72 places: dates are typed as objects, statuses lie outside the enumerations, fields are missing
or null. So an id is all that is asked for.

A message is the row as HighLevel wrote it; where it does not say whose phone or address it is about, `contactPhone` and
`contactEmail` stand in it, as the contact's own record writes them. An appointment has the name of its calendar in
`calendarName`.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from connectors.kit.shapes import AnyId, Shape, VendorId


class Record(Shape):
    """Anything with an id of its own."""

    id: AnyId


class ContactAnswer(Shape):
    """One contact, or none: the look-up by phone answers null."""

    contact: Record | None = None


class Upserted(Shape):
    """The answer to an upsert. Without a contact it proves nothing."""

    contact: Record
    new: bool = False


class Updated(Shape):
    """The answer to an update; it repeats the contact."""

    contact: Record


class TaskAnswer(Shape):
    """A task that was made."""

    task: Record


class NoteAnswer(Shape):
    """A note that was made."""

    note: Record


class Tags(Shape):
    """What a contact has left after a tag was taken off; null where that is nothing."""

    tags: tuple[str, ...] | None


class Appointment(Shape):
    """The answer to a changed appointment: the appointment itself."""

    id: VendorId


class Sent(Shape):
    """The answer to a send. Without a message id it proves nothing."""

    message_id: VendorId = Field(alias="messageId")
    status: str = ""


class Location(Shape):
    """The sub-account."""

    id: VendorId
    name: str = ""
    timezone: str = ""


class LocationAnswer(Shape):
    """The sub-account, wrapped."""

    location: Location


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "contacts": Record,
    "appointments": Record,
    "messages": Record,
    "submissions": Record,
    "opportunities": Record,
    "tasks": Record,
}
"""Stream → what a record of it must have."""
