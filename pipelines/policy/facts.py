"""Everything a rule may ask, each either known or said to be unknown.

The outbox fills this from the ledger in the transaction that also claims. A rule that meets UNKNOWN answers what the
table says unknown means for it; where the table says nothing, UNK-01 blocks.
"""

from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from canonical.actions import Action
from canonical.agreements import Agreement
from canonical.clock import Instant
from canonical.consent import Consent, Suppression
from canonical.model import Noun
from canonical.pauses import Pause
from canonical.people import ContactKind, PersonFlag
from canonical.practice import Channel, ZoneName

T = TypeVar("T")


class Unknown(Enum):
    """The one value that is not an answer."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


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
    flags: tuple[PersonFlag, ...] = ()


class Permission(Noun):
    """What the contact point allowed and revoked."""

    consents: tuple[Consent, ...] | Unknown = UNKNOWN
    """The newest evidence per category for this contact point and brand."""
    suppressions: tuple[Suppression, ...] | Unknown = UNKNOWN
    """In force now, for this contact point, brand and person."""
    checked_at: Instant | None = None


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
    variant: Literal["standard", "neutral", "late"] = "standard"
    neutral_exists: bool = False


class Occasion(Noun):
    """For answers to somebody's own act: a requested reply or an opt-out confirmation."""

    event_id: str = ""
    event_at: Instant | Unknown | None = UNKNOWN
    replies_sent: int = 0
    """Automatic replies already sent to this event on this channel."""
    on_topic: bool = True
    confirmations_sent: int = 0
    revoked_at: Instant | None = None


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
    sent_today: int = 0
    sent_24h_same_subject: int = 0


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
    subject_linked: bool = True
    """Whether the payload holds any field about a person."""


_EMERGENCY_ROW = "7.3"


def is_emergency(action: Action) -> bool:
    """The fixed emergency text of row 7.3: no pause, cap or general opt-out holds it."""
    return action.urgent and action.row == _EMERGENCY_ROW and action.channel is Channel.SMS


class NotKnown(LookupError):
    """A rule asked for an input that nobody knows. It is an answer, not a mistake."""

    def __init__(self, field: str) -> None:
        """`field` is the table's name of the input."""
        super().__init__(field)
        self.field = field


def known(value: T | Unknown, field: str) -> T:
    """The value; raises NotKnown, so that the engine can answer for the rule (UNK-01)."""
    if isinstance(value, Unknown):
        raise NotKnown(field)
    return value


def recorded(value: T | None, field: str) -> T:
    """The value; raises NotKnown where nobody recorded one."""
    if value is None:
        raise NotKnown(field)
    return value


zone_named = cache(ZoneInfo)
"""The zone of that name, without looking it up anew."""


def local(now: datetime, facts: Facts) -> datetime:
    """The recipient's wall clock. Raises NotKnown without a zone."""
    return now.astimezone(zone_named(known(facts.recipient.zone, "recipient_tz")))
