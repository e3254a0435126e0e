"""From appointments to the rows that remember visits. Pure: a situation in, rows out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from canonical.ids import Prefix, content_hash, derived_id
from canonical.practice import ServiceKind
from canonical.tasks import Task, TaskKind
from ledger.tasks import task_id
from ledger.visits import OPEN_FOR
from pipelines.visits.chain import Booked, Chain, Place, Why
from pipelines.visits.chains import Chained, chained
from pipelines.visits.derive import Change, Seen, change_of, retired, visit_row, with_first_visits
from pipelines.visits.desk import Situation, booked, word_rows
from pipelines.visits.house import House

Row = dict[str, Any]
MOST_TASKS = 25
_DUE, _EXPIRES = timedelta(days=3), timedelta(days=90)


@dataclass(frozen=True)
class VisitCounts:
    """What one run of visits did."""

    read: int = 0
    """Versions of appointments."""
    blocked: int = 0
    """Versions of block-outs, which are nobody's appointment (R18)."""
    waiting: int = 0
    """Appointments of patients whose own record has not come yet; they become visits with it."""
    visits_new: int = 0
    moved: int = 0
    cancelled: int = 0
    rebooked: int = 0
    corrected: int = 0
    status: int = 0
    unchanged: int = 0
    """Versions of visits in which nothing changed that anyone would be told."""
    retired: int = 0
    """Visits that turned out to be another one (R12, R41)."""
    completed: int = 0
    """Visits that the calendar and a fresh read made complete (R14)."""
    unknown_location: int = 0
    unmapped_service: int = 0
    """Visits written in this run without a place or with a service nobody has mapped."""
    tasks: int = 0
    pruned: int = 0

    def __add__(self, other: "VisitCounts") -> "VisitCounts":
        """The counts of two steps of one run."""
        return VisitCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


_COUNTED = {
    Change.BOOKED: "visits_new",
    Change.MOVED: "moved",
    Change.CANCELLED: "cancelled",
    Change.REBOOKED: "rebooked",
    Change.CORRECTED: "corrected",
    Change.STATUS: "status",
    Change.NONE: "unchanged",
}


@dataclass
class Decision:
    """Rows to append."""

    words: list[Row] = field(default_factory=list)
    places: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    retired: set[str] = field(default_factory=set)
    tasks: list[Task] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> VisitCounts:
        """What was done, by name."""
        return VisitCounts(**self.counted)


Groups = Mapping[str, Chained]
"""By person: their chains."""


def grouped(seen_now: Situation, house: House) -> Groups:
    """Everybody's appointments, sorted into visits."""
    return {
        person: chained(
            (booked(word, house) for word in words), {word.record_id: word.place for word in words if word.place}
        )
        for person, words in sorted(seen_now.persons.items())
    }


def needed(seen_now: Situation, groups: Groups) -> set[str]:
    """The visits whose last version must be known because their chain is derived again."""
    places = _places(seen_now)
    return {
        places[one.record_id].visit_id
        for found in groups.values()
        for chain in found.chains
        if _is_touched(chain, seen_now, places)
        for one in chain.records
        if one.record_id in places
    }


def _places(seen_now: Situation) -> dict[str, Place]:
    return {word.record_id: word.place for words in seen_now.persons.values() for word in words if word.place}


def _is_touched(chain: Chain, seen_now: Situation, places: Mapping[str, Place]) -> bool:
    """Whether anything new was said of a chain, or it is not the one it was."""
    ids = {places[one.record_id].visit_id if one.record_id in places else "" for one in chain.records}
    return len(ids) > 1 or "" in ids or any(one.record_id in seen_now.touched for one in chain.records)


def decide(seen_now: Situation, groups: Groups, house: House, seen: Seen) -> Decision:
    """What the ledger must remember. The same situation gives the same decision."""
    made = Decision()
    made.counted.update(read=seen_now.read, blocked=seen_now.blocked, waiting=seen_now.waiting)
    places = _places(seen_now)
    claims = _claims(groups, seen_now, places)
    settled: dict[str, Place] = {}
    for person, found in groups.items():
        rows: list[Row] = []
        for chain in found.chains:
            if not _is_touched(chain, seen_now, places):
                rows.append(_as_it_was(chain, places, seen_now))
                continue
            visit_id = _visit_id(house, chain, claims, seen_now, made)
            settled |= {one.record_id: Place(visit_id, *found.why.get(one.record_id, _FIRST)) for one in chain.records}
            rows.append(visit_row(visit_id, person, chain, seen_now.visits.get(visit_id), seen))
        _write(with_first_visits(rows, known=person in seen_now.regulars), seen_now, made)
    _remember(settled, places, seen_now, made, seen.now)
    made.versions += _retired_rows(seen_now, made)
    made.tasks = _unmapped(house, groups.values(), made, seen.now)
    return made


_FIRST = (Why.FIRST, "")


def _as_it_was(chain: Chain, places: Mapping[str, Place], seen_now: Situation) -> Row:
    """The visit as written; of one that is over and was not loaded, what the next visit wants to know of it."""
    visit_id, said = places[chain.carrier.record_id].visit_id, chain.carrier.said
    return seen_now.visits.get(visit_id) or {"visit_id": visit_id, "start_at": said.start, "status": str(said.status)}


def _remember(
    settled: Mapping[str, Place], places: Mapping[str, Place], seen_now: Situation, made: Decision, now: datetime
) -> None:
    """New words, and words that were put elsewhere, each with its place."""
    by_record = {word.record_id: word for words in seen_now.persons.values() for word in words} | dict(seen_now.fresh)
    elsewhere = {record_id: place for record_id, place in settled.items() if places.get(record_id) != place}
    for record_id in sorted(seen_now.fresh.keys() | elsewhere.keys()):
        word = replace(by_record[record_id], place=settled.get(record_id) or places.get(record_id))
        made.words += word_rows(word, seen_now.whose.get(record_id), now)
    made.places = [
        {"record_id": record_id, "visit_id": place.visit_id, "why": place.written}
        for record_id, place in sorted(elsewhere.items())
    ]


def _claims(groups: Groups, seen_now: Situation, places: Mapping[str, Place]) -> dict[str, list[str]]:
    """By record: the visits its chain keeps. A visit stays with the record that carried it; else with the first put there."""
    present = {record.record_id for found in groups.values() for chain in found.chains for record in chain.records}
    keeper: dict[str, str] = {}
    for record_id, place in sorted(places.items()):
        keeper.setdefault(place.visit_id, record_id)
    for visit_id, row in seen_now.visits.items():
        if row["record_id"] in present:
            keeper[visit_id] = row["record_id"]
    claims: dict[str, list[str]] = defaultdict(list)
    for visit_id, record_id in keeper.items():
        claims[record_id].append(visit_id)
    return claims


def _visit_id(house: House, chain: Chain, claims: Mapping[str, list[str]], seen_now: Situation, made: Decision) -> str:
    """The id of a chain. Of several visits that became one, the oldest goes on, unless people were told of a younger only."""
    come = [visit_id for one in chain.records for visit_id in claims.get(one.record_id, ())]
    if not come:
        return _new_id(house, chain, seen_now)
    come.sort(key=lambda visit_id: (_is_weak(visit_id, chain, seen_now), _age(visit_id, seen_now)))
    made.retired |= set(come[1:])
    return come[0]


def _is_weak(visit_id: str, chain: Chain, seen_now: Situation) -> bool:
    """Whether nobody was told of the visit, or only of an appointment the chain has moved on from."""
    return visit_id not in seen_now.told or seen_now.visits[visit_id]["record_id"] != chain.carrier.record_id


def _age(visit_id: str, seen_now: Situation) -> tuple[datetime, str]:
    return seen_now.visits[visit_id]["booked_at"], visit_id


def _new_id(house: House, chain: Chain, seen_now: Situation) -> str:
    """Named after the record seen first; numbered on when a visit of that name went on without it."""
    taken = seen_now.visits.keys()
    names = (
        derived_id(Prefix.VISIT, house.practice.practice_id, chain.first.record_id, str(n))
        for n in range(len(taken) + 1)
    )
    return next(name for name in names if name not in taken)


def _write(rows: Iterable[Row], seen_now: Situation, made: Decision) -> None:
    for row in rows:
        if "person_id" not in row:
            continue  # over, and only here to be counted as an earlier visit
        before = seen_now.visits.get(row["visit_id"])
        change = change_of(row, before)
        if change is None:
            continue
        ordinal = before["ordinal"] + 1 if before else 1
        made.versions.append(row | {"change": str(change), "ordinal": ordinal})
        unmapped = row["kind"] == ServiceKind.UNMAPPED
        made.counted.update(
            unknown_location=row["location_id"] is None, unmapped_service=unmapped, **{_COUNTED[change]: 1}
        )


def _retired_rows(seen_now: Situation, made: Decision) -> list[Row]:
    gone = [seen_now.visits[visit_id] for visit_id in sorted(made.retired)]
    made.counted.update(retired=len(gone))
    return [retired(row) | {"change": str(Change.NONE), "ordinal": row["ordinal"] + 1} for row in gone]


def _unmapped(house: House, groups: Iterable[Chained], made: Decision, now: datetime) -> list[Task]:
    """One task per unmapped service of visits that can still ask for something, or one for all where there are many."""
    written = {row["record_id"] for row in made.versions if row["start_at"] >= now - OPEN_FOR}
    carriers = [chain.carrier for found in groups for chain in found.chains]
    subjects = sorted({_subject(one) for one in carriers if one.record_id in written and one.service is None})
    if len(subjects) > MOST_TASKS:
        subjects = ["unmapped-services"]
    practice_id = house.practice.practice_id
    return [
        Task(
            task_id=task_id(practice_id, TaskKind.UNMAPPED_SERVICE, subject),
            kind=TaskKind.UNMAPPED_SERVICE,
            subject_id=subject,
            title="The booking tool uses a service that the settings do not map.",
            due_at=now + _DUE,
            expires_at=now + _EXPIRES,
            opened_at=now,
        )
        for subject in subjects
    ]


def _subject(one: Booked) -> str:
    """Names the service without saying it: tasks travel to places where no treatment may be named."""
    return f"{one.connection_id}:{content_hash(one.said.service.casefold().encode())[:12]}"
