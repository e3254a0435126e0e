"""Pauses: the kill switch (R45), what a talk holds back (R20). Reading, red flags, STOP confirmations never pause."""

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
    VISIT = "visit"
    """Everything about one visit, while somebody of the practice moves or cancels it (R20)."""
    FOLLOW_UP = "follow_up"
    """Rows 2.1, 5.x and 6.x of one person, while somebody of the practice answers them; nobody sets it by hand (R20)."""
    REVIEWS = "reviews"
    """Rows 6.x of one person, because the desk says so (R60)."""


class Pause(Noun):
    """A pause in force until it is released, or until `until`."""

    pause_id: str
    scope: PauseScope
    value: str = ""
    """The location, row, channel, vendor, visit or person id (for `follow_up` and `reviews` too); empty for agency and practice."""
    who: str
    why: str
    set_at: Instant
    until: Instant | None = None
