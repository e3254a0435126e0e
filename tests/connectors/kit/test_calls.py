"""Reads insist, writes do not."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import Ambiguous, NeedsOperator, ProtocolBroken, Refused, TryLater
from connectors.kit.access import Access, Tools
from connectors.kit.auth import Bearer
from connectors.kit.calls import Line, Patience
from connectors.kit.exchange import Answer, Request, Silence, Unanswered, get, post_json
from connectors.kit.manifest import Manifest
from connectors.kit.secrets import Secrets
from connectors.kit.shapes import Shape
from tests.connectors.contract.subject import CLOCK

MANIFEST = Manifest.model_validate(
    {
        "vendor": "podium",
        "name": "Podium",
        "evidence": "docs",
        "baa": {"offered": False, "where": "nowhere"},
        "products": ["sms"],
        "auth": {"kind": "bearer"},
        "commands": {
            "send_sms": {"effect": "once"},
            "upsert_lead": {"effect": "idempotent"},
        },
    }
)
URL = "https://api.vendor.example/things"
GOOD = Answer(200, {}, b'{"id": "7"}')


class Thing(Shape):
    id: str


class Script:
    """A transport that plays a script and remembers what it was asked."""

    def __init__(self, *acts: Answer | Exception) -> None:
        self.acts = list(acts)
        self.asked: list[Request] = []
        self.fresh: list[bool] = []

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        self.asked.append(request)
        self.fresh.append(fresh)
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        return act


class Stage:
    """A line to a scripted vendor."""

    def __init__(self, *acts: Answer | Exception) -> None:
        self.script = Script(*acts)
        self.pauses: list[float] = []
        connection = Connection(connection_id=ConnectionId("c"), vendor="podium", account="a")
        tools = Tools(CLOCK, Secrets({}), self.script, None, self.pauses.append)
        self.access = Access(connection, MANIFEST, tools)
        self.line = Line(self.access, Bearer(SecretStr("t")), dice=random.Random(7))


def down(*, written: bool = False) -> Unanswered:
    return Unanswered(Silence.TIMEOUT, written=written)


def failing(status: int, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, b"")


def test_a_read_is_repeated_with_growing_pauses_until_it_succeeds() -> None:
    stage = Stage(down(written=True), failing(503), failing(500), GOOD)
    assert stage.line.read(get(URL), "pull.things") is GOOD
    assert len(stage.script.asked) == 4
    low, middle, high = stage.pauses
    assert 0.25 <= low <= 0.5 <= middle <= 1.0 <= high <= 2.0


def test_a_search_that_is_a_post_is_a_read_too() -> None:
    stage = Stage(failing(502), GOOD)
    assert stage.line.read(post_json(URL, b"{}"), "pull.things") is GOOD


def test_a_read_gives_up_after_its_tries() -> None:
    stage = Stage(*[down() for _ in range(9)])
    with pytest.raises(TryLater):
        stage.line.read(get(URL), "pull.things")
    assert len(stage.script.asked) == Patience().tries


class Known:
    """A budget that remembers only whether its vendor is down, and how many requests are on their way."""

    def __init__(self) -> None:
        self.down = False
        self.underway = 0

    def take(self, patience: timedelta) -> timedelta | None:
        self.underway += 1
        return None

    def hear(self, status: int, headers: object) -> None:
        self.down = self.down and status >= 500
        self.underway -= 1

    def ended(self) -> None:
        self.underway -= 1

    def found_down(self) -> None:
        self.down = True

    def is_down(self) -> bool:
        return self.down


def test_what_one_read_asked_in_vain_the_next_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known()
    monkeypatch.setattr(Access, "budget", lambda _: known)
    stage = Stage(*[down() for _ in range(Patience().tries)], failing(503), failing(503), GOOD, down(), GOOD)
    for asked in (Patience().tries, Patience().tries + 1, Patience().tries + 2):
        with pytest.raises(TryLater):
            stage.line.read(get(URL), "pull.things")
        assert len(stage.script.asked) == asked
    assert stage.line.read(get(URL), "pull.things") is GOOD
    assert stage.line.read(get(URL), "pull.things") is GOOD
    assert stage.script.acts == []
    assert known.underway == 0


def test_a_vendor_that_asks_for_a_pause_is_not_down(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known()
    monkeypatch.setattr(Access, "budget", lambda _: known)
    with pytest.raises(TryLater):
        Stage(failing(503, retry_after="600")).line.read(get(URL), "pull.things")
    assert not known.down


def test_the_pause_a_vendor_asks_for_is_waited_out_when_it_is_short() -> None:
    stage = Stage(failing(429, retry_after="3"), GOOD)
    stage.line.read(get(URL), "pull.things")
    assert 3.0 < stage.pauses[0] < 4.0


def test_a_long_pause_is_handed_on_instead_of_waited_out() -> None:
    stage = Stage(failing(429, retry_after="600"), GOOD)
    with pytest.raises(TryLater) as later:
        stage.line.read(get(URL), "pull.things")
    assert later.value.after == timedelta(minutes=10)
    assert stage.pauses == []


@pytest.mark.parametrize("status,problem", [(401, NeedsOperator), (403, NeedsOperator), (404, Refused), (422, Refused)])
def test_what_another_try_cannot_help_is_not_tried_again(status: int, problem: type[Exception]) -> None:
    stage = Stage(failing(status))
    with pytest.raises(problem):
        stage.line.read(get(URL), "pull.things")
    assert len(stage.script.asked) == 1


@pytest.mark.parametrize(
    "act", [down(written=True), failing(500), failing(503, retry_after="1"), failing(408)], ids=str
)
def test_a_once_of_which_something_left_is_ambiguous_and_not_repeated(act: Answer | Exception) -> None:
    stage = Stage(act)
    with pytest.raises(Ambiguous):
        stage.line.write(post_json(URL, b"{}"), "send_sms", "at-1")
    assert len(stage.script.asked) == 1
    assert stage.access.trace.written


@pytest.mark.parametrize("act", [down(), failing(429)], ids=str)
def test_a_once_of_which_nothing_was_accepted_may_be_tried_later(act: Answer | Exception) -> None:
    stage = Stage(act)
    with pytest.raises(TryLater):
        stage.line.write(post_json(URL, b"{}"), "send_sms", "at-1")
    assert len(stage.script.asked) == 1


@pytest.mark.parametrize("act", [down(written=True), failing(500), Answer(200, {}, b"<html>")], ids=str)
def test_a_repeatable_write_is_left_to_its_next_attempt(act: Answer | Exception) -> None:
    stage = Stage(act)
    with pytest.raises(TryLater):
        stage.line.write_as(Thing, post_json(URL, b"{}"), "upsert_lead", "at-1")
    assert len(stage.script.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b'{"id": "7', b"{}", b"[]", b"", b'{"id": 7}'])
def test_a_success_that_cannot_be_understood_is_ambiguous_for_a_once_and_broken_for_a_read(body: bytes) -> None:
    stage = Stage(Answer(201, {}, body), Answer(200, {}, body))
    with pytest.raises(Ambiguous):
        stage.line.write_as(Thing, post_json(URL, b"{}"), "send_sms", "at-1")
    with pytest.raises(ProtocolBroken):
        stage.line.read_as(Thing, get(URL), "pull.things")


def test_a_redirected_once_is_ambiguous() -> None:
    stage = Stage(failing(303))
    with pytest.raises(Ambiguous):
        stage.line.write(post_json(URL, b"{}"), "send_sms", "at-1")


def test_an_address_that_is_not_private_is_never_asked() -> None:
    stage = Stage(GOOD)
    with pytest.raises(NeedsOperator, match="not https"):
        stage.line.read(get("http://api.vendor.example/"), "pull.things")
    assert stage.script.asked == []


def test_an_exception_nobody_foresaw_leaves_the_doubt_in_the_trace() -> None:
    stage = Stage(RuntimeError("a library failed"))
    with pytest.raises(RuntimeError):
        stage.line.write(post_json(URL, b"{}"), "send_sms", "at-1")
    assert stage.access.trace.written


def test_a_read_leaves_no_trace() -> None:
    stage = Stage(GOOD)
    stage.line.read(post_json(URL, b"{}"), "pull.things")
    assert not stage.access.trace.written


def test_only_a_once_takes_a_connection_of_its_own() -> None:
    stage = Stage(GOOD, GOOD, GOOD)
    stage.line.read(get(URL), "pull.things")
    stage.line.write(post_json(URL, b"{}"), "upsert_lead", "at-1")
    stage.line.write(post_json(URL, b"{}"), "send_sms", "at-1")
    assert stage.script.fresh == [False, False, True]


class Renewable:
    """A proof that another try improves once."""

    def __init__(self) -> None:
        self.tokens = ["old", "new"]

    def signed(self, request: Request) -> Request:
        return request.with_headers(authorization=self.tokens[0])

    def renewed(self) -> bool:
        return bool(self.tokens.pop(0))


def test_a_token_that_ended_early_is_renewed_and_a_read_asked_again() -> None:
    stage = Stage(failing(401), GOOD)
    assert Line(stage.access, Renewable()).read(get(URL), "pull.things") is GOOD
    assert [request.headers["authorization"] for request in stage.script.asked] == ["old", "new"]


def test_a_write_with_a_token_that_ended_early_was_not_accepted() -> None:
    stage = Stage(failing(401))
    with pytest.raises(TryLater):
        Line(stage.access, Renewable()).write(post_json(URL, b"{}"), "send_sms", "at-1")
    assert len(stage.script.asked) == 1


class Spent:
    """A budget that has nothing left for a while."""

    def take(self, patience: timedelta) -> timedelta | None:
        return timedelta(seconds=90)

    def hear(self, status: int, headers: object) -> None:
        raise AssertionError("nothing was asked")


@pytest.mark.parametrize(
    "ask",
    [
        lambda line: line.read(get(URL), "pull.things"),
        lambda line: line.write(post_json(URL, b"{}"), "send_sms", "at-1"),
    ],
    ids=["read", "write"],
)
def test_a_spent_budget_asks_nothing_and_says_when(
    ask: Callable[[Line], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(GOOD)
    monkeypatch.setattr(Access, "budget", lambda _: Spent())
    with pytest.raises(TryLater) as later:
        ask(stage.line)
    assert later.value.after == timedelta(seconds=90)
    assert stage.script.asked == []
