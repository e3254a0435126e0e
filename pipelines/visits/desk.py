"""What one step of visits looks at: new versions, and all appointments of the persons they belong to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from canonical.visits import Appointment
from ledger import visits
from ledger.people import by_ids
from ledger.session import Session
from pipelines.resolve.evidence import Named
from pipelines.visits.chain import Booked, Place
from pipelines.visits.house import House
from pipelines.visits.words import Reading, Said, said_by

Row = dict[str, Any]
EVER = datetime(1900, 1, 1, tzinfo=UTC)
_REACH = timedelta(days=2)
"""How far before a new appointment another one may stand that has to do with it (R12: a day, R41: minutes)."""


@dataclass(frozen=True, slots=True)
class Word:
    """What an appointment record says now, of which patient, and which visit that was found to be."""

    record_id: str
    version_id: str
    connection_id: str
    stream: str
    vendor_id: str
    person_key: str
    said: Said
    place: Place | None


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

    fresh: Mapping[str, Word]
    """By record: the new words; of a record that came twice the last."""
    read: int
    """New versions, those of block-outs included."""
    blocked: int
    """Versions of block-outs that never were an appointment."""
    waiting: int
    """New words of patients whose own record has not come yet."""
    whose: Mapping[str, str]
    """By record that was known before: the join key of its patient."""
    persons: Mapping[str, tuple[Word, ...]]
    """By person: what their appointments say now, as far back as anything new may reach."""
    regulars: frozenset[str]
    """Persons with a visit earlier than that."""
    touched: frozenset[str]
    """Records whose visit has to be derived again."""
    visits: dict[str, Row]
    """The open ones among their visits; `completed` adds those that are over."""
    told: frozenset[str]
    """Visits about which something was said."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a step asks about: new versions, patients who are somebody else now, persons to be looked at again."""

    fresh: Sequence[Fresh] = ()
    keys: Collection[str] = ()
    persons: Collection[str] = ()
    horizon: datetime = EVER
    """Older appointments matter only to old ones: nothing new continues them."""

    @property
    def since(self) -> datetime:
        """How far back this step reaches."""
        if self.keys or self.persons:
            return EVER
        return min([self.horizon, *(item.reading.appointment.start - _REACH for item in self.fresh)])


def situation(session: Session, query: Query) -> Situation:
    """Load what a step touches."""
    asked = {item.person_key for item in query.fresh if item.person_key} | set(query.keys)
    owners = visits.owners(session, asked, query.persons)
    known = _known(session, owners.keys() | asked, query)
    left = {word.person_key for word in known.values()} - owners.keys() - asked
    if left:  # patients from whom a record has just been taken
        owners |= visits.owners(session, left)
        known = _known(session, owners.keys() | asked | left, query)
    fresh = {word.record_id: word for word in _words(query.fresh, known)}
    whose = {record_id: word.person_key for record_id, word in known.items()}
    known |= fresh
    ids = {word.place.visit_id for word in known.values() if word.place}
    return Situation(
        fresh=fresh,
        read=len(query.fresh),
        blocked=sum(not item.person_key for item in query.fresh),
        waiting=sum(word.person_key not in owners for word in fresh.values()),
        whose=whose,
        persons=_by_person(known.values(), owners),
        regulars=_regulars(session, owners, query),
        touched=_touched(fresh, known, query),
        visits={row["visit_id"]: row for row in by_ids(session, "open_visits_by_id", ids)},
        told=frozenset(row["visit_id"] for row in by_ids(session, "visits_told", ids)),
    )


def _known(session: Session, keys: Collection[str], query: Query) -> dict[str, Word]:
    """What was known of the patients' appointments; also of records that came again and were not among them."""
    rows = visits.appointments(session, keys, query.since)
    again = {item.row["record_id"] for item in query.fresh if item.row["ordinal"] != 1} - rows.keys()
    rows |= {row["record_id"]: row for row in by_ids(session, "appointments_by_id", again) if row["facts"] is not None}
    return {record_id: _word(row) for record_id, row in rows.items()}


def _regulars(session: Session, owners: Mapping[str, str], query: Query) -> frozenset[str]:
    if query.since == EVER:
        return frozenset()
    return frozenset(owners[key] for key in visits.with_history(session, owners.keys(), query.since))


def _touched(fresh: Mapping[str, Word], known: Mapping[str, Word], query: Query) -> frozenset[str]:
    """New words, words of whoever is somebody else now, and where persons are looked at again, everything."""
    if query.persons:
        return frozenset(known)
    keys = set(query.keys)
    return frozenset(fresh) | {record_id for record_id, word in known.items() if word.person_key in keys}


def completed(session: Session, seen: Situation, needed: Collection[str]) -> None:
    """Add to the situation the visits among `needed` that are over: only steps that touch history ask for them."""
    for row in by_ids(session, "visits_by_id", set(needed) - seen.visits.keys()):
        seen.visits[row["visit_id"]] = row


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
            place=last.place if last else None,
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


def word_rows(word: Word, whose: str | None, now: datetime) -> Iterator[Row]:
    """The `appointment_records` rows of a word. With a new patient the record first leaves the old one, `whose` it was."""
    row: Row = {name: getattr(word, name) for name in _NAMED}
    row |= {"start_at": word.said.start, "status": str(word.said.status), "recorded_at": now}
    if whose not in {None, word.person_key}:
        yield row | {"person_key": whose}
    place = word.place
    if place:
        row |= {"visit_id": place.visit_id, "why": place.written}
    yield row | {"facts": msgspec.json.encode(word.said).decode()}


def _word(row: Row) -> Word:
    place = Place.read(row["visit_id"], row["why"]) if row["visit_id"] else None
    said = msgspec.json.decode(row["facts"], type=Said)
    return Word(**{name: row[name] for name in _NAMED}, said=said, place=place)
