"""A pretend Twilio: messages out and in, signed callbacks, opt-outs, look-up.

Sources: Twilio's OpenAPI and documentation as of November 2026. What is modelled and what is not: emulators/README.md.
"""

from emulators.twilio.account import Account, Sender, Service
from emulators.twilio.emulator import TwilioEmulator
from emulators.twilio.signature import signature

__all__ = ["Account", "Sender", "Service", "TwilioEmulator", "signature"]
