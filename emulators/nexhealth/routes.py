"""NexHealth's paths: what each needs, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.kit.exchange import Answer, Call, Routes
from emulators.nexhealth import calendar, people

if TYPE_CHECKING:
    from emulators.nexhealth.emulator import NexHealthEmulator
    from emulators.nexhealth.institution import Institution

COUNTED_APART = ("/appointments", "/available_slots")
Handler = Callable[["NexHealthEmulator", "Institution", Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `versioned` and `scoped`: whether it demands the version header and a subdomain."""

    handler: Handler
    versioned: bool = True
    scoped: bool = True
    success: int = 200


def routes() -> Routes[Route]:
    """The table."""
    return Routes(
        [
            ("GET", "/locations", Route(people.locations, versioned=False, scoped=False)),
            ("GET", "/sync_status", Route(people.sync_status, versioned=False, scoped=False)),
            ("GET", "/providers", Route(people.providers)),
            ("GET", "/appointment_types", Route(people.kinds, versioned=False)),
            ("GET", "/patients", Route(people.patients)),
            ("POST", "/patients", Route(people.new_patient, success=201)),
            ("GET", "/patients/{id}", Route(people.patient)),
            ("GET", "/patients/{id}/documents", Route(people.documents, versioned=False)),
            ("POST", "/patients/{id}/documents", Route(people.new_document, versioned=False, success=201)),
            ("GET", "/appointments", Route(calendar.appointments)),
            ("POST", "/appointments", Route(calendar.new_appointment, success=201)),
            ("GET", "/appointments/{id}", Route(calendar.appointment, versioned=False)),
            ("PATCH", "/appointments/{id}", Route(calendar.change)),
            ("GET", "/procedures", Route(people.procedures)),
            ("GET", "/procedures/{id}", Route(people.procedure)),
            ("GET", "/available_slots", Route(calendar.slots)),
            ("GET", "/webhook_endpoints", Route(people.endpoints, versioned=False, scoped=False)),
            ("POST", "/webhook_endpoints", Route(people.new_endpoint, versioned=False, scoped=False, success=201)),
            ("GET", "/webhook_endpoints/{id}/webhook_subscriptions", Route(people.subscriptions, scoped=False)),
            ("POST", "/webhook_endpoints/{id}/webhook_subscriptions", Route(people.new_subscription, success=201)),
        ]
    )
