"""What follows a visit, and what a delay asks for on its day (rows 4.3 to 6.3; R14, R16, R19, R32, R53, R54)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from canonical.intakes import IntakeStatus
from canonical.owed import Subject
from canonical.payments import HELD
from canonical.plan import Anchor, Need, Step, StopOn, Timing
from canonical.subjects import PersonFacts, Span, VisitFacts
from canonical.visits import AppointmentStatus, CompletionGrade
from pipelines.lifecycle.memory import said
from pipelines.lifecycle.moment import Moment
from pipelines.lifecycle.reasons import Why

A, G = Anchor, CompletionGrade
AFTERWARDS = frozenset({A.VISIT_END, A.VISIT_CHECKED_OUT, A.VISIT_SURVEYED, A.VISIT_SCORED, A.VISIT_INVITED})
QUIET_AFTER_CHECK_IN = timedelta(hours=20)
LONGEST_HOLD = timedelta(days=14)
_ORDER = (G.NONE, G.DERIVED, G.MARKED, G.CHECKED_OUT)
_NOT_TAKEN_PLACE = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW, AppointmentStatus.UNKNOWN})
_CHECK_IN, _SURVEY, _INVITE = "5.1", "6.1", "6.2"
_ASKS = ("6.",)


def fact_at(step: Step, visit: VisitFacts, subject: Subject) -> datetime | None:
    """When the step's anchor happened; None = it has not."""
    return _FACTS[step.anchor](visit, subject)


def _checked_out(visit: VisitFacts, _: Subject) -> datetime | None:
    return visit.changed_at if visit.completion is G.CHECKED_OUT else None


def _told(row: str) -> Callable[[VisitFacts, Subject], datetime | None]:
    return lambda _, subject: said_at(subject, row)


_FACTS: Mapping[Anchor, Callable[[VisitFacts, Subject], datetime | None]] = {
    A.VISIT_END: lambda visit, _: visit.end_at or visit.start_at,
    A.VISIT_CHECKED_OUT: _checked_out,
    A.VISIT_SURVEYED: _told(_SURVEY),
    A.VISIT_SCORED: lambda visit, _: visit.around.scored_at,
    A.VISIT_INVITED: _told(_INVITE),
    A.VISIT_DELAYED: lambda visit, _: visit.around.delayed_at,
}


def said_at(subject: Subject, row: str) -> datetime | None:
    """When a message of this row last left for the visit, or may have."""
    times = (past.told_at for past in subject.settled if past.step.split("-", 1)[0] == row and said(past))
    return max((at for at in times if at), default=None)


def not_taken_place(step: Step, visit: VisitFacts) -> tuple[Why, str] | None:
    """R14, R16: what was cancelled or missed has no afterwards; what is not sure enough yet waits."""
    if visit.status in _NOT_TAKEN_PLACE:
        return Why.STATUS, visit.status.value
    needed = max(step.min_grade, G.DERIVED, key=_ORDER.index)
    return (
        None if _ORDER.index(visit.completion) >= _ORDER.index(needed) else (Why.NOT_COMPLETED, visit.completion.value)
    )


def due_at(step: Step, visit: VisitFacts, subject: Subject, moment: Moment) -> datetime | None:
    """Fact plus offset, with the service's own interval (row 5.4) and the pause after a check-in (row 6.1)."""
    fact = fact_at(step, visit, subject)
    if fact is None:
        return None
    due = fact + _offset(step, visit, moment)
    check_in = said_at(subject, _CHECK_IN) if Need.CHECK_IN_QUIET in step.needs else None
    return max(due, check_in + QUIET_AFTER_CHECK_IN) if check_in else due


def _offset(step: Step, visit: VisitFacts, moment: Moment) -> timedelta:
    service = moment.services.get(visit.service_id)
    if step.timing is Timing.REBOOK and service and service.rebook_after_days:
        return timedelta(days=service.rebook_after_days)
    return step.offset


def expires_at(step: Step, due: datetime, fact: datetime, person: PersonFacts | None, now: datetime) -> datetime:
    """How long it is worth saying. For rows 6.x time in which somebody had a complaint of theirs open stops the clock (R54)."""
    until = due + step.expires if step.timing is Timing.REBOOK else fact + step.expires
    if not step.row.startswith(_ASKS) or person is None:
        return until
    return until + min(_held(person.attended, since=due, until=now), LONGEST_HOLD)


def _held(spans: Iterable[Span], *, since: datetime, until: datetime) -> timedelta:
    """How much of a time was covered by some spans, which may overlap."""
    total, covered = timedelta(0), since
    for opened, closed in sorted(spans, key=lambda span: span[0]):
        begins, ends = max(opened, covered), min(closed or datetime.max.replace(tzinfo=UTC), until)
        if ends > begins:
            total, covered = total + (ends - begins), ends
    return total


def stopped(step: Step, visit: VisitFacts, subject: Subject) -> str:
    """Why a fact has ended the step for this visit; empty = it goes on."""
    return next(
        (sentence for stop, (holds, sentence) in _STOPS.items() if stop in step.stop and holds(visit, subject)), ""
    )


_STOPS: Mapping[StopOn, tuple[Callable[[VisitFacts, Subject], bool], str]] = {
    StopOn.INTAKE_COMPLETED: (lambda visit, _: visit.around.intake is IntakeStatus.COMPLETED, "the form has come back"),
    StopOn.DEPOSIT_PAID: (lambda visit, _: visit.around.deposit in HELD, "the deposit is paid or waived"),
    StopOn.SCORED: (lambda visit, _: visit.around.score is not None, "the question was answered"),
    StopOn.REVIEW_INVITED: (lambda _, subject: said_at(subject, _INVITE) is not None, "the link has gone out already"),
    StopOn.CONFIRMED: (lambda visit, _: visit.around.confirmed_start == visit.start_at, "the person has confirmed"),
    StopOn.BOOKING: (lambda visit, _: visit.around.later_visit, "the person has rebooked"),
}
