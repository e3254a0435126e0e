"""Public reviews as the ledger remembers them: where, when, how many stars, and whether somebody answered (row 7.4, M4)."""

from collections.abc import Collection, Mapping
from typing import Any

from ledger.people import by_ids
from ledger.session import Session

Row = dict[str, Any]


def reviews_standing(session: Session, review_ids: Collection[str]) -> Mapping[str, Row]:
    """By id: some reviews as they stand, with `said_at`."""
    return {row["review_id"]: row for row in by_ids(session, "reviews_standing", set(review_ids))}


def tasks_of_reviews(session: Session, review_ids: Collection[str]) -> Mapping[str, Row]:
    """By review: the task it asked for, also one that was closed."""
    return {row["subject_id"]: row for row in by_ids(session, "review_tasks_of", set(review_ids))}
