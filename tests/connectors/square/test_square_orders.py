"""What was billed at the pretend Square, and what came in for it: each sale once, whole, and without a word of what it was for."""

import json
from datetime import timedelta
from typing import Any

import pytest

from canonical.invoices import Invoice, InvoiceStatus
from connectors.kit import registry
from connectors.kit.exchange import Request
from connectors.square import changes
from emulators.square.merchant import Merchant
from mappings.catalogue import Catalogue
from mappings.coverage import Notes, report
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.square.test_square_recorded import recorded
from tests.connectors.square.till import NOW, Spa, opened


def invoices(spa: Spa, cursor: str | None = None) -> list[Invoice]:
    return [Invoice.model_validate_json(json.dumps(each)) for each in spa.pull("orders", cursor)]


def spent(found: list[Invoice]) -> int:
    return sum(each.spent_cents or 0 for each in found)


def test_a_link_is_one_sale_before_and_after_it_is_paid(spa: Spa) -> None:
    link = spa.link().vendor_id
    [asked] = invoices(spa)
    assert (asked.status, asked.total_cents, asked.spent_cents) == (InvoiceStatus.OPEN, 5000, 0)
    spa.turn(NOW + timedelta(minutes=5))
    spa.square.do("pay", link=link)
    [paid], [payment] = invoices(spa), spa.pull("payments")
    assert (paid.vendor_id, paid.status, paid.spent_cents) == (asked.vendor_id, InvoiceStatus.COMPLETED, 5000)
    assert paid.closed_at == NOW + timedelta(minutes=5)
    assert (payment["amount_cents"], payment["deposit"]) == (5000, True)
    assert spent(invoices(spa)) == payment["amount_cents"], "one sum, whether its invoices or its payments are counted"


def test_a_sale_at_the_counter_is_its_buyers_and_a_tip_stands_beside_it(spa: Spa) -> None:
    spa.square.do("pay", amount=20000, tip=3000, customer_id="CANA", sold="20 units, forehead")
    [sale], [payment] = invoices(spa), spa.pull("payments")
    assert (sale.person_vendor_id, sale.total_cents, sale.tip_cents, sale.location) == ("CANA", 20000, 3000, "LMAIN")
    assert payment["amount_cents"] == sale.total_cents


def test_what_is_given_back_is_an_order_that_names_the_first_one_and_the_sum_is_what_stays(spa: Spa) -> None:
    paid = spa.square.do("pay", amount=20000, customer_id="CANA")
    spa.square.do("refund", payment=paid["id"], amount=8000)
    sale, back = sorted(invoices(spa), key=lambda each: each.returned_cents)
    assert (back.total_cents, back.returned_cents, back.returned_from) == (0, 8000, sale.vendor_id)
    assert spent([sale, back]) == 12000


def test_nothing_that_was_sold_and_no_card_lands(spa: Spa) -> None:
    paid = spa.square.do("pay", amount=20000, sold="20 units, forehead")
    spa.square.do("refund", payment=paid["id"])
    for page in spa.pages("orders"):
        for record in page.records:
            fields = read(record.format.text, record.body)
            assert not {"line_items", "returns", "tenders", "taxes", "discounts", "fulfillments"} & set(fields)
            assert b"forehead" not in record.body
    again = registry.puller(spa.connection, spa.tools).again("orders", [paid["order_id"]], now=NOW)
    assert [record.vendor_id for record in again] == [paid["order_id"]]
    assert b"forehead" not in again[0].body


def test_only_a_year_is_read_at_first_and_then_what_changed(spa: Spa) -> None:
    spa.turn(NOW - timedelta(days=400))
    spa.square.do("pay", amount=1000)
    spa.turn(NOW - timedelta(days=300))
    old = spa.square.do("pay", amount=2000)
    spa.turn(NOW)
    first = spa.pages("orders")
    assert [record.vendor_id for page in first for record in page.records] == [old["order_id"]]
    spa.turn(NOW + timedelta(hours=1))
    spa.square.do("pay", amount=3000)
    assert [each.total_cents for each in invoices(spa, first[-1].cursor)] == [3000]


def test_a_pass_goes_on_with_the_question_its_token_belongs_to(spa: Spa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "PAGE_SIZE", 2)
    for number in range(5):
        spa.square.do("pay", amount=1000 + number)
    asked: list[dict[str, Any]] = []
    inner = spa.transport.exchange

    def heard(request: Request, *, account: str, fresh: bool = False) -> Any:  # noqa: ANN401 - as the transport
        if request.url.endswith("/v2/orders/search"):
            asked.append(json.loads(request.body))
        return inner(request, account=account, fresh=fresh)

    monkeypatch.setattr(spa.transport, "exchange", heard)
    first = spa.pages("orders")
    spa.now = NOW + timedelta(hours=3)
    resumed = spa.pages("orders", first[0].cursor)
    assert sum(len(page.records) for page in (first[0], *resumed)) == 5
    assert len({json.dumps(each["query"]) for each in asked}) == 1


def test_where_no_place_is_named_all_of_the_merchants_are_asked() -> None:
    with opened(Merchant(locations={"LMAIN": "America/New_York", "LUP": "America/Chicago"})) as spa:
        spa.select = {}
        for place in ("LMAIN", "LUP"):
            spa.square.do("pay", amount=100, location_id=place)
        assert sorted(each.location for each in invoices(spa)) == ["LMAIN", "LUP"]
        spa.select = {"locations": "LUP"}
        assert [each.location for each in invoices(spa)] == ["LUP"]
        other = next(row["id"] for row in spa.square.do("orders")["orders"] if row["location_id"] == "LMAIN")
        assert registry.puller(spa.connection, spa.tools).again("orders", [other], now=NOW) == ()


def test_an_empty_till_is_an_empty_pass(spa: Spa) -> None:
    [page] = spa.pages("orders")
    assert (page.records, page.complete) == ((), True)


ODD = [
    ({"total_money": None, "return_amounts": None}, (None, 0)),
    ({"total_money": {"amount": 500, "currency": "USD"}, "total_tip_money": None}, (500, 0)),
    ({"total_money": None, "return_amounts": {"total_money": {"amount": 700, "currency": "USD"}}}, (0, 700)),
    (
        {
            "total_money": {"amount": 900, "currency": "USD"},
            "return_amounts": {"total_money": {"amount": 1100, "currency": "USD"}, "tip_money": {"amount": 100}},
        },
        (900, 1000),
    ),
]


@pytest.mark.parametrize("amounts,known", ODD, ids=["no amount", "no tip", "only given back", "exchanged"])
def test_amounts_are_what_square_leaves_of_them(
    spa: Spa, amounts: dict[str, Any], known: tuple[int | None, int]
) -> None:
    spa.square.do("pay", amount=500)
    [order] = spa.merchant.orders.values()
    order |= amounts
    [sale] = invoices(spa)
    assert (sale.total_cents, sale.returned_cents) == known


def test_an_order_that_was_recorded_is_read_and_every_field_of_it_is_mapped_or_ignored(spa: Spa) -> None:
    """Recorded in 2026-07; Nango's integration templates, Elastic License: read beside the repository, never copied."""
    [call] = recorded("get-order")
    [row] = call["response"]["orders"]
    spa.select = {}
    spa.merchant.locations = {row["location_id"]: "America/New_York"}
    spa.merchant.orders[row["id"]] = row
    [record] = [each for page in spa.pages("orders") for each in page.records]
    mapping, notes = Catalogue().mapping("square", "orders"), Notes()
    fields = read(record.format.text, record.body)
    registry.require_known_shape("square", "orders", fields)
    notes.saw(fields)
    made = Invoice.model_validate_json(json.dumps(mapping.apply(fields, Surroundings(), notes).body))
    assert report(mapping.spec, notes) == ()
    assert (made.spent_cents, made.person_vendor_id) == (1000, row["customer_id"])
    assert b"Coffee" not in record.body
    assert b"last_4" not in record.body


def test_without_its_scope_a_check_names_it(spa: Spa) -> None:
    spa.square.do("settings", scopes=[each for each in spa.merchant.scopes if each != "ORDERS_READ"])
    with pytest.raises(Exception, match="ORDERS_READ"):
        registry.verifier(spa.connection, spa.tools)()
