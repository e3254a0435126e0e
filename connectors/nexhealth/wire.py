"""NexHealth's payloads: which fields must be there. Everything else is kept and never required.

Source: NexHealth's OpenAPI v3.0.0 (= v20240412). Which fields a record has depends on the health record behind it: its
documents ask not to count on any of `bio`, and half of an appointment's fields are "not supported by all integrations".

An appointment is a row as NexHealth wrote it; where the row names its type only by number, the type's own row stands in it
as `appointment_type`: two answers, each piece untouched. A procedure lands without its code, name, place on the body and plan.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from connectors.kit.shapes import Shape

NumberId = Annotated[int | str, Field(union_mode="left_to_right")]
"""An id: the documents say number, and text is as good."""


class Patient(Shape):
    """A patient, as lists and webhooks give one."""

    id: NumberId


class Appointment(Shape):
    """An appointment. Without a patient it is a block of the calendar (R18)."""

    id: NumberId
    start_time: str


class Price(Shape):
    """An amount in whole units of its currency (dollars, not cents), as text."""

    amount: str | float | None = None
    currency: str | None = None


class Procedure(Shape):
    """Something that was done, or is planned, with its fee. Which procedure it was never lands."""

    id: NumberId
    patient_id: NumberId | None = None
    appointment_id: NumberId | None = None
    location_id: NumberId | None = None
    status: str | None = None
    fee: Price | None = None


class PageInfo(Shape):
    """Where a list goes on."""

    has_next_page: bool | None = None
    end_cursor: str | None = None


class Token(Shape):
    """The answer to the key."""

    data: dict[str, Any] | None = None

    @property
    def token(self) -> str:
        """The bearer token, or nothing."""
        return str((self.data or {}).get("token") or "")


class Place(Shape):
    """A location of an institution."""

    id: NumberId
    name: str = ""
    inactive: bool | None = None
    map_by_operatory: bool | None = None


class Institution(Shape):
    """An institution the key opens, with its locations."""

    id: NumberId
    subdomain: str = ""
    locations: tuple[Place, ...] | None = None


class Sync(Shape):
    """Whether NexHealth still hears from the health record, and can write into it."""

    read_status: str | None = None
    write_status: str | None = None
    locations: tuple[Place, ...] | None = None


class Endpoint(Shape):
    """An address NexHealth calls."""

    id: NumberId
    target_url: str = ""
    active: bool | None = None


class Subscription(Shape):
    """What it calls it for."""

    event: str = ""
    active: bool | None = None


class Document(Shape):
    """A file in a patient's record."""

    id: NumberId
    filename: str | None = None


class Named(Shape):
    """A provider or a type of appointment."""

    id: NumberId
    name: str | None = None
    locations: tuple[Place, ...] | None = None
    """Of a provider, where that was asked for."""


class Opening(Shape):
    """A free slot. Its time is written with the place's own offset."""

    time: str
    end_time: str | None = None
    provider_id: NumberId | None = None


class Openings(Shape):
    """The free slots of one provider at one place."""

    lid: NumberId
    pid: NumberId | None = None
    slots: tuple[Opening, ...] | None = None


SHAPES: Final[Mapping[str, type[Shape]]] = {"patients": Patient, "appointments": Appointment, "procedures": Procedure}
"""Stream → what a record of it must have."""
