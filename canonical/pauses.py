"""Pauses: the kill switch at seven levels (R45). Ingestion, red flags and STOP confirmations never pause."""

from enum import StrEnum

from canonical.clock import Instant
from canonical.model import Noun


class PauseScope(StrEnum):
    """What a pause covers."""

    AGENCY = "agency"
    PRACTICE = "practice"
    LOCATION = "location"
    ROW = "row"
    CHANNEL = "channel"
    VENDOR = "vendor"
    PERSON = "person"


class Pause(Noun):
    """A pause in force until it is released, or until `until`."""

    pause_id: str
    scope: PauseScope
    value: str = ""
    """The location, row, channel, vendor or person id; empty for agency and practice."""
    who: str
    why: str
    set_at: Instant
    until: Instant | None = None
