"""What rules ask about a payload on its way to a vendor: names of its fields and where it comes from, never a value."""

from typing import Literal

from canonical.model import Noun
from pipelines.policy.knowing import UNKNOWN, Unknown
from pipelines.policy.rewrites import DROP_FIELD, SET_CHANNEL

Mode = Literal["on", "off", "none"]
Destination = Literal["tool", "newsletter", "reviews", "ad_platform"]
RecipientKind = Literal["patient", "practice", "business_associate", "provider", "other"]
"""Who gets to read it. `practice` are its own people, `business_associate` whoever has signed an agreement."""


class Ground(Noun):
    """What the way out stands on, known from the settings before anything is sent (BAA-03, TCPA-18, SEC-01)."""

    vendor_mode: Mode | Unknown = UNKNOWN
    """The vendor's own switch for accounts under an agreement; `none` = the vendor has no such switch."""
    registered_uses: tuple[str, ...] | Unknown | None = UNKNOWN
    """What the sending number is registered for; empty = nothing was approved, None = no number sends it."""
    transport_encrypted: bool | Unknown = UNKNOWN
    storage_encrypted: bool | Unknown = UNKNOWN
    key_apart: bool | Unknown = UNKNOWN
    """Whether the keys lie elsewhere than the data they lock."""


class Contact(Noun):
    """The contact a newsletter or an audience would get (PHI-01, PHI-02, EMAIL-05)."""

    provenance: str | Unknown = UNKNOWN
    """How the contact came here: `newsletter_signup`, `patient_record`, `inquiry` …"""
    opt_in_event_id: str = ""
    """The evidence that they joined themselves; empty = none."""
    labels: tuple[str, ...] = ()
    """Tags, segments and list names that would go along."""
    sources: tuple[str, ...] | Unknown = UNKNOWN
    """What the audience and the moment were computed from: `newsletter`, `calendar`, `thread` (the person's own), `patient_record` …"""
    current_status: str | Unknown | None = UNKNOWN
    """What the vendor says about the contact now; None = the vendor does not know them."""
    requested_status: str = ""


class Push(Noun):
    """One payload."""

    fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    """Those without which the vendor takes nothing."""
    allowed: tuple[str, ...] | None = None
    """The list for this vendor and purpose; None = there is none (MIN-01)."""
    allowed_late: tuple[str, ...] | None = None
    """The list for an answer that came so late that it is decided as an operations text (TCPA-20)."""
    destination: Destination | Unknown = UNKNOWN
    recipient_kind: RecipientKind | Unknown = UNKNOWN
    opens_channels: tuple[str, ...] = ()
    """Channels that the vendor would use by its own default (REV-07)."""
    contact: Contact = Contact()
    ground: Ground = Ground()

    def rewritten(self, applied: frozenset[str]) -> "Push":
        """The payload after some named rewrites: without the fields that were dropped, on the one channel that was set."""
        gone = dropped(applied)
        if not gone and SET_CHANNEL not in applied:
            return self
        left = tuple(field for field in self.fields if field not in gone)
        opens = () if SET_CHANNEL in applied else self.opens_channels
        return self.model_copy(update={"fields": left, "opens_channels": opens})


def dropped(applied: frozenset[str]) -> frozenset[str]:
    """The fields that some named rewrites take out of a payload."""
    lists = (name.removeprefix(DROP_FIELD) for name in applied if name.startswith(DROP_FIELD))
    return frozenset(field for fields in lists for field in fields.split(","))
