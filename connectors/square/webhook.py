"""What Square calls us for: a booking, a customer, a payment, a refund or an order changed. What changed is read again, never believed.

Two things stand in calls only: that a customer is gone, and which customers became which new one. They are landed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

from canonical.problems import ProtocolBroken, Where
from connectors.kit.moments import instant
from connectors.kit.signatures import Encoding, HmacScheme
from connectors.kit.webhooks import Event, Incoming, Meaning

HEADER: Final = "x-square-hmacsha256-signature"
SQUARE: Final = HmacScheme("sha256", Encoding.BASE64)
"""Checked against both vectors of square-python-sdk's own tests (24302bac, MIT)."""

CHANGES: Final[Mapping[str, str]] = {
    "booking.created": "bookings",
    "booking.updated": "bookings",
    "customer.created": "customers",
    "customer.updated": "customers",
    "payment.created": "payments",
    "payment.updated": "payments",
    "refund.created": "payments",
    "refund.updated": "payments",
    "order.created": "orders",
    "order.updated": "orders",
    "order.fulfillment.updated": "orders",
}
"""The event → the stream whose record is read again. A refund changes its payment."""
GONE: Final = "customer.deleted"
CAME, MERGES = "customer.created", "merges"
"""A customer who came out of a merge says which ones went into it: nothing else ever does."""
OTHERS: Final = frozenset(
    {
        "bank_account", "card", "cash_drawer", "catalog", "customer", "device", "dispute", "gift_card", "inventory", "invoice",
        "job", "labor", "location", "loyalty", "oauth", "online_checkout", "payout", "subscription", "team_member",
        "terminal", "vendor", "webhooks", "booking", "payment", "refund", "order",
    }
)  # fmt: skip
"""What else Square tells of (the first word of an event's name), of which we want nothing."""


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`. The key signs address and raw body; Square signs no timestamp, so `now` decides nothing."""
    del now
    SQUARE.verify(incoming.headers.get(HEADER, ""), secrets, incoming.url.encode() + incoming.body)


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call is one event."""
    told = _told(incoming.body)
    name = str(told.get("type") or "unknown")
    merge = _merge(incoming.body) if name == CAME else b""
    if merge:
        return (_merged(incoming, told, name, merge),)
    stream, meaning = _meaning(name)
    which = _about(told)
    if not which and meaning is not Meaning.IGNORED:
        stream, meaning = "unknown", Meaning.UNKNOWN
    unknown = f"unknown-{hashlib.sha256(incoming.body).hexdigest()[:32]}"
    return (
        Event(
            name=name,
            meaning=meaning,
            stream=stream,
            vendor_id=which if meaning is not Meaning.UNKNOWN and which else unknown,
            body=incoming.body,
            origin=f"webhook {urlsplit(incoming.url).path}",
            account=str(told.get("merchant_id") or ""),
            ours=str(told.get("location_id") or ""),
            effective_at=instant(told.get("created_at")) if name == GONE else None,
            deleted=name == GONE,
        ),
    )


def _merged(incoming: Incoming, told: Mapping[str, Any], name: str, merge: bytes) -> Event:
    """The new customer's id, and those it came of. The new customer itself is read by the next pass."""
    return Event(
        name=name,
        meaning=Meaning.KNOWN,
        stream=MERGES,
        vendor_id=msgspec.json.decode(merge, type=_Merge).to_customer_id,
        body=merge,
        origin=f"webhook {urlsplit(incoming.url).path}",
        account=str(told.get("merchant_id") or ""),
        effective_at=instant(told.get("created_at")),
    )


class _Merge(msgspec.Struct):
    to_customer_id: Annotated[str, msgspec.Meta(min_length=1)]
    from_customer_ids: Annotated[list[str], msgspec.Meta(min_length=1)]


def _merge(body: bytes) -> bytes:
    """What a call says about a merge, as Square wrote it; nothing where it says none that can be followed."""
    try:
        for name in ("data", "object", "event_context", "merge"):
            body = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])[name])
        msgspec.json.decode(body, type=_Merge)
    except (msgspec.MsgspecError, KeyError):
        return b""
    return body


def _told(body: bytes) -> Mapping[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProtocolBroken(
            Where("square", "webhook"), "the call is no JSON object.", next_step="Look at it in quarantine."
        ) from None


def _meaning(name: str) -> tuple[str, Meaning]:
    if name == GONE:
        return "customers", Meaning.KNOWN
    if name in CHANGES:
        return CHANGES[name], Meaning.HINT
    family = name.partition(".")[0]
    return (family, Meaning.IGNORED) if family in OTHERS else ("unknown", Meaning.UNKNOWN)


def _about(told: Mapping[str, Any]) -> str:
    """The record it is about: of a refund its payment. A booking's id may carry its version behind a colon."""
    data = _inside(told, "data")
    refund = _inside(_inside(data, "object"), "refund")
    return str(refund.get("payment_id") or data.get("id") or "").partition(":")[0]


def _inside(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}
