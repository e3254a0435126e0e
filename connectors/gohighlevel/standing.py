"""How an appointment stands, written where the desk sees it: a person's yes, and what somebody reports of a visit.

HighLevel takes whatever is written last, so the appointment is read first, and an end that the desk has set stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

import msgspec

from canonical.delivery import Claimed, SendResult
from canonical.inbox_writes import ReportAppointment
from canonical.problems import RefusalReason, Refused
from canonical.visits import AppointmentStatus
from canonical.write_backs import ConfirmAppointment
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import segment, telling
from connectors.gohighlevel.calendars import appointment_now
from connectors.gohighlevel.wire import Appointment
from connectors.kit.access import Access
from connectors.kit.commands import payload_of
from connectors.kit.moments import instant

STATUSES: Final[Mapping[AppointmentStatus, str]] = {
    AppointmentStatus.REQUESTED: "new",
    AppointmentStatus.BOOKED: "new",
    AppointmentStatus.CONFIRMED: "confirmed",
    AppointmentStatus.ARRIVED: "confirmed",
    AppointmentStatus.IN_PROGRESS: "confirmed",
    AppointmentStatus.CHECKED_OUT: "showed",
    AppointmentStatus.COMPLETED: "showed",
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.NO_SHOW: "noshow",
}
"""Ours → HighLevel's (OpenAPI calendars, AppointmentEditSchema, 2026-06). `showed` is the end of a visit and not its beginning;
`invalid` says nothing we could know, and for a visit that has moved there is no word: it moves itself."""
_TENTATIVE: Final = frozenset({"", "new", "booked", "active", "pending"})
"""What stands there while nobody has decided anything (`active`: the same document, of what was booked before there were others)."""
SPELLINGS: Final[Mapping[str, str]] = {
    "completed": "showed",
    "no_show": "noshow",
    "no-show": "noshow",
    "canceled": "cancelled",
}
"""Other words of the same meaning, as the answers of both interfaces have them (mappings/codes/gohighlevel_appointment)."""
OPEN: Final[Mapping[str, frozenset[str]]] = {
    "new": _TENTATIVE,
    "confirmed": _TENTATIVE,
    "showed": _TENTATIVE | {"confirmed"},
    "cancelled": _TENTATIVE | {"confirmed"},
    "noshow": _TENTATIVE | {"confirmed"},
}
"""What is written → what it may take the place of. Everything else is an end that somebody has set, or a word nobody knows."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """An appointment as it is at this moment, as far as it says it."""

    status: str
    start: datetime | None


class _Said(msgspec.Struct, rename="camel"):
    appointment_status: str | None = None
    appoinment_status: str | None = None
    start_time: str | None = None


def confirm_appointment(access: Access, claimed: Claimed) -> SendResult:
    """The person's yes (row 3.6).

    Raises:
        Refused: it is gone, or the desk has set an end meanwhile. Else as `Send`.
    """
    asked = payload_of(claimed, ConfirmAppointment)
    return _set(access, claimed, asked.appointment_vendor_id, "confirmed", None)


def report_appointment(access: Access, claimed: Claimed) -> SendResult:
    """What somebody reports of a visit. No journey calls this: whether people came is the desk's to say (R14, R22).

    Raises:
        Refused: HighLevel has no word for it, or the appointment is gone, has moved or has another end already. Else as `Send`.
    """
    asked = payload_of(claimed, ReportAppointment)
    status = STATUSES.get(asked.status)
    if status is None:
        _refuse(access, claimed, RefusalReason.INVALID, "HighLevel has no word for how this visit stands.")
    if not asked.appointment_vendor_id:
        _refuse(access, claimed, RefusalReason.NOT_FOUND, "the report does not say which appointment is meant.")
    return _set(access, claimed, asked.appointment_vendor_id, status, asked.start)


def _set(access: Access, claimed: Claimed, vendor_id: str, status: str, start: datetime | None) -> SendResult:
    now = _now(access, claimed, vendor_id)
    if now.status == status:
        return SendResult(vendor_id=vendor_id, status="existing")
    if start is not None and now.start is not None and now.start != start:
        _refuse(access, claimed, RefusalReason.CONFLICT, "the appointment has moved meanwhile.")
    if now.status not in OPEN[status]:
        _refuse(access, claimed, RefusalReason.CONFLICT, "somebody has set how it stands meanwhile.")
    # Without `toNotify` HighLevel's own automations write to the person: what is to be said, we say.
    body = {"appointmentStatus": status, "toNotify": False}
    path = f"/calendars/events/appointments/{segment(vendor_id)}"
    request = telling(access, path, body, client.TALK, method="PUT")
    done = client.line(access).write_as(Appointment, request, claimed.command.payload.kind, claimed.attempt_id)
    return SendResult(vendor_id=done.id, status=status)


def _now(access: Access, claimed: Claimed, vendor_id: str) -> _Standing:
    """Its status in either spelling, and its start where it says one; a form nobody knows counts as a word nobody knows."""
    capability = f"push.{claimed.command.payload.kind}.look_up"
    body = appointment_now(access, vendor_id, capability, claimed.attempt_id)
    if body is None:
        _refuse(access, claimed, RefusalReason.NOT_FOUND, "there is no such appointment any more.")
    try:
        said = msgspec.json.decode(body, type=_Said)
    except msgspec.MsgspecError:
        return _Standing("unreadable", None)
    word = (said.appointment_status or said.appoinment_status or "").strip().lower()
    return _Standing(SPELLINGS.get(word, word), instant(said.start_time))


def _refuse(access: Access, claimed: Claimed, reason: RefusalReason, says: str) -> NoReturn:
    where = access.where(f"push.{claimed.command.payload.kind}", reference=claimed.attempt_id)
    raise Refused(where, reason, says, next_step=_BY_HAND)


_BY_HAND: Final = "Look at it in HighLevel's calendar; nothing was changed there."
