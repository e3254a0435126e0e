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
    FOLLOW_UP = "follow_up"
    """Rows 2.1, 5.x and 6.x of one person, while somebody of the practice answers them; nobody sets it by hand (R20)."""


class Pause(Noun):
    """A pause in force until it is released, or until `until`."""

    pause_id: str
    scope: PauseScope
    value: str = ""
    """The location, row, channel, vendor or person id (for `follow_up` too); empty for agency and practice."""
    who: str
    why: str
    set_at: Instant
    until: Instant | None = None
