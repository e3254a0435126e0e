"""Pages as no document describes them: nothing is lost, nothing is read for ever, and one bad row spoils no other."""

import json
from typing import Any

import pytest

from canonical.problems import ProtocolBroken, Where
from canonical.raw import Page
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.exchange import Answer, Request
from connectors.salesforce.rows import csv_rows_of, rows_of
from tests.connectors.salesforce.org import Crm, ids

HERE = Where("salesforce", "test")
ELSEWHERE = "http://127.0.0.1:9"
"""Where the token answer says that the org is."""
GOOD = [f"00Q00000000000{n}AAA" for n in range(1, 9)]


class Told:
    """A transport that answers every request with the next of these bodies."""

    def __init__(self, *bodies: object) -> None:
        self.bodies = list(bodies)
        self.asked: list[str] = []

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        if request.url.endswith("/token"):
            granted = {"access_token": "t", "instance_url": ELSEWHERE}
            return Answer(200, {}, json.dumps(granted).encode())
        self.asked.append(request.url)
        return Answer(200, {}, json.dumps(self.bodies.pop(0)).encode())


def pulled(crm: Crm, *bodies: object) -> tuple[list[Page], Told]:
    told = Told(*bodies)
    tools = crm.tools()
    using = Tools(tools.clock, tools.secrets, told, None, lambda _: None)
    return list(registry.puller(crm.connection(), using).pull("leads", None, now=crm.now)), told


def row(which: str, minute: int = 0, **more: object) -> dict[str, Any]:
    return {"Id": which, "SystemModstamp": f"2026-11-12T13:{minute:02d}:00.000+0000", **more}


def test_a_page_that_says_it_goes_on_and_not_where_is_gone_on_with_behind_its_last_row(crm: Crm) -> None:
    first = {"totalSize": 3, "done": False, "records": [row(GOOD[0]), row(GOOD[1], 1)]}
    pages, told = pulled(crm, first, {"totalSize": 1, "done": True, "records": [row(GOOD[2], 2)]})
    assert ids([record for page in pages for record in page.records]) == GOOD[:3]
    assert GOOD[1] in told.asked[1]


@pytest.mark.parametrize(
    "page",
    [
        {"totalSize": 3, "done": False, "records": []},
        {"totalSize": 3, "done": False, "records": [{"Id": GOOD[0]}]},
        {"totalSize": 3, "done": False, "nextRecordsUrl": "https://elsewhere.example/q", "records": [row(GOOD[0])]},
        {"records": "none"},
        {},
        [],
    ],
)
def test_a_page_that_leads_nowhere_is_called_broken_and_not_read_for_ever(crm: Crm, page: object) -> None:
    with pytest.raises(ProtocolBroken):
        pulled(crm, page, page, page)


@pytest.mark.parametrize("addresses", ["1", "12"])
def test_next_pages_that_lead_in_a_circle_are_not_followed(crm: Crm, addresses: str) -> None:
    told = [
        {"done": False, "nextRecordsUrl": f"/services/data/v67.0/query/01g-{at}", "records": [{"Id": GOOD[0]}]}
        for at in addresses * 3
    ]
    with pytest.raises(ProtocolBroken):
        pulled(crm, *told)


def test_an_address_with_its_host_is_followed_where_the_host_is_ours(crm: Crm) -> None:
    address = f"{ELSEWHERE}/services/data/v67.0/query/01g-1"
    first = {"totalSize": 2, "done": False, "nextRecordsUrl": address, "records": [row(GOOD[0])]}
    pages, told = pulled(crm, first, {"totalSize": 2, "done": True, "records": [row(GOOD[1], 1)]})
    assert ids([record for page in pages for record in page.records]) == GOOD[:2]
    assert told.asked[1] == address


@pytest.mark.parametrize("page", [{"records": None, "done": True}, {"records": []}, {"totalSize": 0, "records": None}])
def test_a_null_list_is_an_empty_one(crm: Crm, page: object) -> None:
    pages, _ = pulled(crm, page)
    assert [(each.records, each.complete) for each in pages] == [((), True)]


def test_rows_that_are_none_are_set_aside_alone(crm: Crm) -> None:
    records = [row(GOOD[0]), row("9.37E+12"), {"LastName": "Ruiz"}, None, 7, "x", row(GOOD[1], 2), {"Id": None}]
    pages, _ = pulled(crm, {"done": True, "records": records})
    assert ids(pages[0].records) == GOOD[:2]
    assert [suspect.origin for suspect in pages[0].suspects] == [f"page 1, row {at}" for at in (2, 3, 4, 5, 6, 8)]
    assert all("Ruiz" not in suspect.problem for suspect in pages[0].suspects)


@pytest.mark.parametrize("stamp", ["", None, 1794492000, "yesterday", "2026-11-12T13:00:00"])
def test_a_stamp_that_cannot_be_read_costs_the_order_and_no_row(stamp: object) -> None:
    rows = rows_of(json.dumps({"records": [{"Id": GOOD[0], "SystemModstamp": stamp}]}).encode(), HERE, "page")
    assert [(each.id, each.stamp, each.changed_at) for each in rows.rows] == [(GOOD[0], 0, None)]
    assert rows.last is None


CSV = (
    (b'"Id","LastName"\n"%s","Ruiz"\n', 1, 0),
    (b'"Id","LastName"\r\n"%s","Ruiz"\r\n', 1, 0),
    (b'Id,LastName\n%s,"two\nlines, ""quoted"""\n', 1, 0),
    (b'"Id","LastName"\n"%s"\n', 0, 1),
    (b'"Id","LastName"\n"%s","no end\n', 0, 1),
    (b'"Id","LastName"\n"%s","\xff"\n', 0, 1),
    (b'"Id"\n\n"%s"\n\n', 1, 0),
)


@pytest.mark.parametrize("text,rows,bad", CSV)
def test_a_bulk_page_is_split_at_its_rows_and_not_at_its_line_breaks(text: bytes, rows: int, bad: int) -> None:
    page = csv_rows_of(text % GOOD[0].encode(), HERE, "page")
    assert (len(page.rows), len(page.suspects)) == (rows, bad)


@pytest.mark.parametrize("text", [b"", b"\n", b"<html>", b"LastName\nRuiz\n"])
def test_a_bulk_page_without_a_header_is_broken(text: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        csv_rows_of(text, HERE, "page")


@pytest.mark.parametrize(
    "fault,path", [("truncated", "results"), ("html", "results"), ("html", "query$"), ("cut", "results")]
)
def test_a_spoilt_answer_of_a_job_loses_no_row(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, fault: str, path: str
) -> None:
    monkeypatch.setattr("connectors.salesforce.bulk.BULK_ABOVE", 2)
    crm.salesforce.do("org", page_size=2)
    made = crm.make("Contact", count=60, LastName="Ruiz")
    found = crm.begun("contacts")
    crm.salesforce.fail(fault, path=path, status=200)
    for _ in range(3):
        try:
            found += crm.broken("contacts")[0]
        except ProtocolBroken:
            continue
    assert sorted(set(found)) == sorted(made)
