"""What a connector says about itself, as data that is read without importing the connector."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from canonical.delivery import Effect, Lookup
from canonical.durations import Duration
from canonical.model import Noun
from canonical.practice import Channel
from canonical.raw import Kind
from connectors.kit.grant import Authorize

_RATE = re.compile(r"^(\d+)/([1-9]\d*)?(s|min|h|d)$")
_UNITS = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _rate(written: object) -> object:
    found = _RATE.match(written) if isinstance(written, str) else None
    if isinstance(written, str) and found is None:
        message = "a rate is written as requests per unit, such as 300/min, 10/s or 100/10s"
        raise ValueError(message)
    return Rate(requests=int(found[1]), window=int(found[2] or 1) * _UNITS[found[3]]) if found else written


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
StreamName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*|\*)$")]


class Evidence(StrEnum):
    """How we know that a connector works. Never inflated, and raised only by a test that was run."""

    DOCS = "docs"
    """Written from the vendor's documentation."""
    SPEC = "spec"
    """Our requests and their answers are checked against the vendor's own machine-readable contract or vectors."""
    RECORDED = "recorded"
    """Checked against real traffic somebody recorded."""
    LIVE = "live"
    """Run against a live account."""


class Baa(Noun):
    """Whether this vendor signs a business associate agreement, and where it says so."""

    offered: bool
    where: str = Field(min_length=1)
    mode: str = ""
    """The switch an account under an agreement must have on; empty = the vendor has none (BAA-03)."""


class AuthKind(StrEnum):
    """How a request proves who sends it."""

    NONE = "none"
    BASIC = "basic"
    BEARER = "bearer"
    API_KEY = "api_key"
    OAUTH2 = "oauth2"
    LOGIN = "login"
    """User and password of a protocol that is not HTTP."""


class Refresh(StrEnum):
    """Whether a refresh token survives its use."""

    NONE = "none"
    STATIC = "static"
    ROTATING = "rotating"


class Auth(Noun):
    """What a connection's secret must hold, and what it must be allowed to do."""

    kind: AuthKind
    secret: tuple[Name, ...] = ()
    """Fields the secret must have, the bare form first: a secret that is not JSON is its value."""
    optional: tuple[Name, ...] = ()
    scopes: tuple[str, ...] = ()
    refresh: Refresh = Refresh.NONE
    authorize: Authorize | None = None
    """How a person connects the account; None: an operator places its secret."""

    @model_validator(mode="after")
    def _an_app_has_an_id(self) -> Self:
        if self.authorize is not None and "client_id" not in (*self.secret, *self.optional):
            message = "an authorize block needs client_id among the fields of the secret"
            raise ValueError(message)
        return self


class Rate(Noun):
    """At most so many requests in any window of that length."""

    requests: int = Field(gt=0)
    window: timedelta


class ResetForm(StrEnum):
    """How a vendor writes the end of its window."""

    SECONDS = "seconds"
    """Seconds from now."""
    MILLISECONDS = "milliseconds"
    """Milliseconds from now."""
    EPOCH = "epoch"
    """Seconds since 1970."""


class Limit(Noun):
    """One budget of a vendor account, shared by everyone who uses that account on this machine."""

    per: str = Field(pattern=r"^(account|key)$")
    rate: Annotated[Rate, BeforeValidator(_rate)]
    paths: tuple[Annotated[str, Field(pattern=r"^/")], ...] = ()
    """Beginnings of the paths it counts, where the vendor counts some apart; empty: every request counts."""
    why: str = ""
    """Where the number comes from, when it is not the vendor's."""
    remaining: str = ""
    """The response header with what is left of the window."""
    reset: str = ""
    """The response header with the end of the window."""
    reset_in: ResetForm = ResetForm.SECONDS


class Via(StrEnum):
    """How a stream's records reach us."""

    PULL = "pull"
    WEBHOOK = "webhook"


class Stream(Noun):
    """A kind of record this vendor gives us."""

    kind: Kind | None = None
    """None: the mapping of the stream says (a drop folder carries whatever its owner puts there)."""
    via: Via = Via.PULL
    cursor: str = ""
    """The vendor's field that a pull follows."""
    overlap: Duration = timedelta()
    """How far behind its cursor a pull starts again, because records change after they were read."""
    by_id: bool = False
    """Whether single records can be read again by their ids, past every index."""
    volatile: tuple[str, ...] = ()
    """Fields that change without meaning anything: they make no new version."""
    reports: bool = False
    """Whether it only says what became of our own messages: nobody speaks in it, so nobody waits for it."""
    counted: bool = False
    """Whether a pass tells how much there is to come: a first sync then says how far it is."""
    max_age: Duration | None = None
    """After this long without a complete pass, facts of this stream count as stale."""


class Command(Noun):
    """Something we can ask this vendor to do, and what is safe when its outcome is unknown."""

    effect: Effect
    lookup: Lookup = Lookup.NONE
    settles_after: Duration = timedelta()
    """How long after the attempt a look-up's "absent" starts to mean anything."""
    absence_is_proof: bool = False
    window: Duration | None = None
    """For a look-up by time: how long after the claim the vendor may date the message."""
    product: Name | None = None
    """The product whose agreement covers it. None: the connector's only product."""
    evidence: Evidence | None = None
    """None: the connector's own."""
    lists: tuple[Channel, ...] = ()
    """Of `write_opt_out`: the channels whose opt-outs the vendor's list knows; empty = any. What it does not know stays in ours."""
    lists_if_set: dict[Channel, Name] = Field(default_factory=dict)
    """Channels it knows only where a setting of that name says how, for the connection or for one stream of it."""

    def takes(self, channel: Channel, settings: Mapping[str, str]) -> bool:
        """Whether the vendor's list can hold an opt-out from a channel."""
        if not self.lists or channel in self.lists:
            return True
        wanted = self.lists_if_set.get(channel)
        return wanted is not None and any(name.rpartition(".")[2] == wanted and said for name, said in settings.items())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.lookup is Lookup.NONE and self.absence_is_proof:
            message = "absence_is_proof needs a lookup that can establish absence"
            raise ValueError(message)
        if self.lookup is Lookup.BY_RECIPIENT_AND_TIME and self.window is None:
            message = "a lookup by recipient and time needs a window"
            raise ValueError(message)
        return self


class WebhookSpec(Noun):
    """How this vendor's calls to us are told from anybody else's."""

    signature: str = Field(min_length=1)
    header: str = ""
    secrets: tuple[Name, ...] = ()
    """Fields of the connection's secret that may have signed; any of those that are set is enough."""
    tolerance: Duration | None = None
    """How old a signed timestamp may be. None: the vendor signs no timestamp."""
    media_types: tuple[str, ...] = ("application/json",)
    later: Literal[429, 503] = 503
    """What is answered to a call that could not be kept: the status on which this vendor comes again."""
    handshake: Name | None = None
    """Field of the connection's secret that the vendor shows in a first call by GET, which its `handshake` answers."""


class Verification(Noun):
    """The cheapest call that proves credentials and scopes."""

    proves: str = Field(min_length=1)


class GapKind(StrEnum):
    """Whose a gap is."""

    TODO = "todo"
    """Ours."""
    VENDOR = "vendor"
    """Theirs: the vendor has no such thing, or does not say how it works."""
    NEVER = "never"
    """It would mean nothing here."""


class Gap(Noun):
    """Something a reader would expect and that is not there. A strict expected failure in the contract suite."""

    kind: GapKind
    why: str = Field(min_length=1)


class Manifest(Noun):
    """The whole of manifest.yaml."""

    vendor: Name
    name: str
    evidence: Evidence
    baa: Baa
    products: tuple[Name, ...] = Field(min_length=1)
    auth: Auth
    limits: tuple[Limit, ...] = ()
    streams: dict[StreamName, Stream] = Field(default_factory=dict)
    commands: dict[Name, Command] = Field(default_factory=dict)
    webhook: WebhookSpec | None = None
    verify: Verification | None = None
    gaps: dict[str, Gap] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _products_exist(self) -> Self:
        for name, command in self.commands.items():
            if command.product is None and len(self.products) > 1:
                message = f"command {name} must name its product, because there are several"
                raise ValueError(message)
            if command.product is not None and command.product not in self.products:
                message = f"command {name} names a product that is not in products"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _webhook_streams_need_a_webhook(self) -> Self:
        if any(stream.via is Via.WEBHOOK for stream in self.streams.values()) and self.webhook is None:
            message = "a stream comes via webhook, but no webhook is declared"
            raise ValueError(message)
        return self

    def stream(self, name: str) -> Stream | None:
        """The stream of that name, or the open one (`*`) where the owner of the data names the streams."""
        return self.streams.get(name) or self.streams.get("*")

    def pulled(self) -> tuple[str, ...]:
        """Names of the streams a pull reads."""
        return tuple(name for name, stream in self.streams.items() if stream.via is Via.PULL)

    def product_of(self, command: str) -> str:
        """The product whose agreement must cover that command. The command must be declared."""
        return self.commands[command].product or self.products[0]

    def evidence_for(self, command: str) -> Evidence:
        """How we know that this command works. The command must be declared."""
        return self.commands[command].evidence or self.evidence
