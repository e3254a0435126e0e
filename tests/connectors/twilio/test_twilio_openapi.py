"""Our requests against Twilio's own OpenAPI, and our fixtures against its schemas: a witness we did not write."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest
from openapi_schema_validator import OAS30Validator

from connectors.kit import dispatch, registry
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.twilio.wire import ENVIRON, SUBJECT, connection
from tests.connectors.wire.http_wire import HttpWire, http_wire
from tests.connectors.wire.server import Seen
from tests.shared_data import shared

API, ACCOUNTS = "https://api.twilio.com", "https://accounts.twilio.com"


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    with http_wire(SUBJECT.fixtures, connection, ENVIRON, lambda _: b"", {}) as opened:
        yield opened


def specification(name: str) -> dict[str, Any]:
    text = shared("vendors", "specs", "twilio", name).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def valid(spec: OpenAPI, host: str, seen: Seen) -> None:
    request = MockRequest(
        host,
        seen.method.lower(),
        seen.path,
        args=dict(parse_qsl(urlsplit(seen.target).query)),
        headers={"Authorization": seen.headers["authorization"]},
        data=seen.body,
        content_type=seen.headers.get("content-type", ""),
    )
    spec.validate_request(request)


def test_every_request_we_make_is_one_twilio_documents(wire: HttpWire) -> None:
    spec = OpenAPI.from_dict(specification("twilio_api_v2010-messages-trimmed.json"))
    list(registry.puller(wire.connection, wire.tools()).pull("messages", None, now=NOW))
    registry.verifier(wire.connection, wire.tools())()
    dispatch.send(claim(SUBJECT, wire, "send_sms"), context(wire))
    dispatch.look_up(claim(SUBJECT, wire, "send_sms"), context(wire))
    assert len(wire.server.seen) == 6
    for seen in wire.server.seen:
        valid(spec, API, seen)


def test_a_consent_goes_to_the_address_and_in_the_form_twilio_documents(wire: HttpWire) -> None:
    document = specification("twilio_accounts_v1.json")
    dispatch.send(claim(SUBJECT, wire, "write_opt_out"), context(wire))
    [seen] = wire.server.seen
    operation = document["paths"][seen.path]["post"]
    [media] = operation["requestBody"]["content"]
    assert seen.headers["content-type"] == media
    assert {name for name, _ in seen.form} == {"Items"}
    example = operation["requestBody"]["content"][media]["examples"]["post"]["value"]["Items"][0]
    assert set(json.loads(seen.form[0][1])) == set(json.loads(example))


def test_the_check_itself_notices_a_wrong_request(wire: HttpWire) -> None:
    spec = OpenAPI.from_dict(specification("twilio_api_v2010-messages-trimmed.json"))
    dispatch.send(claim(SUBJECT, wire, "send_sms"), context(wire))
    [good] = wire.server.writes
    wrong = (
        Seen("POST", good.target, good.headers, good.body.replace(b"To=", b"Too=")),
        Seen("POST", good.target.replace("Messages", "Message"), good.headers, good.body),
        Seen("POST", good.target, {**good.headers, "content-type": "application/json"}, b"{}"),
    )
    for seen in wrong:
        with pytest.raises(OpenAPIError):
            valid(spec, API, seen)


RESOURCES = {
    "messages": "api.v2010.account.message",
    "incoming_phone_numbers": "api.v2010.account.incoming_phone_number",
}


def resources(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    body = json.loads(file.read_text(encoding="utf-8"))
    lists = [(schema, each) for name, schema in RESOURCES.items() for each in body.get(name, [])]
    single = "api.v2010.account" if "owner_account_sid" in body else RESOURCES["messages"]
    yield from lists or ([(single, body)] if "sid" in body else [])


WITH_RESOURCES = [file for file in sorted(SUBJECT.fixtures.rglob("*.json")) if list(resources(file))]


@pytest.mark.parametrize("file", WITH_RESOURCES, ids=lambda file: file.name)
def test_our_fixtures_are_of_the_shape_twilio_documents(file: Path) -> None:
    document = specification("twilio_api_v2010-messages-trimmed.json")
    for schema, body in resources(file):
        OAS30Validator(_resolved(document["components"]["schemas"][schema], document)).validate(body)


def _resolved(schema: Any, document: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The schema with its references followed."""
    if isinstance(schema, list):
        return [_resolved(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    return {name: _resolved(value, document) for name, value in schema.items()}


def test_the_statuses_of_our_table_are_exactly_twilios() -> None:
    document = specification("twilio_api_v2010-messages-trimmed.json")
    theirs = set(document["components"]["schemas"]["message_enum_status"]["enum"])
    listed = yaml.safe_load((registry.FOLDER.parent / "mappings/codes/twilio_status.yaml").read_text(encoding="utf-8"))
    assert set(listed["codes"]) == theirs
    from connectors.twilio.webhook import EVENTS  # noqa: PLC0415 - beside the table it is held against

    assert set(EVENTS) == theirs


def test_recorded_answers_are_understood() -> None:
    """Twilio's answers as somebody recorded them in 2026-06 (Elastic License: read beside the repository, never copied)."""
    folder = shared("vendors", "payloads", "twilio", "recorded")
    read = 0
    for name in ("messages.json", "get-message.json", "update-message.json"):
        for call in json.loads((folder / name).read_text(encoding="utf-8"))["calls"]:
            answer = call["response"]
            for message in answer.get("messages", [answer]):
                registry.require_known_shape("twilio", "messages", message)
                read += 1
    assert read > 10
