"""Our requests against Paubox's own OpenAPI, and fixtures and emulator against its schemas: a witness we did not write."""

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
from emulators.kit.running import running
from emulators.paubox import PauboxEmulator
from emulators.paubox.messages import STATUSES
from mappings.catalogue import SHIPPED
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.paubox.wire import AWAITED, SUBJECT, opened
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import Seen
from tests.shared_data import shared

API = "https://api.paubox.com"
PATCH = Path(__file__).with_name("openapi-patch.yaml")


def specification(*, patched: bool = True) -> dict[str, Any]:
    file = shared("vendors", "specs", "paubox", "paubox-email-api-openapi.transcribed-subset.yaml")
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for entry in yaml.safe_load(PATCH.read_text(encoding="utf-8")) if patched else []:
        *above, last = entry["at"]
        place = document
        for step in above:
            place = place[step]
        place[last] = entry["becomes"]
        if entry["becomes"] is None:
            del place[last]
    if patched:
        document["security"] = [{"PauboxToken": []}, {"LegacyToken": []}]
        for path in document["paths"].values():
            for operation in path.values():
                operation["security"] = document["security"]
    return document


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[HttpWire]:
    with opened(tmp_path) as found:
        assert isinstance(found, HttpWire)
        yield found


def valid(spec: OpenAPI, seen: Seen) -> None:
    spec.validate_request(
        MockRequest(
            API,
            seen.method.lower(),
            seen.path,
            args=dict(parse_qsl(urlsplit(seen.target).query)),
            headers={"Authorization": seen.headers["authorization"]},
            data=seen.body,
            content_type=seen.headers.get("content-type", ""),
        )
    )


def schema(name: str) -> OAS30Validator:
    document = specification()
    return OAS30Validator({"components": document["components"], **document["components"]["schemas"][name]})


def test_every_request_we_make_is_one_paubox_documents(wire: HttpWire) -> None:
    spec = OpenAPI.from_dict(specification())
    list(registry.puller(wire.connection, wire.tools()).pull("receipts", None, now=NOW))
    registry.verifier(wire.connection, wire.tools())()
    dispatch.send(claim(SUBJECT, wire, "send_email"), context(wire))
    assert len(wire.server.seen) == len(AWAITED) + 2
    for seen in wire.server.seen:
        valid(spec, seen)


def test_the_check_itself_notices_a_wrong_request(wire: HttpWire) -> None:
    spec = OpenAPI.from_dict(specification())
    dispatch.send(claim(SUBJECT, wire, "send_email"), context(wire))
    [good] = wire.server.writes
    wrong = (
        Seen("POST", good.target, good.headers, good.body.replace(b'"recipients"', b'"recipient"')),
        Seen("POST", good.target.replace("messages", "message"), good.headers, good.body),
        Seen("POST", good.target, good.headers, good.body.replace(b'"allowNonTLS": false', b'"allowNonTLS": "no"')),
        Seen("GET", "/v1/email/message_receipt", good.headers, b""),
    )
    for seen in wrong:
        with pytest.raises(OpenAPIError):
            valid(spec, seen)


def test_paubox_own_example_is_refused_without_the_patch_and_accepted_with_it() -> None:
    document = specification(patched=False)
    examples = document["paths"]["/messages"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    body = json.dumps(examples["basic"]["value"]).encode()
    seen = Seen("POST", "/v1/email/messages", {"authorization": "Bearer k", "content-type": "application/json"}, body)
    with pytest.raises(OpenAPIError):
        valid(OpenAPI.from_dict(document), seen)
    valid(OpenAPI.from_dict(specification()), seen)
    legacy = Seen(seen.method, seen.target, {**seen.headers, "authorization": "Token token=k"}, seen.body)
    with pytest.raises(OpenAPIError):
        valid(OpenAPI.from_dict(document), legacy)
    valid(OpenAPI.from_dict(specification()), legacy)


RECEIPTS = sorted((SUBJECT.fixtures / "pull" / "receipts").glob("*.json"))


@pytest.mark.parametrize("file", RECEIPTS, ids=lambda file: file.stem)
def test_our_fixtures_are_of_the_shape_paubox_documents(file: Path) -> None:
    body = json.loads(file.read_text(encoding="utf-8"))
    schema("MessageReceiptErrorResponse" if "errors" in body else "MessageReceiptResponse").validate(body)


def test_the_emulators_answers_are_of_the_shape_paubox_documents() -> None:
    with running(PauboxEmulator()) as emulator:
        emulator.do("settings", auto_progress=False)
        made: Any = {"headers": {"subject": "s", "from": "a@clinic.example"}, "content": {"text/plain": "t"}}
        for number, status in enumerate(sorted(STATUSES)):
            message = emulator._kept(made | {"recipients": [f"p{number}@example.com"]})
            schema("SingleSendResponse").validate(message.accepted())
            schema("MessageReceiptResponse").validate(message.receipt())
            emulator.do("advance", id=message.tracking_id, status=status)
            schema("MessageReceiptResponse").validate(emulator.do("open", id=message.tracking_id))


def test_the_statuses_of_our_table_and_of_the_emulator_are_exactly_paubox_own() -> None:
    theirs = set(specification()["components"]["schemas"]["DeliveryStatus"]["properties"]["deliveryStatus"]["enum"])
    fields = yaml.safe_load((SHIPPED / "paubox" / "receipts.yaml").read_text(encoding="utf-8"))["fields"]
    assert set(fields["status"]["first_of"][0]["code"]) == theirs
    assert set(fields["error_code"]["code"]) == set(fields["reason"]["code"]) == theirs
    assert theirs == STATUSES
