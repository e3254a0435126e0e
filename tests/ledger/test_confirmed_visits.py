"""The appointments that a yes is about are numbered as they begin, whatever became of one of them (row 3.6)."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.store import Store

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "deleted,left",
    [((False, False), [(1, "A1"), (2, "A2")]), ((True, False), [(2, "A2")]), ((False, True), [(1, "A1")])],
)
def test_one_that_is_deleted_gives_its_number_to_no_other(
    ledger: Store, deleted: tuple[bool, bool], left: list[tuple[int, str]]
) -> None:
    with ledger.writing() as session:
        for n, gone in enumerate(deleted, 1):
            start = NOON + timedelta(days=1, hours=n)
            visit = {"visit_id": f"v-{n}", "person_id": "p-1", "start_at": start, "record_id": f"rec-{n}"}
            session.insert("visit_versions", [visit | {"ordinal": 1}])
            session.insert(
                "versions",
                [
                    {
                        "version_id": f"ver-{n}",
                        "record_id": f"rec-{n}",
                        "ordinal": 1,
                        "vendor_id": f"A{n}",
                        "deleted": gone,
                    }
                ],
            )
            session.insert("confirmations", [{"visit_id": f"v-{n}", "reply_id": "re-1", "start_at": start}])
    with ledger.reading() as session:
        found = session.rows("outbox_confirmed", replies=["re-1"])
    assert [(row["nth"], row["vendor_id"]) for row in found] == left
