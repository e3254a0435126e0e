"""The pretend Twilio against things Twilio wrote: its OpenAPI and its signature vectors."""

import json
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from pytest_httpserver import HTTPServer

from emulators.kit.exchange import Json
from emulators.twilio import TwilioEmulator, signature
from tests.emulators.conftest import CLINIC, PATIENT, TwilioClient
from tests.shared_data import SHARED, shared

VECTORS = SHARED / "vendors" / "payloads" / "twilio" / "signature-vectors.json"


def vectors() -> list[dict[str, Any]]:
    return list(json.loads(VECTORS.read_text())["vectors"]) if VECTORS.exists() else []


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: str(vector["name"])[:40])
def test_a_vendor_signature_vector(vector: dict[str, Any]) -> None:
    params = [(name, value) for name, value in vector["params"]]
    assert signature("12345", vector["signed_url"], params) == vector["expected"]


def test_all_seven_vectors_are_there() -> None:
    shared("vendors", "payloads", "twilio", "signature-vectors.json")
    assert len(vectors()) == 7


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    path = shared("vendors", "specs", "twilio", "twilio_api_v2010-messages-trimmed.json")
    return dict(json.loads(path.read_text()))


def check(spec: dict[str, Any], path: str, method: str, status: int, body: Json) -> None:
    answers = spec["paths"][f"/2010-04-01/Accounts/{path}"][method]["responses"]
    schema = answers[str(status)]["content"]["application/json"]["schema"]
    OAS30Validator({"components": spec["components"], **schema}).validate(body)


def test_answers_fit_twilios_openapi(
    spec: dict[str, Any], client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer
) -> None:
    created = client.send(StatusCallback=hooks.url_for("/status")).json()
    check(spec, "{AccountSid}/Messages.json", "post", 201, created)
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body="STOP")
    twilio.do("outcome", to="+12125550143", status="undelivered", error_code=30003)
    client.send(To="+12125550143")
    twilio.settle()
    listed = client.get("/Messages.json")
    assert len(listed["messages"]) == 4
    check(spec, "{AccountSid}/Messages.json", "get", 200, listed)
    check(spec, "{AccountSid}/Messages/{Sid}.json", "get", 200, client.get(f"/Messages/{created['sid']}.json"))
    redacted = client.post(f"/Messages/{created['sid']}.json", Body="").json()
    check(spec, "{AccountSid}/Messages/{Sid}.json", "post", 200, redacted)
    check(spec, "{AccountSid}/IncomingPhoneNumbers.json", "get", 200, client.get("/IncomingPhoneNumbers.json"))
    check(spec, "{Sid}.json", "get", 200, client.get(".json"))


def test_the_check_can_fail(spec: dict[str, Any], client: TwilioClient) -> None:
    created = client.send().json() | {"sid": "XX1"}
    with pytest.raises(Exception, match="XX1"):
        check(spec, "{AccountSid}/Messages.json", "post", 201, created)
