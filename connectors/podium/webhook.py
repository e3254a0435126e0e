"""What Podium calls us for: a message, a contact or a review that is new or changed.

Its documents say what is signed, and not how the signature is written: a hexadecimal one and a base64 one both prove the
secret, and neither proves less than the other.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

from connectors.kit.signatures import Doubt, Encoding, HmacScheme, SignatureRefused, require_recent
from connectors.kit.webhooks import Event, Incoming, Meaning
from connectors.podium.rows import Row, numbers_of, places, row_of, with_told

SIGNATURE: Final = "podium-signature"
TIMESTAMP: Final = "podium-timestamp"
TOLERANCE: Final = timedelta(minutes=5)
HEX: Final = HmacScheme("sha256", Encoding.HEX)
BASE64: Final = HmacScheme("sha256", Encoding.BASE64)
_HEX_DIGEST: Final = re.compile(r"\s*[0-9a-fA-F]{64}\s*")
_MILLISECONDS: Final = 100_000_000_000
"""A larger number counts milliseconds, as in Podium's own example (1620771659663)."""

KNOWN: Final[Mapping[str, str]] = {
    "message.received": "messages",
    "message.sent": "messages",
    "message.failed": "messages",
    "contact.created": "contacts",
    "contact.updated": "contacts",
    "contact.deleted": "contacts",
    "review.created": "reviews",
    "review.updated": "reviews",
    "review.invite_link_created": "invites",
    "review.invite_link_updated": "invites",
}
"""Podium's event types whose `data` is a record of a stream of ours."""
IGNORED: Final = frozenset(
    {
        *("call.completed", "call.missed", "call.received", "call.voicemail_left"),
        *("contact.merged", "contact.unchanged"),  # who is left of a merge comes as a change of theirs
        *("invoice.created", "invoice.disabled", "invoice.marked_as_paid", "invoice.payment_created"),
        *("invoice.payment_failed", "invoice.payment_succeeded", "invoice.refund_created", "invoice.refund_failed"),
        *("review.response_created", "review.response_updated"),  # the review itself comes with its answers
    }
)
GONE: Final = "contact.deleted"


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`. A webhook that was made without a secret is signed by nobody, and believed by nobody."""
    given, stamp = incoming.headers.get(SIGNATURE, ""), incoming.headers.get(TIMESTAMP, "")
    scheme = HEX if _HEX_DIGEST.fullmatch(given) else BASE64
    scheme.verify(given, secrets, f"{stamp}.".encode() + incoming.body)
    require_recent(_moment(stamp), now, TOLERANCE)


def _moment(stamp: str) -> datetime:
    if not stamp.isdecimal():
        raise SignatureRefused(Doubt.MISSING)
    count = int(stamp)
    try:
        return datetime.fromtimestamp(count / 1000 if count >= _MILLISECONDS else count, UTC)
    except (OverflowError, ValueError, OSError):
        raise SignatureRefused(Doubt.STALE) from None


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call is one event, and its `data` the record."""
    origin = f"webhook {urlsplit(incoming.url).path}"
    name, row = _told(incoming.body)
    if name in IGNORED:
        return (_other(incoming.body, origin, name, Meaning.IGNORED, name.partition(".")[0]),)
    if name not in KNOWN or row is None:
        return (_other(incoming.body, origin, name or "unknown", Meaning.UNKNOWN, "unknown"),)
    stream = KNOWN[name]
    numbers, at = numbers_of(incoming.settings), places(row.fields)
    event = Event(
        name=name,
        meaning=Meaning.KNOWN,
        stream=stream,
        vendor_id=row.uid,
        body=with_told(stream, row, name, numbers),
        origin=origin,
        ours=next((numbers.get(uid, uid) for uid in at), ""),
        effective_at=row.instant("updatedAt") if stream != "messages" else None,
        deleted=name == GONE,
    )
    return (event,)


def _told(body: bytes) -> tuple[str, Row | None]:
    """The event's type, and the record it brings."""
    try:
        call = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(call.get("metadata", msgspec.Raw(b"{}")))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "", None
    table = metadata if isinstance(metadata, dict) else {}
    name = table.get("eventType") or table.get("event_type")
    return name if isinstance(name, str) else "", row_of(bytes(call["data"])) if "data" in call else None


def _other(body: bytes, origin: str, name: str, meaning: Meaning, stream: str) -> Event:
    """What is kept whole: an event we want nothing of, or one that nobody knows."""
    vendor_id = f"{stream}-{hashlib.sha256(body).hexdigest()[:32]}"
    return Event(name=name, meaning=meaning, stream=stream, vendor_id=vendor_id, body=body or b"{}", origin=origin)
