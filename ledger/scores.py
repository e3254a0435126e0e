"""What people said about their visits: that they will come (row 3.6), and the score they gave (rows 6.1, 6.4; R24)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.ids import PersonId, ReplyId, VisitId
from canonical.surveys import SurveyAnswer
from ledger.lists import listed
from ledger.people import by_ids
from ledger.session import Session

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person says that they will come at a start. A visit that moves afterwards was not confirmed where it stands then."""

    visit_id: VisitId
    person_id: PersonId
    reply_id: ReplyId
    start_at: datetime
    confirmed_at: datetime


def record_confirmations(session: Session, given: Sequence[Confirmation], now: datetime) -> None:
    """Keep that people will come."""
    session.insert(
        "confirmations",
        [
            {
                "visit_id": one.visit_id,
                "person_id": one.person_id,
                "reply_id": one.reply_id,
                "start_at": one.start_at,
                "confirmed_at": one.confirmed_at,
                "recorded_at": now,
            }
            for one in given
        ],
    )


def record_score(session: Session, answer: SurveyAnswer, reply_id: ReplyId, now: datetime) -> None:
    """Keep a score. It replaces an earlier one for the same visit."""
    session.insert("survey_answers", [answer.model_dump(mode="python") | {"reply_id": reply_id, "recorded_at": now}])


def scored_visits(session: Session, visits: Collection[str]) -> frozenset[str]:
    """Those of some visits that have a score already."""
    rows = session.rows("scores_of_visits", ids=listed(sorted(visits))) if visits else []
    return frozenset(row["visit_id"] for row in rows)


def tasks_about_score(session: Session, visit_id: VisitId) -> list[Row]:
    """The open tasks that a visit's score asked for (row 6.4)."""
    return session.rows("open_tasks_about_score", visit_id=visit_id)


def person_of_visit(session: Session, visit_id: str) -> str | None:
    """Whose visit it is; None for one that is not known."""
    return next((row["person_id"] for row in by_ids(session, "visits_by_id", [visit_id])), None)
