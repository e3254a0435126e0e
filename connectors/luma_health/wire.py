"""Luma's payloads: which fields must be there. Everything else is kept and never required.

Source: Luma's OpenAPI (apidocs.lumahealth.io/public.yaml, read 2026-11). It marks almost nothing as required, so neither do we.

A record is a row as Luma wrote it. Under `told` stands what a mapping cannot say about it: the usable ones of a patient's
contacts, and which side of a message is ours.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from connectors.kit.shapes import AnyId, Shape


def _records(written: object) -> object:
    """A list that is null is an empty one, and what is no record in it is none."""
    if written is None:
        return ()
    return [each for each in written if isinstance(each, Mapping)] if isinstance(written, list | tuple) else written


def is_marked(deleted: object) -> bool:
    """Whether `deleted` says so: 1 as Luma documents it, in whatever type."""
    return str(deleted).removesuffix(".0").casefold() in {"1", "true"}


class Record(Shape):
    """A row of any resource."""

    id: AnyId = Field(alias="_id")


class Contact(Shape):
    """One of a patient's phones or addresses."""

    type: str | None = None
    value: str | None = None
    active: bool | None = None
    archived: bool | None = None
    archived_reason: str | None = Field(None, alias="archivedReason")


class Birth(Shape):
    """A birth date in three numbers."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


class Patient(Record):
    """Somebody Luma knows: also doctors and staff."""

    contact: Annotated[tuple[Contact, ...], BeforeValidator(_records)] = ()
    do_not_contact: bool | None = Field(None, alias="doNotContact")
    birth: Birth | str | None = Field(None, alias="dateOfBirth")


class Appointment(Record):
    """An appointment. `date` is ISO 8601; whether it names its zone is not documented."""

    date: str | None = None
    status: str | None = None
    deleted: bool | int | float | str | None = None

    @property
    def gone(self) -> bool:
        """Whether Luma has marked it as deleted."""
        return is_marked(self.deleted)


class ExternalId(Shape):
    """An id of another system, and of which."""

    source: str | None = None
    value: str | None = None


class Message(Record):
    """A message, either direction."""

    type: str | None = None
    sender: str | None = Field(None, alias="from")
    to: str | None = None
    channel: str | None = None
    text: str | None = None
    secure: bool | None = None
    visibility: str | None = None
    recipient_type: str | None = Field(None, alias="recipientType")
    created_at: str | None = Field(None, alias="createdAt")
    external_id: ExternalId | None = Field(None, alias="externalId")


class Reminder(Record):
    """A reminder Luma has planned or sent."""

    type: str | None = None
    send_at: str | None = Field(None, alias="sendAt")
    created_at: str | None = Field(None, alias="createdAt")
    status: str | None = None


class Form(Record):
    """A form of a patient's, without its answers."""

    status: str | None = None


class Feedback(Record):
    """What a patient answered to the question how it was."""

    response: dict[str, Any] | None = None


class Settings(Shape):
    """What a place sets for itself."""

    timezone: str | None = None


class Facility(Record):
    """A place of the practice."""

    name: str | None = None
    settings: Settings | None = None


class Facilities(Shape):
    """A page of places."""

    response: tuple[Facility, ...]


class Reminders(Shape):
    """A page of reminders."""

    response: tuple[Reminder, ...]


class Messages(Shape):
    """A page of messages."""

    response: tuple[Message, ...]


class Preferences(Shape):
    """The contacts Luma itself would use now."""

    valid: tuple[Contact, ...] = Field(alias="validContacts")


class Created(Shape):
    """The answer to something we made. Without an id it proves nothing."""

    id: AnyId = Field(alias="_id")
    status: str | None = None


class Token(Shape):
    """What the token endpoint answers."""

    access_token: str = Field(min_length=1)
    expires_in: float = 3600.0


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "patients": Patient,
    "appointments": Appointment,
    "messages": Message,
    "recalls": Record,
    "forms": Form,
    "feedback": Feedback,
}
"""Stream → what a record of it must have."""
