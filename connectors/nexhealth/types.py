"""The name of an appointment's type: a list tells only its number, and a practice knows its services by name."""

from typing import Final

import msgspec

from canonical.problems import Refused
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.nexhealth import client, envelope
from connectors.nexhealth.wire import Named

JOINED: Final = "appointment_type"
_CAPABILITY: Final = "pull.appointment_types"


class _Row(msgspec.Struct):
    appointment_type_id: int | str | None = None
    appointment_type: msgspec.Raw = msgspec.Raw(b"null")


class _Type(msgspec.Struct):
    id: int | str


class Types:
    """The institution's types of appointment, read once and only when a row names one."""

    def __init__(self, access: Access, line: Line) -> None:
        """Nothing is asked yet."""
        self._access = access
        self._line = line
        self._known: dict[str, bytes] | None = None

    def dressed(self, row: bytes) -> bytes:
        """The row with its type's own row in it; as it came where it has one already, or names none that is known."""
        try:
            found = msgspec.json.decode(row, type=_Row)
        except msgspec.MsgspecError:
            return row
        named = str(found.appointment_type_id or "")
        if named in {"", "0"} or bytes(found.appointment_type) != b"null":
            return row
        known = self._all().get(named)
        return row if known is None else _joined(row, known)

    def _all(self) -> dict[str, bytes]:
        if self._known is None:
            self._known = self._read()
        return self._known

    def _read(self) -> dict[str, bytes]:
        """All of them, by id; none where this institution has no such list: then a service has no name."""
        try:
            answer = self._line.read(client.asking(self._access, "/appointment_types"), _CAPABILITY)
        except Refused:
            return {}
        bodies = envelope.rows(answer.body, self._access.where(_CAPABILITY)).bodies
        return {str(row.id): body for body in bodies if (row := _type(body)) is not None}


def named_types(access: Access) -> tuple[Named, ...]:
    """The institution's types of appointment, with their names."""
    answer = client.line(access).read(client.asking(access, "/appointment_types"), _CAPABILITY)
    return envelope.every(answer.body, Named, access.where(_CAPABILITY))


def _type(body: bytes) -> _Type | None:
    try:
        return msgspec.json.decode(body, type=_Type)
    except msgspec.MsgspecError:
        return None


def _joined(row: bytes, kind: bytes) -> bytes:
    """The row's bytes as they are, less the brace that closes it."""
    return row.rstrip()[:-1].rstrip() + f',"{JOINED}":'.encode() + kind + b"}"
