"""A score somebody gave to another tool that owns row 6.1: a low one reaches people all the same (row 6.4, R40).

It is never a score of ours: nothing that asks for a review can read it, and its task holds nothing back (REV-01, REV-02, R53).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.ids import LocationId, PersonId
from canonical.opening import business_days_later, staffed_from
from canonical.practice import Practice
from canonical.surveys import CLICKS, Band, band_of
from canonical.tasks import Task, TaskKind, TaskRecord
from ledger.elsewhere import visits_of_appointments
from ledger.progress import advance, newest_version, reached
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import close_task, open_tasks, task_id
from ledger.visits import owners
from pipelines.resolve.evidence import PSEUDONYM, Named

Row = Mapping[str, Any]
STAGE: Final = "scores"
MOST: Final = 1_000
STILL_NEWS: Final = timedelta(days=3)
"""An answer that is found later, or an import of history, is nobody's errand any more."""
ACT_WITHIN: Final = timedelta(minutes=15)
LIFE: Final = timedelta(days=7)
_ASKED: Final = "6.1"
_CORRECTED: Final = "corrected"
_LOW: Final = "A visit was given {score} ({tool}): the provider calls them, before it becomes a review"
_MIDDLING: Final = "A visit was given {score} ({tool}): somebody follows up in person"
_UNHAPPY: Final = "Somebody seems unhappy about a visit ({tool}): the provider reads it there, and calls them"
_READ_IT: Final = (
    "Somebody answered how a visit was, and what it means nobody can tell from here: read it there ({tool})"
)


@dataclass(frozen=True, slots=True)
class _Given:
    """One answer, with whom and what it is about as far as that is known."""

    row: Row
    record: TaskRecord
    at: datetime
    tool: str
    person: str | None
    visit: str | None
    location: str | None

    @property
    def numbered(self) -> bool:
        """Whether a person gave a number on a scale that is known: only then is one repeated."""
        return self.band is not Band.UNKNOWN and not self.record.guessed and self.record.scale not in CLICKS

    @property
    def subject(self) -> str:
        """What its task is about: a visit's newest number takes the place of the one before. A click or a guess never does."""
        own = str(self.row["record_id"])
        return (self.visit or own) if self.numbered else own

    @property
    def band(self) -> Band:
        """What it asks of people."""
        return band_of(self.record.scale, self.record.score)


def note_scores(store: Store, practice: Practice, now: datetime) -> Counter[str]:
    """Ask people to follow up what somebody answered to a tool that owns row 6.1; counts of `read`, `opened` and `closed`.

    Run it after visits. Raises a `LedgerError` as the store does.
    """
    counts, owners_of_row = Counter[str](), _who_asks(practice)
    while True:
        with store.reading() as session:
            since = reached(session, STAGE)
            until = newest_version(session, since)
            rows = session.rows("scores_told_after", since=since, until=until, most=MOST) if until > since else []
            given = _given(session, owners_of_row, rows, now) if rows and owners_of_row else []
        if until == since:
            return +counts
        with store.writing(business_now=now) as session:
            if reached(session, STAGE) == since:
                advance(session, STAGE, rows[-1]["seq"] if len(rows) == MOST else until)
                counts["read"] += len(rows)
                counts += _written(session, practice, given, now)


def _who_asks(practice: Practice) -> Mapping[str, str]:
    """The connections whose tool owns row 6.1 here, each with the tool's name."""
    named = {row.owner for row in practice.rows if row.row == _ASKED}
    ours = (one for one in practice.connections if {one.vendor, one.connection_id} & named)
    return {str(one.connection_id): one.vendor.replace("_", " ") for one in ours}


def _given(session: Session, tools: Mapping[str, str], rows: Sequence[Row], now: datetime) -> list[_Given]:
    """The newest answer about each visit, where it is news."""
    named, found = Named(session.key(PSEUDONYM)), dict[str, _Given]()
    read = [(row, TaskRecord.model_validate_json(row["body"])) for row in rows if row["connection_id"] in tools]
    keys = {row["record_id"]: named.identity(row["connection_id"], one.person_vendor_id) for row, one in read}
    people = owners(session, set(keys.values()))
    visits = visits_of_appointments(session, {(row["connection_id"], one.appointment_vendor_id) for row, one in read})
    for row, record in read:
        visit = visits.get((row["connection_id"], record.appointment_vendor_id), {})
        at = min(record.at or row["effective_at"] or row["recorded_at"], now)
        whose = people.get(keys[row["record_id"]]) or visit.get("person_id")
        where = (visit.get("visit_id"), visit.get("location_id"))
        given = _Given(row, record, at, tools[row["connection_id"]], whose, *where)
        if now - at <= STILL_NEWS:
            found[given.subject] = given
    return list(found.values())


def _written(session: Session, practice: Practice, given: Sequence[_Given], now: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one in sorted(given, key=lambda one: not one.numbered):
        task = _task(practice, one, now)
        if not one.numbered and one.visit and _is_open(session, practice, one.visit):
            continue  # somebody is asked about that visit's number already
        key = task_id(practice.practice_id, TaskKind.SCORE_ELSEWHERE, one.subject)
        there = next(iter(session.rows("tasks_by_id", ids=[key])), None)
        if there and task and there["title"] == task.title:
            continue  # the same once more: whoever has closed it is not asked again
        counts["closed"] += close_task(session, key, by=_CORRECTED, now=now)
        counts["opened"] += open_tasks(session, [task], urgent=one.band is Band.LOW) if task else 0
    return counts


def _is_open(session: Session, practice: Practice, subject: str) -> bool:
    key = task_id(practice.practice_id, TaskKind.SCORE_ELSEWHERE, subject)
    return any(row["closed_at"] is None for row in session.rows("tasks_by_id", ids=[key]))


def _task(practice: Practice, one: _Given, now: datetime) -> Task | None:
    title = _title(one)
    if not title:
        return None
    place = practice.location(one.location) or practice.locations[0]
    low = one.band is Band.LOW
    due = staffed_from(place, now) + ACT_WITHIN if low else business_days_later(place, now, 1)
    return Task(
        task_id=task_id(practice.practice_id, TaskKind.SCORE_ELSEWHERE, one.subject),
        kind=TaskKind.SCORE_ELSEWHERE,
        subject_id=one.subject,
        person_id=PersonId(one.person) if one.person else None,
        location_id=LocationId(place.location_id),
        title=title,
        due_at=due,
        expires_at=due + LIFE,
        opened_at=now,
    )


def _title(one: _Given) -> str:
    if one.band is Band.HIGH:
        return ""
    if not one.numbered:
        return (_UNHAPPY if one.band is Band.LOW else _READ_IT).format(tool=one.tool)
    written = _LOW if one.band is Band.LOW else _MIDDLING
    return written.format(score=_number(one.record.score), tool=one.tool)


def _number(score: str) -> str:
    return f"{float(score):g} of 10"
