"""People as the ledger remembers them: what the resolve stage works on, and what others ask."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.clock import rfc3339
from canonical.consent import Consent, Suppression
from canonical.ids import ContactPointId, HouseholdId, PersonId, Prefix
from canonical.people import ContactPoint, Person, PersonFlag
from ledger.audit.events import AuditBody, AuditTag
from ledger.lists import listed
from ledger.session import Session

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Every record that could have to do with some records, and the contact points too crowded to say anything."""

    records: frozenset[str]
    crowded: frozenset[str]


def neighbourhood(session: Session, records: Collection[str], keys: Collection[str], crowd: int) -> Neighbourhood:
    """Follow join keys and persons from `records` and `keys` until nothing new turns up."""
    known, seen_keys, crowded = set[str](), set[str](), set[str]()
    fresh, asked = set(records), set(keys)
    while fresh or asked:
        holders = _holders(session, asked, crowd)
        full = {key for key, held in holders.items() if len(held) > crowd and key.startswith(Prefix.CONTACT_POINT)}
        crowded |= full
        seen_keys |= asked
        fresh |= {record for key, held in holders.items() if key not in full for record in held} - known
        fresh |= _fellows(session, fresh) - known
        known |= fresh
        asked = {row["join_key"] for row in by_ids(session, "keys_of_records", fresh)} - seen_keys
        fresh = set()
    return Neighbourhood(frozenset(known), frozenset(crowded))


def _holders(session: Session, keys: Collection[str], crowd: int) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in by_ids(session, "holders_of_keys", keys, crowd=crowd):
        found[row["join_key"]].add(row["record_id"])
    return found


def by_ids(session: Session, query: str, ids: Collection[str], **params: object) -> list[Row]:
    """The rows of a query over `$ids`; nobody is asked about nothing."""
    return session.rows(query, ids=listed(sorted(ids)), **params) if ids else []


def _fellows(session: Session, records: Collection[str]) -> set[str]:
    """The records that belong to the same persons."""
    return {row["record_id"] for row in by_ids(session, "fellow_records", records)}


def cuts(session: Session, records: Collection[str]) -> frozenset[frozenset[str]]:
    """Pairs with one of `records` in them that somebody said are not one person."""
    rows = by_ids(session, "cuts_of_records", records)
    return frozenset(frozenset((row["record_id"], row["other_record_id"])) for row in rows)


def newest_cut(session: Session) -> int:
    """The number of the newest cut; 0 when nobody has ever cut."""
    row = session.one("newest_cut")
    return 0 if row is None or row["seq"] is None else int(row["seq"])


def newest_mark(session: Session) -> int:
    """The number of the newest word of the desk that marks a person; 0 when there is none."""
    row = session.one("newest_mark")
    return 0 if row is None or row["seq"] is None else int(row["seq"])


def marked_records(session: Session, records: Collection[str]) -> dict[str, frozenset[PersonFlag]]:
    """By record: the marks the desk has put on the person it belonged to then (R37, R60)."""
    found: dict[str, set[PersonFlag]] = defaultdict(set)
    for row in by_ids(session, "marks_of_records", records):
        found[row["record_id"]].add(PersonFlag(row["flag"]))
    return {record: frozenset(flags) for record, flags in found.items()}


def unlink(session: Session, record_id: str, *, who: str, why: str, now: datetime) -> None:
    """Take a record from the person it was joined to, and never join it to the same records again (R1).

    The next `resolve` gives it a person of its own, or joins it to others than these. Consents and opt-outs stay on their
    contact points.

    Raises:
        KeyError: when the record belongs to nobody.
    """
    link = next(iter(by_ids(session, "links_of_records", [record_id])), None)
    if link is None:
        raise KeyError(record_id)
    person_id = link["person_id"]
    others = sorted(row["record_id"] for row in by_ids(session, "records_of_persons", [person_id]))
    cut = {"record_id": record_id, "who": who, "why": why, "recorded_at": now}
    session.insert("person_cuts", [cut | {"other_record_id": other} for other in others if other != record_id])
    undone = {"record_id": record_id, "person_id": person_id, "rule": "cut", "undone": True, "recorded_at": now}
    session.insert("person_links", [undone])
    session.audit(
        AuditBody(
            tag=AuditTag.PERSON_UNMERGED,
            at=rfc3339(now),
            practice=session.practice_id,
            subject_id=person_id,
            refs={"record": record_id, "user": who},
        )
    )


def contacts_by_person(session: Session, persons: Collection[str]) -> dict[str, dict[str, Row]]:
    """By person and contact point: the present `person_contacts` rows, in the order in which they are to be tried."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in by_ids(session, "contacts_of_persons", persons):
        found[row["person_id"]][row["contact_point_id"]] = row
    return found


def person(session: Session, person_id: str) -> Person | None:
    """A person with the contact points that reach them; None for one who never was, was merged away or was erased."""
    rows = by_ids(session, "persons_by_id", [person_id])
    if not rows or rows[0]["merged_into"]:
        return None
    row = rows[0]
    return Person(
        person_id=PersonId(person_id),
        household_id=HouseholdId(row["household_id"]) if row["household_id"] else None,
        first_name=row["first_name"] or "",
        display_name=row["display_name"] or "",
        birth_date=row["birth_date"],
        language=row["language"] or "",
        address_state=row["address_state"] or "",
        zone=row["zone"] or "",
        flags=tuple(PersonFlag(flag) for flag in (row["flags"] or "").split(",") if flag),
        contact_points=contact_points(session, [person_id]).get(PersonId(person_id), ()),
    )


def contact_points(session: Session, person_ids: Collection[str]) -> dict[PersonId, tuple[ContactPoint, ...]]:
    """By person: their contact points, first choice first. Persons without any are left out."""
    rows = by_ids(session, "contacts_of_persons", set(person_ids))
    points = {point.contact_point_id: point for point in _points(session, {row["contact_point_id"] for row in rows})}
    found: dict[PersonId, list[ContactPoint]] = defaultdict(list)
    for row in rows:
        if row["contact_point_id"] in points:
            found[PersonId(row["person_id"])].append(points[row["contact_point_id"]])
    return {person_id: tuple(own) for person_id, own in found.items()}


def _points(session: Session, ids: Collection[str]) -> Iterable[ContactPoint]:
    for row in by_ids(session, "contact_points_by_id", ids):
        yield ContactPoint(
            contact_point_id=ContactPointId(row["contact_point_id"]),
            kind=row["kind"],
            value=row["value"],
            line_type=row["line_type"] or "",
            textable=row["textable"],
        )


def people_on(session: Session, contact_point_ids: Collection[str]) -> dict[ContactPointId, tuple[PersonId, ...]]:
    """By contact point: everybody who can be reached there (R2)."""
    found: dict[ContactPointId, list[PersonId]] = defaultdict(list)
    for row in by_ids(session, "persons_on_contacts", set(contact_point_ids)):
        found[ContactPointId(row["contact_point_id"])].append(PersonId(row["person_id"]))
    return {contact: tuple(persons) for contact, persons in found.items()}


def consents_of(session: Session, contact_point_ids: Collection[str]) -> tuple[Consent, ...]:
    """All evidence of permission on these contact points, so ordered that within a category the last one counts."""
    rows = by_ids(session, "consents_on_contacts", set(contact_point_ids))
    return tuple(Consent.model_validate(_kept(row, Consent)) for row in rows)


def suppressions_of(session: Session, contact_point_ids: Collection[str]) -> tuple[Suppression, ...]:
    """The revocations in force on these contact points, oldest first. Those of one person on a phone name the person."""
    rows = by_ids(session, "suppressions_on_contacts", set(contact_point_ids))
    return tuple(Suppression.model_validate(_kept(row, Suppression)) for row in rows)


def _kept(row: Mapping[str, Any], noun: type[Consent | Suppression]) -> Row:
    """The columns a noun has; texts that were never written are empty, not missing."""
    texts = ("wording_sha256", "form_version", "word")
    fields = {name: value for name, value in row.items() if name in noun.model_fields}
    return {name: "" if value is None and name in texts else value for name, value in fields.items()}


def phones_without_permission(session: Session) -> int:
    """How many phones reach somebody and have no evidence for informational texts: held until somebody attests (R33)."""
    row = session.one("phones_without_permission")
    return int(row["phones"]) if row else 0
