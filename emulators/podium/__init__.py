"""A pretend Podium: one inbox of texts in and out, contacts, invitations, reviews, signed calls, tokens that rotate.

Sources: Podium's OpenAPI of 2021.04.01 and its pages on OAuth and webhooks as of November 2026. Not documented, and chosen
here: the order of conversations and messages (newest first), ten messages a page, the signature in hexadecimal, and that a text
to somebody who opted out is accepted and fails.
"""

from emulators.podium.emulator import PodiumEmulator

__all__ = ["PodiumEmulator"]
