"""Our requests and the pretend Square's answers against Square's own OpenAPI: a witness we did not write."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from connectors.kit import dispatch, registry
from connectors.kit.access import Access
from connectors.kit.exchange import Answer, Request
from connectors.kit.http import RequestsTransport
from connectors.kit.registry import Sought
from connectors.square.client import SCOPES
from connectors.square.slots import openings
from connectors.square.verify import verify
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.square.till import Spa
from tests.connectors.square.wire import ENVIRON, SUBJECT, connection, only_reads
from tests.connectors.wire.http_wire import HttpWire, http_wire
from tests.connectors.wire.server import Seen
from tests.shared_data import shared

API = "https://connect.squareup.com"
NAME = "square-bookings-payments-trimmed-openapi.json"


def document() -> dict[str, Any]:
    """Square's specification, its Orders beside it, with what is known to be wrong in it laid over (defects.yaml beside this file)."""
    found: dict[str, Any] = json.loads(shared("vendors", "specs", "square", NAME).read_text(encoding="utf-8"))
    orders = json.loads((SUBJECT.fixtures / "spec" / "orders.json").read_text(encoding="utf-8"))
    found["paths"] |= orders["paths"]
    found["components"]["schemas"] |= orders["components"]["schemas"]
    wrong = yaml.safe_load((SUBJECT.fixtures.parent / "defects.yaml").read_text(encoding="utf-8"))
    for defect in wrong:
        *way, last = defect["at"]
        place = found
        for step in way:
            place = place[step]
        if defect.get("gone"):
            del place[last]
        else:
            place[last] = defect["becomes"]
    return found


@pytest.fixture(scope="module")
def spec() -> OpenAPI:
    return OpenAPI.from_dict(document())


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    with http_wire(SUBJECT.fixtures, connection, ENVIRON, lambda _: b"", {}, only_reads) as opened:
        yield opened


def asked(method: str, target: str, headers: dict[str, str], body: bytes) -> MockRequest:
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query))
    return MockRequest(
        API,
        method.lower(),
        parts.path,
        args=query,
        headers={"Authorization": headers.get("authorization", "")},
        data=body or None,
        content_type=headers.get("content-type", "") if body else "",
    )


def valid(spec: OpenAPI, seen: Seen) -> None:
    spec.validate_request(asked(seen.method, seen.target, seen.headers, seen.body))


def test_every_request_we_make_is_one_square_documents(wire: HttpWire, spec: OpenAPI) -> None:
    for stream in SUBJECT.streams():
        list(registry.puller(wire.connection, wire.tools()).pull(stream, None, now=NOW))
    registry.verifier(wire.connection, wire.tools())()
    dispatch.send(claim(SUBJECT, wire, "create_payment_link"), context(wire))
    assert len(wire.server.seen) >= 10
    for seen in wire.server.seen:
        valid(spec, seen)
        assert seen.headers["square-version"] == "2026-07-15"


def test_the_check_itself_notices_a_wrong_request(wire: HttpWire, spec: OpenAPI) -> None:
    dispatch.send(claim(SUBJECT, wire, "create_payment_link"), context(wire))
    [good] = wire.server.writes
    wrong = (
        Seen("POST", good.target, good.headers, good.body.replace(b"price_money", b"prize_money")),
        Seen("POST", good.target.replace("payment-links", "payment-link"), good.headers, good.body),
        Seen("POST", good.target, {**good.headers, "content-type": "text/plain"}, good.body),
    )
    for seen in wrong:
        with pytest.raises(OpenAPIError):
            valid(spec, seen)


class Held:
    """A transport that holds every exchange against the specification, both ways."""

    def __init__(self, spec: OpenAPI) -> None:
        self.inner, self.spec, self.count = RequestsTransport(), spec, 0

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        answer = self.inner.exchange(request, account=account, fresh=fresh)
        mine = asked(request.method, request.url, dict(request.headers), request.body)
        self.spec.validate_request(mine)
        response = MockResponse(answer.body, status_code=answer.status, content_type="application/json")
        self.spec.validate_response(mine, response)
        self.count += 1
        return answer


def test_what_the_pretend_square_answers_is_what_square_documents(spa: Spa, spec: OpenAPI) -> None:
    held = Held(spec)
    spa.tools = type(spa.tools)(spa.tools.clock, spa.tools.secrets, held, None, lambda _: None)
    person = spa.square.do("customer", given_name="Ana", birthday="0000-09-01", phone_number="+12125550142")
    spa.square.do("book", customer_id=person["id"], start_at="2026-11-20T15:00:00Z")
    paid = spa.square.do("pay", link=spa.link().vendor_id)
    spa.square.do("refund", payment=paid["id"], amount=1000)
    for stream in SUBJECT.streams():
        assert spa.pull(stream)
        record = next(record for page in spa.pages(stream) for record in page.records)
        assert registry.puller(spa.connection, spa.tools).again(stream, [record.vendor_id], now=NOW)
    access = Access(spa.connection, registry.manifest("square"), spa.tools)
    verify(access)
    assert openings(access, Sought(first_day=date(2026, 11, 20), days=1, service="SVISIT"), NOW).slots
    held.inner.close()
    assert held.count > 15


def test_our_scopes_are_squares_and_each_request_has_the_one_it_needs() -> None:
    paths = document()["paths"]
    needed = {
        scope
        for path in (
            ("/v2/customers/search", "post"),
            ("/v2/bookings", "get"),
            ("/v2/payments", "get"),
            ("/v2/locations", "get"),
            ("/v2/online-checkout/payment-links", "post"),
            ("/v2/orders/search", "post"),
            ("/v2/team-members/search", "post"),
            ("/v2/catalog/list", "get"),
        )
        for each in paths[path[0]][path[1]]["security"]
        for scope in each["oauth2"]
    }
    assert needed <= set(SCOPES) == set(SUBJECT.manifest.auth.scopes)


def test_the_statuses_of_our_table_are_exactly_squares() -> None:
    theirs = set(document()["components"]["schemas"]["BookingStatus"]["enum"])
    codes = registry.FOLDER.parent / "mappings" / "codes" / "square_booking_status.yaml"
    assert set(yaml.safe_load(codes.read_text(encoding="utf-8"))["codes"]) == theirs
