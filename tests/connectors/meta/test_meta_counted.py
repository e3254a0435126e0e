"""How many leads a first pass will read: its forms say it, and where they do not, nobody does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from canonical.raw import Page
from connectors.kit import registry
from tests.connectors.contract.subject import NOW
from tests.connectors.meta.wire import ENVIRON, PAGE, connection
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import FakeWire, Reply, Seen

FORM, OTHER = "9001", "9002"


@contextmanager
def page_with(forms: list[dict[str, Any]], leads: dict[str, list[int]]) -> Iterator[HttpWire]:
    """A page with these forms. `leads`: form → how many leads each page of its list shows."""

    def answer(seen: Seen) -> Reply:
        path = seen.path.removeprefix("/v26.0/")
        if path == f"{PAGE}/leadgen_forms":
            return Reply(200, json.dumps({"data": forms}).encode())
        form, number = path.removesuffix("/leads"), int(seen.query.get("after", "0"))
        sizes = leads[form]
        rows = [
            {"id": f"{form}{number}{row:03}", "created_time": f"{NOW:%Y-%m-%dT%H:%M:%S+0000}"}
            for row in range(sizes[number])
        ]
        further = {"cursors": {"after": str(number + 1)}, "next": "https://graph.facebook.com/more"}
        paging = further if number + 1 < len(sizes) else {}
        return Reply(200, json.dumps({"data": rows, "paging": paging}).encode())

    server = FakeWire(answer)
    with server.running():
        wire = HttpWire(server, _by_page_token, ENVIRON, {})
        try:
            yield wire
        finally:
            wire.close()


def _by_page_token(url: str) -> Any:  # noqa: ANN401 - a connection
    linked = connection(url)
    return linked.model_copy(update={"settings": {**linked.settings, "token_of": "page"}})


def pages(wire: HttpWire, cursor: str | None = None) -> list[Page]:
    return list(registry.puller(wire.connection, wire.tools()).pull("leads", cursor, now=NOW))


def form(name: str, shown: object, expired: object = 0) -> dict[str, Any]:
    return {"id": name, "leads_count": shown, "expired_leads_count": expired}


def test_the_first_page_tells_what_all_forms_still_show() -> None:
    with page_with([form(FORM, 10, 5), form(OTHER, 3)], {FORM: [2, 3], OTHER: [3]}) as wire:
        assert [page.left for page in pages(wire)] == [6, 3, 0]


def test_a_pass_that_was_cut_tells_what_is_left_of_it() -> None:
    with page_with([form(FORM, 7), form(OTHER, 3)], {FORM: [2, 3, 2], OTHER: [3]}) as wire:
        whole = pages(wire)
        assert [page.left for page in whole] == [8, 5, 3, 0]
        for cut, page in enumerate(whole[:-1], 1):
            assert [rest.left for rest in pages(wire, page.cursor)] == [page.left for page in whole[cut:]]


def test_a_later_pass_asks_for_what_is_new_and_tells_nothing() -> None:
    with page_with([form(FORM, 5)], {FORM: [2, 3]}) as wire:
        assert [page.left for page in pages(wire, pages(wire)[-1].cursor)] == [None, None]


@pytest.mark.parametrize(
    "shown,expired", [(None, 0), ("7", 0), (-1, 0), (7, None), (7, "x"), (7, -1), (7, 8), (True, 0), (1, 0), ([], {})]
)
def test_an_odd_count_costs_nothing_and_is_not_told(shown: object, expired: object) -> None:
    """1 is a count that was too little: two have come already, and more follow."""
    with page_with([form(FORM, shown, expired), form(OTHER, 3)], {FORM: [2, 3], OTHER: [3]}) as wire:
        found = pages(wire)
    assert sum(len(page.records) for page in found) == 8
    assert [page.left for page in found] == [None, 3, 0]


def test_a_form_that_says_nothing_leaves_the_whole_untold_until_it_is_read() -> None:
    with page_with([form(FORM, 2), {"id": OTHER}], {FORM: [2], OTHER: [2, 1]}) as wire:
        assert [page.left for page in pages(wire)] == [None, None, 0]
