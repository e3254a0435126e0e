"""The one satisfaction question and its answer (rows 6.1, 6.3, R24)."""

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
