"""Connectors by name: found by listing folders, described by their manifests, loaded when they are used.

The modules of a vendor are loaded by name, so that adding one touches no shared file. `push` is not loaded here: only
`dispatch` does that.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from pydantic import Field, SecretStr

from canonical.appointments import Availability
from canonical.model import Noun
from canonical.practice import Connection
from canonical.problems import NotOffered, ProtocolBroken, Where
from canonical.raw import Page, RawRecord
from connectors.kit.access import Access, Tools
from connectors.kit.capabilities import require_by_id, require_file, require_stream
from connectors.kit.manifest import Manifest
from connectors.kit.manifest_file import read_manifest
from connectors.kit.offered import Offered
from connectors.kit.shapes import Shape, require_shape
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Greeting, Incoming, Webhook

FOLDER = Path(__file__).resolve().parents[1]


def vendors() -> tuple[str, ...]:
    """All connectors, by name: every folder with a manifest."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/manifest.yaml")))


@cache
def manifest(vendor: str) -> Manifest:
    """A vendor's manifest, read without importing the vendor.

    Raises:
        SettingsError: it is wrong; names file and line.
        NotOffered: there is no such connector.
    """
    if vendor not in vendors():
        raise NotOffered(
            Where(vendor, "connector"),
            "there is no such connector.",
            next_step=f"Choose one of: {', '.join(vendors())}.",
        )
    return read_manifest(FOLDER / vendor / "manifest.yaml")


class Verified(Noun):
    """What a vendor said about the account: what was proved, and what an operator should look at."""

    proved: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    """Sentences with a next step. Nothing stops because of them."""
    facts: dict[str, str] = Field(default_factory=dict)
    """Figures and flags of the account itself; nothing about a person."""
    providers: tuple[Offered, ...] | None = None
    services: tuple[Offered, ...] | None = None
    """Who treats and what is offered there, where the vendor lists them; None: it does not, or not to these credentials."""


Pull = Callable[[Access, str, str | None, datetime], Iterator[Page]]
"""`STREAMS` in a vendor's `pull.py` maps a stream to one of these: access, stream, cursor, business now."""
Again = Callable[[Access, str, Sequence[str], datetime], tuple[RawRecord, ...]]
"""`BY_ID` in a vendor's `pull.py` maps a stream to one of these: access, stream, ids, business now."""


class Sought(Noun):
    """Which free slots somebody asks for: from a day on, for a service the vendor knows by that name or id; empty = any."""

    first_day: date
    days: int = Field(default=14, gt=0, le=90)
    service: str = ""


Openings = Callable[[Access, Sought, datetime], Availability]
"""`openings` in a vendor's `slots.py`, where it offers free slots: access, what is sought, business now."""
Verify = Callable[[Access], Verified]
"""`verify` in a vendor's `verify.py`."""


class Puller(Protocol):
    """Reads one connection's streams."""

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        """Pages from `cursor` on (None: from the beginning). Land a page, then store its cursor.

        Records may come again (overlap); a pull that is cut off continues from the last stored cursor.

        Raises:
            NotOffered: no such stream. NeedsOperator, TryLater, ProtocolBroken: see `canonical.problems`.
        """

    def again(self, stream: str, ids: Sequence[str], *, now: datetime) -> tuple[RawRecord, ...]:
        """These records as they are now, past every index; what is not ours or not there any more is left out.

        One id may come back in several streams, where a vendor's record is several things to us.

        Raises:
            NotOffered: the manifest does not say `by_id` of that stream. Else as `pull`.
        """


@dataclass(frozen=True)
class _Pulling:
    access: Access
    streams: dict[str, Pull]
    by_id: dict[str, Again]

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        require_stream(self.access.manifest, stream)
        reader = self.streams.get(stream) or self.streams["*"]
        return reader(self.access, stream, cursor, now)

    def again(self, stream: str, ids: Sequence[str], *, now: datetime) -> tuple[RawRecord, ...]:
        require_by_id(self.access.manifest, stream)
        return self.by_id[stream](self.access, stream, ids, now) if ids else ()


def puller(connection: Connection, tools: Tools) -> Puller:
    """What reads that connection. Raises `NotOffered` when the vendor has nothing to pull."""
    described = manifest(connection.vendor)
    require_file(described, "pull")
    module = _module(connection.vendor, "pull")
    return _Pulling(Access(connection, described, tools), module.STREAMS, getattr(module, "BY_ID", {}))


def openings(connection: Connection, tools: Tools, sought: Sought) -> Availability:
    """The free slots of a connection's booking tool, as it offers them now (row 2.2). They age fast and are never stored.

    Raises:
        NotOffered: the vendor offers none. Else as a pull.
    """
    described = manifest(connection.vendor)
    if not (FOLDER / connection.vendor / "slots.py").is_file():
        raise NotOffered(
            Where(connection.vendor, "pull.availability"),
            f"{described.name} offers no free slots here.",
            next_step="Give people the booking link.",
        )
    asking = cast("Openings", _module(connection.vendor, "slots").openings)
    return asking(Access(connection, described, tools), sought, tools.clock.business_now())


def verifier(connection: Connection, tools: Tools) -> Callable[[], Verified]:
    """The cheapest call that proves that connection. Raises `NotOffered` when the vendor has none."""
    described = manifest(connection.vendor)
    require_file(described, "verify")
    verify = cast("Verify", _module(connection.vendor, "verify").verify)
    access = Access(connection, described, tools)
    return lambda: verify(access)


def webhook(vendor: str) -> Webhook:
    """What believes and reads that vendor's calls. Raises `NotOffered` when it makes none."""
    require_file(manifest(vendor), "webhook")
    return cast("Webhook", _module(vendor, "webhook"))


def webhook_secrets(connection: Connection, tools: Tools) -> tuple[SecretStr, ...]:
    """The secrets any of which may have signed a call for that connection, the current one first."""
    described = manifest(connection.vendor)
    names = described.webhook.secrets if described.webhook else ()
    access = Access(connection, described, tools)
    found = (access.optional_credential(name) for name in names)
    return tuple(secret for secret in found if secret is not None)


def greeted(connection: Connection, tools: Tools, incoming: Incoming) -> str:
    """What answers a vendor that calls by GET before it calls in earnest.

    Raises:
        SignatureRefused: it does not show the word we told it, or this connection has none.
        NotOffered: this vendor makes no such call.
    """
    described = manifest(connection.vendor)
    name = described.webhook.handshake if described.webhook else None
    if name is None:
        raise NotOffered(
            Where(connection.vendor, "webhook"), "it makes no first call by GET.", next_step="Nothing to do."
        )
    token = Access(connection, described, tools).optional_credential(name)
    if token is None:
        raise SignatureRefused(Doubt.MISSING)
    return cast("Greeting", _module(connection.vendor, "webhook")).handshake(incoming, token)


def require_known_shape(vendor: str, stream: str, fields: Mapping[str, Any]) -> None:
    """Hold a decoded record against what the vendor documents, before a mapping translates it.

    A connector without a `wire.py` (a drop folder) documents nothing, and everything passes.

    Raises:
        ProtocolBroken: it is not what the vendor documents; the message names fields, never values.
    """
    if not (FOLDER / vendor / "wire.py").is_file():
        return
    shapes = cast("dict[str, type[Shape]]", _module(vendor, "wire").SHAPES)
    where = Where(vendor, f"read.{stream}")
    if stream not in shapes:
        raise ProtocolBroken(where, "this stream is kept, not understood.", next_step="See Streams in its README.")
    require_shape(fields, shapes[stream], where)


def _module(vendor: str, name: str) -> ModuleType:
    return importlib.import_module(f"connectors.{vendor}.{name}")  # noqa: TID251 - see the module's docstring
