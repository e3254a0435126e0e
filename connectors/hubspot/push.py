"""Into HubSpot: the lead, a task for somebody, a copy of what was said. Nothing here reaches a patient.

Each command writes one record that carries our id in a property with unique values: doing it again finds it there.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from canonical.actions import CreateTask, LogCommunication, UpsertLead
from canonical.delivery import Claimed, SendResult
from canonical.practice import Channel
from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.hubspot import client
from connectors.hubspot.asking import Writing
from connectors.hubspot.batches import id_of
from connectors.hubspot.objects import CONTACTS, key_property, lead_stages, source_property
from connectors.hubspot.opt_outs import write_opt_out
from connectors.hubspot.rows import Row, rows_of
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.moments import milliseconds

ASSOCIATED: Final[Mapping[str, int]] = {"tasks": 204, "communications": 81, "notes": 202}
"""Object → the type of its association with a contact (hubspot-api-client and HubSpot's documentation, 2026-11)."""
MARK: Final = "Sent automatically."
"""P23: so that nobody says it again."""
UNKNOWN_PERSON: Final = timedelta(minutes=15)
"""Until a contact we have just written comes back by a pull, nothing can be put beside it."""

Properties = dict[str, str]


def upsert_lead(access: Access, claimed: Claimed) -> SendResult:
    """The person as a contact. One who is there already is filled in, never written over."""
    asked = payload_of(claimed, UpsertLead)
    writing = Writing(access, "upsert_lead", claimed.attempt_id)
    lead = _lead(writing, asked)
    try:
        return _upserted(writing, asked.external_id, lead)
    except Refused as refused:
        if refused.reason is not RefusalReason.CONFLICT:
            raise
        known = client.existing_id(refused.where.vendor_code)
    # Somebody holds that mail address. Nothing was written, so this attempt may still write once.
    there = _contact(writing, known) if known else _contact(writing, lead.get("email", ""), "email")
    return _filled_in(writing, lead, there) if there else _not_there(writing)


def _lead(writing: Writing, asked: UpsertLead) -> Properties:
    access, key = writing.access, _key(writing)
    found = {
        key: asked.external_id,
        "firstname": asked.given_name.get_secret_value(),
        "lastname": asked.family_name.get_secret_value(),
        "email": asked.email.get_secret_value(),
        "phone": asked.phone.get_secret_value(),
        "lifecyclestage": lead_stages(access)[0],
        source_property(access): asked.source,
        access.setting("asked_for_property"): asked.asked_for.get_secret_value(),
    }
    return {name: value for name, value in found.items() if name and value}


def _upserted(writing: Writing, external_id: str, lead: Properties) -> SendResult:
    item = {"idProperty": _key(writing), "id": external_id, "properties": lead}
    return SendResult(vendor_id=id_of(writing, writing.upsert(CONTACTS.object_type, item)), status="written")


def _filled_in(writing: Writing, lead: Properties, there: Row) -> SendResult:
    """What the contact lacks. A name, a stage or an earlier inquiry's id that stands there stays."""
    missing = {name: value for name, value in lead.items() if not there.properties.get(name)}
    if missing:
        id_of(writing, writing.update(CONTACTS.object_type, {"id": there.id, "properties": missing}))
    return SendResult(vendor_id=there.id, status="existing")


def _contact(writing: Writing, value: str, by: str = "") -> Row | None:
    """A contact by id or mail address, straight from the record and not from the index."""
    access = writing.access
    reading = writing.looking()
    named = {name for name in (_key(writing), source_property(access)) if name}
    wanted = ("firstname", "lastname", "email", "phone", "lifecyclestage", access.setting("asked_for_property"), *named)
    answer = reading.by_ids(CONTACTS.object_type, [value], [name for name in wanted if name], by)
    return next(iter(rows_of(answer.body, CONTACTS, reading.where, "contact").rows), None)


def _not_there(writing: Writing) -> SendResult:
    raise TryLater(writing.where, "the contact that holds the address is not shown yet.")


def create_task(access: Access, claimed: Claimed) -> SendResult:
    """A task in the desk's list, beside its contact where we know one."""
    asked = payload_of(claimed, CreateTask)
    properties = {
        "hs_timestamp": str(milliseconds(asked.due_at)),
        "hs_task_subject": asked.title,
        "hs_task_body": asked.body.get_secret_value(),
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH" if asked.urgent else "MEDIUM",
        "hs_task_type": "TODO",
        "hubspot_owner_id": asked.owner or access.setting("task_owner"),
    }
    writing = Writing(access, "create_task", claimed.attempt_id)
    return _created(writing, "tasks", asked.external_id, properties, asked.person_vendor_id)


def log_communication(access: Access, claimed: Claimed) -> SendResult:
    """A copy of what was sent, beside its contact. HubSpot logs texts as communications, and the rest here as notes.

    Raises:
        TryLater: HubSpot does not know the person yet. Else as `Send`.
    """
    asked = payload_of(claimed, LogCommunication)
    writing = Writing(access, "log_communication", claimed.attempt_id)
    if not asked.person_vendor_id:
        raise TryLater(writing.where, "the person is no contact there yet.", after=UNKNOWN_PERSON)
    text, at = f"{MARK}\n\n{asked.body.get_secret_value()}", str(milliseconds(asked.at))
    if asked.channel is not Channel.SMS:
        note = {"hs_timestamp": at, "hs_note_body": text}
        return _created(writing, "notes", asked.external_id, note, asked.person_vendor_id)
    message = {
        "hs_timestamp": at,
        "hs_communication_channel_type": "SMS",
        "hs_communication_logged_from": "CRM",
        "hs_communication_body": text,
    }
    return _created(writing, "communications", asked.external_id, message, asked.person_vendor_id)


def _created(
    writing: Writing, object_type: str, external_id: str, properties: Properties, contact_id: str
) -> SendResult:
    """A new record; one that carries our id already is ours from an earlier attempt."""
    item: dict[str, object] = {
        "properties": {name: value for name, value in properties.items() if value} | {_key(writing): external_id},
        "associations": [_association(object_type, contact_id)] if contact_id else [],
    }
    try:
        return SendResult(vendor_id=id_of(writing, writing.create(object_type, item)), status="written")
    except Refused as refused:
        known = client.existing_id(refused.where.vendor_code)
        if known is None:
            raise
    return SendResult(vendor_id=known or _ours(writing, object_type, external_id), status="existing")


def _ours(writing: Writing, object_type: str, external_id: str) -> str:
    """The id of the record that carries ours, where the refusal did not name it."""
    reading = writing.looking()
    page = rows_of(
        reading.by_ids(object_type, [external_id], [], _key(writing)).body, CONTACTS, reading.where, object_type
    )
    if not page.rows:
        raise TryLater(reading.where, "the record that carries our id is not shown yet.")
    return page.rows[0].id


def _association(object_type: str, contact_id: str) -> dict[str, object]:
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": ASSOCIATED[object_type]}
    return {"to": {"id": contact_id}, "types": [kind]}


def _key(writing: Writing) -> str:
    """Without a property for our id, repeating a command would do it twice."""
    name = key_property(writing.access)
    if not name:
        which = "README, Credentials, says which."
        raise NeedsOperator(writing.where, "the connection names no key_property.", next_step=which)
    return name


COMMANDS: Final[dict[str, Send]] = {
    "upsert_lead": upsert_lead,
    "create_task": create_task,
    "log_communication": log_communication,
    "write_opt_out": write_opt_out,
}
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""None is needed: a command that may have been carried out is repeated, and finds itself."""
