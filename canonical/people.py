"""People and how to reach them. A person is not a phone number (R1)."""

import re
from datetime import date
from enum import StrEnum
from typing import Final

from pydantic import Field, SecretStr

from canonical.clock import Instant
from canonical.ids import ContactPointId, HouseholdId, PersonId
from canonical.model import Noun


class ContactKind(StrEnum):
    """What sort of address a contact point is."""

    PHONE = "phone"
    EMAIL = "email"
    INSTAGRAM = "instagram"
    """Somebody's thread with the practice there, by the id the platform gives them towards it."""
    MESSENGER = "messenger"


THREAD: Final = re.compile(rf"({ContactKind.INSTAGRAM}|{ContactKind.MESSENGER}):[A-Za-z0-9._-]{{1,100}}")
"""How a thread is written: the platform, and its own id of the person."""


class PersonFlag(StrEnum):
    """Marks that stop or route everything about a person (R8, R36, R37)."""

    STAFF = "staff"
    TEST = "test"
    NO_AUTOMATION = "no_automation"
    DECEASED = "deceased"
    DISMISSED = "dismissed"
    LEGAL_HOLD = "legal_hold"
    NO_REVIEWS = "no_reviews"
    """Nobody asks them for a score or a review; everything else goes on (R60)."""


SILENCING: Final = frozenset(PersonFlag) - {PersonFlag.NO_REVIEWS}
"""The marks that stop everything automatic."""
_ASKING_ROWS: Final = "6."


def silencing(flags: frozenset[PersonFlag], row: str) -> frozenset[PersonFlag]:
    """Those marks among `flags` that stop a row of the catalogue for whoever carries them."""
    return flags if row.startswith(_ASKING_ROWS) else flags & SILENCING


class ContactPoint(Noun):
    """An E.164 phone, a mail address or a thread. It may belong to many persons; consent and opt-out hang on it (R1, R2)."""

    contact_point_id: ContactPointId
    kind: ContactKind
    value: SecretStr
    line_type: str = ""
    textable: bool | None = None


class PersonRecord(Noun):
    """A person as one vendor record describes them: what a mapping produces for patients, contacts and leads."""

    vendor_id: str
    full_name: str = ""
    given_name: str = ""
    family_name: str = ""
    preferred_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    phones: tuple[str, ...] = ()
    """E.164."""
    emails: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other ids this vendor says are the same person (merges)."""
    language: str = ""
    address_state: str = ""
    zone: str = ""
    guardian_phone: str = ""
    is_patient: bool = False
    """A patient record of a booking tool: two of these are never merged by us."""
    flags: tuple[PersonFlag, ...] = ()
    tags: tuple[str, ...] = ()
    owner: str = ""
    location: str = ""
    created_at: Instant | None = None
    updated_at: Instant | None = None
    consents: tuple["ConsentClaim", ...] = ()
    opted_out: tuple[str, ...] = ()
    """Channels the vendor's own flags say are off (R34: an opt-out anywhere wins)."""


class ConsentClaim(Noun):
    """A consent as a vendor record claims it; `resolve` turns it into evidence on a contact point (C4)."""

    contact: str
    category: str
    kind: str
    wording: str = ""
    form_version: str = ""
    given_at: Instant | None = None
    source: str = ""


class Person(Noun):
    """A person as we know them, joined from the records that `resolve` linked."""

    person_id: PersonId
    household_id: HouseholdId | None = None
    first_name: str = ""
    """Greeting name that passed R7, or empty."""
    display_name: str = ""
    birth_date: date | None = None
    language: str = ""
    address_state: str = ""
    zone: str = ""
    flags: tuple[PersonFlag, ...] = ()
    contact_points: tuple[ContactPoint, ...] = ()


class Household(Noun):
    """Persons who share a contact point and were not merged."""

    household_id: HouseholdId
    members: tuple[PersonId, ...] = Field(min_length=2)
    contact_point_id: ContactPointId


PersonRecord.model_rebuild()
