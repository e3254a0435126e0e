"""A token fetched for a lasting secret: once for everybody, kept until it ends, and again when it was refused."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import Raw
from pydantic import SecretStr

from canonical.problems import NeedsOperator, TryLater, Where
from connectors.kit.auth import Kept
from connectors.kit.exchange import Answer, Request, Silence, Unanswered, get
from connectors.kit.exchanged import Exchanged
from connectors.kit.secrets import SecretStore
from connectors.kit.shapes import Misshapen, beside

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HERE = get("https://api.vendor.example/things")


class Issuer:
    """A token endpoint that counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Answer | Unanswered | None = None

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        del request, account, fresh
        self.asked += 1
        if isinstance(self.answer, Unanswered):
            raise self.answer
        return self.answer or Answer(200, {}, f"token-{self.asked}".encode())


class World:
    def __init__(self, folder: Path) -> None:
        self.now, self.issuer, self.lifetime = NOW, Issuer(), timedelta(hours=1)
        self.store = SecretStore(folder, b"an invented installation key")

    def auth(self) -> Exchanged:
        return Exchanged(
            where=Where("vendor", "auth"),
            store=self.store,
            name="vendor/account",
            transport=self.issuer,
            clock=lambda: self.now,
            ask=get("https://api.vendor.example/token"),
            read=self.read,
        )

    def read(self, body: bytes, now: datetime) -> Kept:
        if not body.startswith(b"token"):
            raise Misshapen("is no token")
        return Kept(access_token=body.decode(), expires_at=(now + self.lifetime).timestamp())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def used(auth: Exchanged) -> str:
    return auth.signed(HERE).headers["authorization"]


def test_a_token_is_fetched_once_and_kept_until_shortly_before_its_end(world: World) -> None:
    assert [used(world.auth()) for _ in range(3)] == ["Bearer token-1"] * 3
    world.now += timedelta(minutes=58)
    assert used(world.auth()) == "Bearer token-1"
    world.now += timedelta(minutes=1)
    assert used(world.auth()) == "Bearer token-2"


def test_many_who_want_one_make_one_exchange(world: World) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(used(world.auth()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["Bearer token-1"] * 8
    assert world.issuer.asked == 1


def test_one_that_was_refused_early_is_replaced_unless_somebody_did(world: World) -> None:
    mine, theirs = world.auth(), world.auth()
    assert used(mine) == used(theirs)
    assert mine.renewed()
    assert theirs.renewed()
    assert world.issuer.asked == 2
    assert used(theirs) == "Bearer token-2"


def test_a_kept_token_that_does_not_open_is_fetched_again(world: World, tmp_path: Path) -> None:
    used(world.auth())
    world.store = SecretStore(tmp_path, b"another installation key")
    assert used(world.auth()) == "Bearer token-2"
    world.store.write("vendor/account", SecretStr("not ours"))
    assert used(world.auth()) == "Bearer token-3"


@pytest.mark.parametrize(
    "answer,problem",
    [
        (Answer(400, {}, b""), NeedsOperator),
        (Answer(401, {}, b""), NeedsOperator),
        (Answer(403, {}, b""), NeedsOperator),
        (Answer(404, {}, b""), TryLater),
        (Answer(500, {}, b""), TryLater),
        (Answer(200, {}, b"<html>"), TryLater),
        (Unanswered(Silence.TIMEOUT, written=True), TryLater),
    ],
    ids=str,
)
def test_no_token_is_somebodys_work_or_only_bad_luck(
    world: World, answer: Answer | Unanswered, problem: type[Exception]
) -> None:
    world.issuer.answer = answer
    with pytest.raises(problem):
        used(world.auth())
    assert world.store.read("vendor/account") is None


def test_a_request_that_is_good_for_minutes_only_is_made_when_it_is_needed(world: World) -> None:
    made: list[datetime] = []

    def ask() -> Request:
        made.append(world.now)
        return get("https://api.vendor.example/token")

    for minutes in (0, 30, 60):
        world.now = NOW + timedelta(minutes=minutes)
        assert replace(world.auth(), ask=ask).current().access_token
    assert made == [NOW, NOW + timedelta(hours=1)]


def test_what_a_refusal_means_is_said_in_the_vendors_own_way_of_mending_it(world: World) -> None:
    world.issuer.answer = Answer(400, {}, b"not approved")
    told = replace(world.auth(), explain=lambda answer: (f"{len(answer.body)} bytes.", "Let the user in."))
    with pytest.raises(NeedsOperator, match="12 bytes") as problem:
        used(told)
    assert problem.value.next_step == "Let the user in."


def test_a_token_shows_in_no_repr(world: World) -> None:
    auth = world.auth()
    used(auth)
    assert "token-1" not in repr(auth)


@pytest.mark.parametrize("body", [b'{"a": 1}', b'{"a": {"b": "}"}}\n', b'{ "a" : "\xc3\xa9" }  '])
def test_what_is_told_beside_a_record_leaves_its_bytes_alone(body: bytes) -> None:
    told = beside(body, "told", {"x": "y"})
    assert told.startswith(body.rstrip()[:-1])
    assert told.endswith(b',"told":{"x":"y"}}')


def test_another_record_beside_one_keeps_its_bytes_too() -> None:
    assert beside(b'{"a": 1}', "b", Raw(b'{ "c" :2 }')) == b'{"a": 1,"b":{ "c" :2 }}'
