"""Contacts, leads, meetings, appointments, tasks and calls: what changed, whom it is about, and what was archived."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from canonical.problems import NeedsOperator
from canonical.raw import Page, RawRecord
from connectors.hubspot.asking import BATCH, Reading
from connectors.hubspot.objects import (
    CONTACTS,
    KINDS,
    NEW_LEADS,
    Kind,
    key_property,
    lead_stages,
    properties_of,
    selected,
)
from connectors.hubspot.passes import Cursor
from connectors.hubspot.relations import ours, related
from connectors.hubspot.rows import Met, Row, is_ours, rows_of
from connectors.hubspot.search import Filter, Search, one_of
from connectors.kit.access import Access
from connectors.kit.moments import milliseconds
from connectors.kit.paging import left_of
from connectors.kit.registry import Again, Pull

LONGEST: Final = 2_000
"""Characters of property names that a search's body (3,000 at most) has room for."""


def pull(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """What changed since the cursor, less the overlap; once an hour, what was archived. The last page is `complete`.

    Raises:
        NeedsOperator: the portal lacks the object or a property, or the settings ask for too many.
    """
    stored = Cursor.model_validate_json(cursor) if cursor else Cursor()
    overlap = access.manifest.streams[stream].overlap
    at = stored.under_way(milliseconds(now), overlap)
    as_of = _moment(at.begun) if stored.begun else None
    reading, kind = Reading(access, f"pull.{stream}"), KINDS[stream]
    number, met = 0, Met()
    while not at.done:
        number += 1
        page, at = _step(reading, kind, at, overlap, f"page {number}", met)
        if at.done:
            at = at.ended()
            yield page.model_copy(update={"cursor": at.model_dump_json(), "complete": True, "as_of": as_of})
            return
        if page.records or page.suspects:
            yield page.model_copy(update={"cursor": at.model_dump_json(), "as_of": as_of})


def _step(reading: Reading, kind: Kind, at: Cursor, overlap: timedelta, origin: str, met: Met) -> tuple[Page, Cursor]:
    if at.windows:
        return _searched(reading, kind, at, origin, met)
    return _swept(reading, kind, at, overlap, origin)


def _searched(reading: Reading, kind: Kind, at: Cursor, origin: str, met: Met) -> tuple[Page, Cursor]:
    search = Search(kind, _properties(reading.access, kind), _narrowed(reading.access, kind))
    found = search.ask(reading, at.windows[0], origin)
    left = ((found.rest,) if found.rest else ()) + at.windows[1:]
    by_id_goes_on = found.rest is not None and bool(found.rest.after_id)
    rows = met.now(found.rows, [row for row in found.page.rows if row not in found.rows], going_on=by_id_goes_on)
    # Each search begins where the last page ended: its total is what is left, the rows that are read now included.
    apart = at.windows[0].listed or at.windows[0].after_id or at.windows[1:]
    page = Page(
        records=_records(reading, kind, rows, origin),
        suspects=met.fresh(found.page.suspects),
        cursor="",
        left=None if apart else left_of(found.page.total, len(found.rows) + len(found.page.suspects)),
    )
    return page, at.model_copy(update={"windows": left})


def _records(reading: Reading, kind: Kind, rows: Sequence[Row], origin: str) -> tuple[RawRecord, ...]:
    whose = related(reading, kind, rows)
    mine = ours(reading, kind, rows, whose)
    if not kind.about_contacts:
        return tuple(row.record(reading.access, kind, origin) for row in mine)
    return tuple(row.record(reading.access, kind, origin, whose.body(row)) for row in mine)


def _swept(reading: Reading, kind: Kind, at: Cursor, overlap: timedelta, origin: str) -> tuple[Page, Cursor]:
    """One page of the recycling bin. On a shared portal nobody can say whose an archived record was, unless it is a contact."""
    selecting = selected(reading.access)
    if selecting and kind.about_contacts:
        return Page(cursor=""), at.model_copy(update={"sweeps": False, "swept": at.begun})
    answer = reading.archived(kind.object_type, _properties(reading.access, kind), at.bin)
    page = rows_of(answer.body, kind, reading.where, origin)
    since = at.archived_since(overlap)
    gone = [row for row in page.rows if row.archived_at and milliseconds(row.archived_at) >= since]
    mine = [row.deleted(reading.access, kind, origin) for row in gone if is_ours(row.properties, selecting)]
    after = at.model_copy(update={"bin": page.after})
    if not page.after or page.after == at.bin:
        after = after.model_copy(update={"sweeps": False, "swept": at.begun})
    return Page(records=tuple(mine), cursor=""), after


def _properties(access: Access, kind: Kind) -> tuple[str, ...]:
    wanted = properties_of(access, kind)
    if sum(len(name) + 3 for name in wanted) > LONGEST:
        raise NeedsOperator(
            access.where(f"pull.{kind.stream}"),
            f"{kind.stream}.properties names more than one search can ask for.",
            next_step=f"Shorten `{kind.stream}.properties` in the connection's settings.",
        )
    return wanted


def _narrowed(access: Access, kind: Kind) -> tuple[Filter, ...]:
    """What else a search asks for: which contacts are ours, and which of them have just asked."""
    if kind.object_type != CONTACTS.object_type:
        return ()
    ours_ = [one_of(name, values) for name, values in selected(access)]
    return (*ours_, *_asking(access)) if kind is NEW_LEADS else tuple(ours_)


def _asking(access: Access) -> Iterator[Filter]:
    """Contacts at the first stage, less those we wrote there ourselves: their inquiry came to us first."""
    yield one_of("lifecyclestage", lead_stages(access))
    if key_property(access):
        yield {"propertyName": key_property(access), "operator": "NOT_HAS_PROPERTY"}


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These records as they are now, past the search index, in every stream of this connection that reads that object.

    A contact who has just asked is a person and an inquiry.
    """
    del now
    wanted = KINDS[stream].object_type
    kinds = [KINDS[name] for name in access.connection.streams if KINDS[name].object_type == wanted]
    return tuple(record for kind in kinds for record in _read(access, kind, list(dict.fromkeys(ids))))


def _read(access: Access, kind: Kind, ids: Sequence[str]) -> Iterator[RawRecord]:
    reading, origin = Reading(access, f"pull.{kind.stream}"), "by id"
    for start in range(0, len(ids), BATCH):
        answer = reading.by_ids(kind.object_type, ids[start : start + BATCH], _properties(access, kind))
        page = rows_of(answer.body, kind, reading.where, origin)
        yield from _records(reading, kind, [row for row in page.rows if _wanted(access, kind, row)], origin)


def _wanted(access: Access, kind: Kind, row: Row) -> bool:
    """What a search would have been narrowed to."""
    if kind.object_type != CONTACTS.object_type:
        return True
    asked = [*selected(access), *([("lifecyclestage", lead_stages(access))] if kind is NEW_LEADS else [])]
    written_by_us = kind is NEW_LEADS and bool(row.properties.get(key_property(access)))
    return is_ours(row.properties, asked) and not written_by_us


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=instant)


STREAMS: Final[dict[str, Pull]] = dict.fromkeys(KINDS, pull)
BY_ID: Final[dict[str, Again]] = dict.fromkeys(KINDS, by_id)
