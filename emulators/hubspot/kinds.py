"""The object types, with what differs between them."""

from dataclasses import dataclass

STAMPS = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")


@dataclass(frozen=True, slots=True)
class Kind:
    """One object type. `modified` is the property a change moves: the wrong name finds nothing, without an error."""

    type_id: str
    name: str
    singular: str
    scope: str
    required: tuple[str, ...] = ()
    defaults: tuple[str, ...] = STAMPS
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    unique: tuple[str, ...] = ()


CONTACTS = Kind(
    "0-1", "contacts", "contact", "contacts", created="createdate", modified="lastmodifieddate", unique=("email",),
    defaults=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
)  # fmt: skip

# Scopes as the v3 specification of each object says: activities ride on contacts.
KINDS = (
    CONTACTS,
    Kind("0-136", "leads", "lead", "leads", required=("hs_lead_name",)),
    Kind("0-421", "appointments", "appointment", "appointments"),
    Kind("0-162", "services", "service", "services"),
    Kind("0-47", "meetings", "meeting", "contacts", required=("hs_timestamp",)),
    Kind("0-27", "tasks", "task", "contacts", required=("hs_timestamp",)),
    Kind("0-46", "notes", "note", "contacts", required=("hs_timestamp",)),
    Kind("0-48", "calls", "call", "contacts", required=("hs_timestamp",)),
    Kind("0-49", "emails", "email", "contacts", required=("hs_timestamp",)),
    Kind("0-18", "communications", "communication", "contacts", required=("hs_timestamp",)),
)

BY_NAME = {name: kind for kind in KINDS for name in (kind.type_id, kind.name, kind.singular)}

MAILS_SCOPE = "communication_preferences.read_write"
SCOPES = frozenset(
    {
        MAILS_SCOPE,
        *(
            f"crm.{what}.{name}.{right}"
            for what in ("objects", "schemas")
            for name in ("contacts", "leads", "appointments", "services", "owners")
            for right in ("read", "write")
        ),
    }
) - {"crm.objects.owners.write", "crm.schemas.owners.read", "crm.schemas.owners.write"}

# Written and read as instants: epoch milliseconds or ISO 8601 in, ISO 8601 with milliseconds out.
INSTANTS = frozenset(
    {
        "createdate",
        "lastmodifieddate",
        "hs_createdate",
        "hs_lastmodifieddate",
        "hs_timestamp",
        "hs_meeting_start_time",
        "hs_meeting_end_time",
        "hs_appointment_start",
        "hs_appointment_end",
        "hs_task_completion_date",
        "closedate",
        "notes_last_contacted",
    }
)

# Standard properties that do not begin with `hs_`; anything else has to be defined first.
STANDARD = frozenset(
    {
        *("email", "firstname", "lastname", "phone", "mobilephone", "work_email", "salutation", "jobtitle", "company"),
        *("address", "city", "state", "zip", "country", "website", "fax", "message", "date_of_birth", "gender"),
        *("preferred_language", "lifecyclestage", "hubspot_owner_id", "hubspot_owner_assigneddate", "createdate"),
        *("lastmodifieddate", "closedate", "num_notes", "notes_last_contacted", "notes_last_updated", "dealname"),
    }
)

CHOICES: dict[str, frozenset[str]] = {
    "hs_communication_channel_type": frozenset({"SMS", "WHATS_APP", "LINKEDIN_MESSAGE"}),
    "hs_communication_logged_from": frozenset({"CRM"}),
    "hs_task_status": frozenset({"NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"}),
    "hs_task_priority": frozenset({"NONE", "LOW", "MEDIUM", "HIGH"}),
    "hs_task_type": frozenset({"EMAIL", "CALL", "TODO"}),
    "hs_call_direction": frozenset({"INBOUND", "OUTBOUND"}),
}

# The default association types between two kinds; from public enumerations, the reverse of leads unverified.
ASSOCIATION_TYPES: dict[tuple[str, str], int] = {
    ("leads", "contacts"): 578,
    ("contacts", "leads"): 579,
    ("appointments", "contacts"): 906,
    ("contacts", "appointments"): 907,
    ("meetings", "contacts"): 200,
    ("contacts", "meetings"): 199,
    ("tasks", "contacts"): 204,
    ("contacts", "tasks"): 203,
    ("notes", "contacts"): 202,
    ("contacts", "notes"): 201,
    ("calls", "contacts"): 194,
    ("contacts", "calls"): 193,
    ("emails", "contacts"): 198,
    ("contacts", "emails"): 197,
    ("communications", "contacts"): 81,
    ("contacts", "communications"): 82,
    ("leads", "tasks"): 646,
    ("leads", "calls"): 596,
    ("leads", "communications"): 602,
    ("leads", "meetings"): 600,
    ("leads", "notes"): 854,
}

# Further types that lead to a kind: a lead's plain contact, beside its primary one (578).
FURTHER_TYPES = {("leads", 608): "contacts"}
LEADS_TO = {(one, type_id): other for (one, other), type_id in ASSOCIATION_TYPES.items()} | FURTHER_TYPES


def kind_called(name: str) -> Kind | None:
    """A kind by its id, plural or singular, whatever its case."""
    return BY_NAME.get(name.lower())
