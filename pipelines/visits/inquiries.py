"""Inquiries, step by step: read what is new, decide with no ledger open, write unless somebody was faster."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from canonical.inquiries import InquiryRecord
from canonical.practice import Practice
from ledger.inquiries import bookings_on, contacts_of, inquiries_near, persons_of, unbooked
from ledger.people import by_ids, contacts_by_person
from ledger.progress import advance, marks, newest_version, reached
from ledger.session import Session
from ledger.store import Store
from ledger.visits import newest_link, newest_visit_version
from pipelines.resolve.evidence import PSEUDONYM, Evidence, Named
from pipelines.resolve.names import Name, name_of
from pipelines.resolve.stage import STAGE as RESOLVED
from pipelines.visits.asked import SAME, Asked, InquiryCounts, Seen, decide
from pipelines.visits.house import House

Row = dict[str, Any]
STAGE = "inquiries"
LINKS = "inquiries.links"
BOOKINGS = "inquiries.bookings"
MOST = 1_000
FEW = 50
"""So few versions are read and looked into while the ledger is open once; more are read with it closed."""


@dataclass(frozen=True)
class _Step:
    """What is new, and the marks before and after."""

    rows: tuple[Row, ...]
    relinked: frozenset[str]
    booked: frozenset[str]
    """Persons for whom a visit was booked since."""
    before: tuple[int, int, int]
    after: tuple[int, int, int]


@dataclass(frozen=True)
class _Desk:
    store: Store
    house: House
    named: Named
    now: datetime


def update_inquiries(store: Store, practice: Practice, now: datetime, run_id: str) -> InquiryCounts:  # noqa: ARG001 - every stage takes the run
    """Bring inquiries up to their newest versions, to who is who, and to what was booked since (R3).

    Run it after `resolve` and `update_visits`. Reads only what came since the last run. Raises a `LedgerError` as the
    store does; what was written before it stands.
    """
    with store.reading() as session:
        desk = _Desk(store, House(practice), Named(session.key(PSEUDONYM)), now)
        step = _next(session)
        looked = _looked(session, desk, step) if step and len(step.rows) <= FEW else None
    total = InquiryCounts()
    while step is not None:
        done, step = _take(desk, step, looked)
        total, looked = total + done, None
    return total


def _marks(session: Session) -> tuple[int, int, int]:
    found = marks(session)
    return found[STAGE], found[LINKS], found[BOOKINGS]


def _next(session: Session) -> _Step | None:
    before = _marks(session)
    until = min(newest_version(session, before[0]), max(before[0], reached(session, RESOLVED)))
    linked, booked = newest_link(session, before[1]), newest_visit_version(session, before[2])
    if (until, linked, booked) == before:
        return None
    rows = session.rows("new_inquiry_versions", since=before[0], until=until, most=MOST) if until > before[0] else []
    until = rows[-1]["seq"] if len(rows) == MOST else until
    relinked = session.rows("inquiry_records_linked_after", since=before[1], until=linked)
    persons = session.rows("bookings_after", since=before[2], until=booked)
    return _Step(
        tuple(rows),
        frozenset(row["record_id"] for row in relinked),
        frozenset(row["person_id"] for row in persons),
        before,
        (until, linked, booked),
    )


_Looked = tuple[Sequence[Asked], Seen]


def _looked(session: Session, desk: _Desk, step: _Step) -> _Looked:
    fresh = [_asked(desk, row) for row in step.rows]
    return fresh, _seen(session, fresh, step)


def _take(desk: _Desk, step: _Step, looked: _Looked | None) -> tuple[InquiryCounts, _Step | None]:
    """Decide one lot and write it, unless somebody was faster. Gives the next lot with the counts."""
    if looked is None:
        fresh = [_asked(desk, row) for row in step.rows]
        with desk.store.reading() as session:
            looked = fresh, _seen(session, fresh, step)
    rows, counts = decide(desk.house, *looked)
    with desk.store.writing(business_now=desk.now) as session:
        if _marks(session) != step.before:
            return InquiryCounts(), _next(session)
        for mark, before, after in zip((STAGE, LINKS, BOOKINGS), step.before, step.after, strict=True):
            if after > before:
                advance(session, mark, after)
        session.insert("inquiries", [row | {"recorded_at": desk.now} for row in rows])
        return counts, _next(session)


def _seen(session: Session, fresh: Sequence[Asked], step: _Step) -> Seen:
    own = {one.row["record_id"] for one in fresh} | step.relinked
    known = {row["inquiry_id"]: row for row in by_ids(session, "inquiries_by_record", own)}
    contacts = {contact for one in fresh for contact in one.contacts}
    times = [one.received_at for one in fresh]
    if times:
        known |= inquiries_near(session, contacts, min(times) - SAME, max(times) + SAME)
    theirs = contacts_by_person(session, step.booked)
    known |= unbooked(session, {contact for own in theirs.values() for contact in own}, step.booked)
    persons = persons_of(session, own | {row["record_id"] for row in known.values()})
    by_contact, by_person = bookings_on(session, contacts | contacts_of(known.values()), set(persons.values()))
    return Seen(
        known=known,
        persons=persons,
        languages=_languages(session, set(persons.values())),
        names=_names(session, own | {row["record_id"] for row in known.values()}),
        by_contact=by_contact,
        by_person=by_person,
    )


def _asked(desk: _Desk, row: Row) -> Asked:
    said = InquiryRecord.model_validate_json(row["body"])
    phone, email, thread = (_point(desk, written) for written in (said.phone, said.email, said.thread))
    return Asked(row, said, phone, email, thread)


def _point(desk: _Desk, written: str) -> str | None:
    found = desk.named.contact(written)
    return found.contact_point_id if found else None


def _names(session: Session, records: Collection[str]) -> dict[str, Name]:
    said = {
        row["record_id"]: msgspec.json.decode(row["evidence"], type=Evidence)
        for row in by_ids(session, "names_of_records", records)
    }
    return {record: name_of(one.given_name, one.family_name, one.full_name) for record, one in said.items()}


def _languages(session: Session, persons: Collection[str]) -> dict[str, str]:
    rows = by_ids(session, "languages_of_persons", persons)
    return {row["person_id"]: row["language"] or "" for row in rows}
