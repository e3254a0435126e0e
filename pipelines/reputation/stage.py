"""Reviews, a lot at a time: read what is new, keep it, and ask somebody to answer what appeared since row 7.4 is on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.clock import ONE_DAY
from canonical.ids import LocationId, Prefix, derived_id
from canonical.opening import next_opening
from canonical.practice import Location, Practice
from canonical.reviews import Review
from canonical.tasks import Task, TaskKind
from ledger.progress import advance, newest_version, reached
from ledger.reputation import reviews_standing, tasks_of_reviews
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import close_task, open_tasks, task_id
from pipelines.visits.house import House

Row = dict[str, Any]
STAGE: Final = "reviews"
ROW: Final = "7.4"
MOST: Final = 1_000
ANSWERED, GONE = "answered", "gone"
_LIFE: Final = timedelta(days=30)
_TITLE: Final = "A new review wants an answer: {stars}on {platform}"


@dataclass(frozen=True)
class ReviewCounts:
    """What one run of reviews did."""

    read: int = 0
    reviews: int = 0
    """Rows about reviews that are new, or say something else."""
    late: int = 0
    """Versions that were older than what stands, by the platform's own word."""
    tasks: int = 0
    answered: int = 0
    """Tasks that closed because the review was answered, or is gone."""

    def __add__(self, other: "ReviewCounts") -> "ReviewCounts":
        """The counts of two steps of one run."""
        return ReviewCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A version of a review as read."""

    row: Row
    deleted: bool
    said_at: datetime | None


def update_reviews(store: Store, practice: Practice, now: datetime, run_id: str) -> ReviewCounts:  # noqa: ARG001 - every stage takes the run
    """Bring reviews up to their newest versions. A review of before row 7.4 was switched on, or without a date, asks nobody (R43).

    Raises a `LedgerError` as the store does; what was written before it stands.
    """
    total, house = ReviewCounts(), House(practice)
    while True:
        with store.reading() as session:
            since = reached(session, STAGE)
            until = newest_version(session, since)
            rows = session.rows("new_reviews", since=since, until=until, most=MOST) if until > since else []
        if until == since:
            return total
        found = [_read(house, row) for row in rows]
        with store.writing(business_now=now) as session:
            if reached(session, STAGE) == since:
                advance(session, STAGE, rows[-1]["seq"] if len(rows) == MOST else until)
                total += _written(session, practice, found, now)


def _read(house: House, row: Row) -> _Seen:
    said = Review.model_validate_json(row["body"])
    place = row["location_id"] or house.location(row["connection_id"], said.location)
    practice_id = house.practice.practice_id
    kept = {
        "review_id": derived_id(Prefix.EVENT, practice_id, "review", row["connection_id"], said.vendor_id),
        "record_id": row["record_id"],
        "version_id": row["version_id"],
        "connection_id": row["connection_id"],
        "platform": said.platform,
        "location_id": place,
        "rating": said.rating,
        "posted_at": min(said.posted_at, row["recorded_at"]) if said.posted_at else None,
        "replied": bool(said.reply.strip()),
    }
    return _Seen(kept, bool(row["deleted"]), row["effective_at"])


def _written(session: Session, practice: Practice, found: Iterable[_Seen], now: datetime) -> ReviewCounts:
    newest, late, read = _newest(session, found)
    session.insert("reviews", [one.row | {"recorded_at": now} for one in newest.values()])
    asked = tasks_of_reviews(session, newest)
    answered = 0
    for review_id, task in asked.items():
        one = newest[review_id]
        if task["closed_at"] is None and (one.deleted or one.row["replied"]):
            answered += close_task(session, task["task_id"], by=GONE if one.deleted else ANSWERED, now=now)
    wanted = [one.row for review_id, one in newest.items() if review_id not in asked and _asks(practice, one)]
    opened = open_tasks(session, [_task(practice, row, now) for row in wanted])
    return ReviewCounts(read=read, reviews=len(newest), late=late, tasks=opened, answered=answered)


def _newest(session: Session, found: Iterable[_Seen]) -> tuple[Mapping[str, _Seen], int, int]:
    """By review: the last word on it, where that is news; how many words were overtaken, and how many there were."""
    seen = list(found)
    known = {
        key: _Seen(row, deleted=False, said_at=row["said_at"])
        for key, row in reviews_standing(session, {one.row["review_id"] for one in seen}).items()
    }
    newest: dict[str, _Seen] = {}
    late = 0
    for one in seen:
        last = newest.get(one.row["review_id"]) or known.get(one.row["review_id"])
        if last and one.said_at and last.said_at and one.said_at < last.said_at:
            late += 1
        else:
            newest[one.row["review_id"]] = one
    return newest, late, len(seen)


def _asks(practice: Practice, one: _Seen) -> bool:
    """Whether somebody must answer: it appeared while the row was ours and on, and nobody has answered."""
    row = next((each for each in practice.rows if each.row == ROW), None)
    if row is None or row.owner != "glowline" or row.live_from is None or one.deleted or one.row["replied"]:
        return False
    posted: datetime | None = one.row["posted_at"]
    return posted is not None and posted >= row.live_from


def _task(practice: Practice, row: Row, now: datetime) -> Task:
    """Nothing in it says that the writer is a patient."""
    place = _place(practice, row["location_id"])
    due = next_opening(place, now) or now + ONE_DAY
    stars = f"{row['rating']} of 5 stars " if row["rating"] is not None else ""
    return Task(
        task_id=task_id(practice.practice_id, TaskKind.REVIEW, row["review_id"]),
        kind=TaskKind.REVIEW,
        subject_id=row["review_id"],
        location_id=LocationId(row["location_id"]) if row["location_id"] else None,
        title=_TITLE.format(stars=stars, platform=row["platform"]),
        due_at=due,
        expires_at=due + _LIFE,
        opened_at=now,
    )


def _place(practice: Practice, location_id: str | None) -> Location:
    return practice.location(location_id) or practice.locations[0]
