"""What one pass of a stream reads, leg by leg and page by page, and how it goes on after it was cut off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from canonical.clock import Instant
from canonical.model import Noun
from canonical.problems import ConnectorProblem, ProtocolBroken, Refused
from canonical.raw import Page, RawRecord, Suspect
from connectors.gohighlevel.asking import inside
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.exchange import Answer
from connectors.kit.moments import counted
from connectors.kit.parts import Parts
from connectors.kit.shapes import Misshapen, said, split


class Cursor(Noun):
    """Where a stream stands. A pass is a list of legs, each of which has pages."""

    since: Instant | None = None
    """Everything changed before this was read, apart from what the overlap reads again."""
    begun: Instant | None = None
    """When the pass under way began; None between two passes."""
    legs: tuple[str, ...] = ()
    """What is left of it, the leg under way first."""
    token: str = ""
    """The page of that leg to go on with; empty for its first."""
    read: int = 0
    """Records of that leg so far."""
    known: tuple[str, ...] = ()
    """Ids that the last pass met and whose absence from this one means something."""
    met: tuple[str, ...] = ()
    """Those of them, and new ones, that this pass has met so far."""


class Row(msgspec.Struct, rename="camel"):
    """What splitting and selecting need of any record; the record itself stays as it came."""

    id: str
    date_updated: Any = None
    updated_at: Any = None
    date_added: Any = None
    created_at: Any = None

    @property
    def changed(self) -> datetime | None:
        """When it last changed, as far as it says."""
        told = (self.date_updated, self.updated_at, self.date_added, self.created_at)
        return next(filter(None, map(counted, told)), None)


class _Written(Row, rename="camel"):
    """As it came: an id may be a number, and a date anything."""

    id: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """One page: its records' bytes, and the token of the next one or empty."""

    bodies: tuple[bytes, ...]
    next: str = ""
    total: object = None
    """How many the leg has in all, where HighLevel says."""


class Reader(Protocol):
    """What a stream does differently."""

    def legs(self, since: datetime | None, begun: datetime) -> tuple[str, ...]:
        """What a pass that begins now has to read."""

    def page(self, at: Cursor) -> Found:
        """The page of the leg under way. Raises a connector problem."""

    def completed(self, bodies: Sequence[bytes]) -> Sequence[bytes]:
        """The records with what else they need to be understood, such as a phone that stands in the contact only."""

    def lasting(self, bodies: Sequence[bytes], begun: datetime) -> tuple[str, ...]:
        """The ids among them that the next pass must meet again, unless they are gone."""

    def vanished(self, ids: Sequence[str]) -> tuple[RawRecord, ...]:
        """What became of those that it did not meet."""


def run(access: Access, stream: str, stored: Cursor, now: datetime, reader: Reader) -> Iterator[Page]:
    """One pass, or the rest of it. The last page is `complete`. A page whose token has gone stale begins its pass anew."""
    try:
        yield from _pass(access, stream, stored, now, reader)
    except Refused:
        if not stored.token:
            raise
        yield from _pass(access, stream, Cursor(since=stored.since, known=stored.known), now, reader)


def _pass(access: Access, stream: str, stored: Cursor, now: datetime, reader: Reader) -> Iterator[Page]:
    begun = stored.begun or now
    at = (
        stored if stored.begun else stored.model_copy(update={"begun": begun, "legs": reader.legs(stored.since, begun)})
    )
    followed: set[tuple[str, str]] = set()
    seen: set[str] = set()
    number, parts = 0, Parts()
    while at.legs:
        number += 1
        _require_progress(access, stream, at, followed)
        found = reader.page(at)
        size = len(found.bodies)
        told = parts.to_come(len(at.legs), at.read + size, size, found.total, further=bool(found.next))
        at = _after(at, found, reader.lasting(found.bodies, begun))
        records, suspects = sorted_out(access, stream, reader.completed(found.bodies), f"page {number}")
        fresh = tuple(one for one in records if one.vendor_id not in seen)
        seen.update(one.vendor_id for one in fresh)
        done = not at.legs
        if done:
            fresh += reader.vanished([one for one in at.known if one not in set(at.met)])
            at = Cursor(since=begun, known=at.met)
        as_of = begun if stored.begun else None
        yield Page(records=fresh, suspects=suspects, cursor=at.model_dump_json(), complete=done, as_of=as_of, **told)
        if done:
            return
    yield Page(cursor=Cursor(since=begun, known=stored.known).model_dump_json(), complete=True)


def _require_progress(access: Access, stream: str, at: Cursor, followed: set[tuple[str, str]]) -> None:
    if (at.legs[0], at.token) in followed:
        raise ProtocolBroken(
            access.where(f"pull.{stream}"),
            "its pages never end: one token came twice.",
            next_step="Report it to the vendor.",
        )
    followed.add((at.legs[0], at.token))


def _after(at: Cursor, found: Found, met: tuple[str, ...]) -> Cursor:
    at = at.model_copy(update={"met": at.met + met})
    if found.next:
        return at.model_copy(update={"token": found.next, "read": at.read + len(found.bodies)})
    return at.model_copy(update={"legs": at.legs[1:], "token": "", "read": 0})


def sorted_out(
    access: Access, stream: str, bodies: Sequence[bytes], origin: str
) -> tuple[tuple[RawRecord, ...], tuple[Suspect, ...]]:
    """Records, and what has no id: set aside alone, so that its page goes on."""
    records: list[RawRecord] = []
    suspects: list[Suspect] = []
    for index, body in enumerate(bodies, 1):
        row, where = row_of(body), f"{origin}, record {index}"
        if row is None:
            suspects.append(Suspect(body=body, origin=where, code="no_id", problem=_NO_ID, next_step=_COMPARE))
        else:
            records.append(record_of(access, stream, row, body, where))
    return tuple(records), tuple(suspects)


_NO_ID = "a record without an id"
_COMPARE = "Compare the bytes with HighLevel's documents."


def record_of(access: Access, stream: str, row: Row, body: bytes, origin: str, *, deleted: bool = False) -> RawRecord:
    """The raw record of a row."""
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream=stream,
        vendor_id=row.id,
        body=body,
        origin=origin,
        effective_at=row.changed,
        deleted=deleted,
    )


def row_of(body: bytes) -> Row | None:
    """The row, as far as it can be read; None without an id."""
    try:
        row = msgspec.json.decode(body, type=_Written)
    except msgspec.MsgspecError:
        return None
    found = said(row.id)
    return msgspec.structs.replace(row, id=found) if found else None


def pieces_of(access: Access, stream: str, answer: Answer, under: str) -> tuple[tuple[bytes, ...], Mapping[str, Any]]:
    """The records of an answer, and what else it says. A list that is null is an empty one.

    Raises:
        ProtocolBroken: it is no page of records.
    """
    problem: ConnectorProblem
    try:
        return ((), {}) if inside(answer.body, under) == b"null" else split(answer.body, under)
    except Misshapen as wrong:
        problem = broken_page(access.where(f"pull.{stream}"), wrong)
    raise problem


def meta_of(rest: Mapping[str, Any]) -> Mapping[str, Any]:
    """What some answers say about their pages, apart from the records."""
    meta = rest.get("meta")
    return meta if isinstance(meta, dict) else {}


def back(since: datetime | None, by: timedelta) -> datetime | None:
    """Where a pass starts again."""
    return since - by if since is not None else None


def stamp(moment: datetime) -> str:
    """An instant as HighLevel's filters want it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
