"""What is handed to the vendor: exactly what the command needs, filled at the claim from what was decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from pydantic import SecretStr

from canonical.actions import (
    Action,
    CreateTask,
    LogCommunication,
    Payload,
    SendEmail,
    SendSms,
    UpsertLead,
    WriteOptOut,
)
from canonical.ids import AttemptId
from canonical.inquiries import InquiryRecord
from canonical.practice import Channel
from canonical.problems import GlowlineError
from canonical.said_inside import ReplyToReview, SendDirectMessage
from canonical.write_backs import ConfirmAppointment, CreatePaymentLink
from pipelines.messages.wording import moment
from pipelines.outbox.decide import Decided
from pipelines.outbox.route import CONFIRM, PUBLISH, Way, desk_of
from pipelines.outbox.selling import unsubscribe_link
from pipelines.outbox.surroundings import Surroundings
from pipelines.outbox.texts import Said
from pipelines.outbox.workbench import Workbench

_TASK = "create_task"


class NothingToSend(GlowlineError):
    """An action was cleared whose command nobody can fill: a defect in a journey."""


@dataclass(frozen=True)
class Filling:
    """What a payload is filled from."""

    action: Action
    way: Way
    said: Said | None
    around: Surroundings
    bench: Workbench
    attempt_id: AttemptId
    now: datetime

    @property
    def contact(self) -> SecretStr:
        """The recipient's phone or address. Raises NothingToSend without one."""
        row = self.around.contacts.get(str(self.action.contact_point_id))
        if row is None:
            raise _nothing(self.action, "there is nobody to send it to")
        return SecretStr(row["value"])

    @property
    def text(self) -> Said:
        """The rendered text. Raises NothingToSend without one."""
        if self.said is None:
            raise _nothing(self.action, "it has no text")
        return self.said

    @property
    def vendor_id(self) -> str:
        """The person's id at this vendor, or empty."""
        return self.around.vendor_ids.get((str(self.action.person_id), self.way.connection.connection_id), "")


def _nothing(action: Action, why: str) -> NothingToSend:
    return NothingToSend(f"step {action.step}: {why}", next_step="Correct the step's command, channel or template.")


def payload_for(
    decided: Decided, around: Surroundings, bench: Workbench, attempt_id: AttemptId, now: datetime
) -> Payload:
    """The payload of an allowed action. Raises NothingToSend for one that cannot be filled."""
    if decided.way is None or decided.way.command not in _FILLED_BY:
        raise _nothing(decided.action, f"nobody fills the command {decided.action.command}")
    filling = Filling(decided.action, decided.way, decided.said, around, bench, attempt_id, now)
    return _FILLED_BY[decided.way.command](filling)


def _sms(filling: Filling) -> Payload:
    return SendSms(
        to=filling.contact,
        sender=filling.way.sender,
        body=SecretStr(filling.text.body),
        callback=callback(filling.bench, filling.way, filling.attempt_id),
        expires_at=filling.action.expires_at,
    )


def _direct(filling: Filling) -> Payload:
    """A thread is named by its platform and the platform's own id of the person."""
    return SendDirectMessage(
        channel=filling.action.channel,
        to=SecretStr(filling.contact.get_secret_value().partition(":")[2]),
        body=SecretStr(filling.text.body),
        heard_at=filling.around.heard_at(filling.action),
    )


def _published(filling: Filling) -> Payload:
    review = filling.around.reviews.get(filling.action.subject_id)
    if review is None:
        raise _nothing(filling.action, "the review is gone")
    yes = filling.around.approved.get(filling.action.action_id, {})
    return ReplyToReview(
        review_id=review["vendor_id"],
        body=SecretStr(filling.text.body),
        approved_by=", ".join(sorted(set(yes.values()))),
    )


def _email(filling: Filling) -> Payload:
    if filling.action.command == _TASK:
        return _task_by_mail(filling)
    return SendEmail(
        to=filling.contact,
        sender=filling.way.sender,
        sender_name=filling.way.sender_name,
        subject=SecretStr(filling.text.subject),
        body=SecretStr(filling.text.body),
        unsubscribe=unsubscribe_link(filling.action, filling.bench.config.practice),
        secure=True,
    )


def _task_by_mail(filling: Filling) -> Payload:
    """Neutral: what there is to do, in words without a person, and where to see it."""
    practice = filling.bench.config.practice
    place = practice.location(filling.action.location_id) or practice.locations[0]
    link = place.links.get("desk", "")
    lines = (f"{_title(filling)}.", f"Please look here: {link}" if link else "Please look in the inbox of your texts.")
    return SendEmail(
        to=SecretStr(desk_of(filling.action, practice)),
        sender=filling.way.sender,
        sender_name=filling.way.sender_name,
        subject=SecretStr(f"{practice.sms_name}: something to do"),
        body=SecretStr("\n\n".join(lines)),
        secure=True,
    )


def _lead(filling: Filling) -> Payload:
    record = filling.around.lead_records.get(filling.action.subject_id)
    if record is None:
        raise _nothing(filling.action, "the inquiry's record is gone")
    given, family = _names(record)
    return UpsertLead(
        external_id=filling.action.subject_id,
        given_name=SecretStr(given),
        family_name=SecretStr(family),
        phone=SecretStr(record.phone),
        email=SecretStr(record.email),
        source=record.source.value,
        asked_for=SecretStr(record.asked_for),
    )


def _names(record: InquiryRecord) -> tuple[str, str]:
    if record.given_name or record.family_name:
        return record.given_name, record.family_name
    given, _, family = record.full_name.partition(" ")
    return given, family


def _task(filling: Filling) -> Payload:
    action, task = filling.action, filling.around.tasks.get(filling.action.subject_id, {})
    return CreateTask(
        external_id=action.action_id,
        title=_title(filling),
        body=SecretStr(filling.text.body),
        due_at=task.get("due_at") or _due(action),
        urgent=bool(task.get("urgent", action.urgent)),
        person_vendor_id=filling.vendor_id,
    )


def _title(filling: Filling) -> str:
    task = filling.around.tasks.get(filling.action.subject_id, {})
    return str(task.get("title") or _TITLES.get(filling.action.template, "Something to look at"))


_TITLES: Mapping[str, str] = {
    "deposit-unpaid": "A deposit has not been paid",
    "inquiry-alert": "Call back a new inquiry",
    "inquiry-uncalled": "A promised call is overdue",
}
"""Neutral: no treatment word, no name."""


def _due(action: Action) -> datetime:
    promised = action.facts.get("promised_at")
    return datetime.fromisoformat(promised) if promised else action.due_at


def _log(filling: Filling) -> Payload:
    action, practice = filling.action, filling.bench.config.practice
    place = practice.location(action.location_id)
    reached = filling.around.contacts.get(str(action.contact_point_id))
    return LogCommunication(
        external_id=filling.action.action_id,
        person_vendor_id=filling.vendor_id,
        channel=Channel(filling.action.facts.get("logged_channel", Channel.SMS)),
        body=SecretStr(_yes(filling) if filling.action.command == CONFIRM else filling.text.body),
        at=filling.action.due_at,
        contact=SecretStr(reached["value"] if reached else ""),
        sender=place.sms_sender if place else "",
    )


def _yes(filling: Filling) -> str:
    """Which appointment, by its time: a yes to several is a line for each of them."""
    action, practice = filling.action, filling.bench.config.practice
    start = filling.around.confirmed.get((action.subject_id, action.occurrence), {}).get("start_at")
    if start is None:
        return "The next appointment was confirmed by reply."
    place = practice.location(action.location_id) or practice.locations[0]
    return f"The appointment on {moment(start, place.tz, 'en')} was confirmed by reply."


def _confirmed(filling: Filling) -> Payload:
    appointment = filling.around.confirmed.get((filling.action.subject_id, filling.action.occurrence))
    if appointment is None:
        raise _nothing(filling.action, "nobody knows which appointment was meant")
    return ConfirmAppointment(
        external_id=filling.action.action_id,
        appointment_vendor_id=appointment["vendor_id"],
        at=appointment["confirmed_at"],
    )


def _opt_out(filling: Filling) -> Payload:
    channel = Channel.EMAIL if "@" in filling.contact.get_secret_value() else Channel.SMS
    here, speaks_from = filling.way.connection.connection_id, filling.bench.config.practice.senders
    senders = tuple(one.address for one in speaks_from if one.connection == here)
    return WriteOptOut(contact=filling.contact, channel=channel, at=filling.now, senders=senders)


def _link(filling: Filling) -> Payload:
    """The visit's id is the key: however often it is asked for, there is one link, and what is paid by it names the visit."""
    places, here = filling.way.connection.locations, filling.action.location_id
    return CreatePaymentLink(
        external_id=filling.action.subject_id,
        amount_cents=int(filling.action.facts["amount_cents"]),
        location=next((theirs for theirs, ours in places.items() if here and ours == here), ""),
    )


_FILLED_BY: Mapping[str, Callable[[Filling], Payload]] = {
    "send_sms": _sms,
    "send_email": _email,
    "send_direct_message": _direct,
    PUBLISH: _published,
    "upsert_lead": _lead,
    "create_task": _task,
    "log_communication": _log,
    "write_opt_out": _opt_out,
    CONFIRM: _confirmed,
    "create_payment_link": _link,
}


def callback(bench: Workbench, way: Way, attempt_id: AttemptId) -> str:
    """Where the vendor reports this attempt's status: our reference is part of the URL it signs."""
    if not bench.callback_url:
        return ""
    connection = way.connection
    place = f"{bench.callback_url}/{connection.vendor}/{bench.config.practice.practice_id}/{connection.connection_id}"
    return f"{place}?{urlencode({'ref': attempt_id})}"
