"""Business associate agreements: the vendor register of C1."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from canonical.model import Noun


class AgreementStatus(StrEnum):
    """Where a vendor's BAA stands. Only `signed` lets patient-linked data through."""

    EVALUATING = "evaluating"
    SIGNED = "signed"
    EXPIRED = "expired"
    NONE = "none"


class Agreement(Noun):
    """One vendor's entry in the register."""

    vendor: str
    status: AgreementStatus
    covered_products: tuple[str, ...] = ()
    signed_on: date | None = None
    expires_on: date | None = None
    """The last day it is in force, in the practice's own zone. None = open-ended, as most BAAs are."""
    reviewed_on: date | None = None
    document_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    stored_in: str = ""
    encrypted_at_rest: bool | None = None
    encrypted_in_transit: bool | None = None

    def in_force(self, today: date) -> bool:
        """Signed, documented and not past its end on that day (BAA-01, BAA-02)."""
        ended = self.expires_on is not None and today > self.expires_on
        return self.status is AgreementStatus.SIGNED and bool(self.document_sha256) and not ended


class VendorRegister(Noun):
    """All agreements of a practice, the agency's own and its hosting included."""

    agreements: tuple[Agreement, ...] = ()

    def find(self, vendor: str, product: str) -> Agreement | None:
        """The entry that covers this product of this vendor, or None."""
        return next((a for a in self.agreements if a.vendor == vendor and product in a.covered_products), None)
