"""Messages that wait in Luma's portal, reminders in Luma's own words, and a person's yes. Each is asked about before it goes."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar
from urllib.parse import quote

from canonical.delivery import Claimed, Found, LookupResult, SendResult
from canonical.problems import RefusalReason, Refused, Where
from canonical.said_inside import ScheduleReminder, SendPortalMessage
from canonical.write_backs import ConfirmAppointment
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import get, post_json
from connectors.kit.moments import instant
from connectors.kit.shapes import Shape
from connectors.luma_health import client
from connectors.luma_health.wire import Appointment, Created, Message, Messages, Preferences, Reminder, Reminders

S = TypeVar("S", bound=Shape)

MOST: Final = "1000"  # Luma's largest page
CLOCKS_DIFFER: Final = timedelta(minutes=2)
_CONFIRMED: Final = "confirmed"
_CANCELLED: Final = "cancelled"
NEVER_SENT: Final = frozenset({"skipped", "blocked"})
"""States of a reminder that reaches nobody; any other one counts as Luma's own (R41)."""
REMINDING: Final = frozenset({"appointment", "telehealth"})
"""Types of a reminder that remind of a visit (Luma's OpenAPI, 2026-11)."""


def send_portal_message(access: Access, claimed: Claimed) -> SendResult:
    """One message, which the patient reads after signing in. What Luma texts beside it only says that it is there.

    Raises:
        Refused: Luma has no contact left that may be used. Else as `Send`.
    """
    asked = payload_of(claimed, SendPortalMessage)
    _require_contact(access, claimed, asked.person_vendor_id)
    fields: dict[str, Any] = {
        "patient": asked.person_vendor_id,
        "recipient": asked.person_vendor_id,
        "recipientType": "patient",
        "type": "outbound",
        "ref": "chat",
        "channel": "chat",
        "secure": True,
        "automated": True,
        "visibility": "public",
        "text": asked.body.get_secret_value(),
        "externalId": {"source": "none", "value": claimed.attempt_id},
    }
    if asked.appointment_vendor_id:
        fields["appointment"] = asked.appointment_vendor_id
    return _created(access, claimed, "/messages", fields)


def schedule_reminder(access: Access, claimed: Claimed) -> SendResult:
    """One reminder of an appointment, unless Luma has planned or sent one of its own (R41).

    Raises:
        Refused: there is one already, or no contact that may be used. Else as `Send`.
    """
    asked = payload_of(claimed, ScheduleReminder)
    if any(_speaks_of_the_visit(each) for each in _reminders(access, claimed, asked, "status,type")):
        raise Refused(
            _where(access, claimed),
            RefusalReason.CONFLICT,
            "Luma has a reminder of this appointment already.",
            next_step="Switch Luma's own reminders off, or set the row's owner to luma_health (R40).",
        )
    _require_contact(access, claimed, asked.person_vendor_id)
    fields = {
        "patient": asked.person_vendor_id,
        "appointment": asked.appointment_vendor_id,
        "type": "appointment",
        "status": "scheduled",
        "sendAt": f"{asked.at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return _created(access, claimed, "/reminders", fields)


def _speaks_of_the_visit(reminder: Reminder) -> bool:
    """Whether it reaches somebody and reminds of the visit: one of another type asks for a form, or how it was."""
    return reminder.status not in NEVER_SENT and (not reminder.type or reminder.type in REMINDING)


def confirm_appointment(access: Access, claimed: Claimed) -> SendResult:
    """A person's yes, where the appointment stands in Luma (row 3.6). Whether Luma tells the booking tool is not documented.

    Raises:
        Refused: it was cancelled or removed meanwhile; a yes must not bring it back. Else as `Send`.
    """
    asked, where = payload_of(claimed, ConfirmAppointment), _where(access, claimed)
    url = client.resource(access, f"/appointments/{quote(asked.appointment_vendor_id, safe='')}")
    calling = client.line(access)
    stands = calling.read_as(Appointment, get(url), where.capability, claimed.attempt_id)
    if stands.gone or stands.status == _CANCELLED:
        problem = "the appointment was cancelled or removed in Luma meanwhile."
        raise Refused(where, RefusalReason.CONFLICT, problem, next_step="Call the patient: they think it takes place.")
    if stands.status == _CONFIRMED:
        return SendResult(vendor_id=stands.id, status=_CONFIRMED)
    request = post_json(url, json.dumps({"status": _CONFIRMED}).encode(), method="PUT")
    changed = calling.write_as(Created, request, "confirm_appointment", claimed.attempt_id)
    return SendResult(vendor_id=changed.id, status=changed.status or _CONFIRMED)


def _created(access: Access, claimed: Claimed, path: str, fields: dict[str, Any]) -> SendResult:
    request = post_json(client.resource(access, path), json.dumps(fields).encode())
    command = claimed.command.payload.kind
    created = client.line(access).write_as(Created, request, command, claimed.attempt_id)
    return SendResult(vendor_id=created.id, status=created.status or "accepted")


def _require_contact(access: Access, claimed: Claimed, patient: str) -> None:
    """Luma's own word, at the last moment, on whether the patient may be reached (R34)."""
    answer = client.line(access).read_as(
        Preferences,
        get(client.resource(access, f"/patients/{patient}/contact-preferences")),
        _where(access, claimed).capability,
        claimed.attempt_id,
    )
    if not any(contact.value and contact.active is not False and not contact.archived for contact in answer.valid):
        raise Refused(
            _where(access, claimed),
            RefusalReason.OPTED_OUT,
            "Luma has no contact of this patient left that may be used.",
            next_step="Ask the patient; their contact preferences in Luma say why.",
        )


def _where(access: Access, claimed: Claimed) -> Where:
    return access.where(f"push.{claimed.command.payload.kind}", reference=claimed.attempt_id)


def look_up_message(access: Access, claimed: Claimed) -> LookupResult:
    """Find a message by our reference, which Luma keeps as a foreign id; else by patient, words and time."""
    asked = payload_of(claimed, SendPortalMessage)
    found = list(_messages(access, claimed, asked))
    ours = [each for each in found if each.external_id and each.external_id.value == claimed.attempt_id]
    worded = [each for each in ours if _says(each, asked)]  # the notice beside it may carry our reference too
    fitting = worded or ours or [each for each in found if _fits(access, claimed, asked, each)]
    return _one_of([each.id for each in fitting], access)


def _fits(access: Access, claimed: Claimed, asked: SendPortalMessage, message: Message) -> bool:
    return _says(message, asked) and bool(message.secure) and _made_then(access, claimed, message.created_at)


def _says(message: Message, asked: SendPortalMessage) -> bool:
    return (message.text or "").strip() == asked.body.get_secret_value().strip()


def _made_then(access: Access, claimed: Claimed, written: str | None) -> bool:
    """Whether something was made around the claim."""
    window = access.manifest.commands[claimed.command.payload.kind].window or timedelta()
    made = instant(written)
    return made is not None and claimed.claimed_at - CLOCKS_DIFFER <= made <= claimed.claimed_at + window


def look_up_reminder(access: Access, claimed: Claimed) -> LookupResult:
    """Find a reminder by its appointment and the instant it is to go."""
    asked = payload_of(claimed, ScheduleReminder)
    planned = _reminders(access, claimed, asked, "sendAt,status,type,createdAt")
    fitting = [each for each in planned if instant(each.send_at) == asked.at and _speaks_of_the_visit(each)]
    return _one_of([each.id for each in fitting if _made_then(access, claimed, each.created_at)], access)


def _one_of(ids: list[str], access: Access) -> LookupResult:
    """Exactly one proves something; two do not tell which."""
    free = [each for each in ids if not access.spoken_for(each)]
    if not free:
        return LookupResult(found=Found.ABSENT)
    if len(free) > 1:
        return LookupResult(found=Found.UNKNOWN)
    return LookupResult(found=Found.SENT, vendor_id=free[0], status="accepted")


def _messages(access: Access, claimed: Claimed, asked: SendPortalMessage) -> tuple[Message, ...]:
    """A patient's portal messages. Only one page: absence proves nothing here anyway."""
    query = [("patient", asked.person_vendor_id), ("type", "outbound"), ("channel", "chat"), ("limit", MOST)]
    return _listed(access, claimed, Messages, "/messages", query).response


def _reminders(access: Access, claimed: Claimed, asked: ScheduleReminder, wanted: str) -> tuple[Reminder, ...]:
    """All reminders of one appointment, of each no more than is wanted; nobody has a thousand of them."""
    query = [
        ("appointment", asked.appointment_vendor_id),
        ("limit", MOST),
        ("_select", wanted),
    ]
    return _listed(access, claimed, Reminders, "/reminders", query).response


def _listed(access: Access, claimed: Claimed, shape: type[S], path: str, query: Sequence[tuple[str, str]]) -> S:
    request, where = get(client.resource(access, path), query), _where(access, claimed)
    return client.line(access).read_as(shape, request, where.capability, claimed.attempt_id)


COMMANDS: Final[dict[str, Send]] = {
    "confirm_appointment": confirm_appointment,
    "send_portal_message": send_portal_message,
    "schedule_reminder": schedule_reminder,
}
LOOK_UPS: Final[dict[str, LookUp]] = {
    "send_portal_message": look_up_message,
    "schedule_reminder": look_up_reminder,
}
