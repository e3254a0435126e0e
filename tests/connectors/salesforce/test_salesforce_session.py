"""A server that signs in with a key of its own: nobody says yes in a browser, and the org checks the signature."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr

from canonical.problems import NeedsOperator, TryLater
from connectors.kit import registry
from connectors.kit.exchange import Answer
from connectors.salesforce.session import _audience, _explained, _read
from emulators.kit.clock import Clock
from tests.connectors.salesforce.org import ENTRY, START, Crm, opened

USER = "glue@example.com"
KEY = rsa.generate_private_key(65537, 2048)
"""Made for this run, and known to nobody else."""


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class Server:
    """An org whose app has our certificate, and a machine clock for both sides, which only `later` moves."""

    machine: list[float] = field(default_factory=lambda: [START.timestamp()])
    crm: Crm = field(init=False)

    def later(self, **span: float) -> None:
        self.crm.later(**span)
        self.machine[0] += timedelta(**span).total_seconds()

    def asked_for_tokens(self) -> int:
        return len([path for path in self.crm.asked() if path.endswith("/token")])

    def pull(self) -> list[str]:
        pages = registry.puller(self.crm.connection(), self.crm.tools()).pull("contacts", None, now=self.crm.now)
        return [record.vendor_id for page in pages for record in page.records]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server()
    with opened(tmp_path, clock=Clock(lambda: made.machine[0])) as crm:
        made.crm = crm
        crm.store.write(ENTRY, SecretStr("{}"))  # nobody has said yes in a browser
        crm.salesforce.do("org", public_key=public(KEY))
        crm.key = {"username": USER, "private_key": pem(KEY)}
        yield made


def refusal(server: Server) -> NeedsOperator:
    """What `glowline check` is told."""
    with pytest.raises(NeedsOperator) as problem:
        registry.verifier(server.crm.connection(), server.crm.tools())()
    return problem.value


def test_a_key_opens_the_org_and_tells_where_it_is(server: Server) -> None:
    [ana] = server.crm.make("Contact", LastName="Ruiz")
    assert server.pull() == [ana]
    assert registry.verifier(server.crm.connection(), server.crm.tools())().proved
    assert server.asked_for_tokens() == 1


def test_a_session_lasts_as_long_as_the_settings_say_and_is_renewed_before_it_ends(server: Server) -> None:
    server.crm.settings["session_lasts"] = "15min"
    server.pull()
    server.later(minutes=13)
    server.pull()
    assert server.asked_for_tokens() == 1
    server.later(minutes=1)
    server.pull()
    assert server.asked_for_tokens() == 2


def test_without_a_setting_a_session_is_taken_to_last_two_hours(server: Server) -> None:
    server.pull()
    server.later(minutes=118)
    server.pull()
    assert server.asked_for_tokens() == 1
    server.later(minutes=1)
    server.pull()
    assert server.asked_for_tokens() == 2


def test_a_session_that_the_org_ends_is_renewed_once_for_everybody(server: Server) -> None:
    [ana] = server.crm.make("Contact", LastName="Ruiz")
    server.pull()
    server.crm.salesforce.do("expire")
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(server.pull())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[ana], [ana]]
    assert server.asked_for_tokens() == 2


def test_a_fresh_session_that_is_refused_as_well_is_not_followed_by_a_third(server: Server) -> None:
    server.pull()
    server.crm.salesforce.fail("status", status=401, text="INVALID_SESSION_ID: Session expired", path="query", times=9)
    with pytest.raises(NeedsOperator) as problem:
        server.pull()
    assert "glowline check" in problem.value.next_step
    assert server.asked_for_tokens() == 2


def test_a_user_whom_nobody_let_in_is_told_how(server: Server) -> None:
    server.crm.salesforce.do("org", approved=False)
    problem = refusal(server)
    assert "let in by this app" in str(problem)
    assert "pre-authorized" in problem.next_step
    assert "glowline check" in problem.next_step
    assert "approved this consumer" not in str(problem)
    server.crm.salesforce.do("org", approved=True)
    assert server.pull() == []


def test_another_certificate_in_the_app_is_said_to_be_that(server: Server) -> None:
    server.crm.salesforce.do("org", public_key=public(rsa.generate_private_key(65537, 2048)))
    problem = refusal(server)
    assert "signature" in str(problem)
    assert "certificate" in problem.next_step


def test_a_sandbox_is_another_audience(server: Server) -> None:
    server.crm.salesforce.do("org", audience="https://test.salesforce.com")
    assert "login: test.salesforce.com" in refusal(server).next_step
    server.crm.settings["login"] = "test.salesforce.com"
    assert server.pull() == []


@pytest.mark.parametrize(
    "settings,audience",
    [
        ({}, "https://login.salesforce.com"),
        ({"login": "test.salesforce.com"}, "https://test.salesforce.com"),
        ({"login": "lumen.my.salesforce.com"}, "https://login.salesforce.com"),
        ({"login": "lumen--uat.sandbox.my.salesforce.com"}, "https://test.salesforce.com"),
        ({"login": "lumen.my.salesforce.com", "audience": "https://lumen.example"}, "https://lumen.example"),
    ],
)
def test_the_audience_is_the_login_host_that_keeps_the_user(
    server: Server, settings: dict[str, str], audience: str
) -> None:
    server.crm.settings |= settings
    assert _audience(server.crm.access()) == audience


def test_an_assertion_from_a_machine_whose_clock_is_wrong_is_said_to_be_late(server: Server) -> None:
    server.machine[0] += timedelta(hours=1).total_seconds()
    assert "clock" in refusal(server).next_step


def test_an_app_that_is_not_known_is_said_to_be_that(server: Server) -> None:
    server.crm.salesforce.org.client = ("another", "x")
    key = server.crm.key
    server.crm.key = {"client_id": "an-app-nobody-knows", **key}
    assert "client_id" in refusal(server).next_step


@pytest.mark.parametrize(
    "written",
    [
        "",
        "no key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        pem(ec.generate_private_key(ec.SECP256R1())),
    ],
)
def test_a_key_that_is_none_is_named_and_not_shown(server: Server, written: str) -> None:
    server.crm.key["private_key"] = written
    problem = refusal(server)
    assert "private_key" in str(problem)
    assert not written or written not in str(problem)
    assert server.asked_for_tokens() == 0


def test_a_key_without_its_user_is_named(server: Server) -> None:
    del server.crm.key["username"]
    assert "username" in str(refusal(server))


def test_a_session_of_another_user_or_key_is_not_used_on(server: Server) -> None:
    server.pull()
    server.crm.key["username"] = "another@example.com"
    assert "let in" in str(refusal(server))


def test_a_lifetime_that_is_none_is_named_before_anything_is_asked(server: Server) -> None:
    server.crm.settings["session_lasts"] = "soon"
    with pytest.raises(NeedsOperator, match="session_lasts"):
        server.pull()
    assert server.crm.asked() == []


def test_a_token_endpoint_that_fails_is_tried_later(server: Server) -> None:
    server.crm.salesforce.fail("status", status=503, path="token", times=1)
    with pytest.raises(TryLater):
        server.pull()


def test_what_a_refusal_says_beyond_our_list_still_leads_somewhere() -> None:
    for body in (b"<html>", b"[]", json.dumps({"error": "invalid_grant"}).encode()):
        says, step = _explained(Answer(400, {}, body))
        assert says
        assert "glowline check" in step


@pytest.mark.parametrize(
    "issued,began",
    [(timedelta(), timedelta()), (timedelta(minutes=-4), timedelta(minutes=-4)), (timedelta(hours=-3), timedelta())],
)
def test_a_session_began_when_salesforce_says_unless_its_clock_cannot_be_ours(
    issued: timedelta, began: timedelta
) -> None:
    told = {
        "access_token": "x",
        "instance_url": "https://x",
        "issued_at": str(int((START + issued).timestamp() * 1000)),
    }
    kept = _read(json.dumps(told).encode(), START, timedelta(hours=2))
    assert kept.expires_at == (START + began + timedelta(hours=2)).timestamp()
