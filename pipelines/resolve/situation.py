"""What one step of resolve looks at: the records that are new, and everything the ledger knows that they may touch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from canonical.inquiries import InquiryRecord
from canonical.people import PersonFlag, PersonRecord
from canonical.raw import Kind
from ledger import people
from ledger.lists import listed
from ledger.session import Session
from pipelines.resolve.evidence import Evidence, Read, Record, read_inquiry, read_person
from pipelines.resolve.identity import Link
from pipelines.resolve.marks import kept_flags
from pipelines.resolve.partition import CROWD
from pipelines.resolve.profile import House

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new version as read: not yet compared with what the ledger holds."""

    row: Row
    said: PersonRecord | InquiryRecord | None
    """None for a deletion that came without a body."""
    read: Read


def read_version(row: Row, house: House) -> Fresh:
    """Take the evidence out of a version's body."""
    if not row["body"]:
        return Fresh(row, None, Read(Evidence(), (), 0))
    if row["kind"] == Kind.INQUIRY:
        inquiry = InquiryRecord.model_validate_json(row["body"])
        return Fresh(row, inquiry, read_inquiry(inquiry, house.named))
    person = PersonRecord.model_validate_json(row["body"])
    read = read_person(person, row["connection_id"], house.named)
    if {mail.rpartition("@")[2].strip().casefold() for mail in person.emails} & house.mail_domains:
        read = Read(msgspec.structs.replace(read.evidence, internal=True), read.contacts, read.unusable)
    return Fresh(row, person, read)


@dataclass(frozen=True, slots=True)
class Change:
    """A record whose word has changed, or that has to be looked at again as it stands."""

    record: Record
    before: Evidence | None
    fresh: Fresh | None
    """None when only the practice's settings changed."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Changes, and what they are judged against."""

    changes: tuple[Change, ...]
    records: Mapping[str, Record]
    """The changed records as they are now, and every other record of their neighbourhood."""
    crowded: frozenset[str]
    links: Mapping[str, Link]
    cuts: frozenset[frozenset[str]]
    persons: Mapping[str, Row]
    contacts: Mapping[str, Mapping[str, Row]]
    households: Sequence[Row]
    addresses: frozenset[str]
    """Contact points the ledger knows already."""
    consents: Mapping[str, Row]
    """By id: the evidence that stands on the changed records' contact points."""
    marked: Mapping[str, frozenset[PersonFlag]]
    """By record: marks the desk has put on whoever it belongs to (R60)."""


def situation(session: Session, fresh: Sequence[Fresh], again: Collection[str] = ()) -> Situation:
    """Load what `fresh` versions, and records to look at `again`, may touch."""
    ids = {item.row["record_id"] for item in fresh} | set(again)
    keys = {key for item in fresh for key in item.read.evidence.join_keys}
    near = people.neighbourhood(session, ids, keys, CROWD)
    known = {row["record_id"]: _record(row) for row in people.by_ids(session, "person_records_by_id", near.records)}
    changes = tuple(_changes(fresh, again, known))
    records = known | {change.record.record_id: change.record for change in changes}
    links = {
        row["record_id"]: Link(row["person_id"], row["seq"])
        for row in people.by_ids(session, "links_of_records", records)
    }
    persons = sorted({link.person_id for link in links.values()})
    touched = sorted({contact for record in records.values() for contact in record.evidence.meeting_points})
    changed = sorted({contact for change in changes for contact in _addresses(change)})
    return Situation(
        changes=changes,
        records=records,
        crowded=near.crowded,
        links=links,
        cuts=people.cuts(session, records),
        persons={row["person_id"]: row for row in people.by_ids(session, "persons_by_id", persons)},
        contacts=people.contacts_by_person(session, persons),
        households=session.rows("households_touching", contacts=listed(touched), persons=listed(persons)),
        addresses=frozenset(row["contact_point_id"] for row in people.by_ids(session, "contact_points_by_id", changed)),
        consents={row["consent_id"]: row for row in people.by_ids(session, "consents_on_contacts", changed)},
        marked=people.marked_records(session, records),
    )


def _addresses(change: Change) -> Iterable[str]:
    yield from change.record.evidence.meeting_points
    if change.fresh:
        yield from (contact.contact_point_id for contact in change.fresh.read.contacts)


def _changes(fresh: Iterable[Fresh], again: Iterable[str], known: Mapping[str, Record]) -> Iterable[Change]:
    """One change per version, in their order: a record may have come twice."""
    latest = dict(known)
    for item in fresh:
        before = latest.get(item.row["record_id"])
        record = _succeeding(item, before)
        latest[record.record_id] = record
        yield Change(record, before.evidence if before else None, item)
    for record_id in sorted(set(again) & known.keys()):
        yield Change(latest[record_id], latest[record_id].evidence, None)


def _succeeding(item: Fresh, before: Record | None) -> Record:
    row, said = item.row, item.read.evidence
    if before is not None:
        said = _following(said, before.evidence, row["recorded_at"]) if item.said else before.evidence
    said = msgspec.structs.replace(said, flags=kept_flags(before.evidence if before else None, said))
    return Record(
        record_id=row["record_id"],
        version_id=row["version_id"],
        raw_id=row["raw_id"],
        kind=Kind(row["kind"]),
        connection_id=row["connection_id"],
        stream=row["stream"],
        vendor_id=row["vendor_id"],
        evidence=said,
        deleted=bool(row["deleted"]),
        first_recorded_at=before.first_recorded_at if before else row["recorded_at"],
        recorded_at=row["recorded_at"],
    )


def _following(said: Evidence, before: Evidence, recorded_at: datetime) -> Evidence:
    """What a later version says, with what must be remembered of the earlier ones."""
    known = set(before.meeting_points)
    when = min(said.updated_at or recorded_at, recorded_at)
    came = before.came | {contact: when for contact in said.contacts if contact not in known}
    return msgspec.structs.replace(
        said,
        former_phones=tuple(sorted({*before.phones, *before.former_phones} - set(said.phones))),
        former_emails=tuple(sorted({*before.emails, *before.former_emails} - set(said.emails))),
        came=came,
    )


def _record(row: Row) -> Record:
    return Record(
        record_id=row["record_id"],
        version_id=row["version_id"],
        raw_id=row["raw_id"],
        kind=Kind(row["kind"]),
        connection_id=row["connection_id"],
        stream=row["stream"],
        vendor_id=row["vendor_id"],
        evidence=msgspec.json.decode(row["evidence"], type=Evidence),
        deleted=row["deleted"],
        first_recorded_at=row["first_recorded_at"],
        recorded_at=row["recorded_at"],
    )
