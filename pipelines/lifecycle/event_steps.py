"""What one step owes to a reply, a revocation or a task (rows 7.1, 7.2; R22, R34, R43)."""

from canonical.clock import rfc3339
from canonical.ids import ConnectionId
from canonical.opening import is_open, next_opening
from canonical.owed import Subject
from canonical.people import silencing
from canonical.plan import Anchor, Step
from canonical.practice import THREADS
from canonical.subjects import ReplyFacts, SuppressionFacts, TaskFacts
from pipelines.lifecycle.drafts import Draft, Reach
from pipelines.lifecycle.memory import live_action, occurrences
from pipelines.lifecycle.moment import Moment
from pipelines.lifecycle.reasons import Why, Withheld
from pipelines.lifecycle.watermark import held_by, is_live

Event = ReplyFacts | SuppressionFacts | TaskFacts
_SPEAKS, _CONFIRMS = "send", "confirm_appointment"


def judge(step: Step, subject: Subject, event: Event, moment: Moment) -> Draft | Withheld:
    """The step's draft for the event, or why nothing is owed. The horizon is not looked at here."""
    why, detail = _standing(step, subject, event)
    if not why and step.when_open is not None and isinstance(event, ReplyFacts):
        why = _other_hours(step, event, moment)
    if not why and len(occurrences(subject, step.key)) >= _times(step, event):
        why = Why.SAID
    if not why and not is_live(step, event.at):
        why = Why.NOT_LIVE
    expires = event.at + step.expires
    if why or expires < moment.now:
        return Withheld(step.key, subject.subject_id, why or Why.EXPIRED, detail, expires_at=expires)
    return _draft(step, subject, event, moment)


def _times(step: Step, event: Event) -> int:
    """How often the step is owed: a yes to several visits is written to each of them, the rest once."""
    return event.confirms if step.command == _CONFIRMS and isinstance(event, ReplyFacts) else 1


def _other_hours(step: Step, event: ReplyFacts, moment: Moment) -> Why | None:
    """After hours one answer per person and closed period (R25)."""
    place = moment.place(event.location_id)
    if place is None or is_open(place, event.at) is not step.when_open:
        return Why.OTHER_HOURS
    before = event.before_at
    if before is None or is_open(place, before):
        return None
    return Why.SAID if next_opening(place, before) == next_opening(place, event.at) else None


def _standing(step: Step, subject: Subject, event: Event) -> tuple[Why | None, str]:
    held = held_by(step)
    speaks = step.command == _SPEAKS and not isinstance(event, SuppressionFacts)
    flags = silencing(subject.person.flags, step.row) if speaks and subject.person else frozenset()
    checks: tuple[tuple[object, Why, str], ...] = (
        (held == "OWN-01", Why.OWNED_ELSEWHERE, ""),
        (held, Why.NOT_SWITCHED_ON, ""),
        (flags, Why.FLAGGED, ", ".join(sorted(flags))),
        *_of_its_kind(step, event),
        _came_otherwise(step, event),
    )
    return next(((why, detail) for true, why, detail in checks if true), (None, ""))


def _came_otherwise(step: Step, event: Event) -> tuple[bool, Why, str]:
    """Whether somebody wrote by a channel on which the step has no text, or none of ours arrives."""
    if isinstance(event, TaskFacts) or step.command != _SPEAKS:
        return False, Why.OTHER_CHANNEL, ""
    return event.channel not in step.channels, Why.OTHER_CHANNEL, event.channel or "a platform through another tool"


def _of_its_kind(step: Step, event: Event) -> tuple[tuple[object, Why, str], ...]:
    if isinstance(event, ReplyFacts):
        return ((event.intent not in step.intents, Why.OTHER_INTENT, event.intent.value),)
    if isinstance(event, TaskFacts):
        other = step.tasks and event.kind not in step.tasks
        return (other, Why.OTHER_TASK, event.kind.value), (event.closed, Why.STOPPED, "the task was closed")
    spreads = step.anchor is Anchor.SUPPRESSION_SPREADS
    return (spreads is (event.connection_id is None), Why.OTHER_SUBJECT, ""), (
        not spreads and not event.told_us,
        Why.NOT_TOLD_US,
        "",
    )


def _draft(step: Step, subject: Subject, event: Event, moment: Moment) -> Draft:
    due = event.at + step.offset
    return Draft(
        step=step,
        subject_kind=subject.kind,
        subject_id=subject.subject_id,
        occurrence=len(occurrences(subject, step.key)) + 1,
        person_id=event.person_id,
        location_id=event.location_id,
        reach=_reach(step, event),
        labels=step.labels,
        due_at=due,
        earliest_at=due,
        expires_at=event.at + step.expires,
        anchor_at=None,
        day="",
        planned=live_action(subject, step.key) is not None,
        urgent=step.urgent or (isinstance(event, TaskFacts) and event.urgent),
        facts=_facts(step, event, moment),
    )


def _reach(step: Step, event: Event) -> Reach:
    """An answer goes where the message came from; a copy of an opt-out names the contact point it is about; a task reaches staff."""
    if isinstance(event, TaskFacts):
        return Reach(step.channels[0], None)
    came_by = event.channel if step.command == _SPEAKS else None
    return Reach(came_by or step.channels[0], event.contact_point_id)


def _facts(step: Step, event: Event, moment: Moment) -> dict[str, str]:
    facts = {"seq": str(event.seq), "event_at": rfc3339(event.at)}
    place = moment.place(event.location_id) if isinstance(event, ReplyFacts) else None
    opening = next_opening(place, event.at) if place else None
    facts |= {"next_opening_at": rfc3339(opening)} if opening else {}
    connection = None if isinstance(event, TaskFacts) else _through(step, event)
    return facts | ({"connection": connection} if connection else {})


def _through(step: Step, event: ReplyFacts | SuppressionFacts) -> ConnectionId | None:
    """The tool an opt-out is copied to; the account in whose thread somebody wrote, and is answered."""
    if isinstance(event, SuppressionFacts) and event.connection_id:
        return event.connection_id
    heard_by = event.heard_by if isinstance(event, SuppressionFacts) else event.connection_id
    return heard_by if step.command == _SPEAKS and event.channel in THREADS else None
