"""An app that was connected with `glowline connect acuity`: a token that does not end, and cannot be renewed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from canonical.clock import FixedClock
from canonical.problems import NeedsOperator
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.connecting import accept, consent
from connectors.kit.exchange import Answer, Request
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets, SecretStore
from emulators.acuity import AcuityEmulator
from emulators.kit.running import running
from tests.connectors.acuity.wire import connection
from tests.connectors.contract.subject import NOW

HERE = "http://127.0.0.1:8602/connected"
NEXT = "glowline connect acuity"


@dataclass
class Office:
    """An account, an app of the practice's, and our side of it."""

    acuity: AcuityEmulator
    inner: RequestsTransport
    store: SecretStore
    now: Any = NOW
    tokens: list[dict[str, str]] = field(default_factory=list)
    """What the token endpoint was asked."""
    calls: list[str] = field(default_factory=list)
    """The proof of each other request."""

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        if request.url.endswith("/oauth2/token"):
            self.tokens.append(dict(parse_qsl(request.body.decode())))
        else:
            self.calls.append(request.headers["authorization"])
        return self.inner.exchange(request, account=account, fresh=fresh)

    def access(self) -> Access:
        app, secret = self.acuity.account.app
        fields = json.dumps({"client_id": app, "client_secret": secret, "api_key": "signs-calls-only"})
        using = connection(self.acuity.url, token_url=f"{self.acuity.url}/oauth2/token")
        tools = Tools(FixedClock(self.now), Secrets({"ACUITY": fields}, self.store), self, None, lambda _: None)
        return Access(using, registry.manifest("acuity"), tools)

    def connect(self) -> None:
        opened = self.access()
        question = consent(opened, HERE)
        accept(opened, question, f"{HERE}?state={question.state}&code={self.acuity.do('consent')['code']}")

    def appointments(self) -> int:
        opened = self.access()
        pages = registry.puller(opened.connection, opened.tools).pull("appointments", None, now=NOW)
        return sum(len(page.records) for page in pages)

    def stored(self) -> dict[str, Any]:
        found = self.store.read("acuity/lumen-acuity")
        assert found
        return dict(json.loads(found.get_secret_value()))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with running(AcuityEmulator()) as acuity:
        acuity.turn_clock(NOW, frozen=True)
        acuity.do("book", firstName="Ana", lastName="Ruiz", datetime="2026-11-13T10:00:00-05:00")
        transport = RequestsTransport()
        yield Office(acuity, transport, SecretStore(tmp_path / "secrets", b"an installation key of 32 bytes."))
        transport.close()


def test_a_yes_becomes_one_token_that_has_no_end(office: Office) -> None:
    question = consent(office.access(), HERE)
    query = {name: value for name, [value] in parse_qs(urlsplit(question.url).query).items()}
    assert (query["scope"], query["redirect_uri"]) == ("api-v1", HERE)
    office.connect()
    stored = office.stored()
    assert (stored["refresh_token"], stored["expires_at"]) == ("", None)
    assert office.appointments() == 1
    assert set(office.calls) == {f"Bearer {stored['access_token']}"}
    office.now = NOW + timedelta(days=4000)
    assert office.appointments() == 1
    [asked] = office.tokens
    assert (asked["grant_type"], asked["client_id"]) == ("authorization_code", office.acuity.account.app[0])


def test_a_check_runs_with_the_token_and_without_a_user_id(office: Office) -> None:
    office.connect()
    opened = office.access()
    verified = registry.verifier(opened.connection, opened.tools)()
    assert "credentials" in verified.proved


def test_a_yes_that_was_taken_back_is_asked_for_again_after_one_refusal(office: Office) -> None:
    office.connect()
    office.acuity.do("withdraw")
    office.calls.clear()
    with pytest.raises(NeedsOperator, match="no longer honours") as problem:
        office.appointments()
    assert NEXT in problem.value.next_step
    assert len(office.calls) == 1
    assert len(office.tokens) == 1, "there is nothing to renew it with, so nobody is asked"
    assert office.stored()["access_token"] not in f"{problem.value!r} {problem.value}"
    office.connect()
    assert office.appointments() == 1


def test_an_account_nobody_connected_names_the_command_and_asks_nobody(office: Office) -> None:
    with pytest.raises(NeedsOperator, match="nobody has connected") as problem:
        office.appointments()
    assert NEXT in problem.value.next_step
    assert (office.calls, office.tokens) == ([], [])


def test_a_code_is_worth_one_token_and_a_wrong_app_none(office: Office) -> None:
    office.connect()
    opened = office.access()
    question = consent(opened, HERE)
    with pytest.raises(NeedsOperator, match="did not take the code"):
        accept(opened, question, f"{HERE}?state={question.state}&code=used")
    office.acuity.account.app = ("another", "another")
    opened = office.access()
    office.acuity.account.app = ("an-invented-app", "an-invented-app-secret")
    with pytest.raises(NeedsOperator, match="client id and secret"):
        accept(opened, question, f"{HERE}?state={question.state}&code=used")
