"""How many rows a pass has still to read, page by page and by a bulk job, also when it was cut and goes on."""

from itertools import accumulate

import pytest

from canonical.raw import Page
from connectors.salesforce import bulk
from tests.connectors.salesforce.org import Crm, ids
from tests.connectors.salesforce.test_salesforce_pages import GOOD, pulled, row
from tests.connectors.wire.counting import expected, told


def from_there(crm: Crm, cursor: str) -> list[Page]:
    crm.cursors["contacts"] = cursor
    return crm.pages("contacts")


def read_through(crm: Crm, made: int) -> None:
    """Every page tells the whole, and after a cut behind any of them what is still to be read."""
    whole = crm.pages("contacts")
    assert set(expected(whole)) == {made}
    behind = list(accumulate(len(page.records) for page in whole))
    assert behind[-1] == made
    for read, page in zip(behind[:-1], whole[:-1], strict=True):
        rest = from_there(crm, page.cursor)
        assert told(rest)[-1] == (made - read, made - read)
        assert set(expected(rest)) == {made - read}


def test_each_page_of_a_query_tells_what_is_left_of_it(crm: Crm) -> None:
    crm.salesforce.do("org", page_size=4)
    crm.make("Contact", count=10, LastName="Ruiz")
    read_through(crm, 10)


def test_a_bulk_job_tells_what_the_query_before_it_left(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BULK_ABOVE", 50)
    monkeypatch.setattr("connectors.salesforce.asking.BULK_PAGE", 20)
    crm.salesforce.do("org", page_size=30)
    crm.make("Contact", count=100, LastName="Ruiz")
    read_through(crm, 100)


def test_a_job_that_failed_is_counted_from_its_beginning(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BULK_ABOVE", 50)
    crm.salesforce.do("org", page_size=30)
    crm.make("Contact", count=100, LastName="Ruiz")
    crm.salesforce.do("fail_jobs", count=1)
    crm.broken("contacts")
    assert set(expected(crm.pages("contacts"))) == {70}


def test_a_query_that_was_forgotten_is_counted_anew(crm: Crm) -> None:
    crm.salesforce.do("org", page_size=4)
    made = crm.make("Contact", count=10, LastName="Ruiz")
    first = crm.begun("contacts")
    crm.salesforce.do("forget_locators")
    rest = crm.pages("contacts")
    assert len(first) + len(ids([record for page in rest for record in page.records])) == len(made)
    assert expected(rest)[1:] == [6, 6]


@pytest.mark.parametrize("total", [None, "3", -1, True, 1, [], 3.0])
def test_an_odd_total_costs_nothing_and_is_not_told(crm: Crm, total: object) -> None:
    first = {"totalSize": total, "done": False, "records": [row(GOOD[0]), row(GOOD[1], 1)]}
    pages, _ = pulled(crm, first, {"totalSize": total, "done": True, "records": [row(GOOD[2], 2)]})
    assert ids([record for page in pages for record in page.records]) == GOOD[:3]
    assert pages[0].left is None
