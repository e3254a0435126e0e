"""Links, money and people at the pretend Square: once only, nothing lost, nothing that names a treatment."""

import json
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from canonical.problems import NeedsOperator, Refused, TryLater
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.limits import Budgets
from emulators.square.merchant import Merchant
from settings.clock import SystemClock
from tests.connectors.square.till import NOW, Spa, opened


@pytest.mark.parametrize("fault", ["drop", "cut", "empty", "no_id", "truncated"])
def test_a_link_whose_answer_was_lost_is_asked_for_again_and_is_one_link(spa: Spa, fault: str) -> None:
    spa.square.fail(fault, method="POST", path="payment-links")
    with pytest.raises(TryLater):
        spa.link(attempt=1)
    made = spa.link(attempt=2)
    assert [link["id"] for link in spa.square.do("links")["links"]] == [made.vendor_id]
    assert made.link.startswith("https://")


def test_another_amount_for_the_same_visit_is_refused_and_not_a_second_link(spa: Spa) -> None:
    spa.link()
    with pytest.raises(Refused) as refused:
        spa.link(cents=7000)
    assert "another amount" in str(refused.value)
    assert len(spa.square.do("links")["links"]) == 1


def test_nothing_on_a_link_says_what_it_is_for(spa: Spa) -> None:
    spa.link()
    [link] = spa.square.do("links")["links"]
    assert link["quick_pay"]["name"] == "Deposit"
    assert link["payment_note"] == "v-2c4100000000"
    assert "description" not in link


def test_a_deposit_is_requested_paid_and_given_back(spa: Spa) -> None:
    paid = spa.square.do("pay", link=spa.link().vendor_id)
    [first] = spa.pages("payments")
    [payment] = spa.pull("payments")
    assert (payment["status"], payment["amount_cents"], payment["reference"]) == ("paid", 5000, "v-2c4100000000")
    spa.turn(NOW + timedelta(hours=5))
    spa.square.do("refund", payment=paid["id"], amount=2000)
    assert [each["status"] for each in spa.pull("payments", first.cursor)] == ["paid"]
    spa.square.do("refund", payment=paid["id"], amount=3000)
    [payment] = spa.pull("payments", first.cursor)
    assert (payment["status"], payment["deposit"]) == ("refunded", True)


def test_the_desks_own_words_on_a_payment_are_not_read(spa: Spa) -> None:
    spa.square.do("pay", amount=9900, note="20 units, forehead")
    [payment] = spa.pull("payments")
    assert (payment["reference"], payment["deposit"]) == ("", False)
    assert "forehead" not in json.dumps(payment)


def test_only_what_changed_comes_again_and_a_page_left_long_ago_is_begun_anew(spa: Spa) -> None:
    spa.turn(NOW - timedelta(hours=1))
    for number in range(250):
        spa.square.do("customer", given_name=f"P{number}")
    spa.turn(NOW)
    first = spa.pages("customers")
    assert [len(page.records) for page in first] == [100, 100, 50]
    spa.turn(NOW + timedelta(hours=1))
    [ana] = [spa.square.do("customer", given_name="Ana")]
    assert [each["vendor_id"] for each in spa.pull("customers", first[-1].cursor)] == [ana["id"]]
    spa.square.fail("status", status=400, method="POST", path="search")
    resumed = spa.pages("customers", first[0].cursor)
    assert len({record.vendor_id for page in resumed for record in page.records}) == 251


def test_every_place_is_asked_for_its_payments() -> None:
    with opened(Merchant(locations={"LMAIN": "America/New_York", "LUP": "America/Chicago"})) as spa:
        for place in ("LMAIN", "LUP"):
            spa.square.do("pay", amount=100, location_id=place)
        spa.select = {"locations": "LMAIN, LUP"}
        pages = spa.pages("payments")
        assert [page.complete for page in pages] == [False, True]
        assert sum(len(page.records) for page in pages) == 2
        spa.select = {}
        assert any("2 places" in warning for warning in registry.verifier(spa.connection, spa.tools)().warnings)


def test_a_birthday_without_its_year_sets_nobody_aside(spa: Spa) -> None:
    spa.square.do("customer", given_name="Ben", birthday="0000-09-01")
    spa.square.do("customer", given_name="Ana", birthday="1984-02-29", email_unsubscribed=True)
    found = {each["given_name"]: each for each in spa.pull("customers")}
    assert (found["Ben"]["birth_date"], found["Ana"]["birth_date"]) == (None, "1984-02-29")
    assert (found["Ben"]["opted_out"], found["Ana"]["opted_out"]) == ([], ["email"])


def test_a_window_is_never_wider_than_square_allows_and_nobody_is_met_twice(spa: Spa) -> None:
    made = [spa.square.do("book", customer_id="X", start_at=f"2026-{m:02d}-15T15:00:00Z")["id"] for m in range(1, 13)]
    made.append(spa.square.do("book", customer_id="X", start_at="2026-11-12T00:00:00Z")["id"])
    found = [record.vendor_id for page in spa.pages("bookings") for record in page.records]
    assert sorted(found) == sorted(made)


def test_a_scope_that_is_missing_is_named(spa: Spa) -> None:
    spa.square.do("settings", scopes=["MERCHANT_PROFILE_READ", "CUSTOMERS_READ", "PAYMENTS_READ", "APPOINTMENTS_READ"])
    with pytest.raises(NeedsOperator, match="APPOINTMENTS_ALL_READ"):
        registry.verifier(spa.connection, spa.tools)()
    spa.square.do("settings", scopes=["MERCHANT_PROFILE_READ"])
    with pytest.raises(NeedsOperator, match="CUSTOMERS_READ"):
        spa.pages("customers")


def test_who_is_not_called_on_a_change_is_told_so(spa: Spa) -> None:
    assert any("does not call" in warning for warning in registry.verifier(spa.connection, spa.tools)().warnings)
    spa.square.do("settings", hook="https://hooks.example.com/square")
    assert registry.verifier(spa.connection, spa.tools)().warnings == ()


def test_a_storm_of_429_is_ridden_out_without_one_request_over_the_limit(spa: Spa, tmp_path: Path) -> None:
    for number in range(120):
        spa.square.do("customer", given_name=f"P{number}")
    spa.square.fail("status", status=429, retry_after="1", times=2)
    pausing = threading.Event()
    budgets = Budgets(tmp_path, SystemClock().machine_now, pausing.wait)
    spa.tools = Tools(spa.tools.clock, spa.tools.secrets, spa.transport, budgets, pausing.wait)
    began = time.monotonic()
    assert len(spa.pull("customers")) == 120
    budgets.close()
    assert sum(entry.status == 429 for entry in spa.square.journal.entries()) == 2
    assert time.monotonic() - began >= 2
