"""An app that was connected with `glowline connect square`: tokens that end after thirty days, and what becomes of a refused one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockResponse

from canonical.clock import FixedClock
from canonical.problems import NeedsOperator
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.authorized import entry, kept
from connectors.kit.connecting import accept, consent
from connectors.kit.exchange import Answer, Request
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets, SecretStore
from connectors.square import client
from tests.connectors.square.test_square_openapi import asked, document
from tests.connectors.square.till import NOW, Spa

HERE = "http://127.0.0.1:8602/connected"
MONTH = timedelta(days=30)
NEXT = "glowline connect square"


@dataclass
class Heard:
    """A transport that remembers what went by, and what stood in the store when it did."""

    inner: RequestsTransport
    store: SecretStore
    name: str
    tokens: list[dict[str, Any]] = field(default_factory=list, repr=False)
    """What the token endpoint was asked."""
    calls: list[tuple[str, str]] = field(default_factory=list, repr=False)
    """The proof of each other request, and the token that was on the disk then."""
    exchanges: list[tuple[Request, Answer]] = field(default_factory=list, repr=False)

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        if request.url.endswith("/oauth2/token"):
            self.tokens.append(json.loads(request.body))
        else:
            self.calls.append((request.headers["authorization"], self.stored().get("access_token", "")))
        answer = self.inner.exchange(request, account=account, fresh=fresh)
        self.exchanges.append((request, answer))
        return answer

    def stored(self) -> dict[str, Any]:
        found = self.store.read(self.name)
        return {} if found is None else dict(json.loads(found.get_secret_value()))

    @property
    def refreshes(self) -> int:
        return sum(each["grant_type"] == "refresh_token" for each in self.tokens)


@dataclass
class Shop:
    """The merchant, an app of the practice's, and our side of it."""

    spa: Spa
    heard: Heard

    def turn(self, moment: datetime) -> None:
        self.spa.turn(moment)
        self.spa.tools = Tools(FixedClock(moment), self.spa.tools.secrets, self.heard, None, lambda _: None)

    def access(self) -> Access:
        return Access(self.spa.connection, registry.manifest("square"), self.spa.tools)

    def connect(self) -> None:
        opened = self.access()
        question = consent(opened, HERE)
        accept(opened, question, f"{HERE}?state={question.state}&code={self.spa.square.do('consent')['code']}")

    def customers(self) -> int:
        return len(self.spa.pull("customers"))


@pytest.fixture
def shop(spa: Spa, tmp_path: Path) -> Iterator[Shop]:
    store = SecretStore(tmp_path / "secrets", b"an installation key of 32 bytes.")
    app, secret = spa.merchant.app
    secrets = Secrets({"S": json.dumps({"client_id": app, "client_secret": secret, "signature_key": "k"})}, store)
    spa.settings = {"token_url": f"{spa.square.url}/oauth2/token"}
    heard = Heard(RequestsTransport(), store, "square/lumen")
    spa.tools = Tools(FixedClock(NOW), secrets, heard, None, lambda _: None)
    spa.square.do("customer", given_name="Ana")
    yield Shop(spa, heard)
    heard.inner.close()


def test_the_page_asks_for_our_scopes_and_the_yes_becomes_tokens_for_thirty_days(shop: Shop) -> None:
    question = consent(shop.access(), HERE)
    query = {name: value for name, [value] in parse_qs(urlsplit(question.url).query).items()}
    assert (query["session"], query["redirect_uri"]) == ("false", HERE)
    assert set(query["scope"].split()) == set(client.SCOPES)
    shop.connect()
    assert entry(shop.access()) == "square/lumen"
    stored = shop.heard.stored()
    assert stored["expires_at"] == (NOW + MONTH).timestamp()
    assert kept(shop.access()) == {"merchant_id": shop.spa.merchant.merchant_id}
    assert shop.customers() == 1
    assert shop.heard.calls[-1][0] == f"Bearer {stored['access_token']}"
    assert [each["grant_type"] for each in shop.heard.tokens] == ["authorization_code"]


def test_a_token_is_renewed_before_its_end_and_not_sooner(shop: Shop) -> None:
    shop.connect()
    first = shop.heard.stored()
    shop.turn(NOW + MONTH - timedelta(minutes=10))
    assert (shop.customers(), shop.heard.refreshes) == (1, 0)
    shop.turn(NOW + MONTH - timedelta(minutes=1))
    assert (shop.customers(), shop.heard.refreshes) == (1, 1)
    second = shop.heard.stored()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] == first["refresh_token"], "Square's is used many times and does not end"
    assert second["expires_at"] == (NOW + MONTH - timedelta(minutes=1) + MONTH).timestamp()
    assert all(answer.status == 200 for _, answer in shop.heard.exchanges), "no request met an ended token"
    assert (shop.customers(), shop.heard.refreshes) == (1, 1)


def test_a_new_token_is_on_the_disk_before_it_is_used(shop: Shop) -> None:
    shop.connect()
    shop.turn(NOW + MONTH * 2)
    shop.customers()
    proof, stood = shop.heard.calls[-1]
    assert shop.heard.refreshes == 1
    assert proof == f"Bearer {stood}"


def test_a_token_that_died_before_its_time_is_renewed_once_and_the_read_goes_on(shop: Shop) -> None:
    shop.connect()
    shop.spa.square.do("withdraw", access_only=True)
    assert (shop.customers(), shop.heard.refreshes) == (1, 1)


def test_an_account_that_refuses_every_token_is_asked_twice_and_renewed_once(shop: Shop) -> None:
    shop.connect()
    shop.heard.calls.clear()
    shop.spa.square.fail("status", status=401, method="POST", path="/v2/customers/search", times=50)
    with pytest.raises(NeedsOperator, match="does not accept the credentials"):
        shop.customers()
    assert (len(shop.heard.calls), shop.heard.refreshes) == (2, 1)


def test_a_yes_that_was_taken_back_names_the_command_that_asks_for_it_again(shop: Shop) -> None:
    shop.connect()
    shop.spa.square.do("withdraw")
    with pytest.raises(NeedsOperator, match="no longer honours") as problem:
        shop.customers()
    assert NEXT in problem.value.next_step
    assert len(shop.heard.tokens) == 2, "one code, one try to renew"
    shop.connect()
    assert shop.customers() == 1


def test_an_account_nobody_connected_names_the_command_and_asks_nobody(shop: Shop) -> None:
    with pytest.raises(NeedsOperator, match="nobody has connected") as problem:
        shop.customers()
    assert NEXT in problem.value.next_step
    assert (shop.heard.calls, shop.heard.tokens) == ([], [])


def test_no_token_shows_in_what_is_said_about_it(shop: Shop) -> None:
    shop.connect()
    stored = shop.heard.stored()
    shop.spa.square.do("withdraw")
    with pytest.raises(NeedsOperator) as problem:
        shop.customers()
    said = f"{problem.value!r} {problem.value} {client.line(shop.access())!r}"
    assert not any(stored[name] in said for name in ("access_token", "refresh_token"))
    assert shop.spa.merchant.app[1] not in said


def test_our_token_requests_and_the_pretend_answers_are_what_square_documents(shop: Shop) -> None:
    spec = OpenAPI.from_dict(document())
    shop.connect()
    shop.turn(NOW + MONTH)
    shop.customers()
    checked = [pair for pair in shop.heard.exchanges if pair[0].url.endswith("/oauth2/token")]
    assert len(checked) == 2
    for request, answer in checked:
        mine = asked(request.method, request.url, dict(request.headers), request.body)
        spec.validate_request(mine)
        response = MockResponse(answer.body, status_code=answer.status, content_type="application/json")
        spec.validate_response(mine, response)
