"""Our requests, our fixtures and the emulator's answers against NexHealth's own OpenAPI: a witness we did not write."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest
from openapi_schema_validator import OAS30Validator
from werkzeug.datastructures import ImmutableMultiDict

from connectors.kit import dispatch, registry
from connectors.kit.exchange import Answer, Request
from connectors.kit.registry import Sought
from connectors.nexhealth.client import API, VERSION, VERSION_HEADER
from connectors.nexhealth.webhook import EVENTS, OTHERS, SUBSCRIBED
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.nexhealth.office import Office
from tests.connectors.nexhealth.wire import SUBJECT, opened
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import Seen
from tests.shared_data import shared

PATCHES = Path(__file__).parent / "spec_patches.yaml"
LOOKED_UP = ("create_appointment", "log_communication")


@dataclass(frozen=True)
class Specification:
    """NexHealth's document, with its known defects patched."""

    document: dict[str, Any]
    requests: OpenAPI

    def check_request(self, seen: Seen) -> None:
        """Raises OpenAPIError unless the request is one NexHealth documents."""
        self.requests.validate_request(
            MockRequest(
                API,
                seen.method.lower(),
                seen.path,
                args=ImmutableMultiDict(parse_qsl(urlsplit(seen.target).query)),
                headers={name.title(): value for name, value in seen.headers.items()},
                data=seen.body,
                content_type=seen.headers.get("content-type", ""),
            )
        )
        known = {each["name"] for each in self.operation(seen.method, seen.path).get("parameters", [])}
        assert set(seen.query) <= known, f"{seen.method} {seen.path}: {set(seen.query) - known}"

    def check_answer(self, method: str, path: str, status: int, body: bytes) -> None:
        """Raises unless the answer is of the shape the document gives that status."""
        [media] = self.operation(method, path)["responses"][str(status)]["content"].values()
        schema = _resolved(media["schema"], self.document)
        OAS30Validator(schema).validate(json.loads(body))

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """What the document says of a request."""
        for template, item in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in item:
                found: dict[str, Any] = item[method.lower()]
                return found
        raise AssertionError(f"{method} {path} is not documented")


def _resolved(schema: Any, document: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The schema with its references followed."""
    if isinstance(schema, list):
        return [_resolved(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    return {name: _resolved(value, document) for name, value in schema.items() if name != "example"}


def patched(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what `spec_patches.yaml` corrects, and without defaults that would stand in for a missing header."""
    for item in document["paths"].values():
        for operation in item.values():
            for each in operation.get("parameters", []):
                each["schema"].pop("default", None)
    patches = yaml.safe_load(PATCHES.read_text(encoding="utf-8"))
    for name, schema in document["components"]["schemas"].items():
        for field in patches["nullable"].get(name, []) + patches["nullable"]["*"]:
            if field in schema.get("properties", {}):
                schema["properties"][field]["nullable"] = True
    return document


@pytest.fixture(scope="module")
def spec() -> Specification:
    text = shared("vendors", "specs", "nexhealth", "nexhealth-openapi-original.json").read_text(encoding="utf-8")
    document = patched(json.loads(text))
    return Specification(document, OpenAPI.from_dict(document))


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[HttpWire]:
    with opened(tmp_path) as made:
        assert isinstance(made, HttpWire)
        yield made


def everything(wire: HttpWire) -> Sequence[Seen]:
    """Every sort of request the connector makes."""
    puller = registry.puller(wire.connection, wire.tools())
    for stream in ("patients", "appointments", "procedures"):
        pages = list(puller.pull(stream, None, now=NOW))
        list(puller.pull(stream, pages[-1].cursor, now=NOW))
    registry.verifier(wire.connection, wire.tools())()
    for command in SUBJECT.manifest.commands:
        dispatch.send(claim(SUBJECT, wire, command), context(wire))
    for command in LOOKED_UP:
        dispatch.look_up(claim(SUBJECT, wire, command), context(wire))
    return wire.server.seen


def test_every_request_we_make_is_one_nexhealth_documents(spec: Specification, wire: HttpWire) -> None:
    seen = everything(wire)
    assert {(each.method, each.path) for each in seen} >= {("PATCH", "/appointments/1822"), ("GET", "/sync_status")}
    for each in seen:
        spec.check_request(each)


def test_the_check_itself_notices_a_wrong_request(spec: Specification, wire: HttpWire) -> None:
    dispatch.send(claim(SUBJECT, wire, "create_appointment"), context(wire))
    [good] = wire.server.writes
    spec.check_request(good)
    wrong = (
        Seen(good.method, good.target, good.headers, good.body.replace(b"start_time", b"begins")),
        Seen(good.method, good.target.replace("location_id=101", "x=1"), good.headers, good.body),
        Seen(good.method, good.target.replace("/appointments", "/visits"), good.headers, good.body),
        Seen(good.method, good.target, {k: v for k, v in good.headers.items() if k != VERSION_HEADER}, good.body),
    )
    for seen in wrong:
        with pytest.raises(OpenAPIError):
            spec.check_request(seen)


def test_our_fixtures_are_of_the_shape_nexhealth_documents(spec: Specification) -> None:
    checked = 0
    for file in sorted(SUBJECT.fixtures.rglob("exchanges.yaml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["exchanges"]:
            asked, answer = entry["request"], entry["answer"]
            body = (file.parent / answer["body"]).read_bytes()
            spec.check_answer(asked["method"], asked["path"], answer["status"], body)
            checked += 1
    assert checked > 15


def test_the_emulator_answers_as_nexhealth_documents(spec: Specification, office: Office) -> None:
    """Both ways: what it is asked and what it answers."""
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    office.does("check_in", number)
    office.nexhealth.do("endpoint", url="http://127.0.0.1:9/nowhere", secret="an-invented-endpoint-secret")
    for stream in ("patients", "appointments", "procedures"):
        office.pull(stream)
    office.again("appointments", [number, "999999"])
    office.again("patients", ["2897"])
    done = office.nexhealth.do("procedure", patient=2897, fee="480.00", appointment=int(number))["id"]
    office.pull("procedures")
    office.again("procedures", [str(done)])
    registry.verifier(office.connection(), office.tools())()
    for service in ("Visit", ""):
        registry.openings(office.connection(), office.tools(), Sought(first_day=office.now.date(), service=service))
    for command in ("create_patient", "create_appointment", "confirm_appointment", "check_in_appointment"):
        office.send(SUBJECT.pushes[command].payload)
    document = SUBJECT.pushes["log_communication"].payload
    office.send(document)
    office.look_up(document)
    office.look_up(SUBJECT.pushes["create_appointment"].payload)
    statuses = [status for request, answer in office.wire.exchanges if (status := _both_ways(spec, request, answer))]
    assert len(statuses) > 15
    assert set(statuses) == {200, 201, 404}


def _both_ways(spec: Specification, request: Request, answer: Answer) -> int:
    parts = urlsplit(request.url)
    headers = {name.lower().replace("_", "-"): value for name, value in request.headers.items()}
    seen = Seen(request.method, f"{parts.path}?{parts.query}", headers, request.body)
    if seen.path == "/appointments/999999":
        spec.check_answer(seen.method, seen.path, answer.status, answer.body)
        return int(answer.status)
    spec.check_request(seen)
    spec.check_answer(seen.method, seen.path, answer.status, answer.body)
    return int(answer.status)


def test_the_version_we_speak_is_the_documents(spec: Specification) -> None:
    [header] = [each for each in spec.operation("GET", "/patients")["parameters"] if each["in"] == "header"]
    assert header["name"].lower() == VERSION_HEADER
    assert spec.document["info"]["description"].startswith(VERSION)


def test_every_event_that_can_be_subscribed_to_is_known_or_ignored(spec: Specification) -> None:
    body = spec.document["components"]["schemas"]["postWebhookEndpointsIdWebhookSubscriptions"]
    theirs = set(body["properties"]["event"]["enum"])
    assert theirs >= set(SUBSCRIBED)
    assert set(EVENTS) <= theirs
    assert [event for event in theirs - set(EVENTS) if not event.startswith(OTHERS)] == []
