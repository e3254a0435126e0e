"""People as the planner must know them: where they can be reached, how old they are, what they agreed to and were asked."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from canonical.consent import ConsentCategory
from canonical.ids import ContactPointId, PersonId
from canonical.people import ContactKind, PersonFlag
from canonical.subjects import PersonFacts, Span
from ledger.among import rows_among
from ledger.session import Session

Row = dict[str, Any]
_MEMBER = "member"
"""The tag by which tools mark somebody with a membership (R19)."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read about some people, by contact point and by person."""

    kinds: Mapping[str, Row]
    asked: Mapping[str, Row]
    written: Mapping[str, frozenset[str]]
    """By contact point: the categories agreed to in writing."""
    attended: Mapping[str, tuple[Span, ...]]


def people_to_plan(session: Session, ids: Iterable[str]) -> dict[str, PersonFacts]:
    """Some persons, by id; of one the ledger does not know, only the id."""
    persons = sorted(set(ids))
    contacts = contacts_of(session, persons)
    points = {one for found in contacts.values() for one in found}
    known = _Known(
        kinds={
            row["contact_point_id"]: row for row in rows_among(session, "kinds_of_contacts", among={"contacts": points})
        },
        asked={row["person_id"]: row for row in rows_among(session, "asked_of_persons", among={"persons": persons})},
        written=_written(session, points),
        attended=_attended(session, persons),
    )
    rows = {row["person_id"]: row for row in rows_among(session, "persons_to_plan", among={"persons": persons})}
    return {person: _person(person, rows.get(person, {}), contacts.get(person, []), known) for person in persons}


def contacts_of(session: Session, persons: Iterable[str]) -> dict[str, list[str]]:
    """By person: their contact points, best first."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows_among(session, "contacts_to_plan", among={"persons": persons}):
        found[row["person_id"]].append(row["contact_point_id"])
    return found


def _written(session: Session, points: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows_among(session, "written_consents_on", among={"contacts": points}):
        found[row["contact_point_id"]].add(row["category"])
    return {point: frozenset(categories) for point, categories in found.items()}


def _attended(session: Session, persons: Iterable[str]) -> dict[str, tuple[Span, ...]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for row in rows_among(session, "attended_persons", among={"persons": persons}):
        found[row["person_id"]].append((row["opened_at"], row["closed_at"]))
    return {person: tuple(spans) for person, spans in found.items()}


def _person(person_id: str, row: Row, contacts: list[str], known: _Known) -> PersonFacts:
    phones = [c for c in contacts if c in known.kinds and known.kinds[c]["kind"] == ContactKind.PHONE]
    texts = [phone for phone in phones if known.kinds[phone]["textable"] is not False]
    mails = [c for c in contacts if c in known.kinds and known.kinds[c]["kind"] == ContactKind.EMAIL]
    asked, guardian = known.asked.get(person_id, {}), row.get("guardian_contact_point_id")
    agreed = {point: known.written.get(point, frozenset()) for point in contacts}
    return PersonFacts(
        person_id=PersonId(person_id),
        zone=row.get("zone") or "",
        flags=frozenset(PersonFlag(flag) for flag in (row.get("flags") or "").split(",") if flag),
        phone_id=ContactPointId(texts[0]) if texts else None,
        email_id=ContactPointId(mails[0]) if mails else None,
        birth_date=row.get("birth_date"),
        guardian_id=ContactPointId(guardian) if guardian else None,
        member=_MEMBER in json.loads(row.get("tags") or "[]"),
        sold_to=frozenset(
            ContactPointId(c) for c, categories in agreed.items() if ConsentCategory.MARKETING in categories
        ),
        photo=any(ConsentCategory.PHOTO in categories for categories in agreed.values()),
        surveyed_at=asked.get("surveyed_at"),
        invited_at=asked.get("invited_at"),
        attended=known.attended.get(person_id, ()),
    )
