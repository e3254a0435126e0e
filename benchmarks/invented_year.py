"""What happens to a practice within a year: who books, moves, cancels, comes, asks and says stop, and what is known of it then.

It stands in for the ledger with the least that planning and deciding read, so that neither waits for a file.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.invented_practice import FIRST_DAY, LIVE_FROM, SCHEDULE, Invented
from canonical.consent import Suppression, SuppressionScope
from canonical.ids import InquiryId, LocationId, PersonId, ProviderId, ServiceId, SuppressionId, VisitId
from canonical.inquiries import InquiryRecord, InquirySource
from canonical.intakes import IntakeStatus
from canonical.owed import Facts
from canonical.payments import PaymentStatus
from canonical.practice import ServiceKind
from canonical.subjects import InquiryFacts, PersonFacts, SuppressionFacts, VisitAround, VisitFacts
from canonical.visits import AppointmentStatus, BookedBy, CompletionGrade
from pipelines.outbox.surroundings import Row

NEW_YORK = ZoneInfo("America/New_York")
DAYS = 365
PLACE, PROVIDER = LocationId("downtown"), ProviderId("dr-okafor")
_S = AppointmentStatus
_SERVICES = (("visit", ServiceKind.TREATMENT), ("laser", ServiceKind.SERIES_SESSION), ("peel", ServiceKind.TREATMENT))
_HALF_AN_HOUR = timedelta(minutes=30)
_REMEMBERED = timedelta(days=110)
"""How long a visit or an inquiry can still ask for something: rebooking comes last."""
_MOVED, _CANCELLED, _MISSED, _CONFIRMED, _PREPARED, _SCORED, _STOPPED = 0.14, 0.12, 0.05, 0.4, 0.75, 0.25, 0.015


class Happening(NamedTuple):
    """Something that the practice's tools will say at an instant about somebody of a household."""

    at: datetime
    number: int
    household: int
    tell: Callable[["Known", datetime], None]


class Known:
    """The practice's memory of facts: the latest version of each, and the rows that deciding reads."""

    def __init__(self, people: Iterable[Invented]) -> None:
        """Everybody is known from the first day."""
        self.people: dict[str, PersonFacts] = {}
        self.persons: dict[str, Row] = {}
        self.contacts: dict[str, Row] = {}
        self.consents: dict[str, tuple[object, ...]] = {}
        self.sharers: dict[str, Row] = {}
        self.suppressions: dict[str, tuple[tuple[Suppression, str | None], ...]] = {}
        self.facts: dict[str, Facts] = {}
        self.rows: dict[str, Row] = {}
        self.records: dict[str, InquiryRecord] = {}
        self.subjects: dict[int, list[str]] = defaultdict(list)
        self.household: dict[str, int] = {}
        self._visits: dict[str, list[str]] = defaultdict(list)
        self._seq = 0
        for one in people:
            self._meet(one)

    def _meet(self, one: Invented) -> None:
        person = one.facts.person_id
        self.people[person], self.persons[person], self.household[person] = one.facts, one.person, one.household
        for contact in one.contacts:
            self.contacts[contact["contact_point_id"]] = contact
            known = self.sharers.setdefault(contact["contact_point_id"], {"persons": 0, "names": 0})
            known["persons"], known["names"] = known["persons"] + 1, known["names"] + 1
        for consent in one.consents:
            point = consent.contact_point_id
            self.consents[point] = (*self.consents.get(point, ()), consent)

    def next(self) -> int:
        """The next number of the ledger."""
        self._seq += 1
        return self._seq

    def book(self, visit: VisitFacts, now: datetime) -> None:
        """A new appointment."""
        self._add(visit.visit_id, visit.person_id, replace(visit, seq=self.next()))
        self._visits[visit.person_id].append(visit.visit_id)
        self._written(visit.visit_id, now)
        for name in self.subjects[self.household[visit.person_id]]:
            facts = self.facts[name]
            if isinstance(facts, InquiryFacts) and facts.person_id == visit.person_id and not facts.booked_at:
                self.facts[name] = replace(facts, booked_at=now)

    def change(self, visit_id: str, changes: Callable[[VisitFacts], dict[str, object]], now: datetime) -> None:
        """The appointment stands differently in the calendar; nothing happens to one that is over or called off."""
        facts = self.facts[visit_id]
        if isinstance(facts, VisitFacts) and facts.status.is_live:
            new = {"changed_at": now, "recorded_at": now, "seq": self.next(), **changes(facts)}
            self.facts[visit_id] = replace(facts, **new)  # type: ignore[arg-type]  # fields by name
            self._written(visit_id, now)

    def around(self, visit_id: str, now: datetime, **fields: object) -> None:
        """A form, a payment or an answer came in."""
        del now
        facts = self.facts[visit_id]
        if isinstance(facts, VisitFacts):
            self.facts[visit_id] = replace(facts, around=replace(facts.around, **fields))  # type: ignore[arg-type]  # fields by name

    def ask(self, inquiry: InquiryFacts, record: InquiryRecord, now: datetime) -> None:
        """Somebody filled in the form on the website."""
        self._add(inquiry.inquiry_id, inquiry.person_id, replace(inquiry, seq=self.next(), recorded_at=now))
        self.records[inquiry.inquiry_id] = record
        self.rows[inquiry.inquiry_id] = {"received_at": inquiry.received_at, "connection_id": "website"}

    def call(self, inquiry_id: str, now: datetime) -> None:
        """The front desk has called."""
        facts = self.facts[inquiry_id]
        if isinstance(facts, InquiryFacts):
            self.facts[inquiry_id] = replace(facts, called_at=now)

    def stop(self, person: str, now: datetime) -> None:
        """Somebody answers STOP."""
        phone, name = self.people[person].phone_id, f"stop-{person}"
        if phone is None:
            return
        said = Suppression(
            suppression_id=SuppressionId(name),
            contact_point_id=phone,
            brand="lumen",
            scope=SuppressionScope.ALL,
            effective_at=now,
            recorded_at=now,
            source="inbound",
            word="STOP",
        )
        self.suppressions[phone] = ((said, None),)
        facts = SuppressionFacts(name, self.next(), phone, now, told_us=True, person_id=PersonId(person))
        self._add(name, person, facts)

    def heard(self, person: str, **when: datetime) -> None:
        """A question or a link went out to somebody (R54)."""
        self.people[person] = replace(self.people[person], **when)  # type: ignore[arg-type]  # fields by name

    def in_play(self, household: int, now: datetime) -> list[str]:
        """The household's subjects that can still ask for something."""
        kept = [name for name in self.subjects[household] if _since(self.facts[name]) > now - _REMEMBERED]
        self.subjects[household] = kept
        return kept

    def _add(self, name: str, person: str, facts: Facts) -> None:
        self.facts[name] = facts
        self.subjects[self.household[person]].append(name)
        self.household[name] = self.household[person]

    def _written(self, visit_id: str, now: datetime) -> None:
        facts = self.facts[visit_id]
        if not isinstance(facts, VisitFacts):
            return
        self.rows[visit_id] = {
            **dict(zip(("connection_id", "stream"), SCHEDULE, strict=True)),
            "booked_at": facts.booked_at,
            "changed_at": facts.changed_at,
            "end_at": facts.end_at,
            "completion": facts.completion.value,
            "origin": "poll",
            "arrived_at": now,
        }
        self._seen_together(facts.person_id)

    def _seen_together(self, person: str) -> None:
        """What each of somebody's visits means for the others (R16, R19)."""
        theirs = [facts for name in self._visits[person] if isinstance(facts := self.facts[name], VisitFacts)]
        theirs.sort(key=lambda visit: visit.start_at)
        sessions, missed = 0, False
        for at, visit in enumerate(theirs):
            done = visit.completion is not CompletionGrade.NONE
            sessions += done and visit.kind is ServiceKind.SERIES_SESSION
            later = any(other.status not in (_S.CANCELLED, _S.NO_SHOW) for other in theirs[at + 1 :])
            seen = {"later_visit": later, "missed_before": missed, "sessions_done": sessions, "met_provider": at > 0}
            if any(getattr(visit.around, name) != value for name, value in seen.items()):
                self.facts[visit.visit_id] = replace(visit, around=replace(visit.around, **seen))  # type: ignore[arg-type]  # fields by name
            missed = visit.status is _S.NO_SHOW


def _since(facts: Facts) -> datetime:
    if isinstance(facts, VisitFacts):
        return facts.start_at
    return facts.recorded_at if isinstance(facts, InquiryFacts) else facts.at


@dataclass(frozen=True)
class Size:
    """How much happens in the year."""

    patients: int = 5_000
    visits: int = 15_000
    inquiries: int = 3_000


def happenings(size: Size, people: list[Invented], random: Random) -> list[Happening]:
    """Everything, in the order in which it happens."""
    told: list[tuple[datetime, Invented, Callable[[Known, datetime], None]]] = []
    for n in range(size.visits):
        one = random.choice(people)
        told += [(at, one, tell) for at, tell in _visit(n, one, random)]
    for n in range(size.inquiries):
        one = random.choice(people)
        told += [(at, one, tell) for at, tell in _inquiry(n, one, random)]
    for one in people:
        if random.random() < _STOPPED:
            told.append((_daytime(random), one, partial(_stop, one.facts.person_id)))
    last = LIVE_FROM + timedelta(days=DAYS)
    told.sort(key=lambda each: each[0])
    return [Happening(at, n, one.household, tell) for n, (at, one, tell) in enumerate(told) if at < last]


Told = tuple[datetime, Callable[[Known, datetime], None]]


def _visit(n: int, one: Invented, random: Random) -> Iterator[Told]:
    start, name = _opening(random), VisitId(f"v-{n}")
    booked = start - timedelta(hours=random.choice((3, 26, 50, 100, 24 * 9, 24 * 16, 24 * 30)) + random.random() * 20)
    heard = max(booked, LIVE_FROM)
    service, kind = random.choices(_SERVICES, (5, 3, 2))[0]
    visit = VisitFacts(
        name,
        0,
        one.facts.person_id,
        _S.BOOKED,
        start,
        booked,
        heard,
        PLACE,
        PROVIDER,
        kind,
        start + _HALF_AN_HOUR,
        booked,
        booked_vendor_time=True,
        booked_by=random.choice((BookedBy.PATIENT, BookedBy.STAFF, BookedBy.STAFF)),
        service_id=ServiceId(service),
        around=VisitAround(),
    )
    yield heard, lambda known, now: known.book(visit, now)
    between = heard + max(start - heard, _HALF_AN_HOUR) * random.random() * 0.9
    if random.random() < _MOVED:
        yield between, partial(_move, name, timedelta(days=random.randint(1, 12)))
    elif random.random() < _CANCELLED:
        yield between, _becomes(name, status=_S.CANCELLED)
    elif random.random() < _CONFIRMED:
        yield max(start - timedelta(hours=20), between), partial(_confirm, name)
    if random.random() < _PREPARED:
        done = {"intake": IntakeStatus.COMPLETED, "deposit": PaymentStatus.PAID}
        yield between, lambda known, now: known.around(name, now, **done)
    yield start + timedelta(days=13, minutes=40), partial(_end, name, missed=random.random() < _MISSED)
    yield start + timedelta(minutes=40), partial(_end, name, missed=random.random() < _MISSED)
    if random.random() < _SCORED:
        score = random.choice((5, 5, 5, 4, 3, 1))
        yield start + timedelta(hours=50), lambda known, now: known.around(name, now, score=score, scored_at=now)


def _inquiry(n: int, one: Invented, random: Random) -> Iterator[Told]:
    at, name = _daytime(random), InquiryId(f"q-{n}")
    facts = InquiryFacts(
        name,
        0,
        one.facts.person_id,
        InquirySource.WEB_FORM,
        at,
        at,
        vendor_time=True,
        location_id=PLACE,
        phone_id=one.facts.phone_id,
        email_id=one.facts.email_id,
        worded=True,
    )
    record = InquiryRecord(
        vendor_id=name,
        source=InquirySource.WEB_FORM,
        received_at=at,
        full_name=f"{one.person['first_name']} Reyes",
        phone=one.contacts[0]["value"],
        email=one.contacts[1]["value"],
        message="Do you have something on Friday?",
    )
    yield at, lambda known, now: known.ask(facts, record, now)
    if random.random() < 0.6:  # noqa: PLR2004 - the share of questions that the desk calls about
        yield at + timedelta(minutes=random.randint(10, 600)), lambda known, now: known.call(name, now)


def _becomes(name: str, **fields: object) -> Callable[[Known, datetime], None]:
    return lambda known, now: known.change(name, lambda _: fields, now)


def _move(name: str, by: timedelta, known: Known, now: datetime) -> None:
    known.change(
        name, lambda v: {"start_at": v.start_at + by, "end_at": v.start_at + by + _HALF_AN_HOUR, "moved_at": now}, now
    )


def _confirm(name: str, known: Known, now: datetime) -> None:
    facts = known.facts[name]
    if isinstance(facts, VisitFacts):
        known.change(name, lambda _: {"status": _S.CONFIRMED}, now)
        known.around(name, now, confirmed_start=facts.start_at)


def _end(name: str, known: Known, now: datetime, *, missed: bool) -> None:
    """The desk marks a visit when its hour is over; one that was moved is marked later."""
    facts = known.facts[name]
    if isinstance(facts, VisitFacts) and facts.start_at < now:
        over = {"status": _S.NO_SHOW} if missed else {"status": _S.CHECKED_OUT, "completion": CompletionGrade.CHECKED_OUT}
        known.change(name, lambda _: over, now)


def _stop(person: str, known: Known, now: datetime) -> None:
    known.stop(person, now)


def _opening(random: Random) -> datetime:
    """A half hour of an opening day."""
    day = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    while day.weekday() == 6:  # noqa: PLR2004 - on Sundays nobody is there
        day += timedelta(days=1)
    minutes = random.randrange(9 * 60, (15 if day.weekday() == 5 else 17) * 60, 30)  # noqa: PLR2004 - Saturdays are short
    return datetime.combine(day, time(minutes // 60, minutes % 60), NEW_YORK).astimezone(ZoneInfo("UTC"))


def _daytime(random: Random) -> datetime:
    """Some minute of a day, an evening or a night at times."""
    day = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    hour = random.choices(range(24), [1] * 7 + [4] * 15 + [2] * 2)[0]
    return datetime.combine(day, time(hour, random.randrange(60)), NEW_YORK).astimezone(ZoneInfo("UTC"))
