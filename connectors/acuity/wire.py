"""Acuity's payloads: which fields must be there. Everything else is kept and never required.

Source: answers recorded in 2026-06, and developers.acuityscheduling.com (read 2026-11). A record is a row as Acuity wrote
it; what belongs to it and stands nowhere in it is added at its end: `client_key`, because Acuity's clients have no ids, and
`label`, where the row carries one of Acuity's own three.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from connectors.kit.shapes import Shape

AcuityId = Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{1,20}$")]
"""A number, written with or without quotes."""

OWN_LABELS: Final = frozenset({"confirmed", "checked in", "completed"})
"""The labels every account begins with (recorded 2026-06). Others are the practice's own colours and mean nothing here."""


class Appointment(Shape):
    """An appointment. `noShow` is there on cancelled rows only; the start carries its offset without a colon."""

    id: AcuityId
    datetime: str


class Client(Shape):
    """A person: on the list of clients, or as an appointment names them."""

    client_key: str
    first: str | None = Field(None, alias="firstName")
    last: str | None = Field(None, alias="lastName")


class Intake(Shape):
    """The forms of one appointment: which, and whether they were filled in. The answers are not read."""

    id: AcuityId
    client_key: str = ""
    answered: str


class Me(Shape):
    """The account a key opens."""

    id: AcuityId
    timezone: str = ""
    plan: str | None = None
    is_hipaa: bool = Field(default=False, alias="isHIPAA")


class Calendar(Shape):
    """One calendar: a provider, a room or a place."""

    id: AcuityId
    name: str = ""
    timezone: str = ""


class Kind(Shape):
    """A type of appointment."""

    id: AcuityId
    name: str = ""


class Noted(Shape):
    """An appointment as it was written, or is read before that."""

    id: AcuityId
    notes: str | None = None


class Slot(Shape):
    """A start that is free."""

    time: str
    slots: int = Field(1, alias="slotsAvailable")


class Hook(Shape):
    """A webhook that was set up over the API."""

    event: str
    target: str = ""


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "appointments": Appointment,
    "clients": Client,
    "guests": Client,
    "intakes": Intake,
}
"""Stream → what a record of it must have."""
