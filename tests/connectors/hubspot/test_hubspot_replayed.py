"""Searches as other clients recorded them: pages by `paging.next.after`, in an order of their own."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.hubspot.wire import SUBJECT
from tests.connectors.wire.replayed import Answer, in_turn, landed, reply
from tests.connectors.wire.server import Reply, Seen

SIZE = 5


def contact(number: int, stamp: str | None) -> dict[str, Any]:
    properties = {"firstname": "Ana", "email": f"ana{number}@example.com", "lastmodifieddate": stamp}
    return {"id": str(1000 - number), "properties": properties, "archived": False}


NEWEST_FIRST = [contact(number, f"2026-11-01T10:{59 - number:02d}:00Z") for number in range(23)]
ONE_INSTANT = [contact(number, "2026-11-01T10:00:00Z") for number in range(23)]
NO_INSTANT = [contact(number, None) for number in range(23)]
OLDEST_FIRST = NEWEST_FIRST[::-1]
ORDERS = {
    "newest first": NEWEST_FIRST,
    "one instant": ONE_INSTANT,
    "no instant": NO_INSTANT,
    "oldest first": OLDEST_FIRST,
}


def pages(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    starts = range(0, len(rows), SIZE)
    following = [
        {"paging": {"next": {"after": str(start + SIZE)}}} if start + SIZE < len(rows) else {} for start in starts
    ]
    return [
        {"total": len(rows), "results": rows[start : start + SIZE], **more}
        for start, more in zip(starts, following, strict=True)
    ]


def by_after(rows: list[dict[str, Any]]) -> Answer:
    """A player that looks at nothing but where the page begins."""

    def answer(seen: Seen) -> Reply:
        if not seen.path.endswith("/search"):
            return reply({"results": []})
        return reply(pages(rows)[int(json.loads(seen.body).get("after", 0)) // SIZE])

    return answer


@pytest.mark.parametrize("order", ORDERS)
def test_pages_are_followed_by_their_own_token_where_nothing_else_is_heeded(order: str, tmp_path: Path) -> None:
    rows = ORDERS[order]
    found = landed(SUBJECT, "contacts", by_after(rows), tmp_path)
    assert sorted(found.ids) == sorted(row["id"] for row in rows)
    assert found.set_aside(SUBJECT) == []


@pytest.mark.parametrize("order", ["newest first", "no instant", "oldest first"])
def test_pages_that_come_in_the_order_of_the_recording_are_all_read(order: str, tmp_path: Path) -> None:
    rows = ORDERS[order]
    found = landed(SUBJECT, "contacts", in_turn([*pages(rows), {"results": []}]), tmp_path)
    assert sorted(found.ids) == sorted(row["id"] for row in rows)


ODD: list[dict[str, Any]] = [
    {"id": 7, "properties": {"firstname": "Ana", "lastmodifieddate": "1793538000000"}, "updatedAt": 1793538000000},
    {"id": "8", "properties": None, "updatedAt": None},
    {"id": "9"},
    {"id": "10", "properties": {"firstname": "Ben", "num_notes": 3, "is_unworked": True, "lastmodifieddate": None}},
    {"id": "11", "properties": {"firstname": "Cy", "email": 5, "hs_language": "tlh"}, "unheard": {"of": [1]}},
]


def test_odd_rows_are_contacts_all_the_same(tmp_path: Path) -> None:
    found = landed(SUBJECT, "contacts", in_turn([{"results": [*ODD, {"properties": {}}]}, {"results": []}]), tmp_path)
    assert found.ids == ["7", "8", "9", "10", "11"]
    assert found.suspects == 1
    assert [each.vendor_id for each in found.mapped(SUBJECT)] == found.ids


def test_an_association_that_cannot_be_read_costs_neither_its_task_nor_the_others(tmp_path: Path) -> None:
    rows = [{"id": str(number), "properties": {"hs_task_status": "COMPLETED"}} for number in (1, 2, 3)]
    links: list[Any] = [
        {"from": {"id": "1"}, "to": None},
        {"to": [{"toObjectId": 5}]},
        {"from": {"id": 3}, "to": [{"toObjectId": "55", "associationTypes": None}]},
    ]

    def answer(seen: Seen) -> Reply:
        if "associations" in seen.path:
            return reply({"results": links})
        return reply({"results": rows if seen.path.endswith("/search") else []})

    found = landed(SUBJECT, "tasks", answer, tmp_path)
    assert [each.body["person_vendor_id"] for each in found.mapped(SUBJECT)] == ["", "", "55"]
