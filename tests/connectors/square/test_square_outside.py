"""Square's own SDK and somebody else's client use the pretend Square, and ours reads what became of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from square import Square
from square.core.api_error import ApiError
from square.utils.webhooks_helper import verify_signature

from connectors.kit import registry
from connectors.kit.registry import Sought
from connectors.kit.signatures import SignatureRefused
from connectors.kit.webhooks import Incoming
from connectors.square import webhook
from tests.connectors.square.till import NOW, Spa
from tests.connectors.square.wire import FIXTURES
from tests.connectors.unibooking.outside import Outside


@contextmanager
def sdk(spa: Spa) -> Iterator[Square]:
    client = Square(token=spa.merchant.token, base_url=spa.square.url)
    try:
        yield client
    finally:
        client._client_wrapper.httpx_client.httpx_client.close()  # it has no way of its own


def their(spa: Spa) -> Outside:
    proof = (("accessToken", spa.merchant.token), ("locationId", "LMAIN"))
    return Outside("square", f"{spa.square.url}/v2/", proof)


def segment() -> dict[str, Any]:
    return {"team_member_id": "TMOKAFOR", "service_variation_id": "SVISIT", "service_variation_version": 1}


def test_what_squares_own_sdk_books_moves_and_cancels_we_read(spa: Spa) -> None:
    with sdk(spa) as client:
        person = client.customers.create(given_name="Ana", family_name="Ruiz", phone_number="+12125550142").customer
        assert person
        assert person.id
        wanted = {"location_id": "LMAIN", "customer_id": person.id, "start_at": "2026-11-20T15:00:00Z"}
        wanted["appointment_segments"] = [segment()]
        made = client.bookings.create(booking=wanted, idempotency_key="k-1").booking
        again = client.bookings.create(booking=wanted, idempotency_key="k-1").booking
        assert made
        assert again
        assert made.id == again.id
        [first] = spa.pull("bookings")
        assert (first["vendor_id"], first["status"], first["end"]) == (made.id, "booked", "2026-11-20T15:30:00Z")
        assert first["person_vendor_id"] == spa.pull("customers")[0]["vendor_id"]

        client.bookings.update(booking_id=made.id or "", booking={"version": 0, "start_at": "2026-11-24T19:00:00Z"})
        with pytest.raises(ApiError):
            client.bookings.update(booking_id=made.id or "", booking={"version": 0, "start_at": "2026-11-25T19:00:00Z"})
        client.bookings.cancel(booking_id=made.id or "", booking_version=1)
        [last] = spa.pull("bookings")
        assert (last["start"], last["status"]) == ("2026-11-24T19:00:00Z", "cancelled")


def test_the_sdk_lists_page_by_page_what_we_list(spa: Spa) -> None:
    for number in range(130):
        spa.square.do("customer", given_name=f"P{number}")
        spa.square.do("pay", amount=100 + number)
    with sdk(spa) as client:
        assert {each.id for each in client.customers.list(limit=50)} == {
            each["vendor_id"] for each in spa.pull("customers")
        }
        theirs = {each.id for each in client.payments.list(sort_field="UPDATED_AT", limit=50)}
        assert theirs == {each["vendor_id"] for each in spa.pull("payments")}
        assert len(theirs) == 130


def test_the_sdk_reads_the_link_we_made_and_the_money_it_brought(spa: Spa) -> None:
    made = spa.link()
    with sdk(spa) as client:
        [link] = client.checkout.payment_links.list()
        assert (link.id, link.url) == (made.vendor_id, made.link)
        paid = spa.square.do("pay", link=made.vendor_id)
        refund = client.refunds.refund_payment(
            idempotency_key="r-1", payment_id=paid["id"], amount_money={"amount": 5000, "currency": "USD"}
        ).refund
        assert refund
        [payment] = spa.pull("payments")
        assert (payment["status"], payment["reference"], payment["deposit"]) == ("refunded", "v-2c4100000000", True)


def test_what_another_partys_client_does_we_read(spa: Spa) -> None:
    span = {"start": "2026-11-20T15:00:00Z", "end": "2026-11-20T15:30:00Z"}
    booking = {
        "range": span,
        "serviceId": "SVISIT",
        "staffId": "TMOKAFOR",
        "customer": {"name": "Ben Okoye", "phone": "+12125550143"},
        "providerOptions": {"service_variation_version": 1},
    }
    [made] = their(spa).use(["createBooking", booking])
    which = made["ok"]["id"]
    later = {"start": "2026-11-24T15:00:00Z", "end": "2026-11-24T15:30:00Z"}
    moved, listed = their(spa).use(
        ["updateBooking", which, {"range": later}],
        ["listBookings", {"range": {**later, "end": "2026-11-25T00:00:00Z"}}],
    )
    assert (
        [each["id"] for each in listed["ok"]["bookings"]]
        == [which]
        == [each["vendor_id"] for each in spa.pull("bookings")]
    )
    assert moved["ok"]["range"]["start"] == spa.pull("bookings")[0]["start"]
    spa.square.do("no_show", id=which)
    [theirs] = their(spa).use(["getBooking", which])
    assert (theirs["ok"]["status"], spa.pull("bookings")[0]["status"]) == ("no_show", "no_show")


def test_the_slots_another_partys_client_sees_are_those_we_see(spa: Spa) -> None:
    spa.square.do("book", customer_id="X", start_at="2026-11-20T15:00:00Z")
    span = {"start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
    [theirs] = their(spa).use(["searchAvailability", {"range": span, "serviceId": "SVISIT"}])
    ours = registry.openings(spa.connection, spa.tools, Sought(first_day=date(2026, 11, 20), days=1, service="SVISIT"))
    starts = [datetime.fromisoformat(each["start"]) for each in theirs["ok"]]
    assert [slot.start for slot in ours.slots] == starts
    assert datetime(2026, 11, 20, 15, tzinfo=UTC) not in starts
    assert len(starts) == 17


def vectors() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((FIXTURES / "webhook" / "signature-vectors.json").read_text())["vectors"]
    return found


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_squares_own_vectors_are_believed_by_three_verifiers_and_a_flipped_byte_by_none(vector: dict[str, str]) -> None:
    url, body, key = vector["notification_url"], vector["body"], vector["signature_key"]
    signature = vector["x-square-hmacsha256-signature"]
    flipped = body.replace('"type"', '"tyqe"')
    told = {"signatureKey": key, "notificationUrl": url, "signature": signature}
    theirs = Outside("square").use(
        ["verifySquareSignature", told | {"body": body}], ["verifySquareSignature", told | {"body": flipped}]
    )
    assert [each["ok"] for each in theirs] == [True, False]
    for text, believed in ((body, True), (flipped, False), (json.dumps(json.loads(body), indent=1), False)):
        mine = ours_believes(url, text, key, signature)
        sdks = verify_signature(request_body=text, signature_header=signature, signature_key=key, notification_url=url)
        assert (mine, sdks) == (believed, believed)
    assert not ours_believes(f"{url}x", body, key, signature)
    assert not ours_believes(url, body, f"{key}x", signature)


def ours_believes(url: str, body: str, key: str, signature: str) -> bool:
    incoming = Incoming(url=url, headers={webhook.HEADER: signature}, body=body.encode())
    try:
        webhook.verify(incoming, [SecretStr(key)], now=NOW)
    except SignatureRefused:
        return False
    return True


def test_a_call_of_the_emulators_is_believed_by_squares_own_helper(spa: Spa, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/square").respond_with_data("", status=204)
    url = httpserver.url_for("/square")
    spa.square.do("settings", hook=url)
    spa.square.do("customer", given_name="Ana")
    spa.square.settle()
    [(request, _)] = httpserver.log
    assert verify_signature(
        request_body=request.get_data(as_text=True),
        signature_header=request.headers["x-square-hmacsha256-signature"],
        signature_key=spa.merchant.signature_key,
        notification_url=url,
    )
