"""What HighLevel calls us for: one event a call, for every sub-account that installed the app, at one address.

Events are lost when anything but 200 or 429 is answered, and their documented examples disagree with their own schemas. So
nearly all are hints: the record is read again by its id. Only what is gone, and a finished task, says all there is to say.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import SecretStr

from canonical.problems import ProtocolBroken, Where
from connectors.gohighlevel.asking import inside
from connectors.gohighlevel.kinds import spoken
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Event, Incoming, Meaning

HEADER: Final = "x-ghl-signature"
OLD_HEADER: Final = "x-wh-signature"
UNSIGNED: Final = frozenset({"", "N/A"})
"""What stands in a header that proves nothing."""

ED25519: Final = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg="
RSA: Final = (
    "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSCFrm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCpVpt4XHIcBOK4u3cL"
    "SqJGOLaPuXw6dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfBcsedpinheNnyYeFXolrJvcsjDtfAeRx5ByHQmTnS"
    "dFUzuAnC9/GepgLT9SM4nCpvuxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3OdeCVx5klVXXZQGNHOs8gF3kvoV5rTnXV0IknLBXlcKKAQLZcY"
    "/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKUJ062fRtN+rLYZUV+BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXpIocmaiFeAO6fUtNj"
    "DeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVNA5rw576PwTzNh/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhCHULg"
    "CsnuDJHcrGNd5/Ddm5hxGQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJPQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB"
    "31IGKAykT1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ=="
)
"""The keys HighLevel publishes: today's, and that of the header it retires in 2026 (webhook guide, docs repository)."""


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`. `secrets` are public keys that stand in for the published ones.

    No age is asked for: the vendor's own repetitions come up to an hour later with the same bytes, and most events carry
    no time.
    """
    del now
    given, old = (incoming.headers.get(name, "").strip() for name in (HEADER, OLD_HEADER))
    if given in UNSIGNED and old in UNSIGNED:
        raise SignatureRefused(Doubt.MISSING)
    written = [secret.get_secret_value() for secret in secrets] or [ED25519, RSA]
    new_keys, old_keys = _keys(written)
    believed = (
        any(_by_ed25519(key, given, incoming.body) for key in new_keys)
        if given not in UNSIGNED
        else any(_by_rsa(key, old, incoming.body) for key in old_keys)
    )
    if not believed:
        raise SignatureRefused(Doubt.MISMATCH)


def _keys(written: Iterable[str]) -> tuple[list[Ed25519PublicKey], list[RSAPublicKey]]:
    """The keys by kind; what is none is left out, and then nobody is believed by it."""
    found = [_key(one) for one in written]
    return [one for one in found if isinstance(one, Ed25519PublicKey)], [
        one for one in found if isinstance(one, RSAPublicKey)
    ]


def _key(written: str) -> object:
    """A key as PEM or as its bare base64."""
    lines = [line.strip() for line in written.strip().splitlines() if not line.startswith("-----")]
    try:
        return load_der_public_key(base64.b64decode("".join(lines), validate=True))
    except (ValueError, binascii.Error):
        return None


def _by_ed25519(key: Ed25519PublicKey, given: str, body: bytes) -> bool:
    try:
        key.verify(base64.b64decode(given, validate=True), body)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _by_rsa(key: RSAPublicKey, given: str, body: bytes) -> bool:
    try:
        key.verify(base64.b64decode(given, validate=True), body, PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """What an event means to us. `under`: the record is an object inside the call."""

    stream: str
    meaning: Meaning
    gone: bool = False
    under: str = ""


_CONTACT, _OPPORTUNITY = Kind("contacts", Meaning.HINT), Kind("opportunities", Meaning.HINT)
_APPOINTMENT, _MESSAGE = Kind("appointments", Meaning.HINT, under="appointment"), Kind("messages", Meaning.HINT)
EVENTS: Final[Mapping[str, Kind]] = {
    "ContactCreate": _CONTACT,
    "ContactUpdate": _CONTACT,
    "ContactDndUpdate": _CONTACT,
    "ContactTagUpdate": _CONTACT,
    "ContactDelete": Kind("contacts", Meaning.KNOWN, gone=True),
    "AppointmentCreate": _APPOINTMENT,
    "AppointmentUpdate": _APPOINTMENT,
    "AppointmentDelete": Kind("appointments", Meaning.KNOWN, gone=True, under="appointment"),
    "InboundMessage": _MESSAGE,
    "OutboundMessage": _MESSAGE,
    "OpportunityCreate": _OPPORTUNITY,
    "OpportunityUpdate": _OPPORTUNITY,
    "OpportunityStatusUpdate": _OPPORTUNITY,
    "OpportunityStageUpdate": _OPPORTUNITY,
    "OpportunityAssignedToUpdate": _OPPORTUNITY,
    "OpportunityMonetaryValueUpdate": _OPPORTUNITY,
    "OpportunityDelete": Kind("opportunities", Meaning.KNOWN, gone=True),
    "TaskComplete": Kind("tasks", Meaning.KNOWN),
}
"""The event's `type` → what it is."""
IGNORED: Final = frozenset(
    {
        *("TaskCreate", "TaskDelete", "NoteCreate", "NoteUpdate", "NoteDelete", "ConversationUnreadUpdate"),
        *("ConversationUnreadWebhook", "CampaignStatusUpdate", "LCEmailStats", "LocationCreate", "LocationUpdate"),
        *("UserCreate", "UserUpdate", "UserDelete", "INSTALL", "UNINSTALL", "PLAN_CHANGE", "SMS", "Email"),
        *("OrderCreate", "OrderStatusUpdate", "ProductCreate", "ProductUpdate", "ProductDelete"),
        *("PriceCreate", "PriceUpdate", "PriceDelete", "InvoiceCreate", "InvoiceUpdate", "InvoiceDelete"),
        *("InvoiceSent", "InvoicePaid", "InvoicePartiallyPaid", "InvoiceVoid", "RecordCreate", "RecordUpdate"),
        *("RecordDelete", "ObjectSchemaCreate", "ObjectSchemaUpdate", "AssociationCreate", "AssociationUpdate"),
        *("AssociationDelete", "RelationCreate", "RelationDelete", "AssociationCreated", "AssociationUpdated"),
    }
)
"""Types we know and want nothing of. `SMS` and `Email` ask a custom provider to deliver something, which we are not."""


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call is one event."""
    try:
        told = msgspec.json.decode(incoming.body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProtocolBroken(
            Where("gohighlevel", "webhook"), "the call is no JSON object.", next_step="Look at it in quarantine."
        ) from None
    name = _text(told.get("type"))
    kind = EVENTS.get(name)
    origin = f"webhook {urlsplit(incoming.url).path}"
    if kind is None:
        meaning = Meaning.IGNORED if name in IGNORED else Meaning.UNKNOWN
        return (_other(incoming, told, name, meaning, origin),)
    if kind.stream == "messages" and not spoken(told.get("messageType")):
        return (_other(incoming, told, name, Meaning.IGNORED, origin),)
    return (_event(incoming, told, name, kind, origin),)


def _event(incoming: Incoming, told: Mapping[str, Any], name: str, kind: Kind, origin: str) -> Event:
    record = told.get(kind.under) if kind.under else told
    vendor_id = _named(kind, record) if isinstance(record, dict) else ""
    if not vendor_id:
        return _other(incoming, told, name, Meaning.UNKNOWN, origin)
    return Event(
        name=name,
        meaning=kind.meaning,
        stream=kind.stream,
        vendor_id=vendor_id,
        body=(inside(incoming.body, kind.under) or incoming.body) if kind.under else incoming.body,
        origin=origin,
        account=_account(told),
        ours=_account(told),
        deleted=kind.gone,
    )


def _named(kind: Kind, record: Mapping[str, Any]) -> str:
    """The record's id. A call about a message may name its conversation only."""
    if kind.stream != "messages":
        return _text(record.get("id"))
    message = _text(record.get("messageId")) or _text(record.get("id"))
    conversation = _text(record.get("conversationId"))
    return message or (f"conversation/{conversation}" if conversation else "")


def _other(incoming: Incoming, told: Mapping[str, Any], name: str, meaning: Meaning, origin: str) -> Event:
    """What is kept and not understood. A delivery has an id of its own where the vendor gives one, else its bytes are it."""
    own = _text(told.get("webhookId")) or hashlib.sha256(incoming.body).hexdigest()[:32]
    return Event(
        name=name or "unknown",
        meaning=meaning,
        stream="other" if meaning is Meaning.IGNORED else "unknown",
        vendor_id=f"{meaning}-{own}",
        body=incoming.body,
        origin=origin,
        account=_account(told),
        ours=_account(told),
    )


def _account(told: Mapping[str, Any]) -> str:
    return _text(told.get("locationId")) or _text(told.get("companyId"))


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""
