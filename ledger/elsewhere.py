"""What the ledger knows of the practice's other tools: what they wrote and did, and what they say of people (R34, R40, R56)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.lists import SEPARATOR, listed
from ledger.people import by_ids
from ledger.session import Session

Row = dict[str, Any]
Times = Mapping[str, list[datetime]]


def ours_among(session: Session, references: Iterable[str], vendor_ids: Iterable[str]) -> frozenset[str]:
    """Those of some references and of some vendors' ids that lead to messages of ours."""
    found = by_ids(session, "our_references", _clean(references)) + by_ids(session, "our_messages", _clean(vendor_ids))
    return frozenset(row["reference"] for row in found)


def _clean(written: Iterable[str]) -> set[str]:
    """Ids as they came from a vendor: what could be none of ours is left out."""
    return {one for one in written if one and SEPARATOR not in one}


def written_to(session: Session, contacts: Collection[str], since: datetime, until: datetime) -> Times:
    """By contact point: when we wrote to it in a span, or may have."""
    return _times(by_ids(session, "our_attempts_on", set(contacts), since=since, until=until), "claimed_at")


def heard_from(session: Session, contacts: Collection[str], since: datetime, until: datetime) -> Times:
    """By contact point: when it wrote to us in a span."""
    return _times(by_ids(session, "heard_from", set(contacts), since=since, until=until), "received_at")


def _times(rows: Iterable[Row], column: str) -> Times:
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        found[row["contact_point_id"]].append(row[column])
    return found


@dataclass(frozen=True, slots=True)
class Ours:
    """Something we owe a contact point about a visit ahead, or have told it."""

    visit_id: str
    row: str
    due_at: datetime
    start_at: datetime
    location_id: str | None


def ours_about_visits(
    session: Session, contacts: Collection[str], since: datetime, until: datetime
) -> dict[str, list[Ours]]:
    """By contact point: what of ours is due to it in a span, about visits that stand; earliest first."""
    found: dict[str, list[Ours]] = defaultdict(list)
    for row in by_ids(session, "ours_about_visits", set(contacts), since=since, until=until):
        about = Ours(row["visit_id"], row["row"], row["due_at"], row["start_at"], row["location_id"])
        found[row["contact_point_id"]].append(about)
    return found


def visits_of_appointments(session: Session, appointments: Collection[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """By connection and the vendor's id of an appointment: its visit as it stands."""
    placed = by_ids(session, "visits_of_appointments", {vendor_id for _, vendor_id in appointments if vendor_id})
    rows = by_ids(session, "visits_by_id", {row["visit_id"] for row in placed if row["visit_id"]})
    visits = {row["visit_id"]: row for row in rows}
    return {
        (row["connection_id"], row["vendor_id"]): visits[row["visit_id"]] for row in placed if row["visit_id"] in visits
    }


def foreign_seen(session: Session, message_ids: Collection[str]) -> frozenset[str]:
    """Those of some messages of other tools that were noticed already."""
    return frozenset(row["message_id"] for row in by_ids(session, "foreign_seen", set(message_ids)))


def foreign_by_row(session: Session, since: datetime) -> dict[str, int]:
    """By row: how many messages of other tools were noticed since an instant, or since somebody let the row go on."""
    return {row["row"]: row["messages"] for row in session.rows("foreign_by_row", since=since)}


def uncalled(session: Session, ids: set[str], persons: set[str], contacts: set[str]) -> list[Row]:
    """The newest row of inquiries that nobody has called about: of some ids, persons or contact points."""
    if not (ids or persons or contacts):
        return []
    lists = {"ids": ids, "persons": persons, "contacts": contacts}
    return session.rows("uncalled_inquiries", **{name: listed(sorted(found)) for name, found in lists.items()})


def subjects_of_actions(session: Session, references: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By action: what it is about, as kind and id. References that are no action of ours are left out."""
    rows = by_ids(session, "subjects_of_actions", _clean(references))
    return {row["action_id"]: (row["subject_kind"], row["subject_id"]) for row in rows}


def bodies_before(session: Session, version_ids: Collection[str]) -> dict[tuple[str, int], str]:
    """By record and number: what the version before each of some versions said."""
    rows = by_ids(session, "versions_before", set(version_ids))
    return {(row["record_id"], row["ordinal"] + 1): row["body"] for row in rows}
