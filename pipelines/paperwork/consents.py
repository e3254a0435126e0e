"""What a form that came back says its person agreed to: evidence like any other (C4, row 2.3)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.consent import Consent
from canonical.ids import ConsentId
from canonical.intakes import Intake, IntakeStatus
from canonical.people import ConsentClaim, ContactKind
from canonical.policy import Attestation
from canonical.raw import Kind
from ledger.people import by_ids, consents_of, contact_points
from ledger.permission import give_consent
from ledger.session import Session
from pipelines.paperwork.papers import Paper
from pipelines.resolve.evidence import Contact, Evidence, Named, Record
from pipelines.resolve.permissions import claimed, consent_id, wordings_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """What consents are written with."""

    brand: str
    named: Named
    attestations: tuple[Attestation, ...]
    now: datetime


def take_consents(session: Session, changed: Iterable[tuple[Paper, Row]], desk: Desk) -> int:
    """Record what the forms that came back claim and the ledger does not hold yet; how many pieces of evidence."""
    back = [(paper, row) for paper, row in changed if _came_back(paper, row)]
    if not back:
        return 0
    own = contact_points(session, {row["person_id"] for _, row in back if row["person_id"]})
    reached = {person: {kind: _of(points, kind) for kind in ContactKind} for person, points in own.items()}
    rows = {
        consent_id(one): one for paper, row in back for one in _claims(paper, reached.get(row["person_id"], {}), desk)
    }
    contacts = {one["contact_point_id"] for one in rows.values()}
    there = {one.consent_id for one in consents_of(session, contacts)}
    fresh = {key: one for key, one in rows.items() if key not in there}
    _know(session, {one["contact_point_id"] for one in fresh.values()}, back, desk)
    for key, one in fresh.items():
        evidence = {name: value for name, value in one.items() if name != "raw_id"}
        give_consent(
            session, Consent(consent_id=ConsentId(key), recorded_at=desk.now, **evidence), raw_id=one["raw_id"]
        )
    return len(fresh)


def _came_back(paper: Paper, row: Row) -> bool:
    return isinstance(paper.said, Intake) and row["status"] == IntakeStatus.COMPLETED and bool(paper.said.consents)


def _of(points: Iterable[Any], kind: ContactKind) -> tuple[str, ...]:
    return tuple(point.contact_point_id for point in points if point.kind is kind)


def _claims(paper: Paper, own: Mapping[ContactKind, tuple[str, ...]], desk: Desk) -> Iterator[Row]:
    """Dated like the form where the box says no time of its own."""
    said = paper.said
    if not isinstance(said, Intake):
        return
    dated = [claim.model_copy(update={"given_at": claim.given_at or said.completed_at}) for claim in said.consents]
    wordings = wordings_of(desk.attestations, paper.row["connection_id"])
    yield from claimed(dated, _record(paper, own), desk.named, desk.brand, wordings).rows


def _record(paper: Paper, own: Mapping[ContactKind, tuple[str, ...]]) -> Record:
    """The form as a record of whoever filled it in: a box for texts counts for the phones they are known by."""
    phones, emails = own.get(ContactKind.PHONE, ()), own.get(ContactKind.EMAIL, ())
    return Record(
        record_id=paper.row["record_id"],
        version_id=paper.row["version_id"],
        raw_id=paper.row["raw_id"],
        kind=Kind.INTAKE,
        connection_id=paper.row["connection_id"],
        stream="",
        vendor_id=paper.said.vendor_id,
        evidence=Evidence(phones=phones, emails=emails),
        deleted=bool(paper.row["deleted"]),
        first_recorded_at=paper.row["recorded_at"],
        recorded_at=paper.row["recorded_at"],
    )


def _know(session: Session, wanted: Collection[str], back: Iterable[tuple[Paper, Row]], desk: Desk) -> None:
    """An address that only the form names is a contact point from now on."""
    there = {row["contact_point_id"] for row in by_ids(session, "contact_points_by_id", wanted)}
    written = (claim for paper, _ in back if isinstance(paper.said, Intake) for claim in paper.said.consents)
    found = {contact.contact_point_id: contact for claim in written if (contact := _contact(claim, desk.named))}
    session.insert("contact_points", [_address(found[key], desk.now) for key in sorted(set(wanted) - there)])


def _contact(claim: ConsentClaim, named: Named) -> Contact | None:
    return named.contact(claim.contact)


def _address(contact: Contact, now: datetime) -> Row:
    return {
        "contact_point_id": contact.contact_point_id,
        "kind": contact.kind.value,
        "value": contact.value,
        "textable": contact.textable,
        "why": "cannot_be_a_mobile" if contact.textable is False else None,
        "recorded_at": now,
    }
