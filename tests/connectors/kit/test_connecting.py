"""Somebody's yes becomes tokens, against an authorization server that is authlib's and not ours."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from pydantic import SecretStr, ValidationError

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import NeedsOperator, NotOffered
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.authorized import connected, entry, kept
from connectors.kit.connecting import Consent, accept, consent
from connectors.kit.exchange import get
from connectors.kit.grant import Authorize
from connectors.kit.http import RequestsTransport
from connectors.kit.manifest import Auth, Manifest
from connectors.kit.secrets import Secrets, SecretStore
from tests.connectors.contract.subject import CLOCK
from tests.connectors.kit.oauth_server import CLIENT, SECRET, Vendor, authorizing
from tests.connectors.kit.refreshing import ENTRY, KEY

HERE = "http://127.0.0.1:8602/connected"
ROOT = Path(__file__).parents[3]
THINGS = get("https://api.vendor.example/things")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with authorizing(HERE) as running:
        yield running


@pytest.fixture
def web() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=5) as pool:
        yield pool


def access(folder: Path, url: str, *, secret: str | None = SECRET, **block: object) -> Access:
    written = {"url": f"{url}/authorize", "token_url": f"{url}/token", "pkce": True} | block
    manifest = Manifest.model_validate(
        {
            "vendor": "podium",
            "name": "Podium",
            "evidence": "docs",
            "baa": {"offered": True, "where": "page"},
            "products": ["sms"],
            "auth": {
                "kind": "oauth2",
                "secret": ["client_id", "client_secret"],
                "scopes": ["read", "write"],
                "refresh": "rotating",
                "authorize": written,
            },
        }
    )
    fields = {"client_id": CLIENT} | ({"client_secret": secret} if secret else {})
    tools = Tools(
        CLOCK,
        Secrets({"APP": json.dumps(fields)}, SecretStore(folder / "secrets", KEY)),
        RequestsTransport(),
        None,
        lambda _: None,
    )
    connection = Connection(
        connection_id=ConnectionId("texts"), vendor="podium", account="lumen", secret="env:APP", settings={}
    )
    return Access(connection, manifest, tools)


def said_yes(web: urllib3.PoolManager, asked: Consent) -> str:
    """What a browser does: it opens the page and ends up at the address that the vendor names."""
    answer = web.request("GET", asked.url, redirect=False)
    assert answer.status == 302, answer.data
    return answer.headers["location"]


def test_a_yes_becomes_tokens_that_are_kept_before_they_are_used(
    vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path
) -> None:
    opened = access(tmp_path, vendor.url)
    asked = consent(opened, HERE)
    query = {name: value for name, [value] in parse_qs(urlsplit(asked.url).query).items()}
    assert (query["scope"], query["code_challenge_method"], query["redirect_uri"]) == ("read write", "S256", HERE)
    assert asked.state not in repr(asked)
    accept(opened, asked, said_yes(web, asked))
    assert connected(opened).signed(THINGS).headers["authorization"] == f"Bearer {vendor.issued[0]}"
    assert [one["grant_type"] for one in vendor.asked] == ["authorization_code"]
    assert vendor.issued[0].encode() not in b"".join(file.read_bytes() for file in (tmp_path / "secrets").iterdir())


def test_a_token_refused_early_is_renewed_with_the_token_that_the_yes_brought(
    vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path
) -> None:
    opened = access(tmp_path, vendor.url)
    asked = consent(opened, HERE)
    accept(opened, asked, said_yes(web, asked))
    auth = connected(opened)
    auth.signed(THINGS)
    assert auth.renewed()
    assert connected(opened).signed(THINGS).headers["authorization"] == f"Bearer {vendor.issued[1]}"
    assert (vendor.refreshes, len(vendor.living)) == (1, 1)


def test_an_answer_to_another_question_is_not_taken(vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path) -> None:
    opened = access(tmp_path, vendor.url)
    mine, theirs = consent(opened, HERE), consent(opened, HERE)
    assert mine.state != theirs.state
    with pytest.raises(NeedsOperator, match="another question"):
        accept(opened, mine, said_yes(web, theirs))
    assert vendor.asked == []


def test_a_no_and_half_an_address_are_said(vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path) -> None:
    opened = access(tmp_path, vendor.url)
    asked = consent(opened, HERE)
    vendor.says_no = True
    for came_back in (said_yes(web, asked), HERE, "", "not an address"):
        with pytest.raises(NeedsOperator, match="no code"):
            accept(opened, asked, came_back)


def test_a_code_is_worth_nothing_without_its_verifier(vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path) -> None:
    opened = access(tmp_path, vendor.url)
    asked = consent(opened, HERE)
    came_back = said_yes(web, asked)
    stolen = Consent(asked.url, asked.redirect, asked.state, "x" * 64)
    with pytest.raises(NeedsOperator, match="did not take the code") as problem:
        accept(opened, stolen, came_back)
    assert "glowline connect podium" in problem.value.next_step
    with pytest.raises(NeedsOperator, match="nobody has connected"):
        connected(opened).signed(THINGS)


def test_a_code_is_taken_once(vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path) -> None:
    opened = access(tmp_path, vendor.url)
    asked = consent(opened, HERE)
    came_back = said_yes(web, asked)
    accept(opened, asked, came_back)
    with pytest.raises(NeedsOperator, match="did not take the code"):
        accept(opened, asked, came_back)
    assert connected(opened).signed(THINGS).headers["authorization"] == f"Bearer {vendor.issued[0]}"


def test_a_wrong_secret_is_told_from_a_wrong_code(vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path) -> None:
    opened = access(tmp_path, vendor.url, secret="another")
    asked = consent(opened, HERE)
    with pytest.raises(NeedsOperator, match="client id and secret") as problem:
        accept(opened, asked, said_yes(web, asked))
    assert "another" not in f"{problem.value}{problem.value.next_step}"


@pytest.mark.parametrize(
    "proof,secret,block",
    [("client_secret_basic", SECRET, {"client": "basic"}), ("none", None, {})],
    ids=["basic", "an app without a secret"],
)
def test_an_app_proves_itself_as_its_vendor_wants(
    vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path, proof: str, secret: str | None, block: dict[str, str]
) -> None:
    vendor.app.proofs = (proof,)
    opened = access(tmp_path, vendor.url, secret=secret, **block)
    asked = consent(opened, HERE)
    accept(opened, asked, said_yes(web, asked))
    assert "client_secret" not in vendor.asked[0]
    auth = connected(opened)
    auth.signed(THINGS)
    assert auth.renewed()


def test_without_a_challenge_the_page_is_asked_without_one(
    vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path
) -> None:
    opened = access(
        tmp_path, vendor.url, pkce=False, extra={"prompt": "consent"}, token_extra={"user_type": "Location"}
    )
    asked = consent(opened, HERE)
    assert "code_challenge" not in asked.url
    assert "prompt=consent" in asked.url
    accept(opened, asked, said_yes(web, asked))
    auth = connected(opened)
    auth.signed(THINGS)
    auth.renewed()
    assert [one["user_type"] for one in vendor.asked] == ["Location", "Location"]


def test_two_processes_that_want_a_new_token_at_once_cause_one_refresh(
    vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path
) -> None:
    opened = access(tmp_path, vendor.url)
    asked = consent(opened, HERE)
    begun = accept(opened, asked, said_yes(web, asked))
    assert entry(opened) == ENTRY
    store = SecretStore(tmp_path / "secrets", KEY)
    for turn in range(3):
        refresh = next(iter(vendor.living))
        store.write(ENTRY, SecretStr(json.dumps({**begun.model_dump(), "refresh_token": refresh, "expires_at": 0.0})))
        assert _tokens_of_two(tmp_path / "secrets", f"{vendor.url}/token") == {f"Bearer {vendor.issued[-1]}"}
        assert (vendor.refreshes, len(vendor.living)) == (turn + 1, 1)


def _tokens_of_two(folder: Path, token_url: str) -> set[str]:
    command = [sys.executable, "-m", "tests.connectors.kit.refreshing", str(folder), token_url]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return {process.communicate(timeout=60)[0].strip() for process in started}


def test_what_the_vendor_says_beside_the_tokens_is_kept(
    vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path
) -> None:
    opened = access(tmp_path, vendor.url, keep=["token_type", "instance_url"])
    assert kept(opened) == {}
    asked = consent(opened, HERE)
    assert accept(opened, asked, said_yes(web, asked)).kept == {"token_type": "Bearer"}
    assert kept(opened) == {"token_type": "Bearer"}


def test_addresses_are_completed_by_settings_and_must_be_private(tmp_path: Path) -> None:
    opened = access(tmp_path, "https://{login}", defaults={"login": "login.vendor.example"})
    assert consent(opened, HERE).url.startswith("https://login.vendor.example/authorize?")
    assert connected(opened).token_url == "https://login.vendor.example/token"
    with pytest.raises(NeedsOperator, match="no setting login"):
        consent(access(tmp_path, "https://{login}"), HERE)
    with pytest.raises(NeedsOperator, match="not https"):
        consent(access(tmp_path, "http://vendor.example"), HERE)


def test_a_vendor_whose_secret_is_placed_by_hand_is_not_connected(tmp_path: Path) -> None:
    opened = access(tmp_path, "https://vendor.example")
    by_hand = opened.manifest.model_copy(update={"auth": Auth.model_validate({"kind": "bearer", "secret": ["token"]})})
    with pytest.raises(NotOffered, match="nothing to say yes to"):
        consent(Access(opened.connection, by_hand, opened.tools), HERE)


def test_a_block_needs_the_apps_id_among_the_secrets_fields() -> None:
    block = Authorize(url="https://vendor.example/a", token_url="https://vendor.example/t").model_dump()
    with pytest.raises(ValidationError, match="client_id"):
        Auth.model_validate({"kind": "oauth2", "secret": ["token"], "authorize": block})


@pytest.mark.parametrize("vendor_name", registry.vendors())
def test_every_manifests_addresses_are_whole_private_and_ask_for_something(vendor_name: str, tmp_path: Path) -> None:
    manifest = registry.manifest(vendor_name)
    fields = json.dumps(dict.fromkeys((*manifest.auth.secret, *manifest.auth.optional), "invented"))
    tools = Tools(
        CLOCK, Secrets({"APP": fields}, SecretStore(tmp_path, KEY)), RequestsTransport(), None, lambda _: None
    )
    connection = Connection(connection_id=ConnectionId("c"), vendor=vendor_name, account="a", secret="env:APP")
    opened = Access(connection, manifest, tools)
    block = manifest.auth.authorize
    if block is None:
        with pytest.raises(NotOffered):
            consent(opened, HERE)
        return
    page = urlsplit(consent(opened, HERE).url)
    token = urlsplit(connected(opened).token_url)
    assert (page.scheme, token.scheme) == ("https", "https")
    assert "{" not in f"{page.netloc}{page.path}{token.netloc}{token.path}"
    query = {name: value for name, [value] in parse_qs(page.query).items()}
    assert query["scope"]
    assert (query["client_id"], query["response_type"]) == ("invented", "code")
    assert len(query["state"]) >= 43
    assert not {"access_token", "refresh_token", "id_token"} & set(block.keep)


def test_tokens_sealed_with_another_key_are_an_operators_business(
    vendor: Vendor, web: urllib3.PoolManager, tmp_path: Path
) -> None:
    opened = access(tmp_path, vendor.url, keep=["token_type"])
    asked = consent(opened, HERE)
    accept(opened, asked, said_yes(web, asked))
    other = Secrets({"APP": json.dumps({"client_id": CLIENT})}, SecretStore(tmp_path / "secrets", b"x" * 32))
    elsewhere = replace(opened, tools=replace(opened.tools, secrets=other))
    with pytest.raises(NeedsOperator, match="cannot be read") as problem:
        kept(elsewhere)
    assert "glowline connect podium" in problem.value.next_step


def test_a_process_without_a_sealed_store_connects_nothing(tmp_path: Path) -> None:
    opened = access(tmp_path, "https://vendor.example")
    bare = replace(opened, tools=replace(opened.tools, secrets=Secrets({"APP": json.dumps({"client_id": CLIENT})})))
    with pytest.raises(NeedsOperator, match="no sealed store"):
        connected(bare)
