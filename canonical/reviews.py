"""Public reviews. They are never matched to patients (M4)."""

from canonical.clock import Instant
from canonical.model import Noun


class Review(Noun):
    """A review as the platform shows it."""

    vendor_id: str
    platform: str
    location: str = ""
    rating: int | None = None
    text: str = ""
    author: str = ""
    posted_at: Instant | None = None
    reply: str = ""
