"""What of a person may be erased, and what stays until when. Pure: what is held, the settings and the day in, a plan out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from canonical.actions import Answer, Outcome
from canonical.policy import Retention
from ledger.holdings import Holdings
from pipelines.policy.asking import Finding, answer_of
from pipelines.policy.knowing import UNKNOWN, Unknown
from pipelines.policy.rules.erasing import (
    KEPT_YEARS,
    WASHINGTON_DAYS,
    Deletion,
    Held,
    Purge,
    RecordClass,
    leads_are_forgotten,
    records_stay_their_time,
    six_years,
    years_after,
)

_WASHINGTON: Final = "WA"
_OF_AGE: Final = 18
_SIX_YEARS: Final = "45 CFR 164.316"
_WORDS: Final[dict[RecordClass, str]] = {
    RecordClass.LEAD: "what they asked for",
    RecordClass.DM: "what they wrote",
    RecordClass.MARKETING: "offers, surveys and review requests",
    RecordClass.MEDICAL_RECORD: "visits, who they are, and messages about them",
    RecordClass.HIPAA_DOCUMENT: "consents and opt-outs, as pseudonyms",
}
Subject = Literal["lead", "patient"]


@dataclass(frozen=True, slots=True)
class Part:
    """One class of what is held, and what becomes of it."""

    record_class: RecordClass
    rows: int
    goes: bool
    until: date | None
    """The last day it is kept; None while it goes, and while nobody has said how long it stays."""
    answer: Answer
    """The rule that decided, with its sentence."""

    @property
    def what(self) -> str:
        """In words."""
        return _WORDS[self.record_class]


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it."""

    person_id: str
    request_id: str
    subject: Subject
    """`patient` = somebody with a treatment relationship."""
    parts: tuple[Part, ...]
    asks: Answer
    """DEL-01's word on the request: whether somebody must still say yes."""
    tools: tuple[str, ...]
    """Connections whose tools must erase it too, and say so."""
    deadline: date | None
    """Washington's, for whoever lives there and where nobody knows (DEL-03)."""

    @property
    def keeps_record(self) -> bool:
        """Whether the medical record stays."""
        return any(not part.goes for part in self.parts if part.record_class is RecordClass.MEDICAL_RECORD)

    def staying(self) -> tuple[Part, ...]:
        """What stays."""
        return tuple(part for part in self.parts if not part.goes)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan rests on beside what is held."""

    request_id: str
    received_on: date
    today: date
    """In the practice's own zone."""
    zone: ZoneInfo
    practice_state: str
    retention: Retention
    approved_by: str = ""
    """Who has said yes; empty = nobody yet."""


def plan_of(held: Holdings, terms: Terms) -> Plan:
    """What may be erased of one person."""
    subject: Subject = "patient" if held.is_patient else "lead"
    request = Deletion(request_id=terms.request_id, subject=subject, approved_by=terms.approved_by)
    state = held.state or terms.practice_state
    return Plan(
        person_id=held.person_id,
        request_id=terms.request_id,
        subject=subject,
        parts=tuple(_parts(held, terms)),
        asks=answer_of("DEL-01", leads_are_forgotten(request)),
        tools=tuple(held.tools),
        deadline=terms.received_on + WASHINGTON_DAYS if state == _WASHINGTON else None,
    )


def _parts(held: Holdings, terms: Terms) -> Iterator[Part]:
    messages = () if held.is_patient else ("messages",)
    counts = {
        RecordClass.LEAD: held.rows("lead"),
        RecordClass.DM: held.rows("dm"),
        RecordClass.MARKETING: held.rows("marketing", *messages),
    }
    for record_class, rows in counts.items():
        yield _part(Held(record_class=record_class), rows, terms.today)
    if held.is_patient:
        until = _record_until(held, terms)
        record = Held(record_class=RecordClass.MEDICAL_RECORD, kept_until=until, basis=terms.retention.basis)
        yield _part(record, held.rows("visits", "messages"), terms.today)
    yield from _documents(held, terms)


def _part(held: Held, rows: int, today: date) -> Part:
    return _decided(held.record_class, rows, "DEL-02", records_stay_their_time(held, today), held.kept_until)


def _decided(record_class: RecordClass, rows: int, rule: str, finding: Finding, until: date | Unknown) -> Part:
    goes = finding.outcome is not Outcome.BLOCK
    known = None if goes or isinstance(until, Unknown) else until
    return Part(record_class, rows, goes, known, answer_of(rule, finding))


def _documents(held: Holdings, terms: Terms) -> Iterator[Part]:
    """Evidence of what was allowed and revoked: the opt-out of this very request is the newest of it."""
    finding = six_years(Purge(row_class="consent", last_in_effect=terms.today), terms.today)
    until = years_after(terms.today, KEPT_YEARS)
    yield _decided(RecordClass.HIPAA_DOCUMENT, held.rows("consents", "opt_outs"), "RET-01", finding, until)


def _record_until(held: Holdings, terms: Terms) -> date | Unknown:
    """So many years after the last visit, and for a minor after they are of age; unknown without a visit or a setting."""
    last, years = _local(held.last_visit_at, terms), terms.retention.medical_record_years
    if last is None or years is None:
        return UNKNOWN
    of_age = years_after(held.birth_date, _OF_AGE) if held.birth_date else last
    return years_after(max(last, of_age), years) - timedelta(days=1)


def _local(at: datetime | None, terms: Terms) -> date | None:
    return at.astimezone(terms.zone).date() if at else None
