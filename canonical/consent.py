"""Permission: what someone agreed to, on which contact point, with which words; and what they revoked."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.ids import ConsentId, ContactPointId, PersonId, SuppressionId
from canonical.model import Noun


class ConsentKind(StrEnum):
    """How strong the evidence is, weakest first (R33)."""

    PROVIDED_NUMBER = "provided_number"
    """The number came through an intake point the practice attested. Enough for treatment and operations."""
    EXPRESS = "express"
    """The person said yes to this category."""
    WRITTEN = "written"
    """Signed text, this number, this seller, not a condition of purchase. The only kind that lets us sell."""


class ConsentCategory(StrEnum):
    """What a consent is for."""

    INFORMATIONAL = "informational"
    """Treatment, operations, surveys and reviews named in the wording."""
    FEEDBACK = "feedback"
    MARKETING = "marketing"
    NEWSLETTER = "newsletter"
    PHOTO = "photo"


class Consent(Noun):
    """Evidence that a contact point may be used for a category (C4)."""

    consent_id: ConsentId
    contact_point_id: ContactPointId
    brand: str
    category: ConsentCategory
    kind: ConsentKind
    granted: bool = True
    """False is a withdrawal: the newest evidence of a category wins."""
    given_at: Instant | None = None
    recorded_at: Instant
    source: str
    wording_sha256: str = ""
    form_version: str = ""


class SuppressionScope(StrEnum):
    """How much a revocation stops."""

    ALL = "all"
    """Everything that is not an emergency, and the default whatever was revoked (TCPA-16)."""
    MARKETING = "marketing"
    PERSON_ON_PHONE = "person_on_phone"
    """Wrong number: this person on this phone, nobody else on it (R26)."""


class Suppression(Noun):
    """A revocation. Per contact point and brand, so for everybody on that phone (R2, R11)."""

    suppression_id: SuppressionId
    contact_point_id: ContactPointId
    person_id: PersonId | None = None
    """Set for `person_on_phone` only: whom the number does not belong to (R26)."""
    brand: str
    scope: SuppressionScope
    lifted: bool = False
    """True is a later row that ends an earlier one (START restores the informational scope only, R34)."""
    effective_at: Instant
    recorded_at: Instant
    source: str
    word: str = ""
    """The matched keyword or code, never the whole text."""
    provisional: bool = False
    """Held until a human confirms (TCPA-11)."""
