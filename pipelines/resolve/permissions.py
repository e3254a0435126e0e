"""What records say people agreed to, and what they stopped. Both hang on the contact point, never on the person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from canonical.consent import ConsentCategory, ConsentKind, SuppressionScope
from canonical.ids import Prefix, content_hash, derived_id
from canonical.people import ConsentClaim
from canonical.policy import Attestation
from canonical.practice import Channel
from pipelines.resolve.evidence import Evidence, Named, Record

Row = dict[str, Any]
_WITHDRAWN = frozenset({"withdrawn", "revoked", "declined", "no", "denied", "opted_out"})
_ATTESTABLE = frozenset({ConsentCategory.INFORMATIONAL, ConsentCategory.FEEDBACK})
"""What an attested intake point is enough for: never for marketing, whatever its settings say (R33)."""
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""An attestation `since` this says: for as long as this intake point has existed. Only such a one covers a record whose
tool does not say when it was made.
"""
ATTESTED = "attested:"
"""What the source of an attested consent starts with; the attestation's name follows."""
_EVERYTHING = ("phones", "emails")
_STOPS: dict[str, tuple[tuple[str, ...], SuppressionScope]] = {
    "sms": (("phones",), SuppressionScope.ALL),
    "text": (("phones",), SuppressionScope.ALL),
    "mms": (("phones",), SuppressionScope.ALL),
    "phone": (("phones",), SuppressionScope.ALL),
    "email": (("emails",), SuppressionScope.ALL),
    "all": (_EVERYTHING, SuppressionScope.ALL),
    "dnd": (_EVERYTHING, SuppressionScope.ALL),
    "marketing": (_EVERYTHING, SuppressionScope.MARKETING),
    "sms_marketing": (("phones",), SuppressionScope.MARKETING),
    "email_marketing": (("emails",), SuppressionScope.MARKETING),
    "call": ((), SuppressionScope.ALL),
    "voice": ((), SuppressionScope.ALL),
    "whatsapp": ((), SuppressionScope.ALL),
    "instagram": ((), SuppressionScope.ALL),
    "messenger": ((), SuppressionScope.ALL),
    "gmb": ((), SuppressionScope.ALL),
}
"""A vendor's word for a channel that is off → which contact points it stops, and how much. A word that is not here stops
everything: an opt-out anywhere wins (R34).
"""


@dataclass(frozen=True, slots=True)
class ClaimedConsents:
    """Evidence taken from claims, and how many claims could not be used."""

    rows: tuple[Row, ...]
    unusable: int


def claimed(
    claims: Iterable[ConsentClaim], record: Record, named: Named, brand: str, wordings: Mapping[str, str]
) -> ClaimedConsents:
    """Consent rows for what a record claims.

    A claim that names a form the practice has attested has that form's words: `wordings`, by form version. A written
    consent without any words counts as express: they are the proof (C4).
    """
    every = [claim for claim in claims if claim.kind.strip() and claim.contact.strip()]  # an empty box claims nothing
    found = [_claim_rows(claim, record, named, brand, wordings) for claim in every]
    return ClaimedConsents(tuple(row for rows in found for row in rows), found.count([]))


def wordings_of(attestations: Iterable[Attestation], connection_id: str) -> dict[str, str]:
    """By form version: the words that a connection's attested forms show."""
    theirs = (one for one in attestations if one.connection == connection_id and one.form_version)
    return {one.form_version: one.wording for one in theirs}


def _claim_rows(
    claim: ConsentClaim, record: Record, named: Named, brand: str, wordings: Mapping[str, str]
) -> list[Row]:
    category, kind = claim.category.casefold(), claim.kind.casefold()
    granted = kind not in _WITHDRAWN
    if category not in set(ConsentCategory) or (granted and kind not in set(ConsentKind)):
        return []
    wording = claim.wording or wordings.get(claim.form_version, "")
    unproved = kind == ConsentKind.WRITTEN and not wording
    proved = ConsentKind.EXPRESS if unproved or not granted else ConsentKind(kind)
    return [
        {
            "contact_point_id": contact,
            "brand": brand,
            "category": category,
            "kind": str(proved),
            "granted": granted,
            "given_at": claim.given_at,
            "source": claim.source or record.connection_id,
            "wording_sha256": content_hash(wording.encode()) if wording else "",
            "form_version": claim.form_version,
            "raw_id": record.raw_id,
        }
        for contact in _claimed_contacts(claim.contact, record.evidence, named)
    ]


def _claimed_contacts(written: str, evidence: Evidence, named: Named) -> tuple[str, ...]:
    """An address, or the word for a channel, or `any`: then the record's own addresses of that channel, or all it has."""
    by_word = {
        Channel.SMS: evidence.phones,
        "phone": evidence.phones,
        Channel.EMAIL: evidence.emails,
        "any": evidence.contacts,
    }
    if written.casefold() in by_word:
        return by_word[written.casefold()]
    contact = named.contact(written)
    return (contact.contact_point_id,) if contact else ()


@dataclass(frozen=True, slots=True)
class Intake:
    """When a number was given to the practice, as narrowly as anyone can say."""

    earliest: datetime | None
    latest: datetime


def intake_of(record: Record, phone: str) -> Intake:
    """When the number came, if it came later than the record; else the vendor's created time; else before we first saw it."""
    known = record.evidence.came.get(phone) or record.evidence.created_at
    return Intake(known, known or record.first_recorded_at)


def attested(record: Record, attestations: Iterable[Attestation], brand: str) -> Iterator[Row]:
    """Consent rows for numbers that came in through an attested intake point within its dates (R33).

    Former phones are asked as well: a number that moved on does not make the attestation untrue.
    """
    for attestation in attestations:
        for phone in (*record.evidence.phones, *record.evidence.former_phones):
            intake = intake_of(record, phone)
            if _covers(attestation, record, intake):
                yield from _attested_rows(attestation, record, phone, intake, brand)


def _attested_rows(attestation: Attestation, record: Record, phone: str, intake: Intake, brand: str) -> Iterator[Row]:
    strength = min(attestation.kind, ConsentKind.EXPRESS, key=list(ConsentKind).index)
    for category in _ATTESTABLE & set(attestation.categories):
        yield {
            "contact_point_id": phone,
            "brand": brand,
            "category": str(category),
            "kind": str(strength),
            "granted": True,
            "given_at": intake.earliest,
            "source": ATTESTED + attestation.name,
            "wording_sha256": content_hash(attestation.wording.encode()),
            "form_version": attestation.form_version,
            "raw_id": record.raw_id,
        }


def _covers(attestation: Attestation, record: Record, intake: Intake) -> bool:
    if attestation.connection != record.connection_id or attestation.stream not in {"", record.stream}:
        return False
    began = attestation.since <= ALWAYS or (intake.earliest is not None and intake.earliest >= attestation.since)
    return began and (attestation.until is None or intake.latest <= attestation.until)


def attested_changes(wanted: Iterable[Row], before: Iterable[Row], contacts: frozenset[str]) -> Iterator[Row]:
    """New rows so that the evidence on `contacts` says what the attestations say now.

    `before` are the rows the ledger has, oldest first. An attestation that was taken back leaves a row that ends what it
    gave, dated like it: it outweighs that evidence and nothing that is newer.
    """
    every = [row for row in before if str(row["source"]).startswith(ATTESTED) and row["contact_point_id"] in contacts]
    last = {_subject(row): row for row in every}
    now = {_subject(row): row for row in wanted if row["contact_point_id"] in contacts}
    told = Counter(map(_subject, every))
    for subject, row in now.items():
        if subject not in last or _evidence(row) != _evidence(last[subject]):
            yield row | {"consent_id": consent_id(row, told[subject])}
    for subject, row in last.items():
        if row["granted"] and subject not in now:
            end = row | {"granted": False, "given_at": row["given_at"] or ALWAYS}
            yield end | {"consent_id": consent_id(end, told[subject])}


def _subject(row: Mapping[str, Any]) -> tuple[object, ...]:
    return row["contact_point_id"], row["category"], row["source"]


def _evidence(row: Mapping[str, Any]) -> tuple[object, ...]:
    return row["granted"], row["kind"], row["wording_sha256"], row["form_version"]


def consent_id(row: Mapping[str, Any], told: int = 0) -> str:
    """One id for one piece of evidence, however often a record repeats it; `told` numbers what was given and ended before."""
    given = row["given_at"]
    written = given.astimezone(UTC).isoformat() if given else ""
    named = ("contact_point_id", "brand", "category", "kind", "granted", "source", "wording_sha256", "form_version")
    return derived_id(Prefix.CONSENT, str(told), written, *(str(row[name]) for name in named))


def stops(before: Evidence | None, record: Record, brand: str, at: datetime) -> Iterator[Row]:
    """Suppression rows for channels a vendor newly says are off, or that were off and gained an address (R34).

    A flag that stays as it was is old evidence and stops nobody again; a flag that goes off lifts nothing: opt-in is
    never copied.
    """
    old = _stopped(before) if before is not None else {}
    for (contact, scope), word in _stopped(record.evidence).items():
        if (contact, scope) not in old:
            yield {
                "suppression_id": derived_id(Prefix.SUPPRESSION, record.version_id, contact, brand, scope),
                "contact_point_id": contact,
                "brand": brand,
                "scope": str(scope),
                "lifted": False,
                "provisional": False,
                "effective_at": min(record.evidence.updated_at or at, at),
                "source": record.connection_id,
                "word": word,
                "raw_id": record.raw_id,
            }


def stopped_fields(word: str) -> tuple[str, ...]:
    """Which addresses of a record a vendor's word for a channel stops altogether: `phones`, `emails`."""
    fields, scope = _STOPS.get(word, (_EVERYTHING, SuppressionScope.ALL))
    return fields if scope is SuppressionScope.ALL else ()


def _stopped(evidence: Evidence) -> dict[tuple[str, SuppressionScope], str]:
    found: dict[tuple[str, SuppressionScope], str] = {}
    for word in evidence.opted_out:
        fields, scope = _STOPS.get(word, (_EVERYTHING, SuppressionScope.ALL))
        for field in fields:
            contacts: tuple[str, ...] = getattr(evidence, field)
            for contact in contacts:
                found.setdefault((contact, scope), word if word in _STOPS else "unknown_channel")
    return found
