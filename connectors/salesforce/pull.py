"""Leads, people, appointments and tasks: what changed, and what was deleted."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from canonical.raw import Page, RawRecord
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.moments import milliseconds
from connectors.kit.paging import left_of, next_url, relative
from connectors.kit.registry import Again, Pull
from connectors.kit.shapes import Misshapen
from connectors.salesforce import bulk, client, soql
from connectors.salesforce.asking import BY_IDS, LONGEST, Reading
from connectors.salesforce.assigned import beside, owed, reassigned
from connectors.salesforce.deletions import swept
from connectors.salesforce.objects import (
    KINDS,
    LEADS,
    LOGGED,
    MAILED,
    NEEDED,
    PERSON_ACCOUNTS,
    STAMP,
    TASKS,
    Kind,
    fields_of,
    key_field,
    only_of,
    selected,
)
from connectors.salesforce.passes import Cursor
from connectors.salesforce.rows import Row, Rows, rows_of
from connectors.salesforce.schema import described

UNKNOWN_FIELD: Final = "INVALID_FIELD"


def pull(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """What changed since the cursor, less the overlap; what was deleted comes among it. The last page is `complete`.

    Raises:
        NeedsOperator: the org lacks the object or a field that must be there, or the settings ask for too many.
        TryLater: a bulk job is not ready; the next pass goes on with it.
    """
    stored = Cursor.model_validate_json(cursor) if cursor else Cursor()
    overlap = access.manifest.streams[stream].overlap
    begun = stored.under_way(milliseconds(now), overlap)
    as_of = _moment(begun.begun) if stored.begun else None
    over, at = Page(cursor=""), begun
    for page, at, last in _steps(Reading(access, f"pull.{stream}"), KINDS[stream], begun, overlap):
        if last:
            over = page
            break
        yield page.model_copy(update={"cursor": at.model_dump_json(), "as_of": as_of})
    yield over.model_copy(update={"cursor": at.ended().model_dump_json(), "complete": True, "as_of": as_of})


def _steps(reading: Reading, kind: Kind, at: Cursor, overlap: timedelta) -> Iterator[tuple[Page, Cursor, bool]]:
    """What changed, whose assignment changed, what left the bin: page by page, where each leads, and whether it is the last."""
    for page, moved in _changes(reading, kind, at):
        at = moved
        yield page, at, at.read and not (owed(kind, at) or at.sweeps)
    while owed(kind, at):
        ids, at = reassigned(reading, at, overlap)
        page = _reassigned(reading, kind, ids, at.since(overlap))
        yield page, at, not (owed(kind, at) or at.sweeps)
    if at.sweeps:
        page, at = swept(reading, kind, at)
        yield page, at, True


def _changes(reading: Reading, kind: Kind, at: Cursor) -> Iterator[tuple[Page, Cursor]]:
    followed = {at.next}
    number = 0
    while not at.read:
        number += 1
        before = at
        page, at = _step(reading, kind, at, f"page {number}")
        pages_after_all = before.bulk and not at.bulk
        if at.next and at.next in followed and not pages_after_all:
            raise broken_page(reading.where, Misshapen("names one as the next that was followed before"))
        followed.add(at.next)
        yield page, at
        if before.job and at.bulk and not at.job:
            raise TryLater(reading.where, "the bulk job failed; it is given out once more.")
        if before.next and not (at.next or at.read or at.after_id):
            raise TryLater(reading.where, "the query was forgotten; it is asked once more.")


def _reassigned(reading: Reading, kind: Kind, ids: Sequence[str], since: int) -> Page:
    """These appointments, except those that the pass has read because they changed themselves."""
    records = tuple(_read(reading, kind, ids, (f"{STAMP} < {soql.moment(since)}",))) if ids else ()
    return Page(records=records, cursor="")


def _step(reading: Reading, kind: Kind, at: Cursor, origin: str) -> tuple[Page, Cursor]:
    if at.bulk and not at.job:
        return Page(cursor="", left=at.left), bulk.started(reading, _query(reading.access, kind, at), at)
    if at.bulk:
        rows, after = bulk.page(reading, at, origin)
    else:
        rows, after = _asked(reading, kind, at, origin)
    after = _counted(at, rows, after)
    told = None if at.blind else beside(reading, kind, rows.rows)
    after = after.model_copy(update={"blind": told is None})
    records = _records(reading.access, kind, rows.rows if told is None else told, origin)
    return Page(records=records, suspects=rows.suspects, cursor="", left=after.left), after


def _counted(at: Cursor, rows: Rows, after: Cursor) -> Cursor:
    """With how much of the query or job lies behind. A job reads what the query's first page left."""
    size = len(rows.rows) + len(rows.suspects)
    if not (at.bulk or at.next):
        told = left_of(rows.total, size)
        if after.bulk:
            return after.model_copy(update={"found": told or 0, "shown": 0})
        return after.model_copy(update={"found": 0 if told is None else rows.total, "shown": size})
    lost = at.bulk and after.bulk and not after.job
    return after.model_copy(update={"shown": 0 if lost else at.shown + size})


def _asked(reading: Reading, kind: Kind, at: Cursor, origin: str) -> tuple[Rows, Cursor]:
    """One page of the query, and where it goes on: at the page it names, else behind its last row."""
    if at.next:
        found = _following(reading, at, origin)
        if found is None:
            return Rows((), ()), at.model_copy(update={"next": ""})
    else:
        body, at = _first(reading, kind, at)
        found = rows_of(body, reading.where, origin)
    behind = {"stamp": found.last.stamp, "after_id": found.last.id} if found.last else {}
    if found.done:
        return found, at.model_copy(update={**behind, "next": "", "read": True})
    after = at.model_copy(update={**behind, "next": _address(reading, found)})
    if not after.next and after.behind == at.behind:
        raise broken_page(reading.where, Misshapen("says neither that it ends nor where it goes on"))
    if not at.next and found.total > bulk.BULK_ABOVE and behind:
        return found, after.model_copy(update={"bulk": True})
    return found, after


def _address(reading: Reading, found: Rows) -> str:
    """Where the next page lies, without its host, so that an org that moves does not strand a pull half-way."""
    url = next_url(client.base_url(reading.access), found.next, reading.where)
    return relative(url) if url else ""


def _following(reading: Reading, at: Cursor, origin: str) -> Rows | None:
    """The next page; None where Salesforce has forgotten it, and the query is asked again behind the last row."""
    try:
        return rows_of(reading.following(at.next).body, reading.where, origin)
    except Refused as refused:
        forgotten = refused.where.vendor_code == "INVALID_QUERY_LOCATOR" or refused.reason is RefusalReason.NOT_FOUND
        if not forgotten:
            raise
    return None


def _first(reading: Reading, kind: Kind, at: Cursor) -> tuple[bytes, Cursor]:
    """A query's first page. A field nobody knows is found out and left away: an org may lack it, or hide it from us."""
    try:
        return reading.query(_query(reading.access, kind, at), deleted=not at.first).body, at
    except NeedsOperator as refused:
        if refused.where.vendor_code != UNKNOWN_FIELD:
            raise
        lacks = _lacking(reading, kind)
        if set(lacks) <= set(at.lacks):
            raise
        at = at.model_copy(update={"lacks": lacks})
    return reading.query(_query(reading.access, kind, at), deleted=not at.first).body, at


def _lacking(reading: Reading, kind: Kind) -> tuple[str, ...]:
    """Which fields of our query this org does not show; none that we cannot do without."""
    access, known = reading.access, described(reading, kind.object_type).names
    conditions = [condition.partition(" ")[0] for condition in only_of(access, kind)]
    lacks = tuple(name for name in (*fields_of(access, kind), *conditions) if name.partition(".")[0] not in known)
    chosen = [name for name, _ in selected(access, kind)]
    needed = {*NEEDED, *chosen, *(["IsPersonAccount"] if kind is PERSON_ACCOUNTS else [])}
    missing = [name for name in lacks if name in needed]
    if missing:
        raise NeedsOperator(
            reading.where,
            f"{kind.object_type} does not show {', '.join(missing)}.",
            next_step="Grant the field to the connection's user, or take the stream out of its `streams`.",
        )
    return lacks


def _query(access: Access, kind: Kind, at: Cursor) -> str:
    fields = [name for name in fields_of(access, kind) if name not in at.lacks]
    alive = ("IsDeleted = false",) if at.first else ()
    conditions = (*_narrowed(access, kind, at.lacks), *alive, *soql.changed(at.behind, at.begun))
    return _fitting(access, kind, soql.select(kind.object_type, fields, conditions, "" if at.bulk else soql.BY_STAMP))


def _narrowed(access: Access, kind: Kind, lacks: Sequence[str] = ()) -> Iterator[str]:
    """What else must hold: whose the record is, and that a lead is not one we wrote there ourselves."""
    yield from (only for only in only_of(access, kind) if only.partition(" ")[0] not in lacks)
    yield from (soql.one_of(name, values) for name, values in selected(access, kind))
    if kind is LEADS and key_field(access) and key_field(access) not in lacks:
        yield f"{key_field(access)} = null"


def _fitting(access: Access, kind: Kind, query: str) -> str:
    if len(query) > LONGEST:
        raise NeedsOperator(
            access.where(f"pull.{kind.stream}"),
            f"{kind.stream}.fields names more than one query can ask for.",
            next_step=f"Shorten `{kind.stream}.fields` in the connection's settings.",
        )
    return query


def _records(access: Access, kind: Kind, rows: Sequence[Row], origin: str) -> tuple[RawRecord, ...]:
    return tuple(row.record(access, kind, origin) for row in rows if not _left_out(access, kind, row))


def _left_out(access: Access, kind: Kind, row: Row) -> bool:
    """Our own logged copies, and mails: neither is a task that somebody did."""
    ours = kind.keyed and str(row.fields.get(key_field(access)) or "").startswith(LOGGED)
    return ours or (kind is TASKS and str(row.fields.get("TaskSubtype")) in MAILED)


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These records as they are now, in every stream of this connection that reads that object."""
    del now
    wanted = KINDS[stream].object_type
    kinds = [KINDS[name] for name in access.connection.streams if KINDS[name].object_type == wanted]
    unique = list(dict.fromkeys(ids))
    return tuple(record for kind in kinds for record in _read(Reading(access, f"pull.{kind.stream}"), kind, unique))


def _read(reading: Reading, kind: Kind, ids: Sequence[str], more: Sequence[str] = ()) -> Iterator[RawRecord]:
    access, origin = reading.access, "by id"
    lacks: tuple[str, ...] = ()
    for start in range(0, len(ids), BY_IDS):
        conditions = (soql.one_of("Id", ids[start : start + BY_IDS]), *more)
        try:
            body = reading.query(_by_id_query(access, kind, conditions, lacks)).body
        except NeedsOperator as refused:
            if refused.where.vendor_code != UNKNOWN_FIELD or lacks:
                raise
            lacks = _lacking(reading, kind)
            body = reading.query(_by_id_query(access, kind, conditions, lacks)).body
        rows = rows_of(body, reading.where, origin).rows
        told = beside(reading, kind, rows)
        yield from _records(access, kind, rows if told is None else told, origin)


def _by_id_query(access: Access, kind: Kind, conditions: Sequence[str], lacks: Sequence[str]) -> str:
    fields = [name for name in fields_of(access, kind) if name not in lacks]
    return soql.select(kind.object_type, fields, (*_narrowed(access, kind, lacks), *conditions))


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=instant)


STREAMS: Final[dict[str, Pull]] = dict.fromkeys(KINDS, pull)
BY_ID: Final[dict[str, Again]] = dict.fromkeys(KINDS, by_id)
