"""Calls that vendors make to us: as they came, and what a connector makes of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr

from canonical.clock import Instant
from canonical.ids import ConnectionId
from canonical.model import Noun
from canonical.raw import JSON, RawRecord, WireFormat


class Incoming(Noun):
    """One call. `url` is the public address the vendor was given, query included, not what a proxy made of it."""

    url: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    method: str = "POST"
    settings: dict[str, str] = Field(default_factory=dict)
    """The settings of the connection whose address was called: a form says there how it signs."""
    received_at: Instant | None = None
    """Business time of its arrival, kept with it: a form that says no time of its own was filled in then."""

    @property
    def query(self) -> Mapping[str, str]:
        """The address's own parameters; the last value of a name wins."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def form(self) -> Mapping[str, str]:
        """The body as form fields; the last value of a name wins."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def __repr__(self) -> str:
        """Shows the path only: queries, headers and bodies name people and keys."""
        return f"Incoming({self.method} {urlsplit(self.url).path}, {len(self.body)} bytes)"

    __str__ = __repr__


class Meaning(StrEnum):
    """What a connector's table says about an event."""

    KNOWN = "known"
    """Its stream has a mapping."""
    HINT = "hint"
    """Something changed there; the record itself is read again by its id (`Puller.again`). Nothing is landed of it."""
    IGNORED = "ignored"
    """We know what it is and want nothing of it. Its bytes are kept like all others."""
    UNKNOWN = "unknown"
    """Not in the table: kept and put into quarantine, so that somebody looks."""


class Event(Noun):
    """One thing a call reported. A call may report several, for several accounts."""

    name: str
    """The vendor's own word for it."""
    meaning: Meaning
    stream: str
    vendor_id: str
    body: bytes
    origin: str
    format: WireFormat = JSON
    account: str = ""
    """The vendor account it concerns; decides, with `ours`, whose event it is."""
    ours: str = ""
    """Our number, address or location it concerns, where several practices share the account."""
    effective_at: Instant | None = None
    deleted: bool = False

    def record(self, connection_id: ConnectionId) -> RawRecord:
        """The raw record it becomes once it is known whose it is."""
        return RawRecord(
            connection_id=connection_id,
            stream=self.stream,
            vendor_id=self.vendor_id,
            body=self.body,
            origin=self.origin,
            format=self.format,
            effective_at=self.effective_at,
            deleted=self.deleted,
        )

    def __repr__(self) -> str:
        """Shows no bytes and no addresses."""
        return f"Event({self.name}, {self.meaning}, {self.stream})"

    __str__ = __repr__


class Webhook(Protocol):
    """What `connectors.<vendor>.webhook` offers (a module is one)."""

    def verify(self, incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
        """Believe the call, or raise `SignatureRefused`. `now` is machine time: the vendor's clock is real."""

    def parse(self, incoming: Incoming) -> tuple[Event, ...]:
        """What a believed call reports. Raises `ProtocolBroken` when it cannot be read at all."""


class Greeting(Protocol):
    """What `connectors.<vendor>.webhook` offers besides where the manifest names a `handshake`."""

    def handshake(self, incoming: Incoming, token: SecretStr) -> str:
        """The text that answers the vendor's first call, or raise `SignatureRefused`: it does not know our word."""
