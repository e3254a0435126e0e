"""Acuity's rows, taken apart without touching a byte, and put together again as records."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from canonical.problems import ProtocolBroken, Where
from canonical.raw import RawRecord, Suspect
from connectors.acuity.wire import OWN_LABELS
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.shapes import Misshapen, told_apart, without

FORMS: Final = frozenset({"forms", "formsText"})
"""What somebody answered. It stays with Acuity (row 2.3)."""
OF_THE_APPOINTMENT: Final = frozenset(
    {
        "id", "date", "time", "endTime", "dateCreated", "datetimeCreated", "datetime", "price", "priceSold", "paid",
        "amountPaid", "type", "appointmentTypeID", "classID", "addonIDs", "category", "duration", "calendar",
        "calendarID", "certificate", "confirmationPage", "confirmationPagePaymentLink", "location", "notes",
        "timezone", "calendarTimezone", "canceled", "canClientCancel", "canClientReschedule", "labels", "noShow",
        "isVerified", "scheduledBy",
    }
)  # fmt: skip
"""What a row says of the appointment and not of the person."""

Fields = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its bytes, and its fields each as they were written."""

    body: bytes
    fields: Fields

    def text(self, name: str) -> str:
        """A plain value as text; empty where there is none."""
        value = self.value(name)
        return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""

    def value(self, name: str) -> object:
        """A field, decoded; None where there is none."""
        return msgspec.json.decode(self.fields[name]) if name in self.fields else None

    @property
    def client_key(self) -> str:
        """Who it is about, as far as Acuity can tell: name and phone, else name and mail address. Empty for nobody."""
        name = (self.text("firstName").lower(), self.text("lastName").lower())
        digits = "".join(filter(str.isdecimal, self.text("phone")))[-10:]
        told = [*name, digits or self.text("email").lower()]
        if not any(told):
            return ""
        return f"c-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]}"

    @property
    def label(self) -> str:
        """The first of its labels that is one of Acuity's own."""
        labels = self.value("labels")
        names = [each.get("name") for each in labels if isinstance(each, dict)] if isinstance(labels, list) else []
        return next((name for name in names if isinstance(name, str) and name.strip().lower() in OWN_LABELS), "")

    @property
    def forms(self) -> list[Mapping[str, object]]:
        """Its forms with their answers."""
        forms = self.value("forms")
        return [each for each in forms if isinstance(each, dict)] if isinstance(forms, list) else []

    def without(self, names: frozenset[str]) -> bytes:
        """The row without some of its fields, what is left as it was written."""
        return without(self.body, names)

    def record(self, access: Access, stream: str, vendor_id: str, body: bytes, origin: str) -> RawRecord:
        """A record that was made of it."""
        return RawRecord(
            connection_id=access.connection.connection_id, stream=stream, vendor_id=vendor_id, body=body, origin=origin
        )


def added(body: bytes, **pieces: object) -> bytes:
    """The row with further fields at its end; empty ones are left out."""
    more = b"".join(f",{json.dumps(name)}:{json.dumps(value)}".encode() for name, value in pieces.items() if value)
    return body.rstrip()[:-1].rstrip() + more + b"}"


def rows_of(body: bytes, where: Where, origin: str) -> tuple[tuple[Row, ...], tuple[Suspect, ...]]:
    """The rows of a list, and what is none. Acuity's lists are bare arrays.

    Raises:
        ProtocolBroken: it is no list.
    """
    problem: ProtocolBroken
    try:
        pieces = [bytes(piece) for piece in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = broken_page(where, Misshapen("is not a JSON list"))
    else:
        return told_apart(pieces, row_of, _suspect, f"{origin}, row")
    raise problem


def row_of(body: bytes) -> Row | None:
    """One row; None where it is no record."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return Row(body, {name: bytes(raw) for name, raw in fields.items()})


def _suspect(body: bytes, origin: str) -> Suspect:
    return Suspect(body=body, origin=origin, code="no_record", problem="a row that is no record", next_step=COMPARE)


COMPARE: Final = "Compare the bytes with Acuity's documentation."


def unidentified(row: Row, origin: str) -> Suspect:
    """A row without the id it must have."""
    return Suspect(body=row.body, origin=origin, code="no_id", problem="a row without an id", next_step=COMPARE)


def answers(row: Row) -> Iterator[tuple[str, str]]:
    """(field's id, answer) of every question of its forms."""
    for form in row.forms:
        values = form.get("values")
        for each in values if isinstance(values, list) else []:
            if isinstance(each, dict):
                value = each.get("value")
                yield str(each.get("fieldID", "")), str(value).strip() if value is not None else ""
