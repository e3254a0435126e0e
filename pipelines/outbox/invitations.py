"""The monthly look at whether promoters were invited more often than others (REV-10)."""

from datetime import datetime, timedelta
from typing import Final

from canonical.actions import Answer
from canonical.policy import ReviewInvites
from ledger.session import Session
from pipelines.policy.asking import answer_of
from pipelines.policy.rules.score_blind import InviteCounts, invited_alike

MONTH: Final = timedelta(days=30)
STILL_COMING: Final = timedelta(days=8)
"""Whoever answered lately may still be invited: a link goes at the answer, or at the follow-up's date (R53)."""


def invitations(session: Session, invites: ReviewInvites, now: datetime) -> Answer | None:
    """REV-10's word on the month that is over; None where nobody was surveyed in it."""
    until = now - STILL_COMING
    row = session.one("invited_by_score", since=until - MONTH, until=until) or {}
    counts = InviteCounts(**row)
    if not counts.promoters + counts.detractors:
        return None
    return answer_of("REV-10", invited_alike(counts, invites))
