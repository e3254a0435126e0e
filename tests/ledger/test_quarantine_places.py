"""A place in a file can be corrected; a place on a vendor's page is another record's next time."""

from datetime import UTC, datetime

import pytest

from canonical.ids import ConnectionId, ContentHash, RunId
from canonical.raw import Page, RawRecord, Suspect
from ledger.quarantine import open_marks
from ledger.raw import Arrival, land
from ledger.store import Store
from ledger.streams import Stream

STREAM = Stream(ConnectionId("desk"), "visits")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def _land(ledger: Store, origin: str, *, good: bool, lines: bool) -> list[str]:
    record = RawRecord(connection_id=STREAM.connection_id, stream="visits", vendor_id="v-1", body=b"{}", origin=origin)
    suspect = Suspect(body=b"{", origin=origin, code="no_id", problem="no id.", next_step="Look.")
    page = Page(records=(record,) if good else (), suspects=() if good else (suspect,), cursor="", lines=lines)
    with ledger.writing(business_now=NOW) as session:
        land(session, Arrival(STREAM, RunId(f"run-{good}"), NOW, page, [ContentHash("h" * 64)] if good else []))
        return [one.origin for one in open_marks(session, STREAM, "border")]


@pytest.mark.parametrize(
    "origin,lines,left", [("v.csv:3", True, []), ("page 1, message 3", False, ["page 1, message 3"])]
)
def test_only_a_line_that_reads_well_takes_its_mark_off(
    ledger: Store, origin: str, lines: bool, left: list[str]
) -> None:
    assert _land(ledger, origin, good=False, lines=lines) == [origin]
    assert _land(ledger, origin, good=True, lines=lines) == left
