"""The object types we read, in one table: their names, the property that moves when they change, and what we ask for.

Contacts move `lastmodifieddate`, every other object `hs_lastmodifieddate`; the wrong one finds nothing and says nothing.
"""

from dataclasses import dataclass
from typing import Final

from connectors.kit.access import Access

KEY: Final = "glowline_id"
"""The property with unique values that carries our own id, where the settings do not name another (`key_property`)."""
SOURCE: Final = "glowline_source"
"""The property that says how somebody asked, where the settings do not name another (`source_property`)."""
TAGS: Final = "glowline_tags"
"""The property in which the desk writes control words (R60)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One stream of records. `properties` are what we ask for by ourselves; the settings may add to them."""

    stream: str
    object_type: str
    properties: tuple[str, ...]
    modified: str = "hs_lastmodifieddate"
    about_contacts: bool = True
    """Whether the record says whom it is about by an association, which moves no date of its own."""
    with_contact: bool = False
    """Whether the contact's own record is read along: a lead has no phone number."""


_CONTACT: Final = (
    *("firstname", "lastname", "email", "hs_additional_emails", "work_email", "phone", "mobilephone"),
    *("date_of_birth", "hs_language", "state", "lifecyclestage", "hs_lead_status", "hubspot_owner_id"),
    *("hs_email_optout", "hs_merged_object_ids", "hs_object_source", TAGS, "createdate", "lastmodifieddate"),
)
_INQUIRY: Final = ("message", "hs_analytics_source", "hs_lifecyclestage_lead_date")

CONTACTS: Final = Kind("contacts", "contacts", _CONTACT, modified="lastmodifieddate", about_contacts=False)
NEW_LEADS: Final = Kind(
    "new_leads", "contacts", (*_CONTACT, *_INQUIRY), modified="lastmodifieddate", about_contacts=False
)
LEADS: Final = Kind(
    "leads",
    "leads",
    (
        *("hs_lead_name", "hs_lead_type", "hs_lead_label", "hs_lead_source", "hs_pipeline_stage"),
        *("hubspot_owner_id", "hs_createdate", "hs_lastmodifieddate"),
    ),
    with_contact=True,
)
MEETINGS: Final = Kind(
    "meetings",
    "meetings",
    (
        *(
            "hs_meeting_start_time",
            "hs_meeting_end_time",
            "hs_meeting_outcome",
            "hs_meeting_source",
            "hs_activity_type",
        ),
        *("hs_meeting_location", "hubspot_owner_id", "hs_createdate", "hs_lastmodifieddate"),
    ),
)
APPOINTMENTS: Final = Kind(
    "appointments",
    "0-421",
    (
        *("hs_appointment_name", "hs_appointment_start", "hs_appointment_end", "hs_appointment_status"),
        *("hubspot_owner_id", "hs_createdate", "hs_lastmodifieddate"),
    ),
)
TASKS: Final = Kind(
    "tasks",
    "tasks",
    (
        *("hs_task_status", "hs_task_type", "hs_timestamp", "hs_task_completion_date"),
        *("hubspot_owner_id", "hs_createdate", "hs_lastmodifieddate"),
    ),
)
CALLS: Final = Kind(
    "calls",
    "calls",
    (
        *("hs_call_direction", "hs_call_status", "hs_call_disposition", "hs_timestamp"),
        *("hubspot_owner_id", "hs_createdate", "hs_lastmodifieddate"),
    ),
)
KINDS: Final = {kind.stream: kind for kind in (CONTACTS, NEW_LEADS, LEADS, MEETINGS, APPOINTMENTS, TASKS, CALLS)}
"""Stream → what it is. Texts of tasks, meetings and calls are not asked for: nobody here reads them."""


def key_property(access: Access) -> str:
    """The property that carries our id; empty where the portal has none, and then nothing is written there."""
    return access.setting("key_property", KEY)


def source_property(access: Access) -> str:
    """The property that says how somebody asked; empty where it shall not be written."""
    return access.setting("source_property", SOURCE)


def no_texts_property(access: Access) -> str:
    """The contacts' checkbox by which this portal says no to texts, if the settings name one: HubSpot has none of its own."""
    return access.setting("no_texts_property")


def business_unit(access: Access) -> str:
    """The brand's number in HubSpot, where a portal holds several; empty means all mails of the portal."""
    return access.setting("business_unit")


def properties_of(access: Access, kind: Kind) -> tuple[str, ...]:
    """What to ask for: ours, our key, what selects, and what the practice's own mapping needs (`contacts.properties`)."""
    more = access.setting(f"{kind.stream}.properties").replace(",", " ").split()
    key = (key_property(access),) if key_property(access) else ()
    if kind.object_type == CONTACTS.object_type:
        more += [*access.connection.select, *filter(None, [no_texts_property(access)])]
    return tuple(dict.fromkeys((*kind.properties, *key, *more)))


def selected(access: Access) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Which contacts of a shared portal are ours: property and the values that say so; all of them must hold."""
    return tuple(
        (name, tuple(value.strip() for value in values.split(",") if value.strip()))
        for name, values in access.connection.select.items()
    )


def lead_stages(access: Access) -> tuple[str, ...]:
    """The lifecycle stages at which a contact counts as somebody who has just asked."""
    return tuple(access.setting("lead_stages", "lead").replace(",", " ").split())
