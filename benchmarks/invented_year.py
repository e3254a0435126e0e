"""What happens to a practice within a year: who books, moves, cancels, comes, asks and says stop. The same for the same seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.invented_practice import FIRST_DAY, LIVE_FROM, Invented
from benchmarks.replay_facts import Known
from canonical.ids import InquiryId, LocationId, ProviderId, ServiceId, VisitId
from canonical.inquiries import InquiryRecord, InquirySource
from canonical.intakes import IntakeStatus
from canonical.payments import PaymentStatus
from canonical.practice import ServiceKind
from canonical.subjects import InquiryFacts, VisitAround, VisitFacts
from canonical.visits import AppointmentStatus, BookedBy, CompletionGrade

NEW_YORK = ZoneInfo("America/New_York")
DAYS = 365
PLACE, PROVIDER = LocationId("downtown"), ProviderId("dr-okafor")
_S = AppointmentStatus
_SERVICES = (("visit", ServiceKind.TREATMENT), ("laser", ServiceKind.SERIES_SESSION), ("peel", ServiceKind.TREATMENT))
_HALF_AN_HOUR = timedelta(minutes=30)
_FURTHEST = timedelta(days=12)
"""How far a visit is moved at most."""
_ASKED = timedelta(days=3)
"""How soon people answer how it was, if at all."""
_MOVED, _CANCELLED, _MISSED, _CONFIRMED, _PREPARED, _SCORED, _STOPPED = 0.14, 0.12, 0.05, 0.4, 0.75, 0.25, 0.015


Tell = Callable[[Known, datetime], None]
"""Tells the practice's memory what happened, at that instant."""


class Happening(NamedTuple):
    """Something that the practice's tools will say at an instant about somebody of a household."""

    at: datetime
    household: int
    tell: Tell


@dataclass(frozen=True)
class Size:
    """How much happens in the year."""

    patients: int = 5_000
    visits: int = 15_000
    inquiries: int = 3_000


def happenings(size: Size, people: list[Invented], random: Random) -> list[Happening]:
    """Everything, in the order in which it happens."""
    told: list[tuple[datetime, Invented, Tell]] = []
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
    return [Happening(at, one.household, tell) for at, one, tell in told if at < last]


def _visit(n: int, one: Invented, random: Random) -> Iterator[tuple[datetime, Tell]]:
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
        yield between, partial(_move, name, timedelta(days=random.randint(1, _FURTHEST.days)))
    elif random.random() < _CANCELLED:
        yield between, _becomes(name, status=_S.CANCELLED)
    elif random.random() < _CONFIRMED:
        yield max(start - timedelta(hours=20), between), partial(_confirm, name)
    if random.random() < _PREPARED:
        done = {"intake": IntakeStatus.COMPLETED, "deposit": PaymentStatus.PAID}
        yield between, lambda known, now: known.around(name, now, **done)
    missed = random.random() < _MISSED
    for later in (timedelta(minutes=40), _FURTHEST + timedelta(minutes=40)):
        yield start + later, partial(_end, name, missed=missed)
    if random.random() < _SCORED:
        yield start + timedelta(hours=75), partial(_answer, name, random.choice((10, 10, 9, 8, 6, 3)))


def _inquiry(n: int, one: Invented, random: Random) -> Iterator[tuple[datetime, Tell]]:
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


def _becomes(name: str, **fields: object) -> Tell:
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
        kept: dict[str, object] = {"status": _S.CHECKED_OUT, "completion": CompletionGrade.CHECKED_OUT}
        known.change(name, lambda _: {"status": _S.NO_SHOW} if missed else kept, now)


def _answer(name: str, score: int, known: Known, now: datetime) -> None:
    """Whoever was asked how it was says so."""
    facts = known.facts[name]
    asked = known.people[facts.person_id].surveyed_at if isinstance(facts, VisitFacts) else None
    if asked and now - asked < _ASKED:
        known.around(name, now, score=score, scored_at=now)


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
