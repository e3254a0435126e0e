"""Whether the person knows what is true of a visit: by the last message of all, and by the last one on the same medium (R9, R10).

A change told by text is told; but whoever also has a mail with the old time gets the new one by mail too, because people
look things up where they last read them.
"""

from dataclasses import dataclass

from canonical.owed import Subject
from canonical.plan import Step
from canonical.subjects import VisitFacts
from pipelines.lifecycle.memory import Told, last_told
from pipelines.lifecycle.moment import Moment


@dataclass(frozen=True, slots=True)
class Telling:
    """What was last said about a visit's time."""

    last: Told | None
    """By any message."""
    here: Told | None
    """By a message on the step's own medium: by mail, or by text."""

    @classmethod
    def of(cls, step: Step, subject: Subject, moment: Moment) -> "Telling":
        """As the memory of the subject has it."""
        last = last_told(subject)
        return cls(last, last_told(subject, moment.on_the_medium_of(step)) if last else None)

    @property
    def _both(self) -> tuple[Told, ...]:
        return tuple(told for told in (self.last, self.here) if told is not None)

    def says_cancelled(self) -> bool:
        """Whether the person knows that it does not take place."""
        return all(told.start is None for told in self._both)

    def names_start(self, visit: VisitFacts, moment: Moment) -> bool:
        """Whether the local start last named is the true one."""
        return all(_names_start(visit, told, moment) for told in self._both)

    def is_true(self, visit: VisitFacts, moment: Moment) -> bool:
        """Start, place and provider as last told (R9). A provider that was not known then is no change."""
        return all(_is_true(visit, told, moment) for told in self._both)

    def corrects(self, visit: VisitFacts, moment: Moment) -> bool:
        """R15: moved into the past; or moved within its own day after it had begun. To another day it is a new promise."""
        if visit.moved_at is None:
            return False
        if visit.start_at <= visit.moved_at:
            return True
        told = self.last
        if told is None or told.start is None or told.start > visit.moved_at:
            return False
        return moment.local_day(told.start, told.location_id) == moment.local_day(visit.start_at, visit.location_id)


def _names_start(visit: VisitFacts, told: Told, moment: Moment) -> bool:
    return told.start is not None and moment.local(told.start, told.location_id) == moment.local(
        visit.start_at, visit.location_id
    )


def _is_true(visit: VisitFacts, told: Told, moment: Moment) -> bool:
    same_place = moment.place(told.location_id) == moment.place(visit.location_id)
    providers = {told.provider_id, visit.provider_id} - {None}
    return _names_start(visit, told, moment) and same_place and len(providers) <= 1
