"""A page of HubSpot's, split into its rows without touching a byte."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from canonical.problems import ProtocolBroken, Where
from canonical.raw import RawRecord, Suspect
from connectors.hubspot.objects import Kind
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.moments import instant, milliseconds
from connectors.kit.shapes import Misshapen, split, told_apart


class _Told(msgspec.Struct, rename="camel"):
    """What splitting and selecting need; the record itself stays as it came."""

    id: str
    properties: dict[str, str | None]
    updated_at: str | None = None
    archived_at: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `stamp`: when it was last modified, in milliseconds since 1970, or 0 where it does not say."""

    id: str
    stamp: int
    properties: Mapping[str, str | None]
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

    @property
    def size(self) -> int:
        """How many rows it showed, understood or not."""
        return len(self.rows) + len(self.suspects)


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
        return Rows(rows, bad, _after(rest))
    raise problem


def _row(body: bytes, kind: Kind) -> Row | None:
    try:
        told = msgspec.json.decode(body, type=_Told)
    except msgspec.MsgspecError:
        return None
    if not told.id.isdecimal():
        return None
    stamp = instant(told.properties.get(kind.modified))
    return Row(
        id=told.id,
        stamp=milliseconds(stamp) if stamp else 0,
        properties=told.properties,
        body=body,
        updated_at=instant(told.updated_at) or stamp,
        archived_at=instant(told.archived_at),
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
        problem="a row without an id or without properties",
        next_step="Compare the bytes with HubSpot's SimplePublicObject.",
    )


def is_ours(properties: Mapping[str, str | None], selected: Iterable[tuple[str, Sequence[str]]]) -> bool:
    """Whether a contact of a shared portal is this practice's. HubSpot compares without regard to capitals; so do we."""
    return all((properties.get(name) or "").lower() in {each.lower() for each in values} for name, values in selected)
