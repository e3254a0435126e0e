"""A pause that a vendor names in its own words, and records that are read again because of a hint."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import NotOffered, TryLater
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.calls import Line, Patience
from connectors.kit.exchange import Answer, Request, get
from connectors.kit.manifest import Limit
from connectors.kit.secrets import Secrets
from connectors.kit.webhooks import Incoming
from tests.connectors.contract.subject import CLOCK, NOW

ONCE = Patience(tries=1)


class Vendor:
    """A transport and a budget that remember what they heard."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.heard: list[tuple[int, str]] = []

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        return self.answer

    def of(self, vendor: str, account: str, limits: tuple[Limit, ...]) -> "Vendor":
        return self

    def take(self, patience: timedelta) -> timedelta | None:
        return None

    def hear(self, status: int, headers: dict[str, str]) -> None:
        self.heard.append((status, headers.get("retry-after", "")))

    def ended(self) -> None: ...

    def found_down(self) -> None: ...

    def is_down(self) -> bool:
        return False


def pause_of(answer: Answer) -> timedelta | None:
    seconds = json.loads(answer.body).get("wait")
    return timedelta(seconds=seconds) if seconds else None


def line(vendor: Vendor) -> Line:
    connection = Connection(connection_id=ConnectionId("c"), vendor="twilio", account="a")
    tools = Tools(CLOCK, Secrets({}), vendor, vendor, lambda _: None)  # type: ignore[arg-type]  # a stand-in with the methods that are used
    return Line(Access(connection, registry.manifest("twilio"), tools), pause_of=pause_of, patience=ONCE)


@pytest.mark.parametrize(
    "headers,body,told",
    [
        ({}, b'{"wait": 12.2}', "13"),
        ({"retry-after": "5"}, b'{"wait": 12}', "5"),
        ({}, b"{}", ""),
    ],
)
def test_a_pause_in_the_body_counts_where_no_header_names_one(headers: dict[str, str], body: bytes, told: str) -> None:
    vendor = Vendor(Answer(429, headers, body))
    with pytest.raises(TryLater) as problem:
        line(vendor).read(get("https://vendor.example/"), "pull.x")
    assert problem.value.after == (timedelta(seconds=int(told)) if told else None)
    assert vendor.heard == [(429, told)]


def test_after_a_success_nobody_looks_for_a_pause() -> None:
    vendor = Vendor(Answer(200, {}, b"not json"))
    line(vendor).read(get("https://vendor.example/"), "pull.x")
    assert vendor.heard == [(200, "")]


def test_a_read_that_helps_an_attempt_says_which_when_it_fails() -> None:
    with pytest.raises(TryLater) as problem:
        line(Vendor(Answer(503, {}, b"{}"))).read(get("https://vendor.example/"), "push.x.look_up", "at-1")
    assert problem.value.where.reference == "at-1"


def test_only_what_the_manifest_says_can_be_read_by_id() -> None:
    able = {
        vendor: {n for n, s in registry.manifest(vendor).streams.items() if s.by_id} for vendor in registry.vendors()
    }
    assert able["hubspot"]
    assert not able["twilio"]
    tools = replace(line(Vendor(Answer(200, {}, b"{}"))).access.tools, budgets=None)
    connection = Connection(connection_id=ConnectionId("c"), vendor="twilio", account="a")
    with pytest.raises(NotOffered) as problem:
        registry.puller(connection, tools).again("messages", ["SM1"], now=NOW)
    assert problem.value.next_step


def test_a_call_does_not_show_its_settings() -> None:
    call = Incoming(
        url="https://x.example/hooks/a", headers={}, body=b"", settings={"signature_header": "x-secret-name"}
    )
    assert "x-secret-name" not in repr(call)
