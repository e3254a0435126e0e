"""What is known at each instant of a replay, as a ledger would hold it: the latest version of each fact, and the rows that deciding reads."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks.invented_practice import SCHEDULE, Invented
from canonical.consent import Consent, Suppression, SuppressionScope
from canonical.ids import PersonId, SuppressionId
from canonical.inquiries import InquiryRecord
from canonical.owed import Facts
from canonical.practice import ServiceKind
from canonical.subjects import InquiryFacts, PersonFacts, SuppressionFacts, VisitFacts
from canonical.visits import AppointmentStatus, CompletionGrade
from pipelines.outbox.surroundings import Row

_S = AppointmentStatus
_REMEMBERED = timedelta(days=110)
"""How long a visit or an inquiry can still ask for something: rebooking comes last."""


class Known:
    """The practice's memory of facts: the latest version of each, and the rows that deciding reads."""

    def __init__(self, people: Iterable[Invented]) -> None:
        """Everybody is known from the first day."""
        self.people: dict[str, PersonFacts] = {}
        self.persons: dict[str, Row] = {}
        self.contacts: dict[str, Row] = {}
        self.consents: dict[str, tuple[Consent, ...]] = {}
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
