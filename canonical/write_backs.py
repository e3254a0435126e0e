"""What goes back into the tool that keeps the calendar or the till: no message to anybody, and no word about a treatment."""

from typing import Literal

from pydantic import Field, SecretStr

from canonical.clock import Instant
from canonical.model import Noun


class ConfirmAppointment(Noun):
    """A person's yes, written back where the appointment stands (row 3.6)."""

    kind: Literal["confirm_appointment"] = "confirm_appointment"
    external_id: str
    appointment_vendor_id: str
    at: Instant


class CreatePaymentLink(Noun):
    """A link to pay a deposit (row 2.4). What the visit is for stands nowhere in it."""

    kind: Literal["create_payment_link"] = "create_payment_link"
    external_id: str
    """Ours; the vendor gives it back beside the payment, and a repeated request with it makes no second link."""
    amount_cents: int = Field(gt=0)
    currency: str = "USD"
    location: str = ""
    """The vendor's own id of the place that is paid; empty = the connection's."""


class CheckInAppointment(Noun):
    """That somebody has arrived, written where the appointment stands."""

    kind: Literal["check_in_appointment"] = "check_in_appointment"
    external_id: str
    appointment_vendor_id: str
    at: Instant


class CreatePatient(Noun):
    """A patient record in the tool that keeps the calendar, for somebody who is about to be booked."""

    kind: Literal["create_patient"] = "create_patient"
    external_id: str
    given_name: SecretStr
    family_name: SecretStr
    birth_date: SecretStr
    """Year-month-day."""
    phone: SecretStr
    email: SecretStr
    provider: str
    """The vendor's own id of who treats them."""
    location: str = ""
    """The vendor's own id of the place; empty = the connection's only one."""


class CreateAppointment(Noun):
    """A booking in a free slot."""

    kind: Literal["create_appointment"] = "create_appointment"
    external_id: str
    person_vendor_id: str
    provider: str
    """The vendor's own id of who treats them."""
    start: Instant
    end: Instant | None = None
    service: str = ""
    """The vendor's own id of the sort of appointment."""
    location: str = ""
    """The vendor's own id of the place; empty = the connection's only one."""


WriteBack = ConfirmAppointment | CreatePaymentLink | CheckInAppointment | CreatePatient | CreateAppointment
"""Every payload of this file, for the union of all of them in `actions`."""
