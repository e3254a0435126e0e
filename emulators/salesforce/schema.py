"""The objects of an org and their fields, as far as anybody here asks for them."""

from dataclasses import dataclass, field
from typing import Literal

Type = Literal[
    "id", "string", "email", "phone", "boolean", "datetime", "date", "reference", "picklist", "textarea", "double"
]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object. `refers`: the objects its id may lead to."""

    name: str
    type: Type = "string"
    required: bool = False
    relation: str = ""
    refers: tuple[str, ...] = ()
    external_id: bool = False
    unique: bool = False
    updateable: bool = True
    values: tuple[str, ...] = ()
    """The words of a restricted picklist; empty: any."""
    default: object = None


@dataclass(slots=True)
class Sobject:
    """An object."""

    name: str
    prefix: str
    fields: dict[str, Field] = field(default_factory=dict)

    def find(self, name: str) -> Field | None:
        """A field by name; Salesforce does not mind capitals."""
        return self.fields.get(name) or next((f for n, f in self.fields.items() if n.lower() == name.lower()), None)


STANDARD = (
    Field("Id", "id", updateable=False),
    Field("IsDeleted", "boolean", updateable=False, default=False),
    Field("CreatedDate", "datetime", updateable=False),
    Field("CreatedById", "reference", relation="CreatedBy", refers=("User",), updateable=False),
    Field("LastModifiedDate", "datetime", updateable=False),
    Field("LastModifiedById", "reference", relation="LastModifiedBy", refers=("User",), updateable=False),
    Field("SystemModstamp", "datetime", updateable=False),
)
_PERSON = ("FirstName", "Salutation", "Title", "Department")
_PHONES = ("Phone", "MobilePhone", "HomePhone", "OtherPhone", "Fax")
_PERSONS = (
    *(Field(f"Person{name}", "phone") for name in ("MobilePhone", "HomePhone", "OtherPhone")),
    Field("PersonEmail", "email"),
    Field("PersonBirthdate", "date"),
    Field("PersonMailingState"),
    Field("PersonHasOptedOutOfEmail", "boolean", default=False),
    Field("PersonDoNotCall", "boolean", default=False),
)


def _owner(*refers: str) -> Field:
    return Field("OwnerId", "reference", relation="Owner", refers=refers or ("User", "Group"))


def _who() -> tuple[Field, ...]:
    return (
        Field("WhoId", "reference", relation="Who", refers=("Lead", "Contact")),
        Field("WhatId", "reference", relation="What", refers=("Account", "ServiceAppointment")),
        Field("AccountId", "reference", relation="Account", refers=("Account",), updateable=False),
        Field("IsRecurrence", "boolean", default=False),
        Field("Subject"),
        Field("Description", "textarea"),
        Field("Type", "picklist"),
    )


def _made(name: str, prefix: str, *fields: Field) -> Sobject:
    return Sobject(name, prefix, {each.name: each for each in (*STANDARD, *fields)})


def _people() -> tuple[Sobject, ...]:
    phones = tuple(Field(name, "phone") for name in _PHONES)
    words = tuple(Field(name) for name in _PERSON)
    opted = (Field("HasOptedOutOfEmail", "boolean", default=False), Field("DoNotCall", "boolean", default=False))
    merged = Field("MasterRecordId", "reference", relation="MasterRecord", updateable=False)
    name = (Field("LastName", required=True), Field("Name", updateable=False), Field("Email", "email"))
    lead = _made(
        "Lead",
        "00Q",
        *(*name, *words, *phones, *opted, merged, _owner(), Field("Company", required=True)),
        *(Field("Street", "textarea"), Field("City"), Field("State"), Field("Description", "textarea")),
        *(Field("Status", "picklist", default="Open - Not Contacted"), Field("LeadSource", "picklist")),
        Field("IsConverted", "boolean", updateable=False, default=False),
        *(Field(f"Converted{what}Id", "reference", updateable=False) for what in ("Account", "Contact")),
    )
    contact = _made(
        "Contact",
        "003",
        *(*name, *words, *phones, *opted, merged, _owner("User"), Field("Birthdate", "date")),
        *(Field("MailingCity"), Field("MailingState"), Field("LeadSource", "picklist")),
        Field("AccountId", "reference", relation="Account", refers=("Account",)),
        Field("Description", "textarea"),
    )
    account = _made(
        "Account",
        "001",
        *(
            Field("Name", required=True),
            Field("Phone", "phone"),
            merged,
            _owner("User"),
            Field("Description", "textarea"),
        ),
        *(Field("AccountNumber"), Field("Type", "picklist")),
    )
    return lead, contact, account


def _work() -> tuple[Sobject, ...]:
    event = _made(
        "Event",
        "00U",
        *_who(),
        *(Field("StartDateTime", "datetime", required=True), Field("EndDateTime", "datetime"), Field("Location")),
        *(Field("IsAllDayEvent", "boolean", default=False), Field("IsChild", "boolean", default=False)),
        _owner("User", "Calendar"),
    )
    task = _made(
        "Task",
        "00T",
        *(*_who(), Field("Status", "picklist", default="Not Started"), Field("Priority", "picklist", default="Normal")),
        *(Field("ActivityDate", "date"), Field("IsClosed", "boolean", updateable=False, default=False)),
        *(Field("CompletedDateTime", "datetime", updateable=False), Field("TaskSubtype", "picklist", default="Task")),
        *(Field("ReminderDateTime", "datetime"), Field("IsReminderSet", "boolean", default=False), _owner()),
    )
    appointment = _made(
        "ServiceAppointment",
        "08p",
        *(Field("AppointmentNumber", updateable=False), Field("Subject"), Field("Description", "textarea"), _owner()),
        Field("ParentRecordId", "reference", relation="ParentRecord", refers=("Account", "Lead", "Contact")),
        Field("AccountId", "reference", relation="Account", refers=("Account",)),
        Field("ContactId", "reference", relation="Contact", refers=("Contact",)),
        Field("ServiceTerritoryId", "reference", relation="ServiceTerritory", refers=("ServiceTerritory",)),
        Field("WorkTypeId", "reference", relation="WorkType", refers=("WorkType",)),
        *(Field(f"{what}Time", "datetime") for what in ("SchedStart", "SchedEnd", "ActualStart", "ActualEnd")),
        Field("Status", "picklist", values=tuple(CATEGORIES), default="Scheduled"),
        *(Field("StatusCategory", "picklist", updateable=False), Field("CancellationReason", "picklist")),
    )
    return event, task, appointment


def _assignments() -> tuple[Sobject, ...]:
    assigned = _made(
        "AssignedResource",
        "03r",
        *(
            Field(f"{what}Id", "reference", required=True, relation=what, refers=(what,))
            for what in ("ServiceAppointment", "ServiceResource")
        ),
        *(Field(f"Is{what}Resource", "boolean", default=False) for what in ("Primary", "Required")),
    )
    resource = _made(
        "ServiceResource",
        "0Hn",
        *(Field("Name", required=True), Field("ResourceType", "picklist", values=tuple("TDCSAP"), default="T")),
        Field("IsActive", "boolean", default=True),
    )
    return assigned, resource


CATEGORIES = {
    "None": "None",
    "Scheduled": "Scheduled",
    "Confirmed": "Scheduled",
    "Dispatched": "Dispatched",
    "Checked In": "InProgress",
    "In Progress": "InProgress",
    "Completed": "Completed",
    "Canceled": "Canceled",
    "No Show": "CannotComplete",
    "Cannot Complete": "CannotComplete",
}
"""Status → the category it belongs to. The list is the org's own; the categories are Salesforce's."""


def _rest() -> tuple[Sobject, ...]:
    return (
        _made("User", "005", Field("Name"), Field("Username"), Field("Email", "email"), Field("IsActive", "boolean")),
        _made("ServiceTerritory", "0Hh", Field("Name", required=True)),
        _made("WorkType", "08q", Field("Name", required=True)),
        _made(
            "Organization",
            "00D",
            *(Field("Name"), Field("OrganizationType"), Field("TimeZoneSidKey"), Field("InstanceName")),
            Field("IsSandbox", "boolean"),
        ),
    )


def objects(*, person_accounts: bool) -> dict[str, Sobject]:
    """Every object of a fresh org."""
    made = {each.name: each for each in (*_people(), *_work(), *_assignments(), *_rest())}
    if person_accounts:
        more = (Field("IsPersonAccount", "boolean", updateable=False, default=False), *_PERSONS)
        contact_of = Field("PersonContactId", "reference", relation="PersonContact", updateable=False)
        names = (Field("FirstName"), Field("LastName"))
        made["Account"].fields |= {each.name: each for each in (*more, *names, contact_of)}
        made["Contact"].fields["IsPersonAccount"] = more[0]
    return made
