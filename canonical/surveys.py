"""The one satisfaction question and its answer (rows 6.1, 6.3, R24), and answers that were given to another tool (row 6.4)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import Field

from canonical.clock import Instant
from canonical.ids import PersonId, VisitId
from canonical.model import Noun


class SurveyAnswer(Noun):
    """A score from 1 to 10 given to one visit's question. A later correction is a new answer."""

    visit_id: VisitId
    person_id: PersonId
    score: int = Field(ge=1, le=10)
    answered_at: Instant


class Band(StrEnum):
    """What an answer asks of people (row 6.4)."""

    LOW = "low"
    """Somebody calls at once."""
    MIDDLING = "middling"
    """Somebody follows up."""
    HIGH = "high"
    """Nobody has to do anything."""
    UNKNOWN = "unknown"
    """Nobody can tell from here: a person reads it where it was given."""


class Scale(Noun):
    """How another tool counts. A number off its ends is none of it."""

    least: int
    most: int
    low: int
    """Up to which somebody calls at once."""
    middling: int
    """Up to which somebody follows up."""

    def band(self, score: float) -> Band:
        """What a number on it asks for."""
        if not self.least <= score <= self.most:
            return Band.UNKNOWN
        return Band.LOW if score <= self.low else (Band.MIDDLING if score <= self.middling else Band.HIGH)


SCALES: Final[Mapping[str, Scale]] = {
    # Net Promoter Score, 0 to 10 (F. Reichheld, "The One Number You Need to Grow", 2003; memory): up to 6 detractors, 7 and 8
    # passives. Row 6.4 draws the same lines.
    "nps": Scale(least=0, most=10, low=6, middling=8),
}
"""How answers are counted elsewhere, by name. One that is not here has no number we could repeat."""
CLICKS: Final[Mapping[str, Band]] = {"liked": Band.HIGH, "disliked": Band.LOW}
"""Answers by a tap, which have no number."""


def band_of(scale: str, score: str) -> Band:
    """What an answer on a scale asks for. What is no number, and a scale that nobody knows, are `UNKNOWN`.

    >>> band_of("nps", "6"), band_of("nps", "9"), band_of("stars", "5"), band_of("nps", "11"), band_of("disliked", "")
    (<Band.LOW: 'low'>, <Band.HIGH: 'high'>, <Band.UNKNOWN: 'unknown'>, <Band.UNKNOWN: 'unknown'>, <Band.LOW: 'low'>)
    """
    if scale in CLICKS:
        return CLICKS[scale]
    try:
        return SCALES[scale].band(float(score)) if scale in SCALES else Band.UNKNOWN
    except ValueError:
        return Band.UNKNOWN
