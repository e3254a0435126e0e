"""Deletions that no query shows: records that left the recycling bin before we looked into it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from canonical.problems import Refused
from canonical.raw import Page, RawRecord
from connectors.kit.calls import broken_page
from connectors.kit.moments import instant, milliseconds
from connectors.kit.shapes import Misshapen, shaped
from connectors.salesforce.asking import Reading
from connectors.salesforce.objects import Kind, selected
from connectors.salesforce.passes import FORGETS, Cursor
from connectors.salesforce.rows import listed
from connectors.salesforce.wire import Gone

ORIGIN: Final = "deletions"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def swept(reading: Reading, kind: Kind, at: Cursor) -> tuple[Page, Cursor]:
    """What was deleted since the last sweep; it goes on where Salesforce says that its list ends.

    On a shared org the list does not say whose a record was, and some objects have no such list: then a query of the
    recycling bin, which every pass makes, is all there is.
    """
    done = at.model_copy(update={"swept": at.begun})
    if selected(reading.access, kind):
        return Page(cursor=""), done
    start = _EPOCH + timedelta(milliseconds=max(at.swept, at.begun - FORGETS))
    end = _EPOCH + timedelta(milliseconds=at.begun)
    try:
        answer = reading.deleted(kind.object_type, start, end)
    except Refused:
        return Page(cursor=""), done
    try:
        bodies, rest = listed(answer.body, "deletedRecords")
        records = tuple(_record(reading, kind, body) for body in bodies)
    except Misshapen as wrong:
        problem = broken_page(reading.where, wrong)
    else:
        covered = instant(rest.get("latestDateCovered"))
        reached = min(milliseconds(covered), at.begun) if covered else at.begun
        return Page(records=records, cursor=""), at.model_copy(update={"swept": max(reached, at.swept)})
    raise problem


def _record(reading: Reading, kind: Kind, body: bytes) -> RawRecord:
    gone = shaped(body, Gone)
    return RawRecord(
        connection_id=reading.access.connection.connection_id,
        stream=kind.stream,
        vendor_id=gone.id,
        body=body,
        origin=ORIGIN,
        effective_at=instant(gone.deleted_at),
        deleted=True,
    )
