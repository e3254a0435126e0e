"""How many records a pass has still to read, also when it was cut and goes on."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from canonical.raw import Page
from connectors.kit.exchange import Answer, Request
from tests.connectors.hubspot.portal import Crm, ids
from tests.connectors.wire.counting import expected, told

KEY = "key-lumen contacts"
"""Under which the connection of these tests keeps where its contacts stand."""


def gathered(crm: Crm) -> list[str]:
    """450 contacts, 90 in a millisecond: two are whole on a page of 200, and the third is shown again with the next."""
    made = []
    for _ in range(5):
        made += crm.make("contacts", count=90, firstname="Ana")
        crm.later(seconds=1)
    return made


def from_there(crm: Crm, cursor: str | None) -> list[Page]:
    if cursor:
        crm.cursors[KEY] = cursor
    return crm.pages("contacts")


def test_a_pass_tells_how_many_it_will_be_and_counts_no_row_twice(crm: Crm) -> None:
    """The last page is the recycling bin's, which nobody counts."""
    gathered(crm)
    assert told(crm.pages("contacts")) == [(180, 450), (360, 450), (450, 450), (450, None)]


def test_a_pass_that_was_cut_counts_what_it_has_still_to_read(crm: Crm) -> None:
    made = gathered(crm)
    whole = crm.pages("contacts")
    for cut, page in enumerate(whole[:2], 1):
        rest = from_there(crm, page.cursor)
        assert len(ids([record for each in rest for record in each.records])) == len(made) - 180 * cut
        assert set(expected(rest[:-1])) == {len(made) - 180 * cut}


class Odd:
    """A transport that says another total than the portal."""

    def __init__(self, inner: Callable[..., Answer], total: object) -> None:
        self._inner, self._total = inner, total

    def exchange(self, request: Request, **how: Any) -> Answer:  # noqa: ANN401 - as a transport has it
        answer = self._inner(request, **how)
        if not request.url.endswith("/search"):
            return answer
        body = json.loads(answer.body) | {"total": self._total}
        return Answer(answer.status, answer.headers, json.dumps(body).encode())


@pytest.mark.parametrize("total", [None, "450", -1, True, 1, [], 450.0])
def test_an_odd_total_costs_nothing_and_is_not_told(crm: Crm, total: object) -> None:
    made = gathered(crm)
    crm.transport = Odd(crm.transport.exchange, total)
    pages = crm.pages("contacts")
    assert set(ids([record for page in pages for record in page.records])) == set(made)
    assert set(expected(pages)) == {None}
