"""Queries as other clients recorded them: without ids, without `done`, of an org that gives out no bulk jobs."""

from pathlib import Path
from typing import Any

import pytest

from tests.connectors.salesforce.wire import SUBJECT
from tests.connectors.wire.replayed import NOT_RECORDED, in_turn, landed, reply
from tests.connectors.wire.server import Reply, Seen

NEXT = "/services/data/v67.0/query/01gD0000002HU6KIAW-2"


def contact(number: int, **more: object) -> dict[str, Any]:
    which = f"003000000000{number:03d}AAA"
    return {
        "attributes": {"type": "Contact", "url": f"/services/data/v67.0/sobjects/Contact/{which}"},
        "Id": which,
        **more,
    }


ROWS = [contact(number, SystemModstamp=f"2026-11-01T10:00:0{number}.000+0000") for number in range(4)]
IDS = [row["Id"] for row in ROWS]


@pytest.mark.parametrize("done", [{"done": False}, {"done": None}, {}])
def test_a_page_that_names_the_next_one_is_not_the_last(done: dict[str, Any], tmp_path: Path) -> None:
    pages = [{"totalSize": 4, "records": ROWS[:2], "nextRecordsUrl": NEXT, **done}, {"done": True, "records": ROWS[2:]}]
    assert landed(SUBJECT, "contacts", in_turn(pages), tmp_path).ids == IDS


def test_an_org_that_gives_out_no_bulk_job_is_read_page_by_page(tmp_path: Path) -> None:
    def answer(seen: Seen) -> Reply:
        if "/jobs/" in seen.path:
            return NOT_RECORDED
        last = seen.path == NEXT
        more = {} if last else {"nextRecordsUrl": NEXT}
        return reply({"totalSize": 60_000, "done": last, "records": ROWS[2:] if last else ROWS[:2], **more})

    assert landed(SUBJECT, "contacts", answer, tmp_path).ids == IDS


def test_rows_without_an_id_and_with_odd_fields_are_people(tmp_path: Path) -> None:
    odd = [
        {name: value for name, value in contact(1, LastName="Ruiz").items() if name != "Id"},
        contact(2) | {"Id": None},
        contact(
            3, Account=None, Owner={"attributes": {"type": "User"}, "Name": None}, Phone=5, CreatedDate="yesterday"
        ),
    ]
    found = landed(
        SUBJECT, "contacts", in_turn([{"done": True, "records": [*odd, {"LastName": "Nobody"}, None]}]), tmp_path
    )
    assert (found.ids, found.suspects) == ([contact(number)["Id"] for number in (1, 2, 3)], 2)
    assert [each.vendor_id for each in found.mapped(SUBJECT)] == found.ids


def test_a_task_of_a_sort_that_is_no_word_costs_no_page(tmp_path: Path) -> None:
    tasks = [contact(1, TaskSubtype=["Call"], Status="Open"), contact(2, TaskSubtype="Call", Status="Open")]
    assert len(landed(SUBJECT, "tasks", in_turn([{"done": True, "records": tasks}]), tmp_path).ids) == 2
