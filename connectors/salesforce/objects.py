"""The objects we read, in one table: their names and what we ask of them.

A field may be missing in an org or hidden from our user, and one unknown name fails the whole query: `pull` finds out which
are there. Nothing is asked for that nobody here uses.
"""

from dataclasses import dataclass
from typing import Final

from connectors.kit.access import Access

KEY: Final = "Glowline_Id__c"
"""The external-id field that carries our own id, where the settings do not name another (`key_field`)."""
TAGS: Final = "Glowline_Tags__c"
"""The field in which the desk writes control words (R60)."""
STAMP: Final = "SystemModstamp"
"""Moves with every change, also those of processes that leave LastModifiedDate alone."""
LOGGED: Final = "log:"
"""Begins our id of a logged copy, so that a copy is never taken for a task that somebody did."""
MAILED: Final = frozenset({"Email", "ListEmail"})
"""Subtypes of tasks that mail programs file by themselves: a newsletter that went out is nobody who called (R56)."""
NEEDED: Final = ("Id", "IsDeleted", STAMP)


@dataclass(frozen=True, slots=True)
class Kind:
    """One stream of records. `fields` are what we ask for by ourselves; the settings may add to them."""

    stream: str
    object_type: str
    fields: tuple[str, ...]
    only: tuple[str, ...] = ()
    """What else must hold, in SOQL; of fields that never change in a record's life."""
    keyed: bool = False
    """Whether we write records of this object, which then carry our id."""
    starts: str = ""
    """The field without which it is nothing yet, or no more: an appointment that was taken out of the calendar stays a record."""


_DATES: Final = ("CreatedDate", "LastModifiedDate", STAMP)
_LEAD: Final = ("Id", "IsDeleted", "FirstName", "LastName", "Email", "Phone", "MobilePhone", "Status", "OwnerId")
_CONVERSION: Final = ("IsConverted", "ConvertedContactId")

LEADS: Final = Kind(
    "leads", "Lead", (*_LEAD, *_CONVERSION, "LeadSource", "Description", "CreatedDate", STAMP), keyed=True
)
PROSPECTS: Final = Kind(
    "prospects",
    "Lead",
    (*_LEAD, *_CONVERSION, "State", "HasOptedOutOfEmail", "DoNotCall", TAGS, *_DATES),
)
CONTACTS: Final = Kind(
    "contacts",
    "Contact",
    (
        *("Id", "IsDeleted", "FirstName", "LastName", "Email", "Phone", "MobilePhone", "HomePhone", "OtherPhone"),
        *("Birthdate", "MailingState", "HasOptedOutOfEmail", "DoNotCall", "OwnerId", TAGS, *_DATES),
    ),
)
PERSON_ACCOUNTS: Final = Kind(
    "person_accounts",
    "Account",
    (
        *("Id", "IsDeleted", "PersonContactId", "FirstName", "LastName", "PersonEmail", "Phone", "PersonMobilePhone"),
        *("PersonHomePhone", "PersonOtherPhone", "PersonBirthdate", "PersonMailingState"),
        *("PersonHasOptedOutOfEmail", "PersonDoNotCall", "OwnerId", TAGS.replace("__c", "__pc"), *_DATES),
    ),
    only=("IsPersonAccount = true",),
)
SERVICE_APPOINTMENTS: Final = Kind(
    "service_appointments",
    "ServiceAppointment",
    (
        *("Id", "IsDeleted", "AppointmentNumber", "ContactId", "AccountId", "ParentRecordId", "Status"),
        *("StatusCategory", "SchedStartTime", "SchedEndTime", "ActualStartTime", "ActualEndTime"),
        *("ServiceTerritory.Name", "WorkType.Name", *_DATES),
    ),
    starts="SchedStartTime",
)
EVENTS: Final = Kind(
    "events",
    "Event",
    (
        *("Id", "IsDeleted", "WhoId", "AccountId", "Subject", "Type", "StartDateTime", "EndDateTime"),
        *("IsAllDayEvent", "Owner.Name", *_DATES),
    ),
    only=("IsChild = false", "IsRecurrence = false"),
)
TASKS: Final = Kind(
    "tasks",
    "Task",
    (
        *("Id", "IsDeleted", "WhoId", "WhatId", "Status", "IsClosed", "TaskSubtype", "CompletedDateTime"),
        *("OwnerId", *_DATES),
    ),
    only=("IsRecurrence = false",),
    keyed=True,
)
KINDS: Final = {
    kind.stream: kind for kind in (LEADS, PROSPECTS, CONTACTS, PERSON_ACCOUNTS, SERVICE_APPOINTMENTS, EVENTS, TASKS)
}
"""Stream → what it is. Texts of tasks and appointments are not asked for: nobody here reads them."""
_SAYS_NO: Final = frozenset({"Lead", "Contact", "Account"})
_OF_OUR_OWN: Final = {CONTACTS.stream: "IsPersonAccount = false"}
"""In an org with person accounts each of them has a contact of its own, which is the same person."""


def key_field(access: Access) -> str:
    """The field that carries our id; empty where the org has none, and then nothing is written there."""
    return access.setting("key_field", KEY)


def no_texts_field(access: Access, kind: Kind) -> str:
    """The checkbox in which this org says no to texts, if the settings name one: Salesforce has none of its own.

    A custom field of the contact is called `__pc` on a person account.
    """
    if kind.object_type not in _SAYS_NO:
        return ""
    named = access.setting("no_texts_field")
    mirrored = named.removesuffix("__c") + "__pc" if kind is PERSON_ACCOUNTS and named.endswith("__c") else named
    return access.setting(f"{kind.stream}.no_texts_field", mirrored)


def fields_of(access: Access, kind: Kind) -> tuple[str, ...]:
    """What to ask for: ours, our key, what selects, and what the practice's own mapping needs (`contacts.fields`)."""
    more = access.setting(f"{kind.stream}.fields").replace(",", " ").split()
    more += [no_texts_field(access, kind)] if kind is not LEADS and no_texts_field(access, kind) else []
    key = (key_field(access),) if kind.keyed and key_field(access) else ()
    return tuple(dict.fromkeys((*kind.fields, *key, *(name for name, _ in selected(access, kind)), *more)))


def only_of(access: Access, kind: Kind) -> tuple[str, ...]:
    """What must hold of a record besides what the connection selects."""
    apart = _OF_OUR_OWN.get(kind.stream)
    return (*kind.only, apart) if apart and PERSON_ACCOUNTS.stream in access.connection.streams else kind.only


def selected(access: Access, kind: Kind) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Which records of a shared org are ours: field and the values that say so; all of them must hold.

    A name with a stream before it (`events.Type`) counts for that stream only.
    """
    named = [(name.rpartition("."), values) for name, values in access.connection.select.items()]
    return tuple(
        (name, tuple(value.strip() for value in values.split(",") if value.strip()))
        for (stream, _, name), values in named
        if stream in {"", kind.stream}
    )
