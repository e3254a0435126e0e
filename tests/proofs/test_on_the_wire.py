"""A week's whole traffic with Twilio against Twilio's own OpenAPI: not the connector alone, but whatever a practice does with it."""

import json
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from connectors.kit.exchange import Answer, Request
from connectors.kit.http import RequestsTransport
from tests.proofs.town import SENDER, Town
from tests.shared_data import shared

API = "https://api.twilio.com"


def test_every_request_of_a_week_is_one_that_twilio_documents(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shared("vendors", "specs", "twilio", "twilio_api_v2010-messages-trimmed.json").read_text(encoding="utf-8")
    spec = OpenAPI.from_dict(json.loads(text))
    seen = _listened_to(monkeypatch)
    _a_week(town)
    asked = [request for request in seen if request.url.startswith(town.twilio.url)]
    kinds = Counter((request.method, urlsplit(request.url).path.rpartition("/")[2]) for request in asked)
    assert kinds["POST", "Messages.json"] >= 8, kinds
    assert kinds["GET", "Messages.json"] >= 8, kinds
    for request in asked:
        spec.validate_request(_as_twilio_sees_it(request))


def _listened_to(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Every request any connector makes from here on."""
    seen: list[Request] = []
    exchange = RequestsTransport.exchange

    def listening(self: RequestsTransport, request: Request, *, account: str, fresh: bool = False) -> Answer:
        seen.append(request)
        return exchange(self, request, account=account, fresh=fresh)

    monkeypatch.setattr(RequestsTransport, "exchange", listening)
    return seen


def _a_week(town: Town) -> None:
    """Bookings, a move, a cancellation, an answer, a STOP, two failures that must be looked up, and several pages to read."""
    phones = [f"+1212555014{number}" for number in range(5)]
    visits = [town.book(town.person(f"Ana{n} Reyes", phone), "2026-11-13 10:00") for n, phone in enumerate(phones)]
    town.twilio.fail("drop", method="POST", skip=1)
    town.twilio.fail("status", method="POST", status=503, skip=2)
    town.run_at("2026-11-11 10:01")
    town.move(visits[0], "2026-11-16 15:00")
    town.cancel(visits[1])
    town.twilio.do("inbound", from_=phones[2], to=SENDER, body="Can I bring my sister?")
    town.twilio.do("inbound", from_=phones[3], to=SENDER, body="STOP")
    town.run_at("2026-11-11 10:02", "2026-11-11 10:20", "2026-11-12 10:01", "2026-11-13 08:05", "2026-11-14 15:01")


def _as_twilio_sees_it(request: Request) -> MockRequest:
    parts = urlsplit(request.url)
    return MockRequest(
        API,
        request.method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers={name.title(): value for name, value in request.headers.items() if name.lower() == "authorization"},
        data=request.body,
        content_type=request.headers.get("content-type", ""),
    )
