"""A pretend HighLevel: sub-accounts with contacts, calendars and conversations, rotating tokens, signed calls.

Sources: the vendor's OpenAPI documents, webhook pages and error texts as of 2026. What is modelled and what is not: see
`emulator.py` and `controls.py`.
"""

from emulators.gohighlevel.emulator import GoHighLevelEmulator
from emulators.gohighlevel.place import Calendar, Place
from emulators.gohighlevel.signature import public_key

__all__ = ["Calendar", "GoHighLevelEmulator", "Place", "public_key"]
