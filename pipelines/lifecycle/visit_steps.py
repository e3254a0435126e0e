"""What one step owes to one visit: the rules R9, R10, R12, R13, R15, R16, R18 and R43, in one order.

The order is that of `reasons.Why`; the first that withholds is the answer `explain` gives.
"""

from datetime import datetime, timedelta

from canonical.actions import Labels, Purpose, SubjectKind
from canonical.clock import rfc3339
from canonical.owed import Settled, Subject, Tells
from canonical.people import silencing
from canonical.plan import Anchor, OnMoved, Step
from canonical.subjects import VisitFacts
from canonical.visits import AppointmentStatus, BookedBy
from pipelines.lifecycle.after_steps import AFTERWARDS, fact_at, not_taken_place, stopped
from pipelines.lifecycle.drafts import Draft, is_out_of_reach, reach_of
from pipelines.lifecycle.due import Slot, slot, trigger_at
from pipelines.lifecycle.memory import live_action, occurrences, said
from pipelines.lifecycle.moment import Moment
from pipelines.lifecycle.needs import unmet
from pipelines.lifecycle.parameters import parameters
from pipelines.lifecycle.reasons import Why, Withheld
from pipelines.lifecycle.truth import Telling
from pipelines.lifecycle.watermark import OWN_01, RowClass, held_by, is_live, row_class

A = Anchor
EXPECTED = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED})
"""A visit both sides agreed on. A mere request names no time that may be told."""

_WALK_IN = timedelta(minutes=30)
_REQUESTED = timedelta(minutes=60)


def judge(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Draft | Withheld:
    """The step's draft for the visit, or why nothing is owed. The horizon is not looked at here."""
    why, detail = _standing(step, subject, visit, moment)
    if not why:
        why, detail = _story(step, subject, visit, moment)
    if why:
        return Withheld(step.key, visit.visit_id, why, detail)
    return _timed(step, subject, visit, moment)


Answer = tuple[Why | None, str]
_NOTHING_AGAINST: Answer = (None, "")


def _standing(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Answer:
    """Whether the row, the person and the visit admit the step at all."""
    if held := held_by(step):
        return (Why.OWNED_ELSEWHERE if held == OWN_01 else Why.NOT_SWITCHED_ON), ""
    if step.modes and moment.journeys.review_mode not in step.modes:
        return Why.OTHER_MODE, moment.journeys.review_mode.value
    if subject.person and (flags := silencing(subject.person.flags, step.row)):
        return Why.FLAGGED, ", ".join(sorted(flags))
    if step.kinds and visit.kind not in step.kinds:
        return Why.OTHER_KIND, visit.kind.value
    return (Why.WALK_IN, "") if step.anchor not in AFTERWARDS and _is_walk_in(visit) else _NOTHING_AGAINST


def _is_walk_in(visit: VisitFacts) -> bool:
    return visit.walk_in or (visit.booked_at is not None and visit.booked_at > visit.start_at - _WALK_IN)


def _story(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Answer:
    """Whether what has happened, and what has been said about it, leaves the step something to say."""
    if step.anchor in AFTERWARDS:
        return _nothing_to_add(step, subject, visit, moment)
    against = _not_to_say(step, subject, visit, moment)
    if not against[0]:
        against = _against_the_facts(step, subject, visit, moment)
    return against if against[0] else _is_dead(step, subject, visit)


def _not_to_say(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Answer:
    calls_off = step.anchor is A.VISIT_CANCELLED
    if visit.status not in ((AppointmentStatus.CANCELLED,) if calls_off else EXPECTED):
        return Why.OTHER_STATUS if calls_off else Why.STATUS, visit.status.value
    if step.anchor is A.VISIT_DELAYED:
        return _no_delay_to_tell(step, subject, visit, moment)
    told = Telling.of(step, subject, moment)
    if calls_off:
        return _no_cancellation_to_tell(told)
    if step.anchor is A.VISIT_BOOKED:
        return _booking_is_told(step, subject, told)
    if step.anchor is A.VISIT_MOVED:
        return _no_change_to_tell(visit, told, moment)
    return _nothing_to_remind(step, subject, visit, told, moment)


def _booking_is_told(step: Step, subject: Subject, told: Telling) -> Answer:
    """A confirmation is for a visit nobody has spoken of on that medium; a form or a deposit is asked for once (R12)."""
    if not step.names_time:
        return (Why.SAID_ONCE, "") if occurrences(subject, step.key) else _NOTHING_AGAINST
    return (Why.ALREADY_TOLD, "") if told.here else _NOTHING_AGAINST


def _against_the_facts(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Answer:
    """Conditions that do not hold, facts that have ended the step, and ways that do not exist."""
    if missing := unmet(step, subject, visit, moment):
        return Why.UNMET, missing
    if ended := stopped(step, visit, subject):
        return Why.STOPPED, ended
    reach = reach_of(step, subject.person, minor=moment.is_minor(subject.person))
    return (Why.UNREACHABLE, reach.channel.value) if is_out_of_reach(step, reach) else _NOTHING_AGAINST


def _nothing_to_add(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Answer:
    """After a visit each step is said once, whatever is moved then (R15)."""
    against = not_taken_place(step, visit)
    if against:
        return against
    for past in occurrences(subject, step.key):
        return (Why.SAID_ONCE, "") if said(past) else (Why.DEAD, past.state.value)
    if fact_at(step, visit, subject) is None:
        return Why.NO_ANCHOR, step.anchor.value
    return _against_the_facts(step, subject, visit, moment)


def _no_delay_to_tell(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Answer:
    """Row 4.3: once per delay, and only to whoever has not begun."""
    delayed = visit.around.delayed_at
    if delayed is None:
        return Why.NO_ANCHOR, step.anchor.value
    if visit.start_at <= moment.now or moment.local_day(visit.start_at, visit.location_id) != moment.local_day(
        delayed, visit.location_id
    ):
        return Why.NO_ANCHOR, step.anchor.value
    told = [past for past in occurrences(subject, step.key) if past.told_at and past.told_at >= delayed]
    return (Why.SAID_ONCE, "") if told else _NOTHING_AGAINST


def _no_cancellation_to_tell(told: Telling) -> Answer:
    if told.last is None:
        return Why.NEVER_TOLD, ""
    return (Why.TOLD_THE_SAME, "") if told.says_cancelled() else _NOTHING_AGAINST


def _no_change_to_tell(visit: VisitFacts, told: Telling, moment: Moment) -> Answer:
    if told.last is None:
        return Why.NEVER_TOLD, ""
    if told.is_true(visit, moment):
        return Why.TOLD_THE_SAME, ""
    return (Why.CORRECTION, "") if told.corrects(visit, moment) else _NOTHING_AGAINST


def _nothing_to_remind(step: Step, subject: Subject, visit: VisitFacts, told: Telling, moment: Moment) -> Answer:
    """The first occurrence is always owed; another one only when the last message named another local start (R10)."""
    if told.corrects(visit, moment):
        return Why.CORRECTION, ""
    earlier = [past for past in occurrences(subject, step.key) if said(past)]
    if not earlier:
        return _NOTHING_AGAINST
    if step.on_moved is not OnMoved.RESEND or told.last is None or told.names_start(visit, moment):
        return Why.SAID, ""
    shift = min((abs(visit.start_at - past.anchor_at) for past in earlier[-1:] if past.anchor_at), default=timedelta(0))
    return (Why.SMALL_SHIFT, str(step.min_shift)) if shift < step.min_shift else _NOTHING_AGAINST


def _is_dead(step: Step, subject: Subject, visit: VisitFacts) -> Answer:
    """R46: what expired, was refused or was dropped for this very time stays so."""
    for past in occurrences(subject, step.key):
        if not said(past) and past.anchor_at == visit.start_at:
            return Why.DEAD, past.state.value
    return _NOTHING_AGAINST


def _timed(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> Draft | Withheld:
    place = slot(step, visit, subject, moment)
    live = live_action(subject, step.key)
    if isinstance(place, Why):
        kept = live and place is Why.PAST and live.action.anchor_at == visit.start_at
        if not kept or live is None:
            return Withheld(step.key, visit.visit_id, place, due_at=_due(step, visit))
        place = Slot(live.action.due_at, live.action.expires_at, "evening" in live.action.facts)
    why = _too_early_or_late(step, visit, place, moment, planned=live is not None)
    if why:
        return Withheld(step.key, visit.visit_id, why, due_at=place.due_at, expires_at=place.expires_at)
    return _draft(step, subject, visit, place, moment)


def _due(step: Step, visit: VisitFacts) -> datetime | None:
    fact = visit.start_at if step.anchor is A.VISIT_START else trigger_at(step, visit)
    return fact + step.offset if fact else None


def _too_early_or_late(step: Step, visit: VisitFacts, place: Slot, moment: Moment, *, planned: bool) -> Why | None:
    if not is_live(step, _fact_time(step, visit, place)):
        return Why.NOT_LIVE
    if place.expires_at < moment.now:
        return Why.EXPIRED
    if row_class(step.row) is RowClass.TRIGGER and not planned:
        heard_of = max(place.due_at, visit.recorded_at)
        return Why.PAST if heard_of + step.reach < moment.now else None
    return None


def _fact_time(step: Step, visit: VisitFacts, place: Slot) -> datetime | None:
    """What LIVE-01 compares. A change that we saw happen between two readings has that time, also without the vendor's."""
    if row_class(step.row) is RowClass.AFTER:
        return visit.end_at or visit.start_at
    if row_class(step.row) is not RowClass.TRIGGER or step.anchor is A.VISIT_DELAYED:
        return place.due_at
    if step.anchor is A.VISIT_BOOKED and not visit.booked_vendor_time:
        return None
    return trigger_at(step, visit)


def _draft(step: Step, subject: Subject, visit: VisitFacts, place: Slot, moment: Moment) -> Draft:
    used: tuple[Settled, ...] = occurrences(subject, step.key)
    earliest = place.due_at if step.anchor in AFTERWARDS else moment.settled_at(step, visit)
    return Draft(
        step=step,
        subject_kind=SubjectKind.VISIT,
        subject_id=visit.visit_id,
        occurrence=1 + max((past.occurrence for past in used), default=0),
        person_id=visit.person_id,
        location_id=visit.location_id,
        reach=reach_of(step, subject.person, minor=moment.is_minor(subject.person)),
        labels=_labels(step, visit, moment),
        due_at=max(place.due_at, earliest),
        earliest_at=earliest,
        expires_at=place.expires_at,
        anchor_at=visit.start_at,
        day=moment.local_day(visit.start_at, visit.location_id).isoformat(),
        planned=live_action(subject, step.key) is not None,
        facts=_facts(step, visit, place) | parameters(step, subject, visit, place, moment),
    )


def _labels(step: Step, visit: VisitFacts, moment: Moment) -> Labels:
    """A confirmation of the person's own online booking answers them, for an hour (rows 2.5, R30)."""
    booked = visit.booked_at if visit.booked_vendor_time and visit.booked_by is BookedBy.PATIENT else None
    if step.anchor is A.VISIT_BOOKED and booked and moment.now - booked <= _REQUESTED:
        return step.labels.model_copy(update={"purpose": Purpose.REQUESTED_REPLY})
    return step.labels


def _facts(step: Step, visit: VisitFacts, place: Slot) -> dict[str, str]:
    facts = {"seq": str(visit.seq)}
    if step.anchor is A.VISIT_CANCELLED:
        facts["tells"] = Tells.CANCELLED.value
    elif step.names_time:
        facts["tells"] = Tells.TIME.value
    if visit.provider_id:
        facts["provider"] = visit.provider_id
    if place.evening_before:
        facts["evening"] = "before"
    at = _fact_time(step, visit, place)
    if row_class(step.row) is RowClass.TRIGGER and at:
        facts["event_at"] = rfc3339(at)
    return facts
