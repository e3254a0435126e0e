"""The monthly look at whether promoters were invited more often than others, and the pause that follows (REV-10)."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from canonical.actions import Answer, Outcome
from canonical.pauses import PauseScope
from canonical.policy import ReviewInvites, ReviewMode
from canonical.practice import Practice
from canonical.tasks import Task, TaskKind
from ledger.pauses import set_pause
from ledger.progress import advance, reached
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks, task_id
from pipelines.policy.asking import answer_of
from pipelines.policy.rules.score_blind import InviteCounts, invited_alike

STAGE: Final = "invitations"
MONTH: Final = timedelta(days=30)
STILL_COMING: Final = timedelta(days=8)
"""Whoever answered lately may still be invited: a link goes at the answer, or at the follow-up's date (R53)."""
INVITES: Final = "6.2"
WHO: Final = "glowline:REV-10"
_TITLE: Final = "Review requests are paused: they went to people of high scores more often, or of low ones. Find out why, then release the pause"
_LOOK_WITHIN: Final = timedelta(days=3)


def watch_invitations(store: Store, practice: Practice, invites: ReviewInvites, zone: ZoneInfo, now: datetime) -> int:
    """Once a calendar month, where scores decide nothing: pause row 6.2 if they seem to. How many pauses were set."""
    if invites.mode is not ReviewMode.SURVEY_THEN_EVERYONE:
        return 0
    here = now.astimezone(zone)
    month = here.year * 12 + here.month
    with store.reading() as session:
        if reached(session, STAGE) >= month:
            return 0
        answer = invitations(session, invites, now)
    with store.writing(business_now=now) as session:
        advance(session, STAGE, month)
        if answer is None or answer.outcome is not Outcome.NEED_APPROVAL:
            return 0
        set_pause(session, PauseScope.ROW, INVITES, who=WHO, why=answer.reason, now=now)
        return open_tasks(session, [_task(session, practice, str(month), now)])


def invitations(session: Session, invites: ReviewInvites, now: datetime) -> Answer | None:
    """REV-10's word on the month that is over; None where nobody was surveyed in it."""
    until = now - STILL_COMING
    row = session.one("invited_by_score", since=until - MONTH, until=until) or {}
    counts = InviteCounts(**row)
    if not counts.promoters + counts.detractors:
        return None
    return answer_of("REV-10", invited_alike(counts, invites))


def _task(session: Session, practice: Practice, month: str, now: datetime) -> Task:
    place = practice.location(None) or practice.locations[0]
    return Task(
        task_id=task_id(session.practice_id, TaskKind.OTHER, f"{STAGE}:{month}"),
        kind=TaskKind.OTHER,
        subject_id=f"{STAGE}:{month}",
        location_id=place.location_id,
        title=_TITLE,
        due_at=now + _LOOK_WITHIN,
        expires_at=now + MONTH,
        opened_at=now,
    )
