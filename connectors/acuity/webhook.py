"""What Acuity calls us for: an appointment was made, moved, cancelled or changed. It says which, and nothing else."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from canonical.raw import FORM
from connectors.kit.signatures import Encoding, HmacScheme
from connectors.kit.webhooks import Event, Incoming, Meaning

HEADER: Final = "x-acuity-signature"
ACUITY: Final = HmacScheme("sha256", Encoding.BASE64)
PREFIX: Final = "appointment."
"""Webhooks that are set up over the API name their event `appointment.scheduled`, those of the settings page `scheduled`."""

EVENTS: Final[Mapping[str, Meaning]] = {
    "scheduled": Meaning.HINT,
    "rescheduled": Meaning.HINT,
    "canceled": Meaning.HINT,
    "changed": Meaning.HINT,
    "order.completed": Meaning.IGNORED,  # packages and gift certificates
}
"""`changed` comes beside each of the other three: a hint that is told twice is read twice, and changes nothing."""


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`. The key signs the raw body; Acuity signs no timestamp, so `now` decides nothing."""
    del now
    ACUITY.verify(incoming.headers.get(HEADER, ""), secrets, incoming.body)


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call is one event."""
    form = incoming.form
    name, which = form.get("action", "").removeprefix(PREFIX), form.get("id", "")
    meaning = EVENTS.get(name, Meaning.UNKNOWN)
    if not which.isdecimal():
        meaning = Meaning.UNKNOWN
    known = meaning is not Meaning.UNKNOWN
    return (
        Event(
            name=name or "unknown",
            meaning=meaning,
            stream=("orders" if name == "order.completed" else "appointments") if known else "unknown",
            vendor_id=which if known else f"unknown-{hashlib.sha256(incoming.body).hexdigest()[:32]}",
            body=incoming.body,
            format=FORM,
            origin=f"webhook {urlsplit(incoming.url).path}",
            ours=form.get("calendarID", ""),
        ),
    )
