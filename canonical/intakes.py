"""Intake forms: sent, completed, and the consents they return as evidence (row 2.3)."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.model import Noun
from canonical.people import ConsentClaim


class IntakeStatus(StrEnum):
    """Where an intake form stands."""

    SENT = "sent"
    OPENED = "opened"
    COMPLETED = "completed"


class Intake(Noun):
    """An intake form as a vendor record describes it. Answers stay with the vendor."""

    vendor_id: str
    person_vendor_id: str = ""
    appointment_vendor_id: str = ""
    status: IntakeStatus
    completed_at: Instant | None = None
    consents: tuple[ConsentClaim, ...] = ()
