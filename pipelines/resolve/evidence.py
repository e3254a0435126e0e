"""What one vendor record says about who somebody is, in the form the ledger keeps and the partition compares."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache

import msgspec
import phonenumbers

from canonical.ids import Prefix, keyed_id
from canonical.inquiries import InquiryRecord
from canonical.people import THREAD, ContactKind, PersonRecord
from canonical.raw import Kind
from pipelines.resolve.names import Name, name_of

PSEUDONYM = "pseudonym"
"""The purpose of the key that ids of enumerable things are made with."""
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_NOBODYS_MOBILE = frozenset(
    {
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
        phonenumbers.PhoneNumberType.PAGER,
    }
)
_SEXES = {"m": "m", "male": "m", "man": "m", "f": "f", "female": "f", "woman": "f"}


@lru_cache(maxsize=65_536)
def _may_be_a_mobile(e164: str) -> bool:
    """Anybody can type a number into a form: one that costs its caller extra, or is a company's, is never texted."""
    if e164.startswith("+1") and not _NORTH_AMERICAN.fullmatch(e164):
        return False
    try:
        return phonenumbers.number_type(phonenumbers.parse(e164)) not in _NOBODYS_MOBILE
    except phonenumbers.NumberParseException:
        return False


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One record's word on a person. Contact points are ids; nothing else of a record is needed to decide."""

    full_name: str = ""
    given_name: str = ""
    family_name: str = ""
    preferred_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    is_patient: bool = False
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    former_phones: tuple[str, ...] = ()
    """Contact points an earlier version had. A changed number does not tear a person apart."""
    former_emails: tuple[str, ...] = ()
    came: dict[str, datetime] = {}
    """When contact points came that the first version did not have."""
    guardian: str = ""
    identity: str = ""
    """The join key of the vendor's own id for this person; empty for an inquiry, whose id names the inquiry."""
    aliases: tuple[str, ...] = ()
    language: str = ""
    address_state: str = ""
    zone: str = ""
    flags: tuple[str, ...] = ()
    """Marks this record has ever carried: those of R37 are never taken back by a sync."""
    tags: tuple[str, ...] = ()
    opted_out: tuple[str, ...] = ()
    internal: bool = False
    """A mail address of the practice's own domain stands on it (R8)."""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def contacts(self) -> tuple[str, ...]:
        """Contact point ids in use, phones first."""
        return self.phones + self.emails + self.threads

    @property
    def meeting_points(self) -> tuple[str, ...]:
        """Contact points this record has or had: what others may meet it on."""
        return self.contacts + self.former_phones + self.former_emails

    @property
    def join_keys(self) -> tuple[str, ...]:
        """Everything another record may meet this one on."""
        return tuple(key for key in (self.identity, *self.aliases, *self.meeting_points) if key)


@dataclass(frozen=True)
class Record:
    """A record with its evidence and its place in the ledger."""

    record_id: str
    version_id: str
    raw_id: str
    kind: Kind
    connection_id: str
    stream: str
    vendor_id: str
    evidence: Evidence
    deleted: bool
    first_recorded_at: datetime
    recorded_at: datetime

    @cached_property
    def name(self) -> Name:
        """The name in comparable form."""
        said = self.evidence
        return name_of(said.given_name, said.family_name, said.full_name)


@dataclass(frozen=True, slots=True)
class Contact:
    """A usable address and the id it has here."""

    contact_point_id: str
    kind: ContactKind
    value: str

    @property
    def textable(self) -> bool | None:
        """False for a number that cannot be somebody's mobile; None = not known to be otherwise (R27)."""
        return False if self.kind is ContactKind.PHONE and not _may_be_a_mobile(self.value) else None


@dataclass(frozen=True, slots=True)
class Named:
    """Makes the ids of contact points and of vendor ids for one practice."""

    key: bytes

    def contact(self, written: str) -> Contact | None:
        """The contact point of an E.164 number, a mail address or a thread; None for anything else."""
        address = written.strip()
        if _E164.fullmatch(address):
            return self._contact(ContactKind.PHONE, address)
        if _MAIL.fullmatch(address):
            return self._contact(ContactKind.EMAIL, address.casefold())
        if thread := THREAD.fullmatch(address):
            return self._contact(ContactKind(thread[1]), address)
        return None

    def _contact(self, kind: ContactKind, value: str) -> Contact:
        return Contact(keyed_id(Prefix.CONTACT_POINT, self.key, kind, value), kind, value)

    def identity(self, connection_id: str, vendor_id: str) -> str:
        """The join key of a vendor's id: one per connection, whatever the stream it was seen in."""
        return keyed_id(Prefix.JOIN_KEY, self.key, connection_id, vendor_id)


@dataclass(frozen=True, slots=True)
class Read:
    """What was taken from a record, and how many addresses on it could not be used."""

    evidence: Evidence
    contacts: tuple[Contact, ...]
    unusable: int


def read_person(record: PersonRecord, connection_id: str, named: Named) -> Read:
    """The evidence of a patient, contact or lead record."""
    contacts, unusable = _contacts((*record.phones, *record.emails), named)
    guardian = named.contact(record.guardian_phone)
    evidence = Evidence(
        full_name=record.full_name,
        given_name=record.given_name,
        family_name=record.family_name,
        preferred_name=record.preferred_name,
        birth_date=record.birth_date,
        sex=_SEXES.get(record.sex.casefold(), ""),
        is_patient=record.is_patient,
        phones=_of(contacts, ContactKind.PHONE),
        emails=_of(contacts, ContactKind.EMAIL),
        guardian=guardian.contact_point_id if guardian else "",
        identity=named.identity(connection_id, record.vendor_id),
        aliases=tuple(sorted({named.identity(connection_id, alias) for alias in record.aliases if alias})),
        language=record.language,
        address_state=record.address_state,
        zone=record.zone,
        flags=tuple(sorted(record.flags)),
        tags=tuple(sorted(set(record.tags))),
        opted_out=tuple(sorted({channel.casefold() for channel in record.opted_out if channel.strip()})),
        created_at=record.created_at,
        updated_at=record.updated_at,
    )
    return Read(evidence, contacts + ((guardian,) if guardian else ()), unusable)


def read_inquiry(record: InquiryRecord, named: Named) -> Read:
    """The evidence of a lead: whoever wrote or called, as far as the inquiry says."""
    contacts, unusable = _contacts((record.phone, record.email, record.thread), named)
    evidence = Evidence(
        full_name=record.full_name,
        given_name=record.given_name,
        family_name=record.family_name,
        phones=_of(contacts, ContactKind.PHONE),
        emails=_of(contacts, ContactKind.EMAIL),
        threads=_of(contacts, ContactKind.INSTAGRAM) + _of(contacts, ContactKind.MESSENGER),
        language=record.language,
        created_at=record.received_at,
    )
    return Read(evidence, contacts, unusable)


def _contacts(written: tuple[str, ...], named: Named) -> tuple[tuple[Contact, ...], int]:
    asked = [named.contact(address) for address in written if address.strip()]
    found = {contact.contact_point_id: contact for contact in asked if contact}
    return tuple(found.values()), asked.count(None)


def _of(contacts: tuple[Contact, ...], kind: ContactKind) -> tuple[str, ...]:
    return tuple(contact.contact_point_id for contact in contacts if contact.kind is kind)
