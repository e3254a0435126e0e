"""When a step of a visit is due, how long it is true, and whether that time had already passed (R13, R29, R32)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from canonical.clock import ONE_DAY, local_instant
from canonical.owed import Subject
from canonical.plan import Anchor, OnPast, Step, Timing
from canonical.subjects import PersonFacts, VisitFacts
from pipelines.lifecycle.after_steps import AFTERWARDS, due_at, fact_at
from pipelines.lifecycle.after_steps import expires_at as after_expiry
from pipelines.lifecycle.moment import Moment
from pipelines.lifecycle.reasons import Why

DAY_OPENS = time(8)
EVENING_OPENS, EVENING_CLOSES = time(18), time(20)
MORNING_LEAD = timedelta(hours=2)
MORNING_LATEST = timedelta(minutes=60)
TIME_TO_LEAVE = timedelta(minutes=10)
"""A text due in the very minute it would expire (a 09:00 visit at 08:00) gets two ticks to leave."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When to say it, and until when it is worth saying."""

    due_at: datetime
    expires_at: datetime
    evening_before: bool = False


def trigger_at(step: Step, visit: VisitFacts) -> datetime | None:
    """The time of the fact a triggered step answers: the booking, or the newest change."""
    return visit.booked_at if step.anchor is Anchor.VISIT_BOOKED else visit.changed_at


def reference(visit: VisitFacts) -> datetime | None:
    """The instant that makes a due time past: the booking, or the last move of the start (R13)."""
    known = [instant for instant in (visit.booked_at, visit.moved_at) if instant]
    return max(known, default=None)


def slot(step: Step, visit: VisitFacts, subject: Subject, moment: Moment) -> Slot | Why:
    """The step's slot; `NO_ZONE`, `NO_FACT_TIME` or `PAST` when it has none."""
    if step.anchor in AFTERWARDS:
        return _afterwards(step, visit, subject, moment)
    if step.anchor is Anchor.VISIT_DELAYED:
        return _delayed(step, visit)
    if step.anchor is not Anchor.VISIT_START:
        return _after_the_fact(step, visit, moment)
    if step.timing is Timing.MORNING_OF:
        return _morning_of(step, visit, subject.person, moment)
    return _before_the_start(step, visit, moment)


def _afterwards(step: Step, visit: VisitFacts, subject: Subject, moment: Moment) -> Slot | Why:
    fact, due = fact_at(step, visit, subject), due_at(step, visit, subject, moment)
    if fact is None or due is None:
        return Why.NO_FACT_TIME
    return Slot(due, after_expiry(step, due, fact, subject.person, moment.now))


def _delayed(step: Step, visit: VisitFacts) -> Slot | Why:
    """At once, and not once the visit was to begin."""
    delayed = visit.around.delayed_at
    return Slot(delayed + step.offset, min(visit.start_at, delayed + step.expires)) if delayed else Why.NO_FACT_TIME


def expires_at(step: Step, visit: VisitFacts, fact: datetime) -> datetime:
    """When saying it stops being useful (R32)."""
    from_start = Anchor.VISIT_START in {step.anchor, step.expires_from}
    return (visit.start_at if from_start else fact) + step.expires


def _after_the_fact(step: Step, visit: VisitFacts, moment: Moment) -> Slot | Why:
    fact = trigger_at(step, visit)
    if fact is None:
        return Why.NO_FACT_TIME
    due = max(fact + step.offset, moment.settled_at(step, visit))
    return Slot(due, expires_at(step, visit, fact))


def _before_the_start(step: Step, visit: VisitFacts, moment: Moment) -> Slot | Why:
    due, since = visit.start_at + _ahead(step, visit, moment), reference(visit)
    until = expires_at(step, visit, visit.start_at)
    if since is None or due >= since + step.late_booking:
        return Slot(due, until)
    if step.on_past is OnPast.AT_ONCE and visit.start_at - since > step.not_under:
        return Slot(since, until)
    if step.on_past is OnPast.SEND_WITHIN_GRACE and since <= due + step.grace:
        return Slot(due, min(until, due + step.grace))
    return Why.PAST


def _ahead(step: Step, visit: VisitFacts, moment: Moment) -> timedelta:
    """The step's offset; the longest lead any instruction of the service needs, if that is longer (3.3); the deposit's deadline (2.4)."""
    if step.timing is Timing.DEPOSIT_DEADLINE:
        return -moment.practice.deposit.deadline
    service = moment.services.get(visit.service_id)
    if step.timing is not Timing.INSTRUCTION or service is None or not service.instructions:
        return step.offset
    return min(step.offset, *(-each.lead for each in service.instructions))


def _morning_of(step: Step, visit: VisitFacts, person: PersonFacts | None, moment: Moment) -> Slot | Why:
    """R29. A booking or move of the same day falls back to two hours before the start, if that is still ahead (R13)."""
    here, theirs = moment.zone(visit.location_id), moment.recipient_zone(visit, person)
    here = here or theirs
    if here is None or theirs is None:
        return Why.NO_ZONE
    since = reference(visit)
    until = expires_at(step, visit, visit.start_at)
    opens = local_instant(visit.start_at.astimezone(theirs).date(), DAY_OPENS, theirs)
    late = max(opens, visit.start_at - MORNING_LEAD)
    if late > visit.start_at - MORNING_LATEST:
        evening = visit.start_at.astimezone(theirs).date() - ONE_DAY
        due = local_instant(evening, EVENING_OPENS, theirs)
        closes = local_instant(evening, EVENING_CLOSES, theirs)
        return Why.PAST if since and due < since else Slot(due, min(until, closes), evening_before=True)
    usual = local_instant(visit.start_at.astimezone(here).date(), step.at, here) if step.at else late
    for due in (max(opens, min(usual, late)), late):
        if since is None or due >= since:
            return Slot(due, max(until, due + TIME_TO_LEAVE))
    return Why.PAST
