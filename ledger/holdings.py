"""What the ledger holds about a person, counted by what decides how long it is kept, and which tools hold it too."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ledger.erasure import persons_to_erase
from ledger.session import Session


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point of the person, and whether it reaches somebody else too."""

    contact_point_id: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """All of it, as counts, ids and dates."""

    person_id: str
    persons: tuple[str, ...]
    """The person, and whoever was merged into them."""
    merged_into: str
    """Whom they were found to be, if they are nobody of their own any more (R1)."""
    is_patient: bool
    birth_date: date | None
    state: str
    language: str
    flags: frozenset[str]
    last_visit_at: datetime | None
    amounts: dict[str, int] = field(default_factory=dict)
    """How many rows, by class: `lead`, `dm`, `marketing`, `messages`, `visits`, `consents`, `opt_outs`."""
    tools: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By connection: the ids under which it knows the person, empty where something was only sent through it."""
    points: tuple[Point, ...] = ()

    def rows(self, *classes: str) -> int:
        """How many rows of some classes together."""
        return sum(self.amounts.get(name, 0) for name in classes)


def holdings(session: Session, person_id: str) -> Holdings:
    """What is held about a person. Raises `LedgerError` for one the ledger does not know."""
    ids = persons_to_erase(session, person_id)
    persons = json.dumps(ids)
    about = session.one("about_persons", persons=persons, person_id=person_id) or {}
    held = session.rows("held_about_persons", persons=persons)
    return Holdings(
        person_id=person_id,
        persons=tuple(ids),
        merged_into=about["merged_into"] or "",
        is_patient=bool(about["is_patient"]) or about["visits"] > 0,
        birth_date=about["birth_date"],
        state=about["address_state"] or "",
        language=about["language"] or "",
        flags=frozenset((about["flags"] or "").split(",")) - {""},
        last_visit_at=about["last_visit_at"],
        amounts={row["class"]: row["rows"] for row in held},
        tools=_tools(session, persons),
        points=tuple(
            Point(row["contact_point_id"], row["others"] > 0)
            for row in session.rows("contacts_of_persons_ever", persons=persons)
        ),
    )


def _tools(session: Session, persons: str) -> dict[str, tuple[str, ...]]:
    records = json.dumps([row["record_id"] for row in session.rows("records_to_erase", persons=persons)])
    found: dict[str, list[str]] = defaultdict(list)
    for row in session.rows("tools_of_records", records=records):
        found[row["connection_id"]].append(f"{row['stream']} {row['vendor_id']}")
    for row in session.rows("tools_told_of_persons", persons=persons):
        found[row["connection_id"]] += []
    return {connection: tuple(ids) for connection, ids in sorted(found.items())}


@dataclass(frozen=True, slots=True)
class Request:
    """An erasure that was carried out here."""

    request_id: str
    person_id: str
    requested_at: datetime
    done_at: datetime | None


def requests(session: Session) -> Sequence[Request]:
    """Every erasure, oldest first."""
    return [Request(**row) for row in session.rows("erasures_of_requests")]
