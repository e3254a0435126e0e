"""A pretend HubSpot: objects, search with its traps, batches, associations, owners, tokens, rate limits and webhooks.

Sources: HubSpot's documentation and recorded traffic, as of November 2026. What is modelled and what is not:
emulators/README.md.
"""

from emulators.hubspot.emulator import HubSpotEmulator
from emulators.hubspot.events import signature
from emulators.hubspot.portal import Owner, Portal, Token

__all__ = ["HubSpotEmulator", "Owner", "Portal", "Token", "signature"]
