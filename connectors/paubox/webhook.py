"""What Paubox calls us for: a mail was delivered, put off, refused or opened.

Paubox signs nothing, so the address's end is a secret and nothing a call says is believed: it names a message, and what
became of that is read again by its id.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.kit.signatures import require_address
from connectors.kit.webhooks import Event, Incoming, Meaning

RECEIPTS: Final = "receipts"
EVENTS: Final[Mapping[str, Meaning]] = {
    "api_mail_log_delivered": Meaning.HINT,
    "api_mail_log_temporary_failure": Meaning.HINT,
    "api_mail_log_permanent_failure": Meaning.HINT,
    "api_mail_log_opened": Meaning.IGNORED,  # whether somebody read their mail is nobody's business here
}
"""Paubox's names of events (its page on webhooks, read 2026-11) → what they mean to us."""
LONGEST_ID: Final = 200


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`: the end of the address. There is no timestamp, so `now` decides nothing."""
    del now
    require_address(incoming.url, secrets)


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call is one event."""
    told = _told(incoming.body)
    name = told.get("event_name", "")
    inner = told.get("payload", told)
    about = inner.get("source_tracking_id") if isinstance(inner, dict) else None
    meaning = EVENTS.get(name) if isinstance(name, str) else None
    known = meaning is not None and isinstance(about, str) and 0 < len(about) <= LONGEST_ID
    return (
        Event(
            name=str(name) if known else "unknown",
            meaning=meaning if known and meaning else Meaning.UNKNOWN,
            stream=RECEIPTS if known else "unknown",
            vendor_id=str(about) if known else f"unknown-{hashlib.sha256(incoming.body).hexdigest()[:32]}",
            body=incoming.body or b"{}",
            origin=f"webhook {urlsplit(incoming.url).path.rstrip('/').rpartition('/')[0]}",
        ),
    )


def _told(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
