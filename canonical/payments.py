"""Deposits (row 2.4) and, where a source has no invoices, money spent (M5). Amounts are in cents; no treatment in any descriptor."""

from enum import StrEnum

from pydantic import Field

from canonical.clock import Instant
from canonical.model import Noun


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    REQUESTED = "requested"
    PAID = "paid"
    REFUNDED = "refunded"
    KEPT = "kept"
    WAIVED = "waived"
    FAILED = "failed"


HELD = frozenset({PaymentStatus.PAID, PaymentStatus.WAIVED, PaymentStatus.KEPT})
"""Nothing more is asked for."""


class Payment(Noun):
    """Money that was asked for or came in, as a vendor record describes it. What it was billed for is an `Invoice`."""

    vendor_id: str
    person_vendor_id: str = ""
    appointment_vendor_id: str = ""
    amount_cents: int = Field(ge=0)
    currency: str = "USD"
    status: PaymentStatus
    deposit: bool = False
    """Asked for before a visit (row 2.4); otherwise money spent (M5, unless the source has invoices)."""
    reference: str = ""
    at: Instant | None = None
