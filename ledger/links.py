"""Links that a vendor made for a visit, and those it has been asked for (row 2.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from canonical.ids import ActionId
from ledger.people import by_ids
from ledger.session import Session


@dataclass(frozen=True, slots=True)
class Made:
    """One link."""

    visit_id: str
    action_id: ActionId
    attempt_id: str
    link: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Links:
    """What a text about some visits can say."""

    made: dict[str, str]
    """By visit."""
    asked: dict[str, datetime]
    """By visit: since when a link is under way."""


def keep_links(session: Session, made: Sequence[Made]) -> None:
    """Append them."""
    rows = [
        {
            "visit_id": one.visit_id,
            "action_id": one.action_id,
            "attempt_id": one.attempt_id,
            "link": one.link,
            "recorded_at": one.at,
        }
        for one in made
    ]
    if rows:
        session.insert("payment_links", rows)


def links_of(session: Session, visits: Collection[str]) -> Links:
    """What there is for some visits, and what will come."""
    return Links(
        made={row["visit_id"]: row["link"] for row in by_ids(session, "links_of_visits", visits)},
        asked={row["subject_id"]: row["planned_at"] for row in by_ids(session, "links_under_way", visits)},
    )
