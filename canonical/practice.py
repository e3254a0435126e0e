"""The practice as data: who it is, where and when it works, what it does, who sends for it, and through what."""

from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from canonical.campaigns import Campaign
from canonical.clock import DailyWindow, Instant
from canonical.durations import Duration
from canonical.ids import ConnectionId, LocationId, PracticeId, ProviderId, ServiceId
from canonical.model import Noun


def _zone_exists(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        message = "there is no time zone of that name; write for example America/New_York"
        raise ValueError(message) from None
    return name


ZoneName = Annotated[str, AfterValidator(_zone_exists)]
"""An IANA zone name such as America/New_York."""


class Channel(StrEnum):
    """How something reaches a person or the staff."""

    SMS = "sms"
    EMAIL = "email"
    """Plain mail: neutral wording only."""
    SECURE_EMAIL = "secure_email"
    """Mail whose transport is proved encrypted."""
    IG_DM = "ig_dm"
    MESSENGER = "messenger"
    PORTAL = "portal"
    """A portal, or a chat of a tool's own: heard here, and answered there by people."""
    VOICE = "voice"
    REVIEW_REPLY = "review_reply"
    CRM = "crm"
    """Written into the CRM: a lead, a task, a logged copy."""
    STAFF = "staff"
    """A task or alert for people of the practice."""


THREADS: Final = frozenset({Channel.IG_DM, Channel.MESSENGER})
"""Conversations on a platform: only whoever wrote first is answered there (META-01)."""


class ServiceKind(StrEnum):
    """What sort of visit a service makes (R19). Unmapped services run logistics rows only."""

    CONSULT = "consult"
    TREATMENT = "treatment"
    SERIES_SESSION = "series_session"
    FOLLOW_UP = "follow_up"
    EVENT = "event"
    PHONE = "phone"
    PICKUP = "pickup"
    UNMAPPED = "unmapped"


class WeeklyHours(Noun):
    """Opening hours by weekday, 0 = Monday, in the location's own zone. A missing weekday is closed."""

    days: dict[int, tuple[tuple[time, time], ...]] = Field(default_factory=dict)

    def windows(self, weekday: int) -> tuple[DailyWindow, ...]:
        """The opening windows of a weekday, in order."""
        return tuple(DailyWindow(opens, closes) for opens, closes in self.days.get(weekday, ()))


class Closure(Noun):
    """Days on which a location is shut: a holiday, or an ad-hoc closure (R38). Both dates included."""

    first_day: date
    last_day: date
    why: str = ""


class Location(Noun):
    """One place of a practice. It decides hours, zone, sender, address, links and closures (R11)."""

    location_id: LocationId
    name: str
    zone: ZoneName
    state: str = Field(pattern=r"^[A-Z]{2}$")
    address: str
    parking: str = ""
    check_in: str = ""
    phone: str = Field(pattern=r"^\+[1-9]\d{6,14}$")
    hours: WeeklyHours = WeeklyHours()
    closures: tuple[Closure, ...] = ()
    sms_sender: str = Field(pattern=r"^\+[1-9]\d{6,14}$")
    review_link: str = ""
    reply_inbox: str = ""
    emergency_line: str = Field(default="", pattern=r"^(\+[1-9]\d{6,14})?$")
    """The number given to somebody who may have a complication, and after hours (rows 7.3, R25)."""
    links: dict[str, str] = Field(default_factory=dict)
    """`manage`, `booking`, `intake`, `deposit`, `upload` and `unsubscribe`: neutral host, opaque path (R42)."""

    @property
    def tz(self) -> ZoneInfo:
        """The location's zone."""
        return ZoneInfo(self.zone)


class Provider(Noun):
    """Someone who treats. `names` are the spellings vendors use for them."""

    provider_id: ProviderId
    display_name: str
    credentials: str = ""
    bio: str = ""
    video: str = ""
    names: tuple[str, ...] = ()


class Instruction(Noun):
    """What a patient must know before a service, and how long before (row 3.3). Sensitive: secure email only."""

    lead: Annotated[Duration, Field(gt=timedelta(0), le=timedelta(days=30))]
    text: str


class Service(Noun):
    """What the practice offers. `neutral_label` is all an SMS may ever say about it."""

    service_id: ServiceId
    name: str
    neutral_label: str
    kind: ServiceKind = ServiceKind.UNMAPPED
    family: str = ""
    names: tuple[str, ...] = ()
    lexicon: tuple[str, ...] = ()
    rebook_after_days: int | None = Field(default=None, ge=7, le=90)
    complements: tuple[ServiceId, ...] = ()
    deposit_cents: int | None = None
    """None = as the practice has set it; 0 = none."""
    intake: bool | None = None
    """Whether a form is due before the visit (row 2.3); None = as the practice has set it."""
    instructions: tuple[Instruction, ...] = ()
    preparation: str = ""
    """What to do on the day before (row 3.5). Secure mail only."""
    aftercare: str = ""
    """What to do afterwards (row 5.1). Secure mail only."""
    sessions: int | None = Field(default=None, ge=2)
    """How many sessions make the series (R19); None = unknown, and then it is over when nothing more is booked."""
    review_after: bool | None = None
    """Whether a review may be asked for; None = by kind: not after a consult, after the last session of a series (R19)."""


class Sender(Noun):
    """A number or address messages come from, with what its registration allows (TCPA-18)."""

    address: str
    channel: Channel
    connection: ConnectionId
    brand: str
    registered_uses: tuple[str, ...] = ()
    registration: str = "none"


class Connection(Noun):
    """One practice's use of one vendor account."""

    connection_id: ConnectionId
    vendor: str
    account: str
    """The vendor account's name. Budgets belong to the account, which two practices may share."""
    secret: str = ""
    """A reference (`env:NAME`, `file:PATH`, `store:NAME`), never the secret itself."""
    settings: dict[str, str] = Field(default_factory=dict)
    select: dict[str, str] = Field(default_factory=dict)
    """Which records of a shared account are this practice's."""
    locations: dict[str, str] = Field(default_factory=dict)
    """Vendor location → our location id, or `ignore`."""
    streams: tuple[str, ...] = ()
    cadence: Duration = timedelta(minutes=10)
    system_of_record: tuple[str, ...] = ()
    """Kinds for which this connection wins when two feeds disagree (R41)."""


class DepositRule(Noun):
    """When money is asked for before a visit, and what becomes of it (row 2.4). Amounts in cents."""

    cents: int = Field(default=0, ge=0)
    """For services that set none of their own; 0 = no deposit."""
    deadline: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=30))] = timedelta(hours=48)
    """How long before the start it must be paid; unpaid then, somebody is asked to call."""
    on_cancel: Literal["refund", "keep"] = "refund"
    after_no_show_cents: int | None = None
    """For somebody whose last visit was a no-show (R16); None = the same as for others."""


class RowOwner(Noun):
    """Who sends one row of the touchpoint catalogue here, and since when (R40, R43)."""

    row: str
    owner: str = "off"
    """`glowline`, the name of another tool, or `off`."""
    live_from: Instant | None = None


class Practice(Noun):
    """A practice with everything that is configured about it."""

    practice_id: PracticeId
    name: str
    sms_name: str
    brand: str
    demo: bool = False
    state: str = Field(pattern=r"^[A-Z]{2}$")
    default_location: LocationId | None = None
    default_language: str = "en"
    locations: tuple[Location, ...]
    providers: tuple[Provider, ...] = ()
    services: tuple[Service, ...] = ()
    senders: tuple[Sender, ...] = ()
    connections: tuple[Connection, ...] = ()
    rows: tuple[RowOwner, ...] = ()
    staff_phones: tuple[str, ...] = ()
    """Phones of people who work here, E.164: no automation reaches them, and their control words are obeyed (R8, R60)."""
    on_call: tuple[str, ...] = ()
    """Phones that a red flag pages, first to last, each for 15 minutes (R25)."""
    manager: str = ""
    """Where what nobody dealt with goes (R21)."""
    escalate_after: Duration = timedelta(minutes=30)
    """How long a reply may wait, in opening hours, before more people hear of it (R21)."""
    manager_after: Duration = timedelta(hours=4)
    """How long it may wait, in opening hours, before the manager does (R21)."""
    alerts: str = ""
    intake: bool = False
    """Whether a form is due before a visit whose service says nothing (row 2.3)."""
    deposit: DepositRule = DepositRule()
    campaigns: tuple[Campaign, ...] = ()

    def location(self, location_id: str | None) -> Location | None:
        """The location of that id; for None, the default location or the only one; else None (R11: never a guess)."""
        wanted = location_id or self.default_location
        if wanted is None and len(self.locations) == 1:
            return self.locations[0]
        return next((place for place in self.locations if place.location_id == wanted), None)
