"""Appointments as vendors have them, and visits as we understand them: a visit is a chain of appointments (R12)."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.ids import LocationId, PersonId, ProviderId, RecordId, ServiceId, VisitId
from canonical.model import Noun
from canonical.practice import ServiceKind


class AppointmentStatus(StrEnum):
    """What the vendor says about an appointment, in our words."""

    REQUESTED = "requested"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    IN_PROGRESS = "in_progress"
    CHECKED_OUT = "checked_out"
    """An explicit checkout: the strongest completion (R14)."""
    COMPLETED = "completed"
    """Marked completed by someone or something."""
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    """Replaced by another appointment of the same chain."""
    NO_SHOW = "no_show"
    UNKNOWN = "unknown"
    """The vendor said something our code list does not know; nothing is sent on it."""

    @property
    def is_live(self) -> bool:
        """Whether a visit in this state is still expected to happen."""
        return self in {AppointmentStatus.REQUESTED, AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED}


class BookedBy(StrEnum):
    """Who made or changed a booking; it sets the settle window (R9) and the purpose of row 2.5."""

    PATIENT = "patient"
    STAFF = "staff"
    UNKNOWN = "unknown"


class Appointment(Noun):
    """One appointment as one vendor record describes it."""

    vendor_id: str
    person_vendor_id: str = ""
    """The vendor's id of the patient. Empty with no inline name: a block-out, never an appointment (R18)."""
    start: Instant
    end: Instant | None = None
    status: AppointmentStatus
    location: str = ""
    provider: str = ""
    service: str = ""
    booked_at: Instant | None = None
    booked_day_only: bool = False
    """The vendor gives only the day of booking: `booked_at` is then that local midnight."""
    updated_at: Instant | None = None
    booked_by: BookedBy = BookedBy.UNKNOWN
    rescheduled_from: str = ""
    rescheduled_to: str = ""
    checked_in_at: Instant | None = None
    checked_out_at: Instant | None = None
    patient_zone: str = ""


class CompletionGrade(StrEnum):
    """How sure we are that a visit took place (R14)."""

    CHECKED_OUT = "checked_out"
    MARKED = "marked"
    DERIVED = "derived"
    NONE = "none"


class Visit(Noun):
    """Our own unit: one intended encounter, however many vendor appointments it took."""

    visit_id: VisitId
    person_id: PersonId
    record_id: RecordId
    """The appointment record that currently carries the visit."""
    location_id: LocationId | None = None
    provider_id: ProviderId | None = None
    service_id: ServiceId | None = None
    kind: ServiceKind = ServiceKind.UNMAPPED
    status: AppointmentStatus
    start: Instant
    end: Instant | None = None
    booked_at: Instant | None = None
    booked_by: BookedBy = BookedBy.UNKNOWN
    changed_at: Instant
    """When the newest change of start, place, provider or status was made, by the vendor's word or else by ours."""
    completion: CompletionGrade = CompletionGrade.NONE
