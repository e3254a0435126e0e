"""What one step of visits looks at: new versions, and all appointments of the persons they belong to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from canonical.visits import Appointment
from ledger import visits
from ledger.people import by_ids
from ledger.session import Session
from pipelines.resolve.evidence import Named
from pipelines.visits.chain import Booked, Place, Why
from pipelines.visits.house import House
from pipelines.visits.words import Reading, Said, said_by

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """What an appointment record says now, and the patient it says it of."""

    record_id: str
    version_id: str
    connection_id: str
    stream: str
    vendor_id: str
    person_key: str
    said: Said


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new version as read. `person_key` is empty for a block-out (R18)."""

    row: Row
    reading: Reading
    person_key: str


def read_version(row: Row, named: Named) -> Fresh:
    """Take the appointment out of a version."""
    booked = Appointment.model_validate_json(row["body"])
    patient = booked.person_vendor_id
    reading = Reading(booked, row["recorded_at"], row["effective_at"], bool(row["deleted"]))
    return Fresh(row, reading, named.identity(row["connection_id"], patient) if patient else "")


@dataclass(frozen=True)
class Situation:
    """New words, and every person whose visits may change because of them."""

    words: tuple[Word, ...]
    """In the order of their versions; a record may have come twice."""
    read: int
    """New versions, those of block-outs included."""
    blocked: int
    """Versions of block-outs that never were an appointment."""
    waiting: int
    """New words of patients whose own record has not come yet."""
    whose: Mapping[str, str]
    """By record that was known before: the join key of its patient."""
    persons: Mapping[str, tuple[Word, ...]]
    """By person: what all their appointments say now."""
    places: Mapping[str, Place]
    visits: Mapping[str, Row]
    told: frozenset[str]
    """Visits about which something was said."""
    anew: bool
    """Whether what names mean may have changed, so that every visit is derived again."""

    @cached_property
    def changed(self) -> frozenset[str]:
        """The records with new words."""
        return frozenset(word.record_id for word in self.words)


def situation(
    session: Session, fresh: Sequence[Fresh], keys: Collection[str] = (), persons: Collection[str] = ()
) -> Situation:
    """Load what new versions touch, and the patients behind `keys` and all of `persons` as well."""
    asked = {item.person_key for item in fresh if item.person_key} | set(keys)
    owners = visits.owners(session, asked, persons)
    known = _known(session, owners.keys() | asked, fresh)
    left = {word.person_key for word in known.values()} - owners.keys() - asked
    if left:  # patients from whom a record has just been taken
        owners |= visits.owners(session, left)
        known |= _known(session, owners.keys() | left, ())
    whose = {record_id: word.person_key for record_id, word in known.items()}
    words = tuple(_words(fresh, known))
    known |= {word.record_id: word for word in words}
    places = {row["record_id"]: _place(row) for row in by_ids(session, "places_of_records", known)}
    ids = {place.visit_id for place in places.values()}
    return Situation(
        words=words,
        read=len(fresh),
        blocked=sum(not item.person_key for item in fresh),
        waiting=len({word.record_id for word in words if word.person_key not in owners}),
        whose=whose,
        persons=_by_person(known.values(), owners),
        places=places,
        visits={row["visit_id"]: row for row in by_ids(session, "visits_by_id", ids)},
        told=frozenset(row["visit_id"] for row in by_ids(session, "visits_told", ids)),
        anew=bool(persons),
    )


def _known(session: Session, keys: Collection[str], fresh: Iterable[Fresh]) -> dict[str, Word]:
    records = {item.row["record_id"] for item in fresh}
    return {record_id: _word(row) for record_id, row in visits.appointments(session, keys, records).items()}


def _words(fresh: Iterable[Fresh], before: Mapping[str, Word]) -> Iterator[Word]:
    """Each version after the one before it. What was an appointment and lost its patient keeps them and is gone."""
    latest = dict(before)
    for item in fresh:
        last = latest.get(item.row["record_id"])
        if not item.person_key and last is None:
            continue
        reading = item.reading if item.person_key else replace(item.reading, deleted=True)
        word = Word(
            record_id=item.row["record_id"],
            version_id=item.row["version_id"],
            connection_id=item.row["connection_id"],
            stream=item.row["stream"],
            vendor_id=item.row["vendor_id"],
            person_key=item.person_key or (last.person_key if last else ""),
            said=said_by(reading, last.said if last else None),
        )
        latest[word.record_id] = word
        yield word


def _by_person(words: Iterable[Word], owners: Mapping[str, str]) -> dict[str, tuple[Word, ...]]:
    found: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        if word.person_key in owners:
            found[owners[word.person_key]].append(word)
    return {person: tuple(own) for person, own in found.items()}


def booked(word: Word, house: House) -> Booked:
    """The word with what its names mean here."""
    said = word.said
    return Booked(
        record_id=word.record_id,
        version_id=word.version_id,
        connection_id=word.connection_id,
        stream=word.stream,
        vendor_id=word.vendor_id,
        said=said,
        rank=house.rank(word.connection_id),
        family=house.family(said),
        location_id=house.location(word.connection_id, said.location),
        provider_id=house.provider(said.provider),
        service=house.service(said.service),
    )


_NAMED = ("record_id", "version_id", "connection_id", "stream", "vendor_id", "person_key")


def word_rows(words: Iterable[Word], before: Mapping[str, str], now: datetime) -> Iterator[Row]:
    """The `appointment_records` rows of words. `before` is whose each record was: with a new patient it leaves the old one."""
    whose = dict(before)
    for word in words:
        row: Row = {name: getattr(word, name) for name in _NAMED} | {"recorded_at": now}
        if whose.setdefault(word.record_id, word.person_key) != word.person_key:
            yield row | {"person_key": whose[word.record_id]}
            whose[word.record_id] = word.person_key
        yield row | {"facts": msgspec.json.encode(word.said).decode()}


def _word(row: Row) -> Word:
    return Word(**{name: row[name] for name in _NAMED}, said=msgspec.json.decode(row["facts"], type=Said))


def place_why(why: Why, other: str) -> str:
    """How a place is written: the reason, and the record it names."""
    return f"{why}:{other}" if other else str(why)


def _place(row: Row) -> Place:
    why, _, other = row["why"].partition(":")
    return Place(row["visit_id"], Why(why), other)
