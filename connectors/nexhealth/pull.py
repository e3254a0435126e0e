"""Patients, appointments and procedures, place by place, in the order in which they changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import quote

import msgspec

from canonical.clock import Instant
from canonical.model import Noun
from canonical.problems import RefusalReason, Refused
from canonical.raw import Page, RawRecord, Suspect
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.moments import instant
from connectors.kit.paging import walk
from connectors.kit.parts import Parts
from connectors.kit.registry import Again, Pull
from connectors.nexhealth import client, envelope
from connectors.nexhealth.billed import PROCEDURES, billed
from connectors.nexhealth.types import Types

PAGE_SIZE: Final = 1000
"""NexHealth's largest; left out, it would be 5."""
PATIENTS, APPOINTMENTS = "patients", "appointments"
HISTORY: Final = "30"
A_YEAR: Final = timedelta(days=366)
"""How far back the first pass reads procedures: spending is counted over twelve months (M5), and more is not needed."""
HORIZON: Final = "730"
"""Days behind and ahead within which appointments are read. A list must say both ends, whatever else it is narrowed by."""


class Cursor(Noun):
    """Where a stream stands."""

    since: Instant | None = None
    """Every change before this was read, apart from what the overlap reads again. By NexHealth's clock."""
    newest: Instant | None = None
    """The latest change this pass has met."""
    done: tuple[str, ...] = ()
    """The places this pass is through with."""
    next: str = ""
    """Where the place under way goes on."""
    read: int = 0
    """Rows of that place so far."""


class _Row(msgspec.Struct):
    """What splitting needs; the record itself stays as it came."""

    id: int | str
    updated_at: Any = None
    location_id: Any = None


@dataclass(frozen=True)
class _Pass:
    """One pass over a stream."""

    access: Access
    stream: str
    now: datetime
    line: Line
    places: tuple[str, ...]
    dress: Callable[[bytes], bytes]
    """What is put into a row of the list, or left out of it."""
    parts: Parts = field(default_factory=Parts)
    """The places, as far as a list says how many it has."""

    @classmethod
    def over(cls, access: Access, stream: str, now: datetime, places: tuple[str, ...]) -> Self:
        """A pass that has asked nothing yet."""
        line = client.line(access)
        dress = {APPOINTMENTS: Types(access, line).dressed, PROCEDURES: billed}.get(stream, _as_it_came)
        return cls(access, stream, now, line, places, dress)

    @property
    def capability(self) -> str:
        return f"pull.{self.stream}"

    def request(self, place: str, since: datetime | None, token: str) -> tuple[tuple[str, str], ...]:
        """The query of one page."""
        query = [("location_id", place), ("sort", "updated_at"), ("per_page", str(PAGE_SIZE))]
        query += {APPOINTMENTS: self._window, PATIENTS: self._strictly}.get(self.stream, list)()
        after = since - self.access.manifest.streams[self.stream].overlap if since else self._beginning()
        query += [("updated_since", _written(after))] if after else []
        return (*query, *envelope.going_on(token))

    @property
    def _today(self) -> datetime:
        """Its beginning: whole days, so that a pass that goes on later asks the same."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    def _beginning(self) -> datetime | None:
        """Since when the first pass reads. Of procedures a place alone is no question: one more filter must stand beside it."""
        return self._today - A_YEAR if self.stream == PROCEDURES else None

    def _window(self) -> list[tuple[str, str]]:
        today = self._today
        back = timedelta(days=int(self.access.setting("history_days", HISTORY)))
        ahead = timedelta(days=int(self.access.setting("horizon_days", HORIZON)))
        return [("start", _written(today - back)), ("end", _written(today + ahead))]

    def _strictly(self) -> list[tuple[str, str]]:
        """Where the connection knows of other places, their patients stay out: a list holds those of all otherwise."""
        others = {*self.places, *self.access.connection.locations}
        return [("location_strict", "true")] if len(others) > 1 or self.access.connection.select else []


def pull(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """What changed since the cursor, less the overlap, in all places. The last page is `complete`."""
    at = Cursor.model_validate_json(cursor) if cursor else Cursor()
    reading = _Pass.over(access, stream, now, client.places(access))
    left = [place for place in reading.places if place not in at.done]
    if not left:
        yield Page(cursor=Cursor(since=at.newest or at.since).model_dump_json(), complete=True)
    for number, place in enumerate(left, 1):
        for page, at in _place(reading, at, place):  # noqa: B020 - each page leads to the next place to stand
            last = number == len(left) and place in at.done
            ended = Cursor(since=at.newest or at.since) if last else at
            yield page.model_copy(update={"cursor": ended.model_dump_json(), "complete": last})


def _as_it_came(row: bytes) -> bytes:
    return row


def _place(reading: _Pass, at: Cursor, place: str) -> Iterator[tuple[Page, Cursor]]:
    try:
        yield from _pages(reading, at, place)
    except Refused:
        # The token of a page somebody left long ago has gone stale: start this place again.
        if not at.next:
            raise
        yield from _pages(reading, at.model_copy(update={"next": "", "read": 0}), place)


def _pages(reading: _Pass, at: Cursor, place: str) -> Iterator[tuple[Page, Cursor]]:
    where, shown = reading.access.where(reading.capability), set[bytes]()

    def fetch(token: str) -> envelope.Listed:
        query = reading.request(place, at.since, token)
        request = client.asking(reading.access, f"/{reading.stream}", query)
        listed = envelope.rows(reading.line.read(request, reading.capability).body, where, token)
        if token.startswith(envelope.PAGE) and shown.issuperset(listed.bodies):
            return listed._replace(bodies=(), next=None)  # whoever does not count pages shows the first one again
        shown.update(listed.bodies)
        return listed

    newest, read = at.newest or at.since, at.read
    ahead = sum(each not in at.done for each in reading.places)
    for number, (listed, token) in enumerate(walk(fetch, at.next, lambda page: page.next, where), 1):
        size = len(listed.bodies)
        read += size
        told = reading.parts.to_come(ahead, read, size, listed.total, further=token is not None)
        records, suspects = _sorted_out(reading, listed.bodies, f"place {place}, page {number}")
        changes = (record.effective_at for record in records if record.effective_at)
        newest = max((each for each in (newest, *changes) if each and each <= reading.now), default=None)
        going = {"next": token, "read": read} if token else {"next": "", "read": 0, "done": (*at.done, place)}
        page = Page(records=records, suspects=suspects, cursor="", **told)
        yield page, at.model_copy(update={"newest": newest, **going})


def _sorted_out(
    reading: _Pass, bodies: Sequence[bytes], origin: str
) -> tuple[tuple[RawRecord, ...], tuple[Suspect, ...]]:
    records, suspects = [], []
    for index, body in enumerate(bodies, 1):
        stood = f"{origin}, record {index}"
        row = _row(body)
        if row is None:
            suspects.append(Suspect(body=body, origin=stood, code="no_id", problem=_NO_ID, next_step=_COMPARE))
        else:
            records.append(_record(reading, row, reading.dress(body), stood))
    return tuple(records), tuple(suspects)


_NO_ID: Final = "a record without an id"
_COMPARE: Final = "Compare the bytes with NexHealth's reference."


def _row(body: bytes) -> _Row | None:
    try:
        return msgspec.json.decode(body, type=_Row)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _record(reading: _Pass, row: _Row, body: bytes, origin: str) -> RawRecord:
    return RawRecord(
        connection_id=reading.access.connection.connection_id,
        stream=reading.stream,
        vendor_id=str(row.id),
        body=body,
        origin=origin,
        effective_at=instant(row.updated_at),
    )


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These records as they are now. Appointments of places that are not ours, and records that are gone, are left out."""
    ours = client.places(access) if access.connection.select.get("locations") else ()
    reading = _Pass.over(access, stream, now, ours)
    found = (_single(reading, each) for each in dict.fromkeys(ids))
    return tuple(record for record in found if record is not None)


def _single(reading: _Pass, vendor_id: str) -> RawRecord | None:
    where = reading.access.where(reading.capability)
    request = client.asking(reading.access, f"/{reading.stream}/{quote(vendor_id, safe='')}")
    try:
        answer = reading.line.read(request, reading.capability)
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
        return None
    body = envelope.one(answer.body, where)
    row = _row(body)
    elsewhere = row is not None and row.location_id is not None and str(row.location_id) not in reading.places
    if row is None or (reading.places and elsewhere):
        return None
    return _record(reading, row, reading.dress(body), "by id")


STREAMS: Final[dict[str, Pull]] = dict.fromkeys((PATIENTS, APPOINTMENTS, PROCEDURES), pull)
BY_ID: Final[dict[str, Again]] = dict.fromkeys((PATIENTS, APPOINTMENTS, PROCEDURES), by_id)
