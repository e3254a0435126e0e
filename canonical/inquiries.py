"""Inquiries: someone asked, on any channel (rows 1.x)."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.ids import ContactPointId, InquiryId, LocationId, PersonId
from canonical.model import Noun
from canonical.people import ConsentClaim


class InquirySource(StrEnum):
    """Where an inquiry came from."""

    WEB_FORM = "web_form"
    CRM = "crm"
    INSTAGRAM = "instagram"
    MESSENGER = "messenger"
    META_LEAD_AD = "meta_lead_ad"
    PHONE_ANSWERED = "phone_answered"
    PHONE_MISSED = "phone_missed"
    FILE = "file"
    OTHER = "other"


class InquiryRecord(Noun):
    """An inquiry as one vendor record describes it."""

    vendor_id: str
    source: InquirySource
    received_at: Instant | None = None
    """The vendor's own time. Missing counts as old (R43)."""
    full_name: str = ""
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    email: str = ""
    thread: str = ""
    """Where it was written, if that is neither: the platform and its id of the person, `instagram:1784…`."""
    asked_for: str = ""
    """The inquiry's type or service of interest: class treatment, never in an SMS."""
    message: str = ""
    location: str = ""
    language: str = ""
    campaign: str = ""
    consents: tuple[ConsentClaim, ...] = ()
    honeypot: str = ""
    """Filled only by robots (R49)."""
    stage: str = ""
    owner: str = ""


class Inquiry(Noun):
    """An inquiry as we know it: one per person and 24 hours, whatever the number of forms (R4)."""

    inquiry_id: InquiryId
    person_id: PersonId
    phone: ContactPointId | None = None
    email: ContactPointId | None = None
    location_id: LocationId | None = None
    source: InquirySource
    received_at: Instant | None = None
    suspected_spam: bool = False
    spam_reason: str = ""
    same_as: InquiryId | None = None
    """The earlier inquiry this one repeats (R4)."""
    language: str = ""
