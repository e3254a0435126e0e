"""What HubSpot calls us for: batches of up to 100 changes, each an id. What changed is read again, never believed.

Events may be lost, repeated and out of order, and carry values of records that need not be ours; so a change is a hint,
and only a deletion says all there is to say.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

from canonical.problems import ProtocolBroken, Where
from connectors.hubspot.wire import Change
from connectors.kit.shapes import Misshapen, shaped
from connectors.kit.signatures import Doubt, Encoding, HmacScheme, SignatureRefused, require_recent
from connectors.kit.webhooks import Event, Incoming, Meaning

SIGNATURE: Final = "x-hubspot-signature-v3"
TIMESTAMP: Final = "x-hubspot-request-timestamp"
TOLERANCE: Final = timedelta(minutes=5)
V3: Final = HmacScheme("sha256", Encoding.BASE64)

_DECODED: Final[Mapping[str, str]] = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
"""What HubSpot writes out in the address before it signs (its page on validating requests, read 2026-11)."""

STREAMS: Final[Mapping[str, str]] = {
    "contact": "contacts",
    "0-1": "contacts",
    "0-136": "leads",
    "0-47": "meetings",
    "0-421": "appointments",
    "0-27": "tasks",
    "0-48": "calls",
}
"""The event's object, by name or by type id → our stream."""
_GONE, _CHANGED = (Meaning.KNOWN, True), (Meaning.HINT, False)
EVENTS: Final[Mapping[str, tuple[Meaning, bool]]] = {
    "creation": _CHANGED,
    "propertyChange": _CHANGED,
    "associationChange": _CHANGED,
    "merge": _CHANGED,
    "restore": _CHANGED,
    "deletion": _GONE,
    "privacyDeletion": _GONE,
}
"""The event's verb → what it means, and whether the record is gone."""
OTHERS: Final = frozenset({"company", "deal", "ticket", "product", "line_item", "conversation"})
"""Objects we know and want nothing of."""


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`: version 3 of HubSpot's signature, at most five minutes old."""
    stamp = incoming.headers.get(TIMESTAMP, "")
    V3.verify(incoming.headers.get(SIGNATURE, ""), secrets, _signed(incoming, stamp))
    if not stamp.isdecimal():
        raise SignatureRefused(Doubt.MISSING)
    require_recent(_moment(int(stamp)), now, TOLERANCE)


def _signed(incoming: Incoming, stamp: str) -> bytes:
    return f"{incoming.method}{_written_out(incoming.url)}".encode() + incoming.body + stamp.encode()


def _written_out(url: str) -> str:
    for coded, sign in _DECODED.items():
        url = url.replace(coded, sign).replace(coded.lower(), sign)
    return url


def _moment(stamp: int) -> datetime:
    try:
        return datetime.fromtimestamp(stamp / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise SignatureRefused(Doubt.STALE) from None


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. A change of one record may be told in many events: it is one hint."""
    origin = f"webhook {urlsplit(incoming.url).path}"
    found = [_event(body, origin) for body in _bodies(incoming.body)]
    return tuple(_once(found))


def _bodies(body: bytes) -> list[bytes]:
    try:
        return [bytes(piece) for piece in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except msgspec.MsgspecError:
        raise ProtocolBroken(
            Where("hubspot", "webhook"), "the call is no list of events.", next_step="Look at it in quarantine."
        ) from None


def _event(body: bytes, origin: str) -> Event:
    try:
        change = shaped(body, Change)
    except Misshapen:
        return _unknown(body, origin, "unknown")
    name, _, verb = change.type.partition(".")
    told = json.loads(body)
    stream = STREAMS.get(str(told.get("objectTypeId", name)) if name == "object" else name)
    meaning = EVENTS.get(verb)
    if meaning is None or change.about is None or (stream is None and name not in OTHERS):
        return _unknown(body, origin, change.type)
    return Event(
        name=change.type,
        meaning=meaning[0] if stream else Meaning.IGNORED,
        stream=stream or name,
        vendor_id=str(change.about),
        body=body,
        origin=origin,
        account=str(change.portal_id),
        effective_at=_occurred(told) if meaning[1] else None,
        deleted=meaning[1] and stream is not None,
    )


def _occurred(told: Mapping[str, object]) -> datetime | None:
    at = told.get("occurredAt")
    return datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) and 0 < at < 1 << 43 else None


def _unknown(body: bytes, origin: str, name: str) -> Event:
    vendor_id = f"unknown-{hashlib.sha256(body).hexdigest()[:32]}"
    return Event(name=name, meaning=Meaning.UNKNOWN, stream="unknown", vendor_id=vendor_id, body=body, origin=origin)


def _once(events: list[Event]) -> Iterator[Event]:
    seen: set[tuple[str, str]] = set()
    for event in events:
        which = (event.stream, event.vendor_id)
        if event.meaning is not Meaning.HINT or which not in seen:
            yield event
        if event.meaning is Meaning.HINT:
            seen.add(which)
