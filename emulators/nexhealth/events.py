"""Webhooks: one event a call, signed over the time and the body in base64."""

import base64
import hmac
import json
from datetime import UTC, datetime

from emulators.kit.clock import Clock, iso
from emulators.kit.exchange import Json
from emulators.kit.webhooks import Webhook
from emulators.nexhealth.institution import Endpoint, Institution

RESOURCES = {
    "appointment_insertion": "Appointment",
    "appointment_created": "Appointment",
    "appointment_updated": "Appointment",
    "patient_created": "Patient",
    "patient_updated": "Patient",
    "sync_status_read_change": "SyncStatus",
}
"""Event → the type of what it is about: those that are modelled."""
LISTED = {"appointment_created": "appointments", "patient_created": "patients", "patient_updated": "patients"}
"""Events that carry a list, and its name; the others carry one record."""


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 over `{timestamp}.{base64 of the body}`."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + base64.b64encode(body), "sha256").hexdigest()


def subscribed(endpoint: Endpoint, name: str) -> bool:
    """Whether an endpoint hears that event; the end of its name (`.complete`) does not count."""
    return endpoint.active and name.partition(".")[0] in {event for _, event in endpoint.events.values()}


def webhook(institution: Institution, endpoint: Endpoint, name: str, record: Json, clock: Clock) -> Webhook:
    """One call. What is signed is machine time, as a receiver measures it."""
    family = name.partition(".")[0]
    listed = LISTED.get(family)
    data = {listed: [record]} if listed else {"appointment": record}
    told: dict[str, Json] = {
        "resource_type": RESOURCES[family],
        "event_name": name,
        "event_time": iso(clock.now()),
        "data": data,
        "delivery_errors": [],
        "subdomain": institution.subdomain,
        "institution_id": institution.id,
    }
    body = json.dumps(told, ensure_ascii=False).encode()

    def build(attempt: int) -> tuple[dict[str, str], bytes]:
        del attempt  # a repeated call is the same one, signed anew
        stamp = iso(datetime.fromtimestamp(clock.machine_milliseconds() / 1000, UTC))
        headers = {"timestamp": stamp, "signature": signature(endpoint.secret_key, stamp, body)}
        return {"Content-Type": "application/json", "User-Agent": "NexHealth"} | headers, body

    return Webhook(endpoint.target_url, build, f"{name} {record['id']}")
