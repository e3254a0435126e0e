"""Webhooks: events in signed batches."""

import hashlib
import hmac
import json
from base64 import b64encode

from emulators.hubspot.portal import Portal, Source
from emulators.hubspot.records import Record
from emulators.kit.clock import Clock, milliseconds
from emulators.kit.exchange import Json
from emulators.kit.webhooks import Webhook

MOST_EVENTS = 100

# The fixed set HubSpot decodes in the URI before signing.
DECODED = {
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


def signature(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """X-HubSpot-Signature-v3: base64 of HMAC-SHA256 over method, URI, body and timestamp."""
    for coded, sign in DECODED.items():
        uri = uri.replace(coded, sign).replace(coded.lower(), sign)
    return b64encode(
        hmac.digest(secret.encode(), f"{method}{uri}".encode() + body + timestamp.encode(), "sha256")
    ).decode()


def event(portal: Portal, record: Record, what: str, source: Source, number: int, **more: Json) -> dict[str, Json]:
    """One change. Contacts have their own subscription types; everything else is an `object` with a type id."""
    contact = record.kind.name == "contacts"
    typed = {} if contact else {"objectTypeId": record.kind.type_id}
    return {
        "eventId": number,
        "subscriptionId": 2426760,
        "portalId": portal.portal_id,
        "appId": 54321,
        "occurredAt": milliseconds(portal.clock.now()),
        "subscriptionType": f"{'contact' if contact else 'object'}.{what}",
        "attemptNumber": 0,
        "objectId": int(record.id),
        "changeSource": source,
        "sourceId": "userId:1",
        **typed,
        **more,
    }


def batches(portal: Portal, events: list[dict[str, Json]], clock: Clock) -> list[Webhook]:
    """Webhooks of at most 100 events each. Signed when sent, with machine time; attempts are counted in the body."""

    def hook(batch: list[dict[str, Json]]) -> Webhook:
        url = portal.webhook_url

        def build(attempt: int) -> tuple[dict[str, str], bytes]:
            body = json.dumps([each | {"attemptNumber": attempt} for each in batch]).encode()
            now = str(clock.machine_milliseconds())
            secret = portal.client_secret.encode()
            return {
                "Content-Type": "application/json",
                "User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks",
                "X-HubSpot-Request-Timestamp": now,
                "X-HubSpot-Signature-v3": signature(portal.client_secret, "POST", url, body, now),
                "X-HubSpot-Signature": hashlib.sha256(secret + body).hexdigest(),
                "X-HubSpot-Signature-Version": "v1",
            }, body

        return Webhook(url, build, f"{len(batch)} events")

    return [hook(events[start : start + MOST_EVENTS]) for start in range(0, len(events), MOST_EVENTS)]
