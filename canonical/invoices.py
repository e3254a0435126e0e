"""What somebody was billed (M5): amounts and ids, and never what for. All amounts are in the currency's smallest unit.

An invoice is no payment. The invoice is what was owed for a sale, payments are the money that came in for it: a deposit by
link, the rest at the counter. One sale is one invoice and may be several payments, so whoever adds up both counts money
twice. What a patient spent (M5) is counted from the invoices of a source that has any, and from its payments otherwise.
No line, treatment, code or description stands here: the sum is all that is needed (MIN-01, C2).
"""

from enum import StrEnum

from pydantic import Field

from canonical.clock import Instant
from canonical.model import Noun


class InvoiceStatus(StrEnum):
    """Where an invoice stands."""

    OPEN = "open"
    """Begun or planned: nothing is spent yet, and it may still change."""
    COMPLETED = "completed"
    """The sale was made. Only these count."""
    CANCELLED = "cancelled"


class Invoice(Noun):
    """A sale, or something given back of one, as a vendor record describes it."""

    vendor_id: str
    person_vendor_id: str = ""
    appointment_vendor_id: str = ""
    total_cents: int | None = Field(default=None, ge=0)
    """After discounts, with tax, without a tip. None: the vendor named no amount, which is not the same as nothing."""
    tax_cents: int | None = Field(default=None, ge=0)
    """How much of the total is tax; None where the vendor does not say it apart."""
    tip_cents: int = Field(default=0, ge=0)
    """Beside the total: a tip is not money spent on a visit."""
    returned_cents: int = Field(default=0, ge=0)
    """What was given back on this invoice, without a tip."""
    returned_from: str = ""
    """The vendor's id of the earlier invoice on which what was given back was billed, where it is another one."""
    currency: str = "USD"
    status: InvoiceStatus
    closed_at: Instant | None = None
    """When the sale was made, or called off; where the vendor knows only the day, an instant of that day."""
    location: str = ""

    @property
    def spent_cents(self) -> int | None:
        """What counts for M5: negative where only something was given back; None where no amount is known."""
        if self.status is not InvoiceStatus.COMPLETED:
            return 0
        return None if self.total_cents is None else self.total_cents - self.returned_cents
