"""From what records say to the rows that remember it. Pure: a situation in, rows and audit entries out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import msgspec

from canonical.clock import rfc3339
from canonical.policy import Attestation
from canonical.tasks import Task
from ledger.audit.events import AuditBody, AuditTag
from pipelines.resolve.contacts import (
    Household,
    home_of,
    household_rows,
    households,
    person_contacts,
    questions,
    tasks,
)
from pipelines.resolve.evidence import Contact, Record
from pipelines.resolve.identity import Identities, identities
from pipelines.resolve.marks import newly_flagged
from pipelines.resolve.partition import Partition, partition
from pipelines.resolve.permissions import attested, attested_changes, claimed, consent_id, stops, wordings_of
from pipelines.resolve.profile import House, by_strength, profile
from pipelines.resolve.situation import Situation

Row = dict[str, Any]


@dataclass(frozen=True)
class ResolveCounts:
    """What one run of resolve did. Every number counts rows of the ledger except where it says otherwise."""

    read: int = 0
    """Versions of persons and inquiries."""
    repeated: int = 0
    """Versions that say nothing new about who somebody is."""
    persons_new: int = 0
    joined: int = 0
    """Records that came to a person who has others."""
    merged: int = 0
    """Persons that turned out to be another one."""
    split: int = 0
    """Persons that lost a record to somebody else."""
    households: int = 0
    """Memberships that began or ended."""
    doubtful: int = 0
    """Pairs of records that look alike and were not joined."""
    tasks: int = 0
    consents: int = 0
    unpermitted: int = 0
    """Phones on new versions for which nothing permits an informational text: held until somebody attests (R33)."""
    unusable_addresses: int = 0
    unusable_claims: int = 0
    suppressions: int = 0

    def __add__(self, other: "ResolveCounts") -> "ResolveCounts":
        """The counts of two steps of one run."""
        return ResolveCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Decision:
    """Rows to append, by table, and what to tell the audit."""

    rows: Mapping[str, list[Row]]
    audit: tuple[AuditBody, ...]
    counts: ResolveCounts
    tasks: tuple[Task, ...]


@dataclass
class _Ledger:
    """Collects the rows of one step."""

    practice_id: str
    now: datetime
    run_id: str
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    audit: list[AuditBody] = field(default_factory=list)
    asked: list[Task] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Append rows, all recorded now, and say how many there were."""
        added = [{**row, "recorded_at": self.now} for row in rows]
        self.rows[table] += added
        return len(added)

    def tell(self, tag: AuditTag, subject_id: str, **refs: str) -> None:
        """One audit entry."""
        self.audit.append(
            AuditBody(
                tag=tag,
                at=rfc3339(self.now),
                practice=self.practice_id,
                subject_id=subject_id,
                refs={**refs, "run": self.run_id},
            )
        )

    def decision(self) -> Decision:
        """Everything collected."""
        return Decision(self.rows, tuple(self.audit), ResolveCounts(**self.counted), tuple(self.asked))


def decide(
    seen: Situation, house: House, attestations: tuple[Attestation, ...], now: datetime, run_id: str
) -> Decision:
    """What the ledger must remember because of `seen`. The same situation gives the same decision."""
    ledger = _Ledger(house.practice.practice_id, now, run_id)
    sorted_out = partition(seen.records.values(), seen.cuts, seen.crowded)
    who = identities(house.practice.practice_id, sorted_out.clusters, seen.links)
    _remember_words(ledger, seen)
    _remember_permissions(ledger, seen, house, attestations)
    _remember_links(ledger, seen, who)
    _remember_persons(ledger, seen, who, sorted_out, house)
    return ledger.decision()


def _remember_words(ledger: _Ledger, seen: Situation) -> None:
    """What the changed records say now, what others may meet them on, and addresses never seen before."""
    addresses = set(seen.addresses)
    for change in seen.changes:
        if change.fresh is None:
            continue
        record, before = change.record, change.before
        ledger.counted["read"] += 1
        ledger.counted["repeated"] += before == record.evidence
        ledger.counted["unusable_addresses"] += change.fresh.read.unusable
        ledger.add("person_records", [_record_row(record)])
        known = set(before.join_keys) if before else set()
        new_keys = dict.fromkeys(key for key in record.evidence.join_keys if key not in known)
        ledger.add("record_keys", ({"record_id": record.record_id, "join_key": key} for key in new_keys))
        for contact in change.fresh.read.contacts:
            if contact.contact_point_id not in addresses:
                addresses.add(contact.contact_point_id)
                ledger.add("contact_points", [_address_row(contact)])


def _record_row(record: Record) -> Row:
    names = (
        "record_id",
        "version_id",
        "raw_id",
        "connection_id",
        "stream",
        "vendor_id",
        "deleted",
        "first_recorded_at",
    )
    said = msgspec.json.encode(record.evidence).decode()
    return {name: getattr(record, name) for name in names} | {"kind": str(record.kind), "evidence": said}


def _address_row(contact: Contact) -> Row:
    return {
        "contact_point_id": contact.contact_point_id,
        "kind": str(contact.kind),
        "value": contact.value,
        "textable": contact.textable,
        "why": "cannot_be_a_mobile" if contact.textable is False else None,
    }


def _remember_permissions(
    ledger: _Ledger, seen: Situation, house: House, attestations: tuple[Attestation, ...]
) -> None:
    """Consents the records claim or inherit, and channels that are newly off."""
    given = _inherited(seen, house, attestations)
    brand = house.practice.brand
    for change in seen.changes:
        if change.fresh is None:
            continue
        if change.fresh.said:
            wordings = wordings_of(attestations, change.record.connection_id)
            said = claimed(change.fresh.said.consents, change.record, house.named, brand, wordings)
            ledger.counted["unusable_claims"] += said.unusable
            given += [row | {"consent_id": consent_id(row)} for row in said.rows]
        off = list(stops(change.before, change.record, brand, ledger.now))
        ledger.counted["suppressions"] += ledger.add("suppressions", off)
        for row in off:
            ledger.tell(AuditTag.SUPPRESSION_ADDED, row["contact_point_id"], suppression=row["suppression_id"])
    _remember_consents(ledger, given, set(seen.consents))
    ledger.counted["unpermitted"] += len(_unpermitted(seen, given))


def _inherited(seen: Situation, house: House, attestations: tuple[Attestation, ...]) -> list[Row]:
    """What attested intake points give the changed records' contact points, or no longer give them."""
    contacts = frozenset(contact for change in seen.changes for contact in change.record.evidence.meeting_points)
    wanted = (row for record in seen.records.values() for row in attested(record, attestations, house.practice.brand))
    return list(attested_changes(wanted, seen.consents.values(), contacts))


def _unpermitted(seen: Situation, given: Iterable[Row]) -> set[str]:
    """Phones of new versions without any evidence for informational texts."""
    every = (*seen.consents.values(), *given)
    permitted = {row["contact_point_id"] for row in every if row["category"] == "informational" and row["granted"]}
    return {phone for change in seen.changes if change.fresh for phone in change.record.evidence.phones} - permitted


def _remember_consents(ledger: _Ledger, rows: Iterable[Row], known: set[str]) -> None:
    for row in rows:
        if row["consent_id"] not in known:
            known.add(row["consent_id"])
            ledger.counted["consents"] += ledger.add("consents", [_without_seq(row)])
            ledger.tell(AuditTag.CONSENT_RECORDED, row["contact_point_id"], consent=row["consent_id"])


def _without_seq(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "seq"}


def _remember_links(ledger: _Ledger, seen: Situation, who: Identities) -> None:
    """The person of every record whose person is new or another one."""
    existing = {link.person_id for link in seen.links.values()}
    for person_id, cluster in who.persons.items():
        moved = [record for record in cluster.records if _person_of(record, seen) != person_id]
        row = {"person_id": person_id, "rule": str(cluster.rule), "undone": False}
        ledger.add("person_links", (row | {"record_id": r.record_id, "version_id": r.version_id} for r in moved))
        joined = moved if person_id in existing else moved[1:]
        ledger.counted["joined"] += len(joined)
        for record in joined:
            ledger.tell(AuditTag.PERSON_MERGED, person_id, record=record.record_id, rule=str(cluster.rule))
        for record in moved:
            if (left := _person_of(record, seen)) in who.split:
                ledger.tell(AuditTag.PERSON_UNMERGED, left, record=record.record_id, to=person_id)
    ledger.counted["split"] += len(who.split)


def _person_of(record: Record, seen: Situation) -> str:
    link = seen.links.get(record.record_id)
    return link.person_id if link else ""


def _remember_persons(ledger: _Ledger, seen: Situation, who: Identities, sorted_out: Partition, house: House) -> None:
    strongest = {person_id: by_strength(cluster.records, house) for person_id, cluster in who.persons.items()}
    homes = households(house.practice.practice_id, strongest, sorted_out.crowded)
    for person_id, records in strongest.items():
        before = seen.contacts.get(person_id, {})
        ledger.add("person_contacts", person_contacts(person_id, records, before))
        row = profile(person_id, records, house, seen.marked)
        contacts = (contact for record in records if not record.deleted for contact in record.evidence.contacts)
        row["household_id"] = home_of(person_id, contacts, homes)
        last = seen.persons.get(person_id)
        if _differs(row, last):
            ledger.counted["persons_new"] += last is None
            ledger.add("persons", [row])
        had = last["flags"] or "" if last else None
        ledger.asked += newly_flagged(ledger.practice_id, person_id, had, records, ledger.now)
    _remember_merged(ledger, seen, who)
    _remember_households(ledger, seen, sorted_out, strongest, homes)


def _differs(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return before is None or any(before[name] != value for name, value in row.items())


def _remember_merged(ledger: _Ledger, seen: Situation, who: Identities) -> None:
    for gone, into in who.merged.items():
        last = _without_seq(seen.persons.get(gone, {"person_id": gone}))
        ledger.counted["merged"] += ledger.add("persons", [{**last, "merged_into": into, "household_id": None}])
        ledger.add("person_contacts", person_contacts(gone, (), seen.contacts.get(gone, {})))
        ledger.tell(AuditTag.PERSON_MERGED, into, person=gone)


def _remember_households(
    ledger: _Ledger,
    seen: Situation,
    sorted_out: Partition,
    persons: Mapping[str, Iterable[Record]],
    homes: Mapping[str, Household],
) -> None:
    rows = household_rows(homes, seen.households)
    ledger.counted["households"] += ledger.add("households", rows)
    ledger.counted["doubtful"] += len(sorted_out.doubts)
    grown = {row["contact_point_id"] for row in rows if not row["ended"]}
    new = [home for contact, home in homes.items() if contact in grown]
    doubted = set(_doubted(sorted_out, persons))
    unsure = [home for home in new if any(pair <= home.members for pair in doubted)]
    asked = questions(ledger.practice_id, unsure, len(new) - len(unsure))
    ledger.asked += tasks(ledger.practice_id, asked, ledger.now)


def _doubted(sorted_out: Partition, persons: Mapping[str, Iterable[Record]]) -> Iterator[frozenset[str]]:
    """Pairs of persons of whom somebody should say whether they are one."""
    owner = {record.record_id: person for person, records in persons.items() for record in records}
    for pair in sorted_out.doubts:
        yield frozenset(owner[record_id] for record_id in pair)
