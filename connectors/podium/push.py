"""Into Podium: a text, and what happened elsewhere, so that whoever reads the inbox sees one thread."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from canonical.actions import LogCommunication, SendSms, WriteOptOut
from canonical.delivery import Claimed, SendResult
from canonical.inbox_writes import AddNote, CreateReviewInvite, ImportMessage, ReportAppointment
from canonical.practice import Channel
from canonical.problems import RefusalReason, Refused
from canonical.visits import AppointmentStatus
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.podium import client
from connectors.podium.copies import line_of, thread_for
from connectors.podium.looking import look_up_import, look_up_invite, look_up_sms
from connectors.podium.wire import Data

STATUSES: Final[dict[AppointmentStatus, str]] = {
    AppointmentStatus.REQUESTED: "unconfirmed",
    AppointmentStatus.BOOKED: "unconfirmed",
    AppointmentStatus.CONFIRMED: "confirmed",
    AppointmentStatus.ARRIVED: "confirmed",
    AppointmentStatus.IN_PROGRESS: "confirmed",
    AppointmentStatus.CHECKED_OUT: "completed",
    AppointmentStatus.COMPLETED: "completed",
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.RESCHEDULED: "cancelled",
    AppointmentStatus.NO_SHOW: "no_show",
}
"""Ours → Podium's five (its OpenAPI, `appointment.status`). What we do not know ourselves is not told."""
LONGEST_DURATION: Final = 24 * 60


def send_sms(access: Access, claimed: Claimed) -> SendResult:
    """One text. Podium has no request key: what is unknown afterwards is looked up, never repeated."""
    text = payload_of(claimed, SendSms)
    told: dict[str, object] = {
        "body": text.body.get_secret_value(),
        "channel": _channel(Channel.SMS, text.to.get_secret_value()),
        "locationUid": _location(access, claimed, text.sender),
    }
    named = access.setting("sender_name")
    return _written(access, claimed, "/messages", told | ({"senderName": named} if named else {}))


def import_message(access: Access, claimed: Claimed) -> SendResult:
    """A message that another tool sent, put into its thread. Nothing goes to anybody."""
    said = payload_of(claimed, ImportMessage)
    if said.channel not in {Channel.SMS, Channel.EMAIL}:
        where = access.where("push.import_message", reference=claimed.attempt_id)
        raise Refused(where, RefusalReason.INVALID, "only texts and plain mail can be imported.")
    told = {
        "body": said.body.get_secret_value(),
        "channel": _channel(said.channel, said.contact.get_secret_value()),
        "contactName": said.contact_name.get_secret_value(),
        "direction": "outbound",
        "locationUid": _location(access, claimed, said.sender),
        "publishedAt": _utc(said.at),
    }
    return _written(access, claimed, "/import/messages", told)


def add_note(access: Access, claimed: Claimed) -> SendResult:
    """A note beside a conversation."""
    note = payload_of(claimed, AddNote)
    told = {"body": note.body.get_secret_value(), "senderName": access.setting("sender_name") or _US}
    return _written(access, claimed, f"/conversations/{quote(note.conversation_vendor_id, safe='')}/notes", told)


def log_communication(access: Access, claimed: Claimed) -> SendResult:
    """A copy of what was said elsewhere, as a note beside the person's conversation. It logs; it does not send.

    Raises:
        Refused: Podium has no conversation of that person with the location. Else as `Send`.
    """
    thread, said = thread_for(access, claimed), payload_of(claimed, LogCommunication)
    told = {"body": line_of(said), "senderName": access.setting("sender_name") or _US}
    return _written(access, claimed, f"/conversations/{quote(thread, safe='')}/notes", told)


_US: Final = "Glowline"
"""Whom staff see beside a note where the settings name nobody: Podium asks for a name."""


def create_review_invite(access: Access, claimed: Claimed) -> SendResult:
    """A personal link for one location. Podium's own follow-ups to it are a setting of the practice's in Podium."""
    asked = payload_of(claimed, CreateReviewInvite)
    contact = asked.contact.get_secret_value()
    told = {
        "email" if "@" in contact else "phoneNumber": contact,
        "locationUid": _location(access, claimed, asked.sender),
    }
    return _written(access, claimed, "/reviews/invites", told)


def report_appointment(access: Access, claimed: Claimed) -> SendResult:
    """How a visit stands. Podium can neither read nor change what it was told, so each report is a new one."""
    visit = payload_of(claimed, ReportAppointment)
    status = STATUSES.get(visit.status)
    if status is None:
        where = access.where("push.report_appointment", reference=claimed.attempt_id)
        raise Refused(where, RefusalReason.INVALID, "nobody knows how this visit stands.")
    told: dict[str, object] = {
        "contactName": visit.contact_name.get_secret_value(),
        "contactPhoneNumber": visit.contact.get_secret_value(),
        "datetime": _utc(visit.start),
        "locationUid": _location(access, claimed, visit.sender),
        "status": status,
    }
    lasting = {"durationMin": min(visit.minutes, LONGEST_DURATION)} if visit.minutes else {}
    return _written(access, claimed, "/appointments", told | lasting)


def write_opt_out(access: Access, claimed: Claimed) -> SendResult:
    """Our suppression of a phone, for Podium's campaigns. Opt-ins are never written (R34)."""
    asked = payload_of(claimed, WriteOptOut)
    if asked.channel is not Channel.SMS:
        where = access.where("push.write_opt_out", reference=claimed.attempt_id)
        raise Refused(where, RefusalReason.INVALID, "Podium's list holds phones only.", next_step=_OURS_HOLDS)
    told = {"channel": {"identifier": asked.contact.get_secret_value(), "type": "PHONE"}}
    return _written(access, claimed, "/contacts/campaigns/opt_out", told)


_OURS_HOLDS: Final = "Nothing to do: our own list holds."


def _written(access: Access, claimed: Claimed, path: str, told: object) -> SendResult:
    request, command = client.tell(access, path, told), claimed.command.payload.kind
    answer = client.line(access).write_as(Data, request, command, claimed.attempt_id)
    return SendResult(vendor_id=answer.data.uid, status="accepted")


def _location(access: Access, claimed: Claimed, sender: str) -> str:
    where = access.where(f"push.{claimed.command.payload.kind}", reference=claimed.attempt_id)
    return client.location_of(access, sender, where)


def _channel(channel: Channel, identifier: str) -> dict[str, str]:
    return {"identifier": identifier, "type": "phone" if channel is Channel.SMS else "email"}


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


COMMANDS: Final[dict[str, Send]] = {
    "send_sms": send_sms,
    "import_message": import_message,
    "add_note": add_note,
    "log_communication": log_communication,
    "create_review_invite": create_review_invite,
    "report_appointment": report_appointment,
    "write_opt_out": write_opt_out,
}
LOOK_UPS: Final[dict[str, LookUp]] = {
    "send_sms": look_up_sms,
    "import_message": look_up_import,
    "create_review_invite": look_up_invite,
}
