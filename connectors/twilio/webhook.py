"""What Twilio calls us for: somebody texted one of our numbers, or one of our texts changed its status."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from canonical.raw import FORM
from connectors.kit.signatures import TWILIO, signed_by_twilio
from connectors.kit.webhooks import Event, Incoming, Meaning

HEADER: Final = "x-twilio-signature"

SIDS: Final = ("MessageSid", "SmsMessageSid", "SmsSid")
"""The names of a message's id, today's first."""
RECEIPTS: Final = "receipts"
INBOUND: Final = "inbound"
EVENTS: Final[Mapping[str, tuple[str, Meaning]]] = {
    "accepted": (RECEIPTS, Meaning.KNOWN),
    "scheduled": (RECEIPTS, Meaning.KNOWN),
    "queued": (RECEIPTS, Meaning.KNOWN),
    "sending": (RECEIPTS, Meaning.KNOWN),
    "sent": (RECEIPTS, Meaning.KNOWN),
    "delivered": (RECEIPTS, Meaning.KNOWN),
    "undelivered": (RECEIPTS, Meaning.KNOWN),
    "failed": (RECEIPTS, Meaning.KNOWN),
    "canceled": (RECEIPTS, Meaning.KNOWN),
    "read": (RECEIPTS, Meaning.KNOWN),
    "partially_delivered": (RECEIPTS, Meaning.KNOWN),
    "received": (INBOUND, Meaning.KNOWN),
    "receiving": (INBOUND, Meaning.IGNORED),  # `received` follows with the same id and the whole text
}
"""A message's status (twilio-oai `message_enum_status`) → stream and meaning."""


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`. Twilio signs no timestamp, so `now` decides nothing."""
    del now
    signed = signed_by_twilio(incoming.url, incoming.body, incoming.headers)
    TWILIO.verify(incoming.headers.get(HEADER, ""), secrets, *signed)


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call is one event."""
    form = incoming.form
    status = form.get("MessageStatus") or form.get("SmsStatus") or _unsaid(form)
    stream, meaning = EVENTS.get(status, ("unknown", Meaning.UNKNOWN))
    sid = next(filter(None, map(form.get, SIDS)), "")
    if not sid:
        stream, meaning = "unknown", Meaning.UNKNOWN
    event = Event(
        name=status or "unknown",
        meaning=meaning,
        stream=stream,
        vendor_id=_vendor_id(sid, status, stream, incoming.body),
        body=_fields(incoming, sid, status if stream == RECEIPTS else ""),
        format=FORM,
        origin=f"webhook {urlsplit(incoming.url).path}",
        account=form.get("AccountSid", ""),
        ours=form.get("To" if stream == INBOUND else "From", ""),
    )
    return (event,)


def _unsaid(form: Mapping[str, str]) -> str:
    """The status of a call that names none: Twilio's list of an inbound call's fields has no status, though most calls bring one."""
    return "received" if form.get("From") and "Body" in form else ""


def _vendor_id(sid: str, status: str, stream: str, body: bytes) -> str:
    """A status is an event of its own: whatever comes late or twice cannot overwrite what came after it."""
    if stream == RECEIPTS:
        return f"{sid}/{status}"
    return sid or f"unknown-{hashlib.sha256(body).hexdigest()[:32]}"


def _fields(incoming: Incoming, sid: str, status: str) -> bytes:
    """The address's query, then the body, as one form: our reference comes back in the address only.

    An id, or a status, that came under an older name only is repeated under the name of today.
    """
    query = urlsplit(incoming.url).query.encode()
    told = {SIDS[0]: sid, "MessageStatus": status}
    today = urlencode({name: said for name, said in told.items() if said and not incoming.form.get(name)}).encode()
    return b"&".join(filter(None, (query, today, incoming.body)))
