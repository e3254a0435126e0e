"""What one step owes to one inquiry (rows 1.x, 2.1; R3, R4, R30, R43, R49)."""

from datetime import datetime

from canonical.actions import SubjectKind
from canonical.clock import rfc3339
from canonical.inquiries import InquirySource
from canonical.owed import Subject
from canonical.people import silencing
from canonical.plan import Anchor, Step, StopOn, Timing
from canonical.practice import Channel
from canonical.subjects import InquiryFacts, PersonFacts, Thread
from pipelines.lifecycle.drafts import Draft, Reach, is_out_of_reach, reach_of
from pipelines.lifecycle.hours import keeps_the_hour, next_opening, promised_at
from pipelines.lifecycle.memory import live_action, occurrences
from pipelines.lifecycle.moment import MAIL, Moment
from pipelines.lifecycle.reasons import Why, Withheld
from pipelines.lifecycle.watermark import held_by, is_live

_SPEAKS, _LEAD, _TASK = "send", "upsert_lead", "create_task"
_THREADS = {InquirySource.INSTAGRAM: Channel.IG_DM, InquirySource.MESSENGER: Channel.MESSENGER}


def judge(step: Step, subject: Subject, inquiry: InquiryFacts, moment: Moment) -> Draft | Withheld:
    """The step's draft for the inquiry, or why nothing is owed. The horizon is not looked at here."""
    why, detail = _standing(step, subject, inquiry)
    if not why:
        why, detail = _story(step, subject, inquiry, moment)
    if why:
        return Withheld(step.key, inquiry.inquiry_id, why, detail)
    return _timed(step, subject, inquiry, moment)


def _standing(step: Step, subject: Subject, inquiry: InquiryFacts) -> tuple[Why | None, str]:
    flags = silencing(subject.person.flags, step.row) if subject.person else frozenset()
    speaks = step.command == _SPEAKS
    checks: tuple[tuple[object, Why, str], ...] = (
        (held_by(step) == "OWN-01", Why.OWNED_ELSEWHERE, ""),
        (held_by(step), Why.NOT_SWITCHED_ON, ""),
        (flags, Why.FLAGGED, ", ".join(sorted(flags))),
        (inquiry.same_as and _is_done(step, inquiry), Why.REPEATED, ""),
        (speaks and _phone_is_answered(step, inquiry), Why.REPEATED, ""),
        (step.command == _LEAD and inquiry.source is InquirySource.CRM, Why.THERE_ALREADY, ""),
        (
            is_out_of_reach(step, reach_of(step, _reached(inquiry, subject.person))),
            Why.UNREACHABLE,
            step.channels[0].value,
        ),
        (speaks and inquiry.suspected_spam, Why.SPAM, ""),
        (speaks and inquiry.source is InquirySource.PHONE_ANSWERED, Why.ANSWERED_CALL, ""),
    )
    return next(((why, detail) for true, why, detail in checks if true), (None, ""))


def _is_done(step: Step, inquiry: InquiryFacts) -> bool:
    """Of a question that was dealt with only what is new in it is told, and to the desk: one answer, one lead, one promise (R4)."""
    if step.command == _SPEAKS:
        return inquiry.first_answered
    adds = step.command == _TASK and step.timing is not Timing.PROMISE and inquiry.worded
    return inquiry.first_cared_for and not adds


def _phone_is_answered(step: Step, inquiry: InquiryFacts) -> bool:
    """Two people on one phone are two leads; the phone hears one answer (R4)."""
    by_mail = step.channels[0] in MAIL
    return inquiry.email_answered if by_mail else inquiry.phone_answered


def _story(step: Step, subject: Subject, inquiry: InquiryFacts, moment: Moment) -> tuple[Why | None, str]:
    stopped = _stopped(step, inquiry)
    if stopped:
        return Why.STOPPED, stopped
    if step.when_open is not None and step.when_open is not _in_hours(inquiry, moment):
        return Why.OTHER_HOURS, ""
    used = occurrences(subject, step.key)
    return (Why.SAID, "") if used else (None, "")


def _stopped(step: Step, inquiry: InquiryFacts) -> str:
    facts = {
        StopOn.BOOKING: (inquiry.booked_at, "somebody on the same phone or mail address booked (R3)"),
        StopOn.REPLY: (inquiry.replied_at, "somebody wrote back (R3)"),
        StopOn.STAFF_CONTACT: (inquiry.called_at, "the practice has called or written (R56)"),
    }
    if inquiry.closed and step.stop:
        return "the inquiry was closed"
    return next((word for stop, (at, word) in facts.items() if stop in step.stop and at), "")


def _in_hours(inquiry: InquiryFacts, moment: Moment) -> bool:
    place = moment.place(inquiry.location_id)
    return bool(place and inquiry.received_at and keeps_the_hour(place, inquiry.received_at))


def _fact_at(step: Step, inquiry: InquiryFacts) -> datetime | None:
    """When it happened: by the vendor's clock for the inquiry itself, by ours for an interest that was noted."""
    if step.anchor is Anchor.INQUIRY_INTEREST:
        return inquiry.interested_at
    return inquiry.received_at if inquiry.vendor_time else None


def _timed(step: Step, subject: Subject, inquiry: InquiryFacts, moment: Moment) -> Draft | Withheld:
    received = _fact_at(step, inquiry)
    if received is None and step.anchor is Anchor.INQUIRY_INTEREST:
        return Withheld(step.key, inquiry.inquiry_id, Why.NO_ANCHOR, step.anchor.value)
    if received is None or not is_live(step, received):
        return Withheld(step.key, inquiry.inquiry_id, Why.NOT_LIVE)
    due = _due(step, inquiry, received, moment)
    expires = received + step.expires
    if due is None or expires < moment.now:
        return Withheld(step.key, inquiry.inquiry_id, Why.EXPIRED, due_at=due, expires_at=expires)
    reach = reach_of(step, _reached(inquiry, subject.person))
    return Draft(
        step=step,
        subject_kind=SubjectKind.INQUIRY,
        subject_id=inquiry.inquiry_id,
        occurrence=1,
        person_id=inquiry.person_id,
        location_id=inquiry.location_id,
        reach=reach,
        labels=step.labels,
        due_at=due,
        earliest_at=due,
        expires_at=expires,
        anchor_at=received,
        day=moment.local_day(received, inquiry.location_id).isoformat(),
        planned=live_action(subject, step.key) is not None,
        facts=_facts(inquiry, received, moment) | _through(reach, inquiry),
    )


def _reached(inquiry: InquiryFacts, person: PersonFacts | None) -> PersonFacts:
    """An inquiry is answered where it came from, not where the person is otherwise known."""
    agreed = person.sold_to if person else frozenset()
    return PersonFacts(
        inquiry.person_id,
        phone_id=inquiry.phone_id,
        email_id=inquiry.email_id,
        thread=_thread(inquiry),
        sold_to=agreed,
    )


def _thread(inquiry: InquiryFacts) -> Thread | None:
    """The channel an inquiry came by, where that is a thread (row 1.1)."""
    channel = _THREADS.get(inquiry.source)
    if channel is None or inquiry.thread_id is None or inquiry.connection_id is None:
        return None
    return Thread(channel, inquiry.thread_id, inquiry.connection_id)


def _due(step: Step, inquiry: InquiryFacts, received: datetime, moment: Moment) -> datetime | None:
    if step.timing is not Timing.PROMISE:
        return received + step.offset
    place = moment.place(inquiry.location_id)
    promised = promised_at(place, received) if place else None
    return promised + step.offset if promised else None


def _through(reach: Reach, inquiry: InquiryFacts) -> dict[str, str]:
    """A thread hangs on the account it was written to: nothing else can answer in it."""
    thread = _thread(inquiry)
    answers = thread is not None and reach.contact_point_id == thread.contact_point_id
    return {"connection": thread.connection_id} if thread and answers else {}


def _facts(inquiry: InquiryFacts, received: datetime, moment: Moment) -> dict[str, str]:
    facts = {"seq": str(inquiry.seq), "event_at": rfc3339(received)}
    place = moment.place(inquiry.location_id)
    if place is None:
        return facts
    promised, opening = promised_at(place, received), next_opening(place, received)
    facts |= {"promised_at": rfc3339(promised)} if promised else {}
    return facts | ({"next_opening_at": rfc3339(opening)} if opening else {})
