"""Free slots a booking tool offers (row 2.2). Appointments themselves live in `visits`, beside the chain they form."""

from canonical.clock import Instant
from canonical.model import Noun


class Slot(Noun):
    """An open slot as the vendor offers it now."""

    start: Instant
    end: Instant
    location: str = ""
    provider: str = ""
    service: str = ""


class Availability(Noun):
    """Slots read at one instant; they age fast."""

    read_at: Instant
    slots: tuple[Slot, ...] = ()
