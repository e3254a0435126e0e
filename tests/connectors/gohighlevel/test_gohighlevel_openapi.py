"""Our requests against HighLevel's own OpenAPI documents (CC0): a witness we did not write."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import ValidationError  # type: ignore[import-untyped]  # it ships no types
from openapi_schema_validator import OAS30Validator

from connectors.kit import dispatch, registry
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.gohighlevel.wire import LOCATION, SUBJECT, opened
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import Seen
from tests.shared_data import shared

DOCUMENTS = ("calendars", "contacts", "conversations", "forms", "locations", "opportunities")
DEFECTS = yaml.safe_load((Path(__file__).parent / "defects.yaml").read_text(encoding="utf-8"))


def overlaid(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its known defects laid over."""
    schemas = document["components"]["schemas"]
    for name, fields in DEFECTS["not_required"].items():
        if name in schemas:
            schemas[name]["required"] = [each for each in schemas[name]["required"] if each not in fields]
    for name, fields in DEFECTS["text"].items():
        for each in fields if name in schemas else ():
            schemas[name]["properties"][each]["type"] = "string"
    for name in DEFECTS["strict"]:
        if name in schemas:
            schemas[name]["additionalProperties"] = False
    return document


@dataclass(frozen=True)
class Specification:
    """The operations of some documents."""

    documents: tuple[dict[str, Any], ...]

    def operation(self, seen: Seen) -> tuple[dict[str, Any], dict[str, Any]]:
        """The document and the operation of a request; a path without parameters counts before one with them."""
        found = [
            (path.count("{"), document, item[seen.method.lower()])
            for document in self.documents
            for path, item in document["paths"].items()
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), seen.path) and seen.method.lower() in item
        ]
        assert found, f"{seen.method} {seen.path} is not documented"
        _, document, operation = min(found, key=lambda each: each[0])
        return document, operation

    def check(self, seen: Seen) -> None:
        """Raises unless path, version, parameters and body are documented."""
        document, operation = self.operation(seen)
        named = {each["name"]: each for each in operation.get("parameters", []) if each["in"] in {"query", "header"}}
        assert seen.headers["version"] in named["Version"]["schema"]["enum"], seen.path
        query = {name: each for name, each in named.items() if each["in"] == "query"}
        assert set(seen.query) <= set(query), seen.path
        assert {name for name, each in query.items() if each.get("required")} <= set(seen.query), seen.path
        for name, value in seen.query.items():
            schema = query[name]["schema"]
            assert value in schema.get("enum", [value]), f"{seen.path} {name}"
            if schema.get("type") == "number":
                assert schema.get("minimum", 0) <= float(value) <= schema.get("maximum", float("inf"))
        if "requestBody" not in operation:
            assert seen.body == b""
            return
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        OAS30Validator({"components": document["components"], **schema}).validate(json.loads(seen.body))


@pytest.fixture(scope="module")
def specification() -> Specification:
    folder = shared("vendors", "specs", "highlevel", "apps")
    return Specification(
        tuple(overlaid(json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))) for name in DOCUMENTS)
    )


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[HttpWire]:
    with opened(tmp_path) as made:
        yield made


def test_every_request_we_make_is_one_highlevel_documents(wire: HttpWire, specification: Specification) -> None:
    puller = registry.puller(wire.connection, wire.tools())
    for stream in registry.manifest("gohighlevel").pulled():
        pages = list(puller.pull(stream, None, now=NOW))
        list(puller.pull(stream, pages[-1].cursor, now=NOW))
    registry.verifier(wire.connection, wire.tools())()
    for number, command in enumerate(SUBJECT.pushes, 1):
        dispatch.send(claim(SUBJECT, wire, command, number), context(wire))
    for command in ("send_sms", "send_email"):
        dispatch.look_up(claim(SUBJECT, wire, command), context(wire))
    assert len(wire.server.seen) > 30
    for seen in wire.server.seen:
        specification.check(seen)


@pytest.mark.parametrize(
    "stream,path",
    [
        ("contacts", "/contacts/c1"),
        ("opportunities", "/opportunities/o1"),
        ("appointments", "/calendars/events/appointments/a1"),
        ("messages", "/conversations/messages/m1"),
    ],
)
def test_a_record_is_read_again_where_highlevel_documents_it(
    stream: str, path: str, specification: Specification
) -> None:
    version = "2021-04-15" if stream in {"appointments", "messages"} else "2021-07-28"
    specification.check(Seen("GET", path, {"version": version}, b""))
    assert path.rpartition("/")[0] in (registry.FOLDER / "gohighlevel" / _file_of(stream)).read_text(encoding="utf-8")


def _file_of(stream: str) -> str:
    return "calendars.py" if stream == "appointments" else "pull.py"


def test_the_check_itself_notices_a_wrong_request(wire: HttpWire, specification: Specification) -> None:
    dispatch.send(claim(SUBJECT, wire, "send_sms"), context(wire))
    [good] = wire.server.writes
    specification.check(good)
    wrong = (
        replace(good, body=good.body.replace(b"fromNumber", b"from_number")),
        replace(good, body=good.body.replace(b'"SMS"', b'"Fax"')),
        replace(good, target="/conversations/message"),
        replace(good, headers={**good.headers, "version": "2020-01-01"}),
        Seen("GET", f"/conversations/messages/export?locationId={LOCATION}&limit=600", good.headers, b""),
        Seen("GET", "/conversations/messages/export?limit=100", good.headers, b""),
    )
    for seen in wrong:
        with pytest.raises((AssertionError, ValidationError)):
            specification.check(seen)
