"""What we ask Luma, and what our fixtures answer, against Luma's own OpenAPI: not licensed for copying, read where it lies."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator

from canonical.surveys import CLICKS, SCALES
from connectors.kit import dispatch, registry
from connectors.luma_health.pull import BY_ID, PATHS
from connectors.luma_health.push import LOOK_UPS
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.luma_health.wire import FIXTURES, PATIENT, SUBJECT, opened
from tests.connectors.wire.exchanges import Exchange, exchanges
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import Seen
from tests.shared_data import shared

OVERLAY = Path(__file__).parent / "overlay.yaml"
STRICT = ("MessageRequest", "Reminder")


@cache
def document() -> dict[str, Any]:
    text = shared("vendors", "specs", "luma-health", "luma-health-openapi.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    for patch in yaml.safe_load(OVERLAY.read_text(encoding="utf-8")):
        *above, last = patch["at"].split(".")
        place = found
        for step in above:
            place = place[step]
        place[last] = patch["is"]
    for name in STRICT:
        found["components"]["schemas"][name]["additionalProperties"] = False
    return found


def operation(seen: Seen) -> dict[str, Any]:
    for path, item in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), seen.path) and seen.method.lower() in item:
            found: dict[str, Any] = item[seen.method.lower()]
            return found
    raise AssertionError(f"{seen.method} {seen.path} is not documented")


def parameters(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Query parameters by name, with what each may be. `type: date-time` and the like are no types of JSON: left open."""
    found: dict[str, dict[str, Any]] = {}
    for each in described.get("parameters", []):
        reference = each.get("$ref", "").rpartition("/")[2]
        told = document()["components"]["parameters"][reference] if reference else each
        schema = told.get("schema") or {}
        found[told["name"]] = schema if schema.get("type") in {None, "string", "integer", "number", "boolean"} else {}
    return found


def check(seen: Seen) -> None:
    """Raises unless path, method, parameters and body are documented."""
    described = operation(seen)
    known = parameters(described)
    assert set(seen.query) <= set(known), seen.target
    for name, written in seen.query.items():
        numeric = known[name].get("type") in {"integer", "number"}
        validate(known[name], json.loads(written) if numeric else written)
    body = described.get("requestBody")
    if body is None:
        assert seen.body == b""
        return
    validate(body["content"]["application/json"]["schema"], json.loads(seen.body))


def validate(schema: dict[str, Any], value: object) -> None:
    OAS30Validator({"components": document()["components"], **schema}).validate(value)


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[HttpWire]:
    with opened(tmp_path) as found:
        yield found


def test_every_read_is_one_that_luma_documents(wire: HttpWire) -> None:
    puller = registry.puller(wire.connection, wire.tools())
    for stream in PATHS:
        list(puller.pull(stream, None, now=NOW))
    for stream, vendor_id in zip(BY_ID, (PATIENT, f"{0x201:024x}"), strict=True):
        with pytest.raises(Exception, match="refused"):  # no fixture: only the question is of interest
            puller.again(stream, [vendor_id], now=NOW)
    registry.verifier(wire.connection, wire.tools())()
    assert len(wire.server.seen) > 20
    for seen in wire.server.seen:
        check(seen)


def test_every_write_and_what_is_asked_before_and_after_it_is_documented(wire: HttpWire) -> None:
    for number, command in enumerate(SUBJECT.manifest.commands, 1):
        dispatch.send(claim(SUBJECT, wire, command, number), context(wire))
        if command in LOOK_UPS:
            dispatch.look_up(claim(SUBJECT, wire, command, number), context(wire))
    assert len(wire.server.writes) == 3
    for seen in wire.server.seen:
        check(seen)


def test_the_token_is_asked_for_as_documented(wire: HttpWire) -> None:
    assert wire.store is not None
    wire.store._path("luma_health/lumen-luma").unlink()  # as if nobody had asked yet
    registry.verifier(wire.connection, wire.tools())()
    [asked] = [seen for seen in wire.server.seen if seen.path == "/auth/token"]
    check(asked)
    assert all(seen.headers["authorization"].endswith("-2") for seen in wire.server.seen if seen is not asked)


def test_the_check_itself_notices_a_wrong_request(wire: HttpWire) -> None:
    dispatch.send(claim(SUBJECT, wire, "send_portal_message"), context(wire))
    [good] = wire.server.writes
    body = json.loads(good.body)
    for wrong in (
        {**body, "chanel": "chat"},
        {**body, "channel": "sms"},
        {k: v for k, v in body.items() if k != "secure"},
    ):
        with pytest.raises(Exception, match=r"chanel|sms|secure"):
            check(Seen("POST", good.target, good.headers, json.dumps(wrong).encode()))
    for target in ("/patients?limit=2000", "/patients?limit=x", "/patients?since=1", "/patient"):
        with pytest.raises(Exception, match=r"2000|Expecting|patient"):
            check(Seen("GET", target, {}, b""))


@pytest.mark.parametrize("exchange", exchanges(FIXTURES), ids=lambda each: f"{each.method} {each.path} {each.query}")
def test_our_fixtures_are_answers_luma_documents(exchange: Exchange) -> None:
    described = operation(Seen(exchange.method, exchange.path, {}, b""))
    content = described["responses"][str(exchange.status)]["content"]["application/json"]["schema"]
    validate(content, json.loads(exchange.body, object_hook=nothing_null))


def nothing_null(found: dict[str, Any]) -> dict[str, Any]:
    """Without what is null: one fixture has a null list, which the document does not foresee and vendors send."""
    return {name: value for name, value in found.items() if value is not None}


def test_every_state_and_channel_luma_documents_is_translated() -> None:
    schemas = document()["components"]["schemas"]
    for stream, name, field, target in (
        ("appointments", "Appointment", "status", "status"),
        ("messages", "MessageResponse", "status", "status"),
        ("messages", "MessageResponse", "type", "direction"),
        ("forms", "PatientFormResponse", "status", "status"),
        ("appointments", "Appointment", "source", "booked_by"),
    ):
        text = yaml.safe_load(
            (registry.FOLDER.parent / f"mappings/luma_health/{stream}.yaml").read_text(encoding="utf-8")
        )
        rule = text["fields"][target]
        known = rule["first_of"][0] if "first_of" in rule else rule
        assert set(known["code"]) == set(schemas[name]["properties"][field]["enum"])


def test_every_kind_of_feedback_luma_documents_has_a_scale() -> None:
    answer = document()["paths"]["/feedbackResponses"]["get"]["responses"]["200"]["content"]["application/json"]
    row = answer["schema"]["properties"]["response"]["items"]["properties"]
    mapping = yaml.safe_load(
        (registry.FOLDER.parent / "mappings/luma_health/feedback.yaml").read_text(encoding="utf-8")
    )
    scales = mapping["fields"]["scale"]["first_of"][0]["code"]
    assert set(scales) == set(row["response"]["properties"]["type"]["enum"])
    assert set(scales.values()) == set(SCALES) | set(CLICKS)
    assert set(mapping["fields"]["guessed"]["first_of"][0]["code"]) == set(row["scoreSource"]["enum"])


def test_the_overlay_still_changes_something() -> None:
    text = shared("vendors", "specs", "luma-health", "luma-health-openapi.yaml").read_text(encoding="utf-8")
    assert "type: objectid" in text
