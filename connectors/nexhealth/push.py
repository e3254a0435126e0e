"""Into the calendar: a yes, an arrival, a patient, a booking, and a copy of what was said. No message to anybody.

A success means that NexHealth took it. It reaches the health record behind it later, and the insertion events say so.
"""

import json
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from canonical.actions import LogCommunication
from canonical.delivery import Claimed, Found, LookupResult, SendResult
from canonical.problems import ConnectorProblem, RefusalReason, Refused, TryLater
from canonical.write_backs import CheckInAppointment, ConfirmAppointment, CreateAppointment, CreatePatient
from connectors.kit.access import Access
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.kit.exchange import Answer, Request
from connectors.kit.moments import instant
from connectors.kit.problem_table import Intent, problem_of_garbage
from connectors.kit.shapes import Misshapen, Shape, shaped
from connectors.nexhealth import client, envelope
from connectors.nexhealth.letter import MULTIPART, file_name, form, pdf
from connectors.nexhealth.wire import Appointment, Document, NumberId

PHONE_DIGITS: Final = 10
"""NexHealth cuts a phone number after so many characters, from the left: a country code would push the end out."""
AROUND: Final = timedelta(minutes=1)
CLOCKS_DIFFER: Final = timedelta(minutes=2)
UNKNOWN_PERSON: Final = timedelta(minutes=15)
"""Until a patient we know comes back by a pull, nothing can be put into their record."""


class _Written(Shape):
    """A record that was written."""

    id: int | str


class _Marked(Shape):
    """Whether the office has confirmed it."""

    confirmed: bool | None = None


def confirm_appointment(access: Access, claimed: Claimed) -> SendResult:
    """The office's mark that the visit is confirmed (row 3.6). NexHealth keeps the patient's own mark for its own texts."""
    asked = payload_of(claimed, ConfirmAppointment)
    try:
        return _changed(access, claimed, asked.appointment_vendor_id, {"confirmed": True})
    except Refused as refused:
        # What a second mark is answered is not documented, and is a 422 in others' notes.
        if refused.reason is not RefusalReason.INVALID or not _is_confirmed(
            access, claimed, asked.appointment_vendor_id
        ):
            raise
    return SendResult(vendor_id=asked.appointment_vendor_id, status="existing")


def _is_confirmed(access: Access, claimed: Claimed, appointment: str) -> bool:
    """Whether the mark stands there."""
    capability = "push.confirm_appointment.look_up"
    request = client.asking(access, f"/appointments/{quote(appointment, safe='')}")
    answer = client.line(access, claimed.attempt_id).read(request, capability, claimed.attempt_id)
    where = access.where(capability, reference=claimed.attempt_id)
    try:
        return shaped(envelope.one(answer.body, where), _Marked).confirmed is True
    except Misshapen:
        return False


def check_in_appointment(access: Access, claimed: Claimed) -> SendResult:
    """When somebody arrived. Not every health record takes it."""
    asked = payload_of(claimed, CheckInAppointment)
    return _changed(access, claimed, asked.appointment_vendor_id, {"checkin_at": _written(asked.at)})


def _changed(access: Access, claimed: Claimed, appointment: str, fields: dict[str, Any]) -> SendResult:
    path = f"/appointments/{quote(appointment, safe='')}"
    return _sent(access, claimed, client.writing(access, "PATCH", path, _json({"appt": fields})))


def create_patient(access: Access, claimed: Claimed) -> SendResult:
    """Somebody new; whoever is there already, with the same name, birth date and phone, is found and left as they are."""
    asked = payload_of(claimed, CreatePatient)
    patient = {
        "first_name": asked.given_name.get_secret_value(),
        "last_name": asked.family_name.get_secret_value(),
        "email": asked.email.get_secret_value(),
        "bio": {
            "date_of_birth": asked.birth_date.get_secret_value(),
            "phone_number": national(asked.phone.get_secret_value()),
        },
    }
    body = {"provider": {"provider_id": _number(asked.provider)}, "patient": patient, "return_existing_if_match": True}
    place = client.only_place(access, asked.location)
    request = client.writing(access, "POST", "/patients", _json(body), (("location_id", place),))
    return _sent(access, claimed, request)


def national(phone: str) -> str:
    """A US number as ten digits; any other as it is, for NexHealth to refuse."""
    digits = "".join(filter(str.isdigit, phone))
    return digits[1:] if len(digits) == PHONE_DIGITS + 1 and digits.startswith("1") else digits


def create_appointment(access: Access, claimed: Claimed) -> SendResult:
    """A booking. NexHealth's own messages about it stay off: Glowline says what there is to say (R41)."""
    asked = payload_of(claimed, CreateAppointment)
    fields = {
        "patient_id": _number(asked.person_vendor_id),
        "provider_id": _number(asked.provider),
        "start_time": _written(asked.start),
        **({"end_time": _written(asked.end)} if asked.end else {}),
        **({"appointment_type_id": _number(asked.service)} if asked.service else {}),
    }
    query = (("location_id", client.only_place(access, asked.location)), ("notify_patient", "false"))
    return _sent(access, claimed, client.writing(access, "POST", "/appointments", _json({"appt": fields}), query))


def look_up_appointment(access: Access, claimed: Claimed) -> LookupResult:
    """Find a booking by patient, provider and start, made no earlier than the claim. Two that fit: UNKNOWN."""
    asked = payload_of(claimed, CreateAppointment)
    query = (
        ("location_id", client.only_place(access, asked.location)),
        ("start", _written(asked.start - AROUND)),
        ("end", _written(asked.start + AROUND)),
        ("per_page", "1000"),
        ("patient_ids[]", asked.person_vendor_id),
    )
    capability = "push.create_appointment.look_up"
    answer = client.line(access, claimed.attempt_id).read(
        client.asking(access, "/appointments", query), capability, claimed.attempt_id
    )
    found = envelope.every(answer.body, _Booked, access.where(capability))
    fitting = [one for one in found if one.fits(asked) and _made_by_it(access, claimed, one.created_at)]
    free = [one for one in fitting if not access.spoken_for(str(one.id))]
    if len(free) == 1:
        return LookupResult(found=Found.SENT, vendor_id=str(free[0].id), status="booked")
    return LookupResult(found=Found.UNKNOWN if free else Found.ABSENT)


class _Booked(Appointment):
    """An appointment as the look-up compares it."""

    patient_id: NumberId | None = None
    provider_id: NumberId | None = None
    cancelled: bool | None = None
    created_at: str | None = None

    def fits(self, asked: CreateAppointment) -> bool:
        """Whether it is what was asked for."""
        who = (str(self.patient_id), str(self.provider_id)) == (asked.person_vendor_id, asked.provider)
        return who and instant(self.start_time) == asked.start and not self.cancelled


def _made_by_it(access: Access, claimed: Claimed, created_at: str | None) -> bool:
    """One that was made before the claim is somebody else's; one that does not say when may be this one."""
    made = instant(created_at)
    window = access.manifest.commands["create_appointment"].window or timedelta()
    return made is None or claimed.claimed_at - CLOCKS_DIFFER <= made <= claimed.claimed_at + window


def log_communication(access: Access, claimed: Claimed) -> SendResult:
    """A copy of what was said, as a page in the patient's documents. It logs; it does not send.

    Raises:
        TryLater: NexHealth does not know the person yet. Else as `Send`.
    """
    asked = payload_of(claimed, LogCommunication)
    if not asked.person_vendor_id:
        where = access.where("push.log_communication", reference=claimed.attempt_id)
        raise TryLater(where, "the person is no patient there yet.", after=UNKNOWN_PERSON)
    page = pdf(asked.body.get_secret_value(), f"{asked.channel.value}, {asked.at:%Y-%m-%d %H:%M} UTC")
    kind = access.setting("document_type_id")
    body = form(file_name(asked.external_id), page, {"document_type_id": kind} if kind else {})
    query = (("location_id", client.only_place(access)),)
    path = f"/patients/{quote(asked.person_vendor_id, safe='')}/documents"
    request = client.writing(access, "POST", path, body, query).with_headers(content_type=MULTIPART)
    return _sent(access, claimed, request)


def look_up_document(access: Access, claimed: Claimed) -> LookupResult:
    """Find a page by its name, which carries our own id."""
    asked = payload_of(claimed, LogCommunication)
    capability = "push.log_communication.look_up"
    request = client.asking(access, f"/patients/{quote(asked.person_vendor_id, safe='')}/documents")
    answer = client.line(access, claimed.attempt_id).read(request, capability, claimed.attempt_id)
    named = file_name(asked.external_id)
    for document in envelope.every(answer.body, Document, access.where(capability)):
        if document.filename == named:
            return LookupResult(found=Found.SENT, vendor_id=str(document.id), status="written")
    return LookupResult(found=Found.ABSENT)


def _sent(access: Access, claimed: Claimed, request: Request) -> SendResult:
    """The one request, and the id it gave. An answer that says no in a 2xx is a refusal; one that says nothing, a doubt."""
    command = claimed.command.payload.kind
    answer = client.line(access, claimed.attempt_id).write(request, command, claimed.attempt_id)
    where = access.where(f"push.{command}", reference=claimed.attempt_id)
    if envelope.said_no(answer.body):
        raise Refused(where, RefusalReason.INVALID, "NexHealth says no inside a success.", next_step=_BY_HAND)
    return SendResult(vendor_id=_id_in(access, command, claimed, answer), status="written")


_BY_HAND: Final = "Look at the appointment or the patient in NexHealth, and do it there by hand."


def _id_in(access: Access, command: str, claimed: Claimed, answer: Answer) -> str:
    where = access.where(f"push.{command}", reference=claimed.attempt_id)
    problem: ConnectorProblem
    try:
        return str(shaped(envelope.one(answer.body, where), _Written).id)
    except (ConnectorProblem, Misshapen):
        intent = Intent.of(access.manifest.commands[command].effect)
        problem = problem_of_garbage(where, "names no record", intent)
    raise problem


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _number(vendor_id: str) -> int | str:
    """NexHealth's ids are numbers in a body."""
    return int(vendor_id) if vendor_id.isdecimal() else vendor_id


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


COMMANDS: Final[dict[str, Send]] = {
    "confirm_appointment": confirm_appointment,
    "check_in_appointment": check_in_appointment,
    "create_patient": create_patient,
    "create_appointment": create_appointment,
    "log_communication": log_communication,
}
LOOK_UPS: Final[dict[str, LookUp]] = {
    "create_appointment": look_up_appointment,
    "log_communication": look_up_document,
}
