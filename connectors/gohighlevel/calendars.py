"""Appointments of all calendars, by a window that moves along: the vendor cannot say what changed, only what lies where.

Recorded and documented: the list has neither pages nor a filter by change, and asks for one calendar at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from canonical.problems import Refused
from canonical.raw import RawRecord
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import GONE, asking, inside, segment
from connectors.gohighlevel.passes import Cursor, Found, Row, pieces_of, record_of, row_of
from connectors.gohighlevel.people import with_fields
from connectors.kit.access import Access
from connectors.kit.moments import counted, milliseconds
from connectors.kit.shapes import said

AHEAD: Final = timedelta(days=180)
BEHIND: Final = timedelta(days=7)
"""What a pass reads: what is marked later than a week after the visit, a webhook or the next first pass tells."""
HISTORY: Final = timedelta(days=400)
"""What the first pass reads: last year's visits, for who is due again."""
AT_ONCE: Final = timedelta(days=190)
"""How much one question asks for."""


class Calendar(msgspec.Struct, rename="camel"):
    """One calendar, as far as it matters here."""

    id: str
    name: str = ""
    is_active: bool | None = None
    slot_duration: Any = None
    """A number, as documented; whatever it is, the calendar is read."""
    slot_duration_unit: Any = None

    @property
    def lasts(self) -> timedelta:
        """How long a booking takes: in minutes, unless the calendar counts in hours; half an hour where it does not say, as documented."""
        given = self.slot_duration
        length = given if isinstance(given, int | float) and not isinstance(given, bool) and given > 0 else 30
        return timedelta(hours=length) if self.slot_duration_unit == "hours" else timedelta(minutes=length)


class _On(msgspec.Struct, rename="camel"):
    calendar_id: Any = None
    start_time: Any = None


def calendars(access: Access, capability: str) -> tuple[Calendar, ...]:
    """The sub-account's calendars, or those that the connection's `select` names."""
    request = asking(access, "/calendars/", {"locationId": client.location(access)}, client.TALK)
    answer = client.line(access).read(request, capability)
    bodies, _ = pieces_of(access, capability.partition(".")[2] or capability, answer, "calendars")
    wanted = access.connection.select.get("calendars", "").replace(",", " ").split()
    found = (_calendar(body) for body in bodies)
    return tuple(one for one in found if one is not None and (not wanted or one.id in wanted))


def _calendar(body: bytes) -> Calendar | None:
    row = row_of(body)
    if row is None:
        return None
    try:
        return msgspec.json.decode(body, type=Calendar)
    except msgspec.MsgspecError:
        return Calendar(row.id)


@dataclass
class Appointments:
    """The calendars' appointments. A leg is one calendar and one stretch of time."""

    access: Access
    stream: str
    _names: dict[str, str] | None = field(default=None, repr=False)

    def legs(self, since: datetime | None, begun: datetime) -> tuple[str, ...]:
        """Every calendar, stretch by stretch."""
        start = begun - (HISTORY if since is None else BEHIND)
        found: list[str] = []
        for calendar in self.names:
            at = start
            while at < begun + AHEAD:
                end = min(at + AT_ONCE, begun + AHEAD)
                found.append(f"{calendar} {milliseconds(at)} {milliseconds(end) - 1}")
                at = end
        return tuple(found)

    @property
    def names(self) -> dict[str, str]:
        """Calendar → its name."""
        if self._names is None:
            self._names = {one.id: one.name for one in calendars(self.access, f"pull.{self.stream}")}
        return self._names

    def page(self, at: Cursor) -> Found:
        """See `Reader.page`: one question has one answer."""
        calendar, start, end = at.legs[0].rsplit(" ", 2)
        query = {
            "locationId": client.location(self.access),
            "calendarId": calendar,
            "startTime": start,
            "endTime": end,
        }
        request = asking(self.access, "/calendars/events", query, client.TALK)
        answer = client.line(self.access).read(request, f"pull.{self.stream}")
        return Found(pieces_of(self.access, self.stream, answer, "events")[0])

    def completed(self, bodies: Sequence[bytes]) -> Sequence[bytes]:
        """With the calendar's name, which is how people call the service."""
        return [_named(body, self.names) for body in bodies]

    def lasting(self, bodies: Sequence[bytes], begun: datetime) -> tuple[str, ...]:
        """What lies ahead: a visit that is no longer there must not be spoken of."""
        rows = ((row_of(body), _start(body)) for body in bodies)
        return tuple(row.id for row, start in rows if row is not None and start is not None and start > begun)

    def vanished(self, ids: Sequence[str]) -> tuple[RawRecord, ...]:
        """Each by its id: moved out of the window, or gone."""
        return tuple(one_appointment(self.access, self.stream, each) or _gone(self, each) for each in ids)


def _start(body: bytes) -> datetime | None:
    try:
        return counted(msgspec.json.decode(body, type=_On).start_time)
    except msgspec.MsgspecError:
        return None


def _gone(reader: Appointments, vendor_id: str) -> RawRecord:
    body = msgspec.json.encode({"id": vendor_id, "deleted": True})
    return record_of(reader.access, reader.stream, Row(id=vendor_id), body, "absent from its window", deleted=True)


def _named(body: bytes, names: dict[str, str]) -> bytes:
    try:
        name = names.get(said(msgspec.json.decode(body, type=_On).calendar_id), "")
    except msgspec.MsgspecError:
        return body
    if not name or not body.rstrip().endswith(b"}"):
        return body
    return with_fields(body, {"calendarName": msgspec.json.encode(name)})


def one_appointment(access: Access, stream: str, vendor_id: str) -> RawRecord | None:
    """The appointment as it is now; None where the vendor no longer knows it."""
    names = Appointments(access, stream).names
    body = appointment_now(access, vendor_id, f"pull.{stream}")
    row = row_of(body) if body else None
    return record_of(access, stream, row, _named(body, names), f"{stream} by id") if row and body else None


def appointment_now(access: Access, vendor_id: str, capability: str, reference: str = "") -> bytes | None:
    """Its record, as its own page shows it and no list; None where the vendor no longer knows it."""
    request = asking(access, f"/calendars/events/appointments/{segment(vendor_id)}", version=client.TALK)
    try:
        answer = client.line(access).read(request, capability, reference)
    except Refused as refused:
        if refused.reason not in GONE:
            raise
        return None
    return inside(answer.body, "event") or inside(answer.body, "appointment") or answer.body
