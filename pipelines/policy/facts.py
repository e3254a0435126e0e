"""Everything a rule may ask, each either known or said to be unknown.

The outbox fills this from the ledger in the transaction that also claims. A rule that meets UNKNOWN answers what the
table says unknown means for it; where the table says nothing, UNK-01 blocks.
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from canonical.actions import Action
from canonical.agreements import Agreement
from canonical.clock import Instant
from canonical.consent import Consent, Suppression
from canonical.model import Noun
from canonical.pauses import Pause
from canonical.people import ContactKind, PersonFlag
from canonical.practice import Channel, ZoneName
from pipelines.policy.circumstances import (
    Confidential,
    Guardian,
    Invitation,
    PublicReply,
    Sent,
    Surge,
    Survey,
    Thread,
    Voice,
)
from pipelines.policy.knowing import UNKNOWN, NotKnown, Unknown, known, recorded
from pipelines.policy.offers import Authorization, Campaign, Mailing, Profile, Screening
from pipelines.policy.pushes import Push

__all__ = [
    "NOBODYS",
    "UNKNOWN",
    "Authorization",
    "Campaign",
    "Confidential",
    "Facts",
    "Freshness",
    "Guardian",
    "Invitation",
    "Ledger",
    "Mailing",
    "NotKnown",
    "Occasion",
    "Permission",
    "Profile",
    "Programme",
    "PublicReply",
    "Push",
    "Recipient",
    "Route",
    "Row",
    "Screening",
    "Sent",
    "Surge",
    "Survey",
    "Text",
    "Thread",
    "Unknown",
    "Voice",
    "is_emergency",
    "known",
    "local",
    "recorded",
    "zone_named",
]


NOTHING: Final = "none"
"""The vendor and product of a route where no tool is connected that could carry the message."""


class Route(Noun):
    """Where the message would go."""

    vendor: str
    product: str
    agreement: Agreement | Unknown | None = UNKNOWN
    """None = the register has no entry that covers this product."""
    max_latency: timedelta = timedelta(0)
    sender: str = ""


class Recipient(Noun):
    """The contact point and where its owner is."""

    contact_point_id: str = ""
    kind: ContactKind | None = None
    brand: str = ""
    zone: ZoneName | Unknown = UNKNOWN
    """The zone treatment and operations use: patient address, else the appointment's location (R31)."""
    zone_source: Literal["address", "location", ""] = ""
    address_state: str | Unknown = UNKNOWN
    location_state: str | Unknown = UNKNOWN
    """Where the person is treated: stands in for an unknown address, and only makes windows narrower."""
    area_code_states: tuple[str, ...] | Unknown = UNKNOWN
    """States the number's area code stands for; empty for a number that belongs to no place."""
    area_code_zones: tuple[ZoneName, ...] = ()
    textable: bool | Unknown = UNKNOWN
    line_type: str | Unknown = UNKNOWN
    """`mobile`, `landline` …, as a look-up says (TCPA-21)."""
    in_north_america: bool = True
    """Whether the number begins with +1: automatic answers by text go nowhere else (R48)."""
    flags: tuple[PersonFlag, ...] | Unknown = ()
    flagged_on: date | None = None
    """Since when one of them stops everything (NEVER-01)."""


class Permission(Noun):
    """What the contact point allowed and revoked."""

    consents: tuple[Consent, ...] | Unknown = UNKNOWN
    """The newest evidence per category for this contact point and brand."""
    suppressions: tuple[Suppression, ...] | Unknown = UNKNOWN
    """In force now, for this contact point, brand and person."""
    checked_at: Instant | None = None
    warned_at: Instant | None = None
    """When the person was told the risk of unencrypted mail and texts and still preferred them; None = never (UNENC-01)."""


class Freshness(Noun):
    """How old the facts under the action are (FRESH-01)."""

    stream: str = ""
    read_at: Instant | Unknown | None = UNKNOWN
    """When the stream was last read completely; None = never."""
    webhook_at: Instant | None = None
    """When the anchor itself last came by a verified webhook: as fresh as its arrival."""
    max_age: timedelta = timedelta(minutes=60)
    reread: Literal["unchanged", "changed", "failed", "not_offered"] = "not_offered"


class Text(Noun):
    """What would be said, rendered."""

    subject: str = ""
    body: str = ""
    sender_name: str = ""
    lexicon_term: str | None = None
    """The first term of the practice's lexicon found in body, subject, sender name or URLs."""
    identifiers: tuple[str, ...] = ()
    """Names of 18-identifier patterns found outside the template's declared slots."""
    has_brand: bool = False
    has_stop_and_help: bool = False
    variant: Literal["standard", "neutral", "late", "exempt", "call_or_link"] = "standard"
    neutral_exists: bool = False
    offers_value: bool | Unknown = UNKNOWN
    """Whether it offers anything of value; where nobody looked, the rule does (REV-03, SUR-01)."""
    record_slots: tuple[str, ...] = ()
    """Variables it used that are filled from the patient record (META-03)."""
    discloses_automation: bool = False


class Occasion(Noun):
    """For answers to somebody's own act: a requested reply, an opt-out confirmation, the link after a score."""

    event_id: str = ""
    event_at: Instant | Unknown | None = UNKNOWN
    replies_sent: int = 0
    """Automatic replies already sent to this event on this channel."""
    on_topic: bool = True
    confirmations_sent: int = 0
    revoked_at: Instant | None = None
    answered_at: Instant | None = None
    """When the person gave the answer that this follows at once (R53); None = it follows no answer."""


class Row(Noun):
    """The row's switch (OWN-01, LIVE-01)."""

    owner: str = ""
    live_from: Instant | None = None
    trigger: bool = False
    after_visit: bool = False
    fact_at: Instant | None = None
    """For trigger rows the vendor's time of the fact; for anchored rows the due time; after a visit its end."""


class Ledger(Noun):
    """Whether what happens can be recorded and proved (AUD-01, AUD-02)."""

    writable: bool | Unknown = True
    checkpoint_due_unsigned: bool = False
    verified: bool | Unknown = True
    checkpoint_size: int | None = None
    """Entries under the newest checkpoint, for the sentence of AUD-02."""


class Programme(Noun):
    """What this contact has heard from this brand before."""

    first_message: bool | Unknown = UNKNOWN


class Facts(Noun):
    """All inputs of one decision."""

    demo: bool
    practice_name: str
    practice_state: str
    today: date
    """In the practice's own zone: agreements expire by it."""
    route: Route
    recipient: Recipient = Recipient()
    permission: Permission = Permission()
    freshness: Freshness = Freshness()
    text: Text = Text()
    occasion: Occasion = Occasion()
    row: Row = Row()
    ledger: Ledger = Ledger()
    programme: Programme = Programme()
    pauses: tuple[Pause, ...] = ()
    approved: dict[str, str] = Field(default_factory=dict)
    """Rules whose question a person has answered with yes for this action, each with who (R50)."""
    subject_linked: bool = True
    """Whether the payload holds any field about a person."""
    campaign: Campaign = Campaign()
    authorization: Authorization | Unknown | None = None
    """None = no row, and the stream was read."""
    confidential: Confidential | Unknown | None = None
    """None = no row, and the stream was read."""
    screening: Screening = Screening()
    profile: Profile = Profile()
    mailing: Mailing = Mailing()
    guardian: Guardian = Guardian()
    thread: Thread = Thread()
    voice: Voice = Voice()
    invitation: Invitation = Invitation()
    survey: Survey = Survey()
    public_reply: PublicReply = PublicReply()
    sent: Sent = Sent()
    surge: Surge = Surge()
    push: Push = Push()


NOBODYS = (Channel.CRM, Channel.STAFF, Channel.REVIEW_REPLY)
"""Channels on which nobody is written to by number or address."""


_EMERGENCY_ROW = "7.3"


def is_emergency(action: Action) -> bool:
    """The fixed emergency text of row 7.3: no pause, cap or general opt-out holds it."""
    return action.urgent and action.row == _EMERGENCY_ROW and action.channel is Channel.SMS


zone_named = cache(ZoneInfo)
"""The zone of that name, without looking it up anew."""


def local(now: datetime, facts: Facts) -> datetime:
    """The recipient's wall clock. Raises NotKnown without a zone."""
    return now.astimezone(zone_named(known(facts.recipient.zone, "recipient_tz")))
