"""Inquiries as the ledger remembers them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.lists import listed
from ledger.people import by_ids, people_on
from ledger.session import Session

Row = dict[str, Any]


def came_from(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The contact points an inquiry came from."""
    return tuple(row[name] for name in ("phone_id", "email_id", "thread_id") if row[name])


def persons_of(session: Session, records: Collection[str]) -> dict[str, str]:
    """By record: the person it belongs to now."""
    return {row["record_id"]: row["person_id"] for row in by_ids(session, "links_of_records", records)}


def inquiries_near(session: Session, contacts: Collection[str], since: datetime, until: datetime) -> dict[str, Row]:
    """By id: the inquiries that came from some contact points in a span of time."""
    if not contacts:
        return {}
    rows = session.rows("inquiries_on_contacts", ids=listed(sorted(contacts)), since=since, until=until)
    return {row["inquiry_id"]: row for row in rows}


def unbooked(session: Session, contacts: Collection[str], persons: Collection[str]) -> dict[str, Row]:
    """By id: the inquiries of some persons, or from some contact points, that did not lead to a booking yet (R3)."""
    rows = by_ids(session, "unbooked_inquiries_on_contacts", contacts) + by_ids(
        session, "inquiries_of_persons", persons
    )
    return {row["inquiry_id"]: row for row in rows}


@dataclass(frozen=True, slots=True)
class Booking:
    """When a visit was booked, and when the ledger first had it."""

    booked_at: datetime
    first_seen_at: datetime


def bookings_on(
    session: Session, contacts: Collection[str], persons: Collection[str]
) -> tuple[dict[str, list[Booking]], dict[str, list[Booking]]]:
    """What anybody on a contact point booked, and what a person did: by contact point, and by person."""
    people = people_on(session, contacts)
    everybody = {str(person) for found in people.values() for person in found} | set(persons)
    by_person: dict[str, list[Booking]] = defaultdict(list)
    for row in by_ids(session, "bookings_of_persons", everybody):
        by_person[row["person_id"]].append(Booking(row["booked_at"], row["first_seen_at"]))
    by_contact = {
        str(contact): [booking for person in found for booking in by_person.get(person, ())]
        for contact, found in people.items()
    }
    return by_contact, dict(by_person)


def contacts_of(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The contact points some inquiries came from."""
    return {contact for row in rows for contact in came_from(row)}
