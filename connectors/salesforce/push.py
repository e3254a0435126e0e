"""Into Salesforce: the lead, a task for somebody, a copy of what was said, a yes, an opt-out. Nothing reaches a patient.

Leads, tasks and copies carry our id in an external-id field: doing it again finds it there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from canonical.actions import CreateTask, LogCommunication, UpsertLead
from canonical.delivery import Claimed, SendResult
from canonical.practice import Channel
from canonical.problems import NeedsOperator, Refused, TryLater
from canonical.write_backs import ConfirmAppointment
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.salesforce import client
from connectors.salesforce.answers import refusal, understood, written
from connectors.salesforce.asking import Writing
from connectors.salesforce.known import Known, existing, followed
from connectors.salesforce.objects import LOGGED, key_field
from connectors.salesforce.opt_outs import write_opt_out
from connectors.salesforce.wire import Composite

MARK: Final = "Sent automatically."
"""P23: so that nobody says it again."""
NOT_SAID: Final = "[not provided]"
"""What Salesforce itself writes where a lead must have a name or a company and has none."""
UNKNOWN_PERSON: Final = timedelta(minutes=15)
"""Until a lead we have just written comes back by a pull, nothing can be put beside it."""
APPOINTMENT, EVENT = "08p", "00U"
"""How ids of service appointments and of events begin."""
_ACCOUNT: Final = "001"

Fields = dict[str, object]


def upsert_lead(access: Access, claimed: Claimed) -> SendResult:
    """The person as a lead. One who is there already is filled in, never written over; a converted lead is followed."""
    asked = payload_of(claimed, UpsertLead)
    writing = Writing(access, "upsert_lead", claimed.attempt_id)
    lead = _lead(access, asked)
    try:
        return _upserted(writing, "Lead", asked.external_id, lead)
    except Refused as refused:
        code = refused.where.vendor_code
        if code == client.CONVERTED:
            return SendResult(vendor_id=followed(writing, asked.external_id), status="converted")
        if code.partition(" ")[0] not in client.DUPLICATES:
            raise
        # Nothing was written, so this attempt may still write once.
        there = existing(writing, code.partition(" ")[2], asked.email.get_secret_value(), tuple(lead))
        if there is None:
            raise
    return _filled_in(writing, lead, there)


def _lead(access: Access, asked: UpsertLead) -> Fields:
    family, given = asked.family_name.get_secret_value(), asked.given_name.get_secret_value()
    found = {
        "FirstName": given if family else "",
        "LastName": family or given or NOT_SAID,
        "Company": access.setting("lead_company", NOT_SAID),
        "Email": asked.email.get_secret_value(),
        "Phone": asked.phone.get_secret_value(),
        access.setting("source_field", "LeadSource"): asked.source,
        access.setting("asked_for_field"): asked.asked_for.get_secret_value(),
    }
    return {name: value for name, value in found.items() if name and value}


def _filled_in(writing: Writing, lead: Fields, there: Known) -> SendResult:
    """What the record lacks. A name, a source or an earlier inquiry's id that stands there stays."""
    missing = {name: value for name, value in lead.items() if name in there.fields and not there.fields[name]}
    if missing:
        written(writing, writing.update(there.object_type, {"id": there.id, **missing}))
    return SendResult(vendor_id=there.id, status="existing")


def create_task(access: Access, claimed: Claimed) -> SendResult:
    """A task in the desk's list, beside its person where we know one."""
    asked = payload_of(claimed, CreateTask)
    writing = Writing(access, "create_task", claimed.attempt_id)
    task: Fields = {
        "Subject": asked.title,
        "Description": asked.body.get_secret_value(),
        "ActivityDate": _day(access, asked.due_at),
        "ReminderDateTime": _instant(asked.due_at),
        "IsReminderSet": True,
        "Status": access.setting("open_status", "Not Started"),
        "Priority": "High" if asked.urgent else "Normal",
        "OwnerId": asked.owner or access.setting("task_owner"),
    }
    return _beside(writing, asked.external_id, task, asked.person_vendor_id)


def log_communication(access: Access, claimed: Claimed) -> SendResult:
    """A copy of what was sent: a task that is done, beside its person.

    Raises:
        TryLater: Salesforce does not know the person yet. Else as `Send`.
    """
    asked = payload_of(claimed, LogCommunication)
    writing = Writing(access, "log_communication", claimed.attempt_id)
    if not asked.person_vendor_id:
        raise TryLater(writing.where, "the person is no record there yet.", after=UNKNOWN_PERSON)
    copy: Fields = {
        "Subject": "Text message" if asked.channel is Channel.SMS else "Message",
        "Description": f"{MARK}\n\n{asked.body.get_secret_value()}",
        "ActivityDate": _day(access, asked.at),
        "Status": access.setting("done_status", "Completed"),
        "OwnerId": access.setting("task_owner"),
    }
    return _beside(writing, f"{LOGGED}{asked.external_id}", copy, asked.person_vendor_id)


def _beside(writing: Writing, external_id: str, task: Fields, person: str) -> SendResult:
    """A task beside a lead, a contact or a person account. A lead that was converted meanwhile is followed, once."""
    try:
        return _upserted(writing, "Task", external_id, task | _whose(person))
    except Refused as refused:
        if refused.where.vendor_code != client.CONVERTED:
            raise
    return _upserted(writing, "Task", external_id, task | _whose(followed(writing, person, by_id=True)))


def _whose(person: str) -> Fields:
    return {"WhatId" if person.startswith(_ACCOUNT) else "WhoId": person} if person else {}


def confirm_appointment(access: Access, claimed: Claimed) -> SendResult:
    """The person's yes, where the appointment stands; one that was changed after it is left as it is.

    Raises:
        NeedsOperator: the settings name no field for it. Refused: it was changed since. Else as `Send`.
    """
    asked = payload_of(claimed, ConfirmAppointment)
    writing = Writing(access, "confirm_appointment", claimed.attempt_id)
    object_type, field, value = _confirmation(writing, asked.appointment_vendor_id)
    answer = writing.conditional(object_type, asked.appointment_vendor_id, {field: value}, asked.at)
    part = understood(writing, answer, Composite).parts[0]
    if not 200 <= part.status < 300:  # noqa: PLR2004 - success, as HTTP defines it
        errors = part.body if isinstance(part.body, list) and part.body else [{}]
        raise refusal(writing, part.status, errors[0])
    return SendResult(vendor_id=asked.appointment_vendor_id, status="written")


def _confirmation(writing: Writing, appointment: str) -> tuple[str, str, object]:
    """Object, field and value of a yes: of a service appointment its status, of an event whatever the settings name."""
    if appointment.startswith(APPOINTMENT):
        return "ServiceAppointment", "Status", writing.access.setting("confirmed_status", "Confirmed")
    field, _, value = writing.access.setting("event_confirmed").partition("=")
    if not (appointment.startswith(EVENT) and field and value):
        raise NeedsOperator(
            writing.where,
            "the connection does not say how an event is marked as confirmed.",
            next_step="Write `event_confirmed: Field__c=value` into its settings.",
        )
    return "Event", field.strip(), {"true": True, "false": False}.get(value.strip().lower(), value.strip())


def _upserted(writing: Writing, object_type: str, external_id: str, fields: Mapping[str, object]) -> SendResult:
    key = _key(writing)
    said = {name: value for name, value in fields.items() if value not in ("", None)}
    row = written(writing, writing.upsert(object_type, key, {key: external_id, **said}))
    return SendResult(vendor_id=row.id or "", status="existing" if row.created is False else "written")


def _key(writing: Writing) -> str:
    """Without a field for our id, repeating a command would do it twice."""
    name = key_field(writing.access)
    if not name:
        raise NeedsOperator(
            writing.where, "the connection names no key_field.", next_step="README, Credentials, says which."
        )
    return name


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"


def _day(access: Access, moment: datetime) -> str:
    """The day on which it is due, by the practice's own clock: a task has a date and no time."""
    name = access.setting("time_zone", "UTC")
    try:
        return moment.astimezone(ZoneInfo(name)).date().isoformat()
    except (ZoneInfoNotFoundError, ValueError):
        problem = NeedsOperator(
            access.where("settings"), "time_zone is no time zone.", next_step="Write one such as America/New_York."
        )
    raise problem


COMMANDS: Final[dict[str, Send]] = {
    "upsert_lead": upsert_lead,
    "create_task": create_task,
    "log_communication": log_communication,
    "confirm_appointment": confirm_appointment,
    "write_opt_out": write_opt_out,
}
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""None is needed: a command that may have been carried out is repeated, and finds itself."""
