"""Answers about a visit: they will come, they will be late, they want it moved (rows 3.6, 7.1; R20, R22)."""

from collections.abc import Iterable
from datetime import datetime

from canonical.ids import PersonId, VisitId
from canonical.pauses import PauseScope
from canonical.tasks import TaskKind
from ledger.replies import Expected
from ledger.scores import Confirmation, record_confirmations
from ledger.session import Session
from pipelines.replies.answer import Answer
from pipelines.replies.details import minutes
from pipelines.replies.errands import ACT_WITHIN, Errands


def confirm(session: Session, answer: Answer, now: datetime) -> None:
    """A yes to every visit our last message named, at the start it named: one that moves later was not confirmed there."""
    given = [
        Confirmation(
            VisitId(visit.visit_id), PersonId(visit.person_id), answer.reply_id, visit.start_at, answer.received_at
        )
        for visit in answer.thread.named
    ]
    record_confirmations(session, given, now)


def tell_of_lateness(errands: Errands) -> None:
    """The desk learns at once who is late for what, and by how much where they say so."""
    answer = errands.answer
    visit, late = answer.thread.today, minutes(answer.record.text)
    how = f"about {late} minutes late" if late else "late, without saying how much"
    what = f"the visit of {when(answer, visit)}" if visit else "a visit we do not find under that phone"
    errands.open(
        TaskKind.LATE_PATIENT,
        f"Somebody will be {how} for {what}",
        errands.now,
        urgent=True,
        person=PersonId(visit.person_id) if visit else None,
    )


def ask_for_change(errands: Errands, people: Iterable[PersonId]) -> None:
    """Hold what is still to be said about the visit, and have somebody move or cancel it within a quarter of an hour of opening."""
    answer, meant = errands.answer, errands.answer.thread.meant
    until = errands.patience()
    for visit in meant:
        errands.pause(PauseScope.VISIT, visit.visit_id, until, "they asked to move or cancel this visit")
    errands.pause_follow_ups(people, until)
    named = " and ".join(when(answer, visit) for visit in meant)
    which = f"the visit of {named}" if named else "a visit, and it is not clear which"
    errands.open(
        TaskKind.CHANGE_REQUEST,
        f"Somebody asks to move or cancel {which}",
        errands.staffed(ACT_WITHIN),
        urgent=True,
        person=PersonId(meant[0].person_id) if len({visit.person_id for visit in meant}) == 1 else None,
    )


def when(answer: Answer, visit: Expected) -> str:
    """A visit's start as the desk reads it, in its own zone: `Fri 13 Nov, 14:00`."""
    return f"{visit.start_at.astimezone(answer.thread.zone(visit)):%a %d %b, %H:%M}"
