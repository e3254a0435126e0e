"""How many records a pass has still to read, where HighLevel says a total, and what an odd one costs: nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from canonical.raw import Page
from connectors.gohighlevel import pull
from tests.connectors.gohighlevel.subaccount import ANA, SubAccount
from tests.connectors.gohighlevel.test_gohighlevel_pull import from_wire
from tests.connectors.gohighlevel.wire import error_body, only_reads
from tests.connectors.wire.counting import expected, told
from tests.connectors.wire.server import FakeWire, Reply, Seen

Body = dict[str, Any]


def ids(pages: list[Page]) -> list[str]:
    return [record.vendor_id for page in pages for record in page.records]


def contacts(seen: Seen, total: object) -> Body:
    """Five, two on a page."""
    begin = json.loads(seen.body).get("searchAfter", [0])[0]
    shown = [{"id": f"c{one}", "searchAfter": [one + 1, f"c{one}"]} for one in range(begin, min(begin + 2, 5))]
    return {"contacts": shown, "total": total}


def submissions(seen: Seen, total: object) -> Body:
    page = int(seen.query["page"])
    rows = [{"id": f"s{one}"} for one in range(5)][2 * page - 2 : 2 * page]
    return {
        "submissions": rows,
        "meta": {"total": total, "currentPage": page, "nextPage": page + 1 if page < 3 else None},
    }


def opportunities(seen: Seen, total: object) -> Body:
    begin = int(seen.query.get("startAfter", "0"))
    rows = [{"id": f"o{one}"} for one in range(5)][begin : begin + 2]
    further = {"nextPage": 2, "startAfter": begin + 2, "startAfterId": "o"} if begin + 2 < 5 else {"nextPage": None}
    return {"opportunities": rows, "meta": {"total": total, **further}}


def messages(seen: Seen, total: object) -> Body:
    """Five texts and five mails, all of somebody whose number is known."""
    begin, channel = int(seen.query.get("cursor", "0")), seen.query.get("channel", "Text")
    known = {"contactId": "c", "contactPhone": ANA, "contactEmail": "ana@example.com", "direction": "inbound"}
    rows = [{"id": f"{channel}{one}", "messageType": "TYPE_SMS", "body": "x", **known} for one in range(5)]
    further = {"nextCursor": str(begin + 2)} if begin + 2 < 5 else {}
    return {"messages": rows[begin : begin + 2], "total": total, **further}


def vendor(list_of: Callable[[Seen, object], Body], total: object = 5) -> FakeWire:
    def answer(seen: Seen) -> Reply:
        if seen.path.startswith("/contacts/c"):
            return Reply(200, json.dumps({"contact": {"id": "c", "phone": ANA, "email": "ana@example.com"}}).encode())
        return Reply(200, json.dumps(list_of(seen, total)).encode())

    return FakeWire(answer, error_body, only_reads)


STREAMS = {"contacts": contacts, "submissions": submissions, "opportunities": opportunities}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_pass_says_from_its_first_page_on_how_many_it_will_be_and_after_a_cut_what_is_left(stream: str) -> None:
    whole = from_wire(vendor(STREAMS[stream]), stream)
    assert told(whole) == [(2, 5), (4, 5), (5, 5)]
    for cut, page in enumerate(whole[:-1], 1):
        assert set(expected(from_wire(vendor(STREAMS[stream]), stream, page.cursor))) == {5 - 2 * cut}


def test_texts_and_mails_are_counted_apart_and_taken_for_alike_until_mails_are_reached() -> None:
    whole = from_wire(vendor(messages), "messages")
    assert told(whole) == [(2, 10), (4, 10), (5, 10), (7, 10), (9, 10), (10, 10)]
    for cut, page in enumerate(whole[:-1]):
        left = 10 - told(whole)[cut][0]
        assert set(expected(from_wire(vendor(messages), "messages", page.cursor))) == {left}


@pytest.mark.parametrize("total", [None, "5", -1, True, 1, 5.5, [], {}])
@pytest.mark.parametrize("stream", [*STREAMS, "messages"])
def test_an_odd_total_costs_nothing_and_is_not_told(
    stream: str, total: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 is a total that was too little. Without one, a full page of contacts says that there may be more."""
    monkeypatch.setattr(pull, "LARGE", 2)
    whole = from_wire(vendor({**STREAMS, "messages": messages}[stream], total), stream)
    assert len(set(ids(whole))) == (10 if stream == "messages" else 5)
    assert set(expected(whole)) == {None}


@pytest.mark.parametrize("meta", [None, [], "x", 7])
def test_a_page_that_says_nothing_of_itself_is_read_and_the_last(meta: object) -> None:
    def bare(seen: Seen, total: object) -> Body:
        del seen, total
        return {"submissions": [{"id": "s"}], "meta": meta}

    [page] = from_wire(vendor(bare), "submissions")
    assert (ids([page]), page.complete, page.left) == (["s"], True, None)


def test_the_pretend_sub_account_counts_as_the_documents_say(highlevel: SubAccount) -> None:
    highlevel.ana()
    for number in range(3):
        highlevel.vendor.do("reply", from_=ANA, body=f"Hello {number}")
    assert highlevel.pages("messages")[-1].left == 0
    assert expected(highlevel.pages("contacts")) == [1]
