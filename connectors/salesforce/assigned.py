"""Who treats: it stands in a record beside the service appointment (AssignedResource), which has a stamp of its own.

A sub-query would bring it along, but a bulk job takes none, and a change of it alone moves no stamp of the appointment. So it
is asked for by the ids of each page, and once a pass for what changed. Sources: Salesforce's object reference (read 2026-11).
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from msgspec import Raw

from canonical.problems import NeedsOperator
from connectors.kit.calls import broken_page
from connectors.kit.shapes import Misshapen
from connectors.kit.shapes import beside as next_to
from connectors.salesforce import soql
from connectors.salesforce.asking import BY_IDS, Reading
from connectors.salesforce.objects import SERVICE_APPOINTMENTS, STAMP, Kind
from connectors.salesforce.passes import Cursor
from connectors.salesforce.rows import Row, rows_of

OBJECT: Final = "AssignedResource"
"""The object, and the name under which what was chosen of it stands beside its appointment."""
OF: Final = "ServiceAppointmentId"
FIELDS: Final = (
    *("Id", OF, "ServiceResourceId", "ServiceResource.Name", "ServiceResource.ResourceType", "IsPrimaryResource"),
)
_HIDDEN: Final = frozenset({"INVALID_TYPE", "INVALID_FIELD"})
_ASSET: Final = "S"
"""A room or a device: it treats nobody. (T technician, A agent, C crew, D dispatcher, P planner.)"""


def beside(reading: Reading, kind: Kind, rows: Sequence[Row]) -> tuple[Row, ...] | None:
    """The rows, each with who treats beside it where that is known; None where the org hides it from us."""
    ids = [row.id for row in rows if not row.deleted] if kind is SERVICE_APPOINTMENTS else []
    found: dict[str, list[Row]] = defaultdict(list)
    try:
        for each in _of(reading, ids):
            found[str(each.fields.get(OF))].append(each)
    except NeedsOperator as refused:
        if refused.where.vendor_code not in _HIDDEN:
            raise
        return None
    chosen = {which: treats(several) for which, several in found.items()}
    return tuple(_joined(row, who) if (who := chosen.get(row.id)) else row for row in rows)


def treats(assigned: Sequence[Row]) -> Row | None:
    """The primary one, else the only one that is no device; of several without a primary one nobody says who treats."""
    people = [row for row in assigned if _resource(row).get("ResourceType") != _ASSET]
    primary = [row for row in people if row.fields.get("IsPrimaryResource") is True]
    likely = primary or people
    return likely[0] if len(likely) == 1 else None


def owed(kind: Kind, at: Cursor) -> bool:
    """Whether this pass must still look for assignments that changed alone. The first one has read them all."""
    return kind is SERVICE_APPOINTMENTS and not (at.first or at.blind or at.reassigned)


def reassigned(reading: Reading, at: Cursor, overlap: timedelta) -> tuple[tuple[str, ...], Cursor]:
    """Appointments whose assignments were made, changed or taken away since we last knew them all: a page of them."""
    behind = at.assigned if at.assigned.stamp else soql.After(at.assigned_since(overlap))
    query = soql.select(OBJECT, ("Id", OF, STAMP), soql.changed(behind, at.begun), f"{soql.BY_STAMP} LIMIT {BY_IDS}")
    try:
        answer = reading.query(query, deleted=True)
    except NeedsOperator as refused:
        if refused.where.vendor_code not in _HIDDEN:
            raise
        return (), at.model_copy(update={"blind": True})
    page = rows_of(answer.body, reading.where, "assignments")
    ids = tuple(dict.fromkeys(str(row.fields.get(OF)) for row in page.rows if row.fields.get(OF)))
    if len(page.rows) + len(page.suspects) < BY_IDS:
        return ids, at.model_copy(update={"reassigned": True})
    if page.last is None or (page.last.stamp, page.last.id) == (behind.stamp, behind.id):
        raise broken_page(reading.where, Misshapen("does not say where it goes on"))
    return ids, at.model_copy(update={"assigned_stamp": page.last.stamp, "assigned_id": page.last.id})


def hidden(reading: Reading) -> bool:
    """Whether the org, or its sharing, keeps from us who is assigned. An org where nobody is assigned hides nothing."""
    try:
        answer = reading.query(soql.select(OBJECT, FIELDS, (), " ORDER BY Id DESC LIMIT 1"))
    except NeedsOperator as refused:
        if refused.where.vendor_code not in _HIDDEN:
            raise
        return True
    return any(not _resource(row).get("Name") for row in rows_of(answer.body, reading.where, "who").rows)


def _of(reading: Reading, ids: Sequence[str]) -> Iterator[Row]:
    for start in range(0, len(ids), BY_IDS):
        held = soql.one_of(OF, ids[start : start + BY_IDS])
        page = rows_of(reading.query(soql.select(OBJECT, FIELDS, (held,), " ORDER BY Id")).body, reading.where, "who")
        yield from page.rows
        seen = {""}
        while page.next not in seen:
            seen.add(page.next)
            page = rows_of(reading.following(page.next).body, reading.where, "who")
            yield from page.rows


def _resource(row: Row) -> Mapping[str, Any]:
    found = row.fields.get("ServiceResource")
    return found if isinstance(found, dict) else {}


def _joined(row: Row, who: Row) -> Row:
    """Neither record's bytes are touched; a row of a bulk job is given further cells, in the way it names such fields."""
    if row.format.shape == "csv":
        columns = tuple(f"{OBJECT}.{name}" for name in FIELDS)
        cells = _line(_cell(who, name) for name in FIELDS)
        shape = row.format.model_copy(update={"fields": (*row.format.fields, *columns)})
        return replace(row, body=row.body + b"," + cells, format=shape)
    return replace(row, body=next_to(row.body, OBJECT, Raw(who.body)))


def _cell(who: Row, name: str) -> str:
    first, _, rest = name.partition(".")
    found = _resource(who).get(rest) if rest else who.fields.get(first)
    return "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow(list(cells))
    return out.getvalue().encode()
