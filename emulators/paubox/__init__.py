"""A pretend Paubox: mail out, receipts by id, webhooks that nothing signs.

Sources: Paubox's OpenAPI, its SDKs and its page on webhooks as of November 2026.
"""

from emulators.paubox.emulator import PauboxEmulator

__all__ = ["PauboxEmulator"]
