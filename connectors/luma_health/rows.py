"""A page of Luma's, split into rows without touching a byte, and what is told beside a row because a mapping cannot say it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from canonical.problems import ProtocolBroken, Where
from canonical.raw import RawRecord, Suspect
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.moments import instant
from connectors.kit.shapes import Misshapen, beside, split, told_apart
from connectors.luma_health.wire import Birth, Contact, Message, Patient, is_marked

TOLD: Final = "told"
_PHONES: Final = frozenset({"sms", "voice", "whatsapp"})
_CHANNELS: Final = ("sms", "email", "voice")
"""What Luma can be forbidden that is a channel of ours."""
_PICKED: Final = "chat"
"""The channel of a message for which Luma picks the channel; the address says which it was."""
_PORTAL: Final = "portal"
_NUMBER: Final = re.compile(r"\+?[\d\s().-]{3,20}")
_NOT_TO_PATIENTS: Final = frozenset({"doctor", "staff"})
_AMONG_STAFF: Final = frozenset({"internal", "private"})


class _Told(msgspec.Struct, rename={"id": "_id", "updated_at": "updatedAt"}):
    """What splitting needs; the record itself stays as it came."""

    id: str | int
    deleted: Any = None
    updated_at: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `gone`: Luma has marked it as deleted."""

    id: str
    gone: bool
    updated_at: datetime | None
    body: bytes

    def record(self, access: Access, stream: str, origin: str) -> RawRecord:
        """The row as it lands."""
        told = _TOLD_BY[stream](self.body) if stream in _TOLD_BY else {}
        return RawRecord(
            connection_id=access.connection.connection_id,
            stream=stream,
            vendor_id=self.id,
            body=beside(self.body, TOLD, told) if told else self.body,
            origin=origin,
            effective_at=self.updated_at,
            deleted=self.gone,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """A page. `size` is Luma's own figure, of which is not said whether it counts the page or everything."""

    rows: tuple[Row, ...]
    suspects: tuple[Suspect, ...]
    size: int

    @property
    def shown(self) -> int:
        """How many rows it showed, understood or not."""
        return len(self.rows) + len(self.suspects)


def rows_of(body: bytes, where: Where, origin: str) -> Rows:
    """The rows of a page.

    Raises:
        ProtocolBroken: it is no page.
    """
    problem: ProtocolBroken
    try:
        bodies, rest = split(body, "response")
    except Misshapen as wrong:
        problem = broken_page(where, wrong)
    else:
        rows, bad = told_apart(bodies, row_of, _suspect, f"{origin}, row")
        return Rows(rows, bad, _size(rest.get("size")))
    raise problem


def _size(written: object) -> int:
    """The figure, also as text or with a fraction of nothing (some lists call it a `number`); 0 where it is none."""
    text = str(written).removesuffix(".0")
    return int(text) if text.isdecimal() else 0


def row_of(body: bytes) -> Row | None:
    """One row; None where it has no id."""
    try:
        told = msgspec.json.decode(body, type=_Told)
    except msgspec.MsgspecError:
        return None
    return Row(str(told.id), is_marked(told.deleted), instant(told.updated_at), body) if told.id else None


def _suspect(body: bytes, origin: str) -> Suspect:
    return Suspect(
        body=body,
        origin=origin,
        code="no_id",
        problem="a row without an _id",
        next_step="Compare the bytes with Luma's documentation.",
    )


def speaks_to_patients(row: Row) -> bool:
    """Whether a message is one between the practice and a patient, and not one among staff."""
    message = _message(row.body)
    return message is None or not (
        message.visibility in _AMONG_STAFF
        or (message.type == "outbound" and message.recipient_type in _NOT_TO_PATIENTS)
    )


def _told_of_patient(body: bytes) -> Mapping[str, str]:
    """The contacts that may be used, the birth date in one word, and the channels that are off.

    A contact somebody asked us to leave alone stays, with its channel off: forgetting it would forget the wish.
    """
    try:
        patient = Patient.model_validate_json(body)
    except ValidationError:
        return {}
    kept = [contact for contact in patient.contact if contact.value and _usable(contact)]
    off = _CHANNELS if patient.do_not_contact else [name for name in _CHANNELS if any(_is_off(c, name) for c in kept)]
    return {
        "phones": ";".join(str(contact.value) for contact in kept if contact.type in _PHONES),
        "emails": ";".join(str(contact.value) for contact in kept if contact.type == "email"),
        "off": ";".join(off),
        "born": _born(patient.birth),
    }


def _usable(contact: Contact) -> bool:
    if contact.archived:
        return contact.archived_reason == "do-not-contact"
    return contact.active is not False


def _is_off(contact: Contact, channel: str) -> bool:
    return contact.type == channel and bool(contact.archived) and contact.archived_reason == "do-not-contact"


def _born(birth: Birth | str | None) -> str:
    """A part that is missing leaves a date nobody can read, and the record is set aside: an age must not be guessed."""
    if isinstance(birth, str):
        return birth
    if birth is None or not any((birth.year, birth.month, birth.day)):
        return ""
    return f"{birth.year or 0:04}-{birth.month or 0:02}-{birth.day or 0:02}"


def _told_of_message(body: bytes) -> Mapping[str, str]:
    message = _message(body)
    if message is None:
        return {}
    theirs, ours = (message.sender, message.to) if message.type == "inbound" else (message.to, message.sender)
    picked = _reached_by(theirs or "")
    return {
        "address" if picked == "email" else "phone": "" if picked == _PORTAL else theirs or "",
        "ours": ours or "",
        "channel": picked if message.channel in {None, "", _PICKED} else message.channel,
    }


def _reached_by(written: str) -> str:
    """What sort of contact Luma picked for a chat; neither a number nor an address is a place behind a sign-in."""
    if "@" in written:
        return "email"
    return "sms" if _NUMBER.fullmatch(written.strip()) else _PORTAL


def _message(body: bytes) -> Message | None:
    try:
        return Message.model_validate_json(body)
    except ValidationError:
        return None


_TOLD_BY: Final[Mapping[str, Callable[[bytes], Mapping[str, str]]]] = {
    "patients": _told_of_patient,
    "messages": _told_of_message,
}
