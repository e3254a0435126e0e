"""A page of HubSpot's, split into its rows without touching a byte."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from canonical.problems import ProtocolBroken, Where
from canonical.raw import RawRecord, Suspect
from connectors.hubspot.objects import Kind
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.moments import counted, milliseconds
from connectors.kit.shapes import Misshapen, said, split, told_apart

Told = TypeVar("Told", "Row", Suspect)


class _Written(msgspec.Struct, rename="camel"):
    """What splitting and selecting need; the record itself stays as it came."""

    id: Any
    properties: Any = None
    updated_at: Any = None
    archived_at: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `stamp`: when it was last modified, in milliseconds since 1970, or 0 where it does not say."""

    id: str
    stamp: int
    properties: Mapping[str, Any]
    body: bytes
    updated_at: datetime | None
    archived_at: datetime | None

    def deleted(self, access: Access, kind: Kind, origin: str) -> RawRecord:
        """The record as one that is gone."""
        return self._record(access, kind, origin, self.body, self.archived_at, deleted=True)

    def record(self, access: Access, kind: Kind, origin: str, body: bytes | None = None) -> RawRecord:
        """The record as it lands. `body`: the row with what belongs to it."""
        return self._record(access, kind, origin, body or self.body, self.updated_at, deleted=False)

    def _record(
        self, access: Access, kind: Kind, origin: str, body: bytes, at: datetime | None, *, deleted: bool
    ) -> RawRecord:
        return RawRecord(
            connection_id=access.connection.connection_id,
            stream=kind.stream,
            vendor_id=self.id,
            body=body,
            origin=origin,
            effective_at=at,
            deleted=deleted,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """A page. `suspects` are rows that are none; `after` is where HubSpot says it goes on, empty where it does not."""

    rows: tuple[Row, ...]
    suspects: tuple[Suspect, ...]
    after: str
    total: object = None
    """How many the search found, as HubSpot counts them; it may lag."""

    @property
    def size(self) -> int:
        """How many rows it showed, understood or not."""
        return len(self.rows) + len(self.suspects)


@dataclass(slots=True)
class Met:
    """What a pass has told so far, and what it holds back because the next answer should show it once more."""

    told: set[bytes] = field(default_factory=set)
    held: tuple[Row, ...] = ()

    def now(self, rows: Sequence[Row], later: Sequence[Row], *, going_on: bool) -> tuple[Row, ...]:
        """The rows to tell now. What was held back and was not shown again is told all the same, unless its reading goes on."""
        shown = {row.id for row in (*rows, *later)}
        missed = () if going_on else tuple(row for row in self.held if row.id not in shown)
        self.held = (*self.held, *later) if going_on else tuple(later)
        return self.fresh((*missed, *rows))

    def fresh(self, shown: Iterable[Told]) -> tuple[Told, ...]:
        """What was not told yet, or has changed since."""
        return tuple(each for each in shown if self._first(each.body))

    def _first(self, body: bytes) -> bool:
        mark = hashlib.blake2b(body, digest_size=16).digest()
        new = mark not in self.told
        self.told.add(mark)
        return new


def rows_of(body: bytes, kind: Kind, where: Where, origin: str) -> Rows:
    """The rows of a page of that kind.

    Raises:
        ProtocolBroken: it is no page.
    """
    problem: ProtocolBroken
    try:
        bodies, rest = split(body, "results")
    except Misshapen as wrong:
        problem = broken_page(where, wrong)
    else:
        rows, bad = told_apart(bodies, lambda each: _row(each, kind), _suspect, f"{origin}, row")
        return Rows(rows, bad, _after(rest), rest.get("total"))
    raise problem


def _row(body: bytes, kind: Kind) -> Row | None:
    try:
        told = msgspec.json.decode(body, type=_Written)
    except msgspec.MsgspecError:
        return None
    properties = told.properties if isinstance(told.properties, dict) else {}
    stamp = counted(properties.get(kind.modified))
    if not said(told.id):
        return None
    return Row(
        id=said(told.id),
        stamp=milliseconds(stamp) if stamp else 0,
        properties=properties,
        body=body,
        updated_at=counted(told.updated_at) or stamp,
        archived_at=counted(told.archived_at),
    )


def _after(rest: Mapping[str, Any]) -> str:
    paging = rest.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    return str(following.get("after") or "") if isinstance(following, dict) else ""


def _suspect(body: bytes, origin: str) -> Suspect:
    return Suspect(
        body=body,
        origin=origin,
        code="no_id",
        problem="a row without an id",
        next_step="Compare the bytes with HubSpot's SimplePublicObject.",
    )


def is_ours(properties: Mapping[str, Any], selected: Iterable[tuple[str, Sequence[str]]]) -> bool:
    """Whether a contact of a shared portal is this practice's. HubSpot compares without regard to capitals; so do we."""
    return all(said(properties.get(name)).lower() in {each.lower() for each in values} for name, values in selected)
