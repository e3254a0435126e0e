"""How persons are reached, and who shares an address: contact rows, households, and what a person should look at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from canonical.ids import PersonId, Prefix, derived_id
from canonical.tasks import Task, TaskKind
from ledger.tasks import task_id
from pipelines.resolve.evidence import Record

MOST_TASKS = 25
"""More doubtful groups than this in one step become one task: nobody closes three hundred."""
_DUE = timedelta(days=7)
_EXPIRES = timedelta(days=90)
Row = dict[str, object]


def person_contacts(person_id: str, records: Sequence[Record], before: Mapping[str, Row]) -> list[Row]:
    """New rows for a person's contact points: those that came, changed rank or went. `records` strongest first.

    A deleted record reaches nobody. `before` is what the ledger holds as theirs, by contact point.
    """
    held: dict[str, str] = {}
    for record in records:
        if not record.deleted:
            for contact in record.evidence.contacts:
                held.setdefault(contact, record.record_id)
    rows: list[Row] = [
        {"person_id": person_id, "contact_point_id": contact, "rank": rank, "ended": False, "record_id": record_id}
        for rank, (contact, record_id) in enumerate(held.items())
        if contact not in before or before[contact]["rank"] != rank
    ]
    return rows + [
        {"person_id": person_id, "contact_point_id": contact, "rank": row["rank"], "ended": True, "record_id": None}
        for contact, row in before.items()
        if contact not in held
    ]


@dataclass(frozen=True, slots=True)
class Household:
    """Persons who share a contact point and are not one person (R1)."""

    household_id: str
    contact_point_id: str
    members: frozenset[str]


def households(
    practice_id: str, persons: Mapping[str, Sequence[Record]], crowded: frozenset[str]
) -> dict[str, Household]:
    """By contact point: the household on it. A crowded contact point is nobody's home."""
    sharing: dict[str, set[str]] = defaultdict(set)
    for person_id, records in persons.items():
        for record in records:
            if not record.deleted:
                for contact in record.evidence.contacts:
                    sharing[contact].add(person_id)
    return {
        contact: Household(derived_id(Prefix.HOUSEHOLD, practice_id, contact), contact, frozenset(members))
        for contact, members in sharing.items()
        if len(members) > 1 and contact not in crowded
    }


def household_rows(now: Mapping[str, Household], before: Iterable[Mapping[str, object]]) -> list[Row]:
    """New rows where membership changed: who joined a household, who left one."""
    was = {(str(row["contact_point_id"]), str(row["person_id"])): str(row["household_id"]) for row in before}
    present = {(home.contact_point_id, person): home.household_id for home in now.values() for person in home.members}
    joined = [(key, home, False) for key, home in present.items() if key not in was]
    left = [(key, home, True) for key, home in was.items() if key not in present]
    return [
        {"household_id": home, "person_id": person, "contact_point_id": contact, "ended": ended}
        for (contact, person), home, ended in sorted(joined + left)
    ]


def home_of(person_id: str, contacts: Iterable[str], homes: Mapping[str, Household]) -> str | None:
    """The household of a person: that of their first contact point which is somebody else's too."""
    shared = (homes[contact] for contact in contacts if contact in homes)
    return next((home.household_id for home in shared if person_id in home.members), None)


@dataclass(frozen=True, slots=True)
class Question:
    """Something a person of the practice should look at."""

    subject_id: str
    title: str
    person_id: str | None = None


def questions(practice_id: str, doubtful: Iterable[Household], clear: int) -> list[Question]:
    """What to ask about new households: each doubtful one by itself, those of plainly different people together."""
    unsure = sorted(doubtful, key=lambda home: home.household_id)
    asked = [
        Question(
            home.household_id, "These records look alike and were not joined. Are they one person?", min(home.members)
        )
        for home in unsure[: MOST_TASKS if len(unsure) <= MOST_TASKS else 0]
    ]
    if len(unsure) > MOST_TASKS:
        asked.append(Question(_standing(practice_id, "alike"), "Groups of records look alike and were not joined."))
    if clear:
        asked.append(Question(_standing(practice_id, "shared"), "People who share a phone or address were found."))
    return asked


def _standing(practice_id: str, what: str) -> str:
    return derived_id(Prefix.HOUSEHOLD, practice_id, "review", what)


def tasks(practice_id: str, asked: Iterable[Question], now: datetime) -> list[Task]:
    """The tasks that ask; the same question twice has the same id."""
    return [
        Task(
            task_id=task_id(practice_id, TaskKind.REVIEW_LINK, question.subject_id),
            kind=TaskKind.REVIEW_LINK,
            subject_id=question.subject_id,
            person_id=PersonId(question.person_id) if question.person_id else None,
            title=question.title,
            due_at=now + _DUE,
            expires_at=now + _EXPIRES,
            opened_at=now,
        )
        for question in asked
    ]
