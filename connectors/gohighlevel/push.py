"""Texts and mails, leads, tasks and notes, how appointments stand, and do-not-disturb.

A message goes to a contact, not to a number: whoever is no contact yet becomes one first. Nothing here takes a request key,
so a send whose outcome is unknown is looked up in the export, and everything else finds its own id before it writes.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from html import escape
from typing import Any, Final

from canonical.actions import CreateTask, LogCommunication, SendEmail, SendSms, UpsertLead, WriteOptOut
from canonical.delivery import Claimed, SendResult
from canonical.problems import RefusalReason, Refused, TryLater
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import asking, segment, telling
from connectors.gohighlevel.looking import look_up
from connectors.gohighlevel.passes import pieces_of, row_of, stamp
from connectors.gohighlevel.people import Contact, by_address, everybody_with
from connectors.gohighlevel.standing import confirm_appointment, report_appointment
from connectors.gohighlevel.tags import remove_tag
from connectors.gohighlevel.wire import NoteAnswer, Sent, TaskAnswer, Updated, Upserted
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of

MARK: Final = "Sent automatically."
"""P23: so that nobody says it again."""
UNKNOWN_PERSON: Final = timedelta(minutes=15)
"""Until a contact we have just written comes back by a pull, nothing can be put beside it."""


def send_sms(access: Access, claimed: Claimed) -> SendResult:
    """One text. HighLevel has no request key: what is unknown afterwards is looked up, never repeated."""
    text = payload_of(claimed, SendSms)
    to = text.to.get_secret_value()
    return _sent(
        access,
        claimed,
        {
            "type": "SMS",
            "contactId": _recipient(access, claimed, to),
            "message": text.body.get_secret_value(),
            "fromNumber": text.sender,
            "toNumber": to,
        },
    )


def send_email(access: Access, claimed: Claimed) -> SendResult:
    """One mail. Our way to HighLevel is encrypted; how it goes on from there HighLevel does not say (README)."""
    mail = payload_of(claimed, SendEmail)
    to = mail.to.get_secret_value()
    return _sent(
        access,
        claimed,
        {
            "type": "Email",
            "contactId": _recipient(access, claimed, to),
            "emailFrom": f"{mail.sender_name} <{mail.sender}>" if mail.sender_name else mail.sender,
            "emailTo": to,
            "subject": mail.subject.get_secret_value(),
            "html": as_html(mail),
        },
    )


def as_html(mail: SendEmail) -> str:
    """The text as paragraphs; the way out below, since HighLevel has no place for the header."""
    paragraphs = mail.body.get_secret_value().strip().split("\n\n")
    written = "".join(f"<p>{escape(one).replace(chr(10), '<br>')}</p>" for one in paragraphs)
    out = f'<p><a href="{escape(mail.unsubscribe)}">Unsubscribe</a></p>' if mail.unsubscribe else ""
    return written + out


def _sent(access: Access, claimed: Claimed, body: Mapping[str, Any]) -> SendResult:
    request = telling(access, "/conversations/messages", body, client.TALK)
    sent = client.line(access).write_as(Sent, request, claimed.command.payload.kind, claimed.attempt_id)
    return SendResult(vendor_id=sent.message_id, status=sent.status)


def _recipient(access: Access, claimed: Claimed, address: str) -> str:
    """The contact behind a phone or mail address; a new one where nobody has it. Sends nothing."""
    capability = f"push.{claimed.command.payload.kind}.recipient"
    known = by_address(access, address, capability, claimed.attempt_id)
    if known is not None:
        return known.id
    body = {"locationId": client.location(access), "email" if "@" in address else "phone": address}
    return _made(access, claimed, body, lambda: by_address(access, address, capability, claimed.attempt_id))


def _made(access: Access, claimed: Claimed, body: Mapping[str, Any], look: Callable[[], Contact | None]) -> str:
    """A new contact's id. A 422 may have made it all the same (GoHighLevel/highlevel-api-docs issue 64), so it is looked for."""
    request = telling(access, "/contacts/upsert", body)
    try:
        return client.line(access).write_as(Upserted, request, "upsert_lead", claimed.attempt_id).contact.id
    except Refused:
        there = look()
        if there is None:
            raise
        return there.id


def upsert_lead(access: Access, claimed: Claimed) -> SendResult:
    """The person as a contact. One who is there already is filled in, never written over."""
    asked = payload_of(claimed, UpsertLead)
    lead = _lead(access, asked)
    there = _somebody(access, claimed, asked)
    if there is not None:
        return _filled_in(access, claimed, lead, there)
    body = {"locationId": client.location(access), **lead}
    made = _made(access, claimed, body, lambda: _somebody(access, claimed, asked))
    _tagged(access, claimed, made)
    return SendResult(vendor_id=made, status="written")


def _lead(access: Access, asked: UpsertLead) -> dict[str, Any]:
    plain = {
        "firstName": asked.given_name.get_secret_value(),
        "lastName": asked.family_name.get_secret_value(),
        "email": asked.email.get_secret_value(),
        "phone": asked.phone.get_secret_value(),
        "source": asked.source,
    }
    own = {"id_field": asked.external_id, "asked_for_field": asked.asked_for.get_secret_value()}
    fields = [
        {"id": access.setting(name), "field_value": value}
        for name, value in own.items()
        if access.setting(name) and value
    ]
    found: dict[str, Any] = {name: value for name, value in plain.items() if value}
    return found | ({"customFields": fields} if fields else {})


def _somebody(access: Access, claimed: Claimed, asked: UpsertLead) -> Contact | None:
    addresses = (asked.phone.get_secret_value(), asked.email.get_secret_value())
    found = (by_address(access, one, "push.upsert_lead.look_up", claimed.attempt_id) for one in addresses if one)
    return next((one for one in found if one is not None), None)


def _filled_in(access: Access, claimed: Claimed, lead: Mapping[str, Any], there: Contact) -> SendResult:
    """What the contact lacks. A name or an address that stands there stays."""
    has = {"firstName": there.first_name, "lastName": there.last_name, "email": there.email, "phone": there.phone}
    missing = {name: lead[name] for name, value in has.items() if not value and name in lead}
    missing |= {name: lead[name] for name in ("customFields",) if name in lead}
    if missing:
        request = telling(access, f"/contacts/{segment(there.id)}", missing, method="PUT")
        client.line(access).write_as(Updated, request, "upsert_lead", claimed.attempt_id)
    _tagged(access, claimed, there.id)
    return SendResult(vendor_id=there.id, status="existing")


def _tagged(access: Access, claimed: Claimed, contact_id: str) -> None:
    """The tags that the settings give a lead, added: the upsert's own `tags` would replace all that the contact has."""
    tags = [tag.strip() for tag in access.setting("lead_tags").split(",") if tag.strip()]
    if tags:
        request = telling(access, f"/contacts/{segment(contact_id)}/tags", {"tags": tags})
        client.line(access).write(request, "upsert_lead", claimed.attempt_id)


def create_task(access: Access, claimed: Claimed) -> SendResult:
    """A task beside its contact; HighLevel has no others, so those about nobody stand beside the contact of the settings."""
    asked = payload_of(claimed, CreateTask)
    contact = asked.person_vendor_id or access.setting("desk_contact")
    if not contact:
        raise Refused(
            access.where("push.create_task", reference=claimed.attempt_id),
            RefusalReason.NOT_FOUND,
            "a task must stand beside a contact, and this one is about nobody.",
            next_step="Make a contact for the desk and write its id as `desk_contact` in the connection's settings.",
        )
    path = f"/contacts/{segment(contact)}/tasks"
    known = _ours(access, claimed, path, "tasks", asked.external_id)
    if known:
        return SendResult(vendor_id=known, status="existing")
    body = {
        "title": asked.title,
        "body": f"{asked.body.get_secret_value()}\n\n[{asked.external_id}]".strip(),
        "dueDate": stamp(asked.due_at),
        "completed": False,
    }
    owner = asked.owner or access.setting("task_owner")
    request = telling(access, path, body | ({"assignedTo": owner} if owner else {}))
    made = client.line(access).write_as(TaskAnswer, request, "create_task", claimed.attempt_id)
    return SendResult(vendor_id=made.task.id, status="written")


def log_communication(access: Access, claimed: Claimed) -> SendResult:
    """A copy, as a note beside the contact, of what went out by another tool.

    Raises:
        TryLater: HighLevel does not know the person yet. Else as `Send`.
    """
    asked = payload_of(claimed, LogCommunication)
    if not asked.person_vendor_id:
        where = access.where("push.log_communication", reference=claimed.attempt_id)
        raise TryLater(where, "the person is no contact there yet.", after=UNKNOWN_PERSON)
    path = f"/contacts/{segment(asked.person_vendor_id)}/notes"
    known = _ours(access, claimed, path, "notes", asked.external_id)
    if known:
        return SendResult(vendor_id=known, status="existing")
    body = {"body": f"{MARK}\n\n{asked.body.get_secret_value()}\n\n[{asked.external_id}]"}
    made = client.line(access).write_as(
        NoteAnswer, telling(access, path, body), "log_communication", claimed.attempt_id
    )
    return SendResult(vendor_id=made.note.id, status="written")


def _ours(access: Access, claimed: Claimed, path: str, under: str, external_id: str) -> str:
    """The id of what an earlier attempt has written there, found by our own id in its text; empty where none has."""
    kind = claimed.command.payload.kind
    answer = client.line(access).read(asking(access, path), f"push.{kind}.look_up", claimed.attempt_id)
    mark = f"[{external_id}]".encode()
    rows = (row_of(body) for body in pieces_of(access, kind, answer, under)[0] if mark in body)
    return next((row.id for row in rows if row is not None), "")


CHANNEL: Final = {True: "Email", False: "SMS"}
"""Whether it is a mail address → the channel's name among the do-not-disturb settings."""


def write_opt_out(access: Access, claimed: Claimed) -> SendResult:
    """Our suppression, as do-not-disturb of every contact with that phone or address. Opt-ins are never written (R34)."""
    asked = payload_of(claimed, WriteOptOut)
    address = asked.contact.get_secret_value()
    people = everybody_with(access, address, "push.write_opt_out.look_up", claimed.attempt_id)
    if not people:
        # Nobody there could be written to, so there is nothing to mark, and no task for the desk.
        return SendResult(vendor_id="none", status="nobody has it")
    for person in people:
        # The others are repeated as they are: it is not documented whether a missing one would be forgotten.
        settings = {**(person.dnd_settings or {}), CHANNEL["@" in address]: _DO_NOT_DISTURB}
        request = telling(access, f"/contacts/{segment(person.id)}", {"dndSettings": settings}, method="PUT")
        client.line(access).write_as(Updated, request, "write_opt_out", claimed.attempt_id)
    return SendResult(vendor_id=people[0].id, status="active")


_DO_NOT_DISTURB: Final = {"status": "active", "message": "Asked not to be written to", "code": ""}


COMMANDS: Final[dict[str, Send]] = {
    "send_sms": send_sms,
    "send_email": send_email,
    "upsert_lead": upsert_lead,
    "create_task": create_task,
    "log_communication": log_communication,
    "confirm_appointment": confirm_appointment,
    "report_appointment": report_appointment,
    "remove_tag": remove_tag,
    "write_opt_out": write_opt_out,
}
LOOK_UPS: Final[dict[str, LookUp]] = {"send_sms": look_up, "send_email": look_up}
