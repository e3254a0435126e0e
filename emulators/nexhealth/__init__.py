"""A pretend NexHealth: patients, appointments, free slots and documents of an institution, with signed webhooks.

Sources: NexHealth's OpenAPI v3.0.0 (= v20240412) and its documentation as of November 2026, and what integrators noted. What is
modelled and what is not: README.md beside this file.
"""

from emulators.nexhealth.emulator import NexHealthEmulator
from emulators.nexhealth.events import signature
from emulators.nexhealth.institution import Institution, Kind, Place, Provider

__all__ = ["Institution", "Kind", "NexHealthEmulator", "Place", "Provider", "signature"]
