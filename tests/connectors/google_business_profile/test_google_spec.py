"""What we ask Google, against its discovery documents: v4's as its generated client has it, the others as Google publishes them."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.kit import dispatch, registry
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.google_business_profile.wire import (
    ENVIRON,
    FIXTURES,
    REVIEW,
    STORE,
    SUBJECT,
    connection,
    only_reads,
)
from tests.connectors.wire.exchanges import exchanges
from tests.connectors.wire.http_wire import HttpWire, http_wire
from tests.connectors.wire.server import Seen
from tests.shared_data import shared

DOCUMENTS = ("mybusiness-v4-reviews.derived.json", "mybusinessbusinessinformation.v1.json")
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def documents() -> list[dict[str, Any]]:
    folder = shared("vendors", "specs", "google")
    return [json.loads((folder / name).read_text(encoding="utf-8")) for name in DOCUMENTS]


def methods(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in resources.values():
        yield from resource.get("methods", {}).values()
        yield from methods(resource.get("resources", {}))


def fitting(seen: Seen) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document and the method of a request."""
    for document in documents():
        for method in methods(document["resources"]):
            if method["httpMethod"] == seen.method and re.fullmatch(_pattern(method), seen.path.lstrip("/")):
                return document, method
    raise AssertionError(f"{seen.method} {seen.path} is not documented")


def _pattern(method: dict[str, Any]) -> str:
    def part(found: re.Match[str]) -> str:
        return str(method["parameters"][found[1]]["pattern"]).strip("^$")

    return re.sub(r"\{\+(\w+)\}", part, method["path"])


def check(seen: Seen) -> None:
    document, method = fitting(seen)
    known = {name for name, told in method["parameters"].items() if told["location"] == "query"}
    assert set(seen.query) <= known, seen.target
    if "request" in method:
        conforms(json.loads(seen.body), method["request"], document, "")
    else:
        assert seen.body == b""


def conforms(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> None:  # noqa: ANN401 - JSON
    """Raises unless every field is one the document describes, of its type and among its words."""
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    assert any(isinstance(value, kind) for kind in JSON_TYPES[schema["type"]]), at
    assert "enum" not in schema or value in schema["enum"], at
    if schema["type"] == "array":
        for each in value:
            conforms(each, schema["items"], document, f"{at}[]")
    described: dict[str, Any] = schema.get("properties", {})
    fields: dict[str, Any] = value if described else {}
    for name, inner in fields.items():
        if name == "glowline_never_heard_of_this":
            continue
        assert name in described, f"{at}.{name} is not described"
        conforms(inner, described[name], document, f"{at}.{name}")


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    with http_wire(FIXTURES, connection, ENVIRON, lambda _: b"", {}, only_reads, STORE) as opened:
        yield opened


def test_every_request_is_one_google_documents(wire: HttpWire) -> None:
    puller = registry.puller(wire.connection, wire.tools())
    first = list(puller.pull("reviews", None, now=NOW))
    list(puller.pull("reviews", first[-1].cursor, now=NOW))
    assert puller.again("reviews", [REVIEW], now=NOW)
    registry.verifier(wire.connection, wire.tools())()
    dispatch.send(claim(SUBJECT, wire, "reply_to_review"), context(wire))
    assert len(wire.server.seen) == 10
    for seen in wire.server.seen:
        check(seen)


def test_the_check_itself_notices_a_wrong_request(wire: HttpWire) -> None:
    dispatch.send(claim(SUBJECT, wire, "reply_to_review"), context(wire))
    [good] = wire.server.writes
    wrong = (
        Seen("PUT", good.target, {}, b'{"text": "x"}'),
        Seen("PUT", good.target, {}, b'{"comment": 1}'),
        Seen("POST", good.target, {}, good.body),
        Seen("PUT", good.target.replace("/reply", "/answer"), {}, good.body),
        Seen("GET", f"/v4/{REVIEW.rpartition('/')[0]}?since=1", {}, b""),
        Seen("GET", "/v4/locations/222/reviews", {}, b""),
    )
    for seen in wrong:
        with pytest.raises(AssertionError):
            check(seen)


@pytest.mark.parametrize("exchange", exchanges(FIXTURES), ids=lambda each: f"{each.method} {each.path} {each.query}")
def test_our_fixtures_are_answers_google_documents(exchange: Any) -> None:  # noqa: ANN401 - an exchange
    if exchange.path == "/token":
        return
    document, method = fitting(Seen(exchange.method, exchange.path, {}, b""))
    conforms(json.loads(exchange.body), method["response"], document, "")
