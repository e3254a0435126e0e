"""Visits as the ledger remembers them: what the visits stage works on, and how it leaves them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ledger.lists import listed
from ledger.people import by_ids
from ledger.session import Session

Row = dict[str, Any]
OPEN_FOR = timedelta(days=100)
"""How long after its start a visit can still ask for something (row 5.5, 90 days, with what holds may add)."""
_PRUNE_LATE = timedelta(days=1)
"""Rows are taken out once a day, not one by one: changing a small table in place costs a hundred milliseconds."""


def owners(session: Session, keys: Collection[str], persons: Collection[str] = ()) -> dict[str, str]:
    """By join key of a vendor's patient: the person. All keys of whoever holds one of `keys`, and of `persons`, are told.

    Keys of patients whose record has not come yet are left out. Where several persons hold one key, through aliases and
    cuts, the one whose own id it is has it.
    """
    if not (keys or persons):
        return {}
    rows = session.rows("persons_and_their_keys", ids=listed(sorted(keys)), persons=listed(sorted(persons)))
    holders: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        holders[row["join_key"]][row["record_id"]] = row["person_id"]
    unsure = {key: held for key, held in holders.items() if len(set(held.values())) > 1}
    own = _own(session, {record for held in unsure.values() for record in held}) if unsure else {}
    found = {key: next(iter(held.values())) for key, held in holders.items()}
    for key, held in unsure.items():
        found[key] = next((person for record, person in held.items() if own.get(record) == key), found[key])
    return found


def _own(session: Session, records: Collection[str]) -> dict[str, str]:
    return {row["record_id"]: row["join_key"] for row in by_ids(session, "own_keys", records)}


def appointments(session: Session, keys: Collection[str], since: datetime) -> dict[str, Row]:
    """By record: the newest `appointment_records` row of the patients behind `keys`, of appointments not before `since`."""
    found: dict[str, Row] = {}
    for row in sorted(by_ids(session, "appointments_of_keys", keys, since=since), key=lambda row: int(row["seq"])):
        found.pop(row["record_id"], None)
        if row["facts"] is not None:
            found[row["record_id"]] = row
    return found


def with_history(session: Session, keys: Collection[str], before: datetime) -> set[str]:
    """Of some patients' keys, those with a visit before an instant that was not cancelled, missed or unknown."""
    return {row["person_key"] for row in by_ids(session, "keys_with_history", keys, since=before)}


def newest_link(session: Session, since: int) -> int:
    """The number of the newest change of who is who, or `since` when there was none."""
    row = session.one("newest_link", since=since)
    return since if row is None or row["seq"] is None else int(row["seq"])


def newest_visit_version(session: Session, since: int) -> int:
    """The number of the newest version of any visit, or `since` when none is newer."""
    row = session.one("newest_visit_version", since=since)
    return since if row is None or row["seq"] is None else int(row["seq"])


def complete_reads(session: Session) -> dict[tuple[str, str], datetime]:
    """By connection and stream: when it was last read completely."""
    return {(row["connection_id"], row["stream"]): row["complete_read_at"] for row in session.rows("complete_reads")}


def write_visits(session: Session, rows: Sequence[Mapping[str, Any]], retired: Iterable[str], now: datetime) -> None:
    """Append versions of visits; the open table then holds the newest version of each visit that is not over or retired."""
    first = session.next_seq(len(rows)) if rows else 0
    numbered = [{**row, "seq": first + at, "recorded_at": now} for at, row in enumerate(rows)]
    session.insert("visit_versions", numbered)
    gone = set(retired)
    changed = {row["visit_id"] for row in numbered} | gone
    if changed:
        session.run("forget_open_visits", ids=listed(sorted(changed)))
    newest = {row["visit_id"]: row for row in numbered if row["visit_id"] not in gone}
    session.insert("open_visits", [row for row in newest.values() if row["start_at"] >= now - OPEN_FOR])


def prune_open_visits(session: Session, now: datetime) -> int:
    """Take visits out of the open table whose time is over; returns how many."""
    return session.run("prune_open_visits", before=now - OPEN_FOR)


def must_prune(session: Session, now: datetime) -> bool:
    """Whether the oldest open visit has been over its time for a day."""
    row = session.one("oldest_open_visit")
    return bool(row and row["start_at"] and row["start_at"] < now - OPEN_FOR - _PRUNE_LATE)
