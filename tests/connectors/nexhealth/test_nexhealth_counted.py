"""How many records are to come, where a list says how many it has; the documents say it of none that is read here."""

import json
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from canonical.raw import Page
from connectors.kit import registry
from connectors.kit.exchange import Answer, Request
from tests.connectors.nexhealth.office import Office
from tests.connectors.wire.counting import expected, told


@dataclass
class Lists:
    """A transport behind which each place has six patients, two on a page, by cursor or by number."""

    total: object
    by_number: bool
    stale: set[str] = field(default_factory=set)
    """Cursors that were forgotten, each refused once."""

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        del account, fresh
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        token = asked.get("end_cursor", "")
        if token in self.stale:
            self.stale.remove(token)
            return Answer(400, {}, b'{"code": false, "error": ["end_cursor is invalid"]}')
        begin = 2 * int(asked.get("page", "1")) - 2 if self.by_number else int(token or "0")
        rows = [{"id": f"{asked['location_id']}-{one}"} for one in range(begin, min(begin + 2, 6))]
        info = {} if self.by_number else {"page_info": {"has_next_page": begin + 2 < 6, "end_cursor": str(begin + 2)}}
        body = {"code": True, "data": rows, "count": self.total, **info}
        return Answer(200, {}, json.dumps(body).encode())


def pages(office: Office, lists: Lists, cursor: str | None = None) -> list[Page]:
    office.pull("patients")  # the key is exchanged by now
    tools = replace(office.tools(), transport=lists)
    return list(registry.puller(office.connection(), tools).pull("patients", cursor, now=office.now))


@pytest.mark.parametrize("by_number", [True, False])
@pytest.mark.parametrize("places", [1, 2])
def test_what_a_list_says_of_itself_is_told_and_after_a_cut_what_is_left(
    office: Office, by_number: bool, places: int
) -> None:
    office.locations = {str(101 + each): f"place {each}" for each in range(places)}
    lists = Lists(6, by_number)
    whole = pages(office, lists)
    assert set(expected(whole)) == {6 * places}
    read = [so_far for so_far, _ in told(whole)]
    assert read[-1] == 6 * places
    for so_far, page in zip(read, whole[:-1], strict=False):
        left = 6 * places - so_far
        rest = told(pages(office, lists, page.cursor))
        assert {many for now, many in rest if now} <= {left}
        assert rest[-1] == (left, left)


@pytest.mark.parametrize("total", [None, "6", -1, True, 1, 6.0, [], {}])
def test_an_odd_count_costs_nothing_and_is_not_told(office: Office, total: Any) -> None:  # noqa: ANN401 - anything
    whole = pages(office, Lists(total, by_number=False))
    assert len({record.vendor_id for page in whole for record in page.records}) == 6
    assert set(expected(whole)) == {None}


def test_a_page_that_has_gone_stale_is_counted_from_the_beginning_of_its_place(office: Office) -> None:
    lists = Lists(6, by_number=False)
    first = pages(office, lists)[0]
    lists.stale = {"2"}
    assert told(pages(office, lists, first.cursor)) == [(2, 6), (4, 6), (6, 6)]
