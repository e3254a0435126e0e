"""Who asks, and how a token is renewed once however many want it."""

import base64
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from canonical.problems import NeedsOperator, TryLater, Where
from connectors.kit.auth import Anonymous, ApiKey, Auth, Basic, Bearer, OAuth2
from connectors.kit.exchange import Answer, Request, Silence, Unanswered, get
from connectors.kit.grant import TokenBody
from connectors.kit.secrets import SecretStore

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HERE = get("https://api.vendor.example/things")


@pytest.mark.parametrize(
    "auth,header,value",
    [
        (
            Basic("AC1", SecretStr("päss:word")),
            "authorization",
            "Basic " + base64.b64encode("AC1:päss:word".encode()).decode(),
        ),
        (Bearer(SecretStr("t")), "authorization", "Bearer t"),
        (ApiKey("x-api-key", SecretStr("k")), "x-api-key", "k"),
        (ApiKey("authorization", SecretStr("k"), "apikey "), "authorization", "apikey k"),
    ],
    ids=["basic", "bearer", "key", "prefixed key"],
)
def test_a_request_says_who_sends_it_and_the_proof_does_not_show(auth: Auth, header: str, value: str) -> None:
    assert auth.signed(HERE).headers == {header: value}
    assert not auth.renewed()
    assert "päss" not in repr(auth)
    assert "'k'" not in repr(auth)


def test_nobody_in_particular_may_ask_too() -> None:
    assert Anonymous().signed(HERE) is HERE


class Issuer:
    """A token endpoint whose refresh tokens die when they are used."""

    def __init__(self) -> None:
        self.valid = "refresh-0"
        self.asked = 0
        self.answer: Answer | Unanswered | None = None
        self.gate = threading.Event()
        self.gate.set()

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        self.gate.wait(timeout=10)
        self.asked += 1
        if isinstance(self.answer, Unanswered):
            raise self.answer
        if self.answer is not None:
            return self.answer
        [given] = parse_qs(request.body.decode())["refresh_token"]
        if given != self.valid:
            return Answer(400, {}, b'{"error": "invalid_grant"}')
        self.valid = f"refresh-{self.asked}"
        granted = {"access_token": f"access-{self.asked}", "refresh_token": self.valid, "expires_in": 3600}
        return Answer(200, {}, json.dumps(granted).encode())


class Clockwork:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    made = SecretStore(tmp_path / "secrets", b"an installation key of 32 bytes.")
    made.write("podium/lumen", SecretStr(json.dumps({"refresh_token": "refresh-0"})))
    return made


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()


def auth(store: SecretStore, issuer: Issuer, clockwork: Clockwork) -> OAuth2:
    return OAuth2(
        where=Where("podium", "auth"),
        token_url="https://accounts.vendor.example/token",
        client_id="id",
        client_secret=SecretStr("client-secret"),
        store=store,
        name="podium/lumen",
        transport=issuer,
        clock=clockwork.now,
    )


def test_a_token_is_fetched_once_and_used_until_shortly_before_its_end(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    oauth = auth(store, issuer, clockwork)
    assert oauth.signed(HERE).headers["authorization"] == "Bearer access-1"
    clockwork.at += timedelta(minutes=58)
    assert oauth.signed(HERE).headers["authorization"] == "Bearer access-1"
    clockwork.at += timedelta(minutes=1)
    assert oauth.signed(HERE).headers["authorization"] == "Bearer access-2"
    assert issuer.asked == 2


def test_a_rotated_token_is_on_the_disk_before_it_is_used(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    auth(store, issuer, clockwork).signed(HERE)
    kept = store.read("podium/lumen")
    assert kept is not None
    assert json.loads(kept.get_secret_value())["refresh_token"] == issuer.valid == "refresh-1"
    clockwork.at += timedelta(hours=2)
    assert auth(store, issuer, clockwork).signed(HERE).headers["authorization"] == "Bearer access-2"


def test_eight_who_want_a_token_at_once_cause_one_refresh(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    issuer.gate.clear()
    found: list[str] = []

    def work() -> None:
        found.append(auth(store, issuer, clockwork).signed(HERE).headers["authorization"])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    issuer.gate.set()
    for thread in threads:
        thread.join(timeout=30)
    assert found == ["Bearer access-1"] * 8
    assert issuer.asked == 1


def test_a_token_refused_early_is_replaced_unless_somebody_did_already(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    one, other = auth(store, issuer, clockwork), auth(store, issuer, clockwork)
    one.signed(HERE)
    other.signed(HERE)
    assert one.renewed()
    assert other.renewed()
    assert other.signed(HERE).headers["authorization"] == "Bearer access-2"
    assert issuer.asked == 2


def test_a_refresh_token_that_is_dead_needs_an_operator(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    issuer.valid = "somebody else has it"
    with pytest.raises(NeedsOperator) as problem:
        auth(store, issuer, clockwork).signed(HERE)
    assert "connect" in problem.value.next_step.lower()
    assert "refresh-0" not in f"{problem.value!r}{problem.value.next_step}"


@pytest.mark.parametrize(
    "answer",
    [
        Unanswered(Silence.TIMEOUT, written=True),
        Answer(503, {}, b""),
        Answer(200, {}, b"<html>"),
        Answer(200, {}, b"{}"),
    ],
    ids=["silence", "503", "html", "no token"],
)
def test_a_token_endpoint_in_trouble_is_asked_later_and_nothing_is_lost(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork, answer: Answer | Unanswered
) -> None:
    issuer.answer = answer
    with pytest.raises(TryLater):
        auth(store, issuer, clockwork).signed(HERE)
    issuer.answer = None
    assert auth(store, issuer, clockwork).signed(HERE).headers["authorization"].startswith("Bearer access-")


def test_an_account_nobody_connected_needs_an_operator(tmp_path: Path, issuer: Issuer, clockwork: Clockwork) -> None:
    empty = SecretStore(tmp_path / "none", b"an installation key of 32 bytes.")
    with pytest.raises(NeedsOperator, match="nobody has connected"):
        auth(empty, issuer, clockwork).signed(HERE)


def test_stored_tokens_that_cannot_be_read_need_an_operator(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork, tmp_path: Path
) -> None:
    store.write("podium/lumen", SecretStr("not json"))
    with pytest.raises(NeedsOperator, match="cannot be read"):
        auth(store, issuer, clockwork).signed(HERE)
    other = SecretStore(tmp_path / "secrets", b"another key of thirty-two bytes!")
    with pytest.raises(NeedsOperator, match="cannot be read"):
        auth(other, issuer, clockwork).signed(HERE)


def granting(issuer: Issuer, **granted: object) -> None:
    issuer.answer = Answer(200, {}, json.dumps({"access_token": "a", "refresh_token": "r"} | granted).encode())


@pytest.mark.parametrize(
    "granted,lives",
    [
        ({"expires_in": 600}, timedelta(minutes=10)),
        ({"expires_in": "600"}, timedelta(minutes=10)),
        ({"expires_at": "2026-11-01T12:10:00Z"}, timedelta(minutes=10)),
        ({"expires_at": "2026-11-01T07:10:00-05:00"}, timedelta(minutes=10)),
        ({}, timedelta(hours=2)),
        ({"expires_in": None, "expires_at": "soon"}, timedelta(hours=2)),
    ],
    ids=["seconds", "seconds as text", "an instant", "an instant elsewhere", "nothing", "nonsense"],
)
def test_a_tokens_end_is_read_as_vendors_write_it(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork, granted: dict[str, object], lives: timedelta
) -> None:
    granting(issuer, **granted)
    oauth = replace(auth(store, issuer, clockwork), lifetime=timedelta(hours=2))
    oauth.signed(HERE)
    kept = oauth.kept()
    assert kept.expires_at == (NOW + lives).timestamp()


def test_a_token_without_a_refresh_token_is_used_until_it_is_refused(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    issuer.answer = Answer(200, {}, b'{"access_token": "for good", "refresh_token": null}')
    oauth = replace(auth(store, issuer, clockwork), name="acuity/lumen")
    oauth.begin({"grant_type": "authorization_code", "code": "c"})
    clockwork.at += timedelta(days=4000)
    assert oauth.signed(HERE).headers["authorization"] == "Bearer for good"
    assert issuer.asked == 1
    with pytest.raises(NeedsOperator, match="no longer honours the token") as problem:
        oauth.renewed()
    assert "glowline connect podium" in problem.value.next_step
    assert issuer.asked == 1


def test_what_was_said_beside_the_tokens_survives_a_refresh_that_does_not_repeat_it(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    granting(issuer, instance_url="https://lumen.example", id=7, expires_in=3600, nested={"a": 1})
    oauth = replace(auth(store, issuer, clockwork), keep=("instance_url", "id", "nested"))
    oauth.signed(HERE)
    granting(issuer, access_token="b", id=8)
    assert oauth.renewed()
    assert oauth.kept().kept == {"instance_url": "https://lumen.example", "id": "8"}


def test_tokens_are_asked_for_as_json_where_a_vendor_wants_that(
    store: SecretStore, issuer: Issuer, clockwork: Clockwork
) -> None:
    seen: list[Request] = []

    class Listening(Issuer):
        def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
            seen.append(request)
            return Answer(200, {}, b'{"access_token": "a"}')

    oauth = replace(auth(store, Listening(), clockwork), body=TokenBody.JSON, extra={"scopes": "x"})
    oauth.signed(HERE)
    [request] = seen
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-0",
        "client_id": "id",
        "client_secret": "client-secret",
        "scopes": "x",
    }


def test_kept_tokens_do_not_show(store: SecretStore, issuer: Issuer, clockwork: Clockwork) -> None:
    oauth = auth(store, issuer, clockwork)
    oauth.signed(HERE)
    assert "access-1" not in repr(oauth.kept())
    assert "refresh-1" not in repr(oauth.kept())
    assert "access-1" not in repr(oauth)
