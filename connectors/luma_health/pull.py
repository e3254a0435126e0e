"""Everything Luma lists, page by page: first what is there, then what it has marked as deleted.

Luma names no order and no filter by change that is documented, so every pass reads all pages, and what moved between two
pages while we read is met by the next pass.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from canonical.model import Noun
from canonical.problems import ProtocolBroken, RefusalReason, Refused
from canonical.raw import Page, RawRecord
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.exchange import get
from connectors.kit.registry import Again, Pull
from connectors.luma_health import client
from connectors.luma_health.rows import Row, Rows, row_of, rows_of, speaks_to_patients

PAGE_SIZE: Final = 500  # Luma's default; 1,000 is its largest (OpenAPI, 2026-11)

PATHS: Final[Mapping[str, str]] = {
    "patients": "/patients",
    "appointments": "/appointments",
    "messages": "/messages",
    "recalls": "/recalls",
    "forms": "/patientForms",
    "feedback": "/feedbackResponses",
}
"""Stream → where it is listed."""

SELECTED: Final[Mapping[str, str]] = {
    "forms": "_id,patient,appointment,status,completedAt,patientFormTemplate,patientFormTemplateType,language,"
    "deleted,createdAt,updatedAt",
}
"""Stream → the only properties we ask for: what somebody answered on a form stays with Luma (row 2.3)."""


ONE_LIST: Final = frozenset({"messages"})
"""Streams whose list has no filter `deleted`: what is marked stands among the others, or nowhere."""


class Cursor(Noun):
    """Where a stream stands."""

    passes: int = 0
    """How many were read to their end."""
    gone: bool = False
    """Whether this pass is at what Luma has marked as deleted."""
    page: int = 1
    shown: int = 0
    """How many rows this list has shown so far."""

    def after(self, stream: str, found: Rows) -> "Cursor":
        """Behind that page. `size` may count the page or the whole list: either way nothing is left out."""
        shown = self.shown + found.shown
        if found.shown and (found.shown >= PAGE_SIZE or shown < found.size):
            return self.model_copy(update={"page": self.page + 1, "shown": shown})
        if not self.gone and stream not in ONE_LIST:
            return Cursor(passes=self.passes, gone=True)
        return Cursor(passes=self.passes + 1)


def pull(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """One pass, or the rest of one. The last page is `complete`.

    Raises:
        ProtocolBroken: Luma shows one page again and again.
    """
    del now
    calling, where = client.line(access), access.where(f"pull.{stream}")
    at = Cursor.model_validate_json(cursor) if cursor else Cursor()
    goal, before = at.passes + 1, frozenset[str]()
    while at.passes < goal:
        found, shown = _page(access, calling, stream, at)
        if shown and shown == before and at.page > 1:
            raise ProtocolBroken(where, "its pages never end: one came twice.", next_step="Report it to Luma.")
        before, origin, following = shown, f"page {at.page}", at.after(stream, found)
        records = tuple(row.record(access, stream, origin) for row in found.rows if _wanted(stream, row, at))
        suspects = () if at.gone else found.suspects
        at = following
        yield Page(records=records, suspects=suspects, cursor=at.model_dump_json(), complete=at.passes == goal)


def _page(access: Access, calling: Line, stream: str, at: Cursor) -> tuple[Rows, frozenset[str]]:
    query = [("page", str(at.page)), ("limit", str(PAGE_SIZE))]
    query += [("deleted", "1")] if at.gone else []
    query += [("_select", SELECTED[stream])] if stream in SELECTED else []
    capability = f"pull.{stream}"
    answer = calling.read(get(client.resource(access, PATHS[stream]), query), capability)
    found = rows_of(answer.body, access.where(capability), f"page {at.page}")
    return found, frozenset(row.id for row in found.rows)


def _wanted(stream: str, row: Row, at: Cursor) -> bool:
    """Each row once: whether the first list shows deleted ones too is not documented, and neither is what the second hides."""
    return (stream in ONE_LIST or row.gone is at.gone) and (stream != "messages" or speaks_to_patients(row))


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These records as they are now; what Luma does not know any more is left out."""
    del now
    calling = client.line(access)
    found = (_one(access, calling, stream, each) for each in dict.fromkeys(ids))
    return tuple(record for record in found if record)


def _one(access: Access, calling: Line, stream: str, vendor_id: str) -> RawRecord | None:
    try:
        answer = calling.read(get(client.resource(access, f"{PATHS[stream]}/{vendor_id}")), f"pull.{stream}")
    except Refused as refused:
        if refused.reason is RefusalReason.NOT_FOUND:
            return None
        raise
    row = row_of(answer.body)
    return row.record(access, stream, "by id") if row else None


STREAMS: Final[dict[str, Pull]] = dict.fromkeys(PATHS, pull)
BY_ID: Final[dict[str, Again]] = {"patients": by_id, "appointments": by_id}
