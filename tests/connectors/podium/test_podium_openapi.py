"""Our requests against Podium's own OpenAPI, and fixtures and emulator against its schemas."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core.exceptions import OpenAPIError

from canonical.visits import AppointmentStatus
from connectors.kit import dispatch, registry
from connectors.podium.pull import STREAMS
from connectors.podium.push import STATUSES
from connectors.podium.rows import _reached
from connectors.podium.webhook import IGNORED, KNOWN
from emulators.kit.running import running
from emulators.podium import PodiumEmulator
from mappings.catalogue import SHIPPED
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.podium.desk import Desk
from tests.connectors.podium.specification import of_path, part
from tests.connectors.podium.wire import ENVIRON, FIXTURES, STORE, SUBJECT, connection, error_body, only_reads
from tests.connectors.wire.http_wire import HttpWire, http_wire
from tests.connectors.wire.server import Seen


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    with http_wire(FIXTURES, connection, ENVIRON, error_body, {}, only_reads, STORE) as opened:
        yield opened


def test_every_read_is_one_that_podium_documents(wire: HttpWire) -> None:
    puller = registry.puller(wire.connection, wire.tools())
    for stream in STREAMS:
        first = list(puller.pull(stream, None, now=NOW))
        list(puller.pull(stream, first[-1].cursor, now=NOW))
    registry.verifier(wire.connection, wire.tools())()
    for command in ("send_sms", "create_review_invite"):
        dispatch.look_up(claim(SUBJECT, wire, command), context(wire))
    assert len(wire.server.seen) > 25
    for seen in wire.server.seen:
        of_path(seen.path).check_request(seen)


def test_every_write_is_one_that_podium_documents(wire: HttpWire) -> None:
    for number, command in enumerate(SUBJECT.manifest.commands, 1):
        dispatch.send(claim(SUBJECT, wire, command, number), context(wire))
    assert len(wire.server.writes) == len(SUBJECT.manifest.commands)
    for seen in wire.server.writes:
        of_path(seen.path).check_request(seen)
        assert seen.headers["podium-version"] == part("messenger").document["info"]["version"]


def test_a_cursor_stands_alone(wire: HttpWire) -> None:
    """Beside a cursor Podium ignores every other parameter, so whoever sends one believes in something that is not so."""
    puller = registry.puller(wire.connection, wire.tools())
    for stream in STREAMS:
        list(puller.pull(stream, None, now=NOW))
    with_cursor = [seen for seen in wire.server.seen if "cursor" in seen.query]
    assert len(with_cursor) == 5
    assert all(set(seen.query) == {"cursor"} for seen in with_cursor)


def test_the_check_itself_notices_a_wrong_request(wire: HttpWire) -> None:
    dispatch.send(claim(SUBJECT, wire, "send_sms"), context(wire))
    [good] = wire.server.writes
    spec = part("messenger")
    wrong = (
        Seen("POST", good.target, good.headers, good.body.replace(b'"locationUid"', b'"location"')),
        Seen("POST", good.target, good.headers, good.body.replace(b'"phone"', b'"sms"')),
        Seen("POST", "/v4/message", good.headers, good.body),
    )
    for seen in wrong:
        with pytest.raises(OpenAPIError):
            spec.check_request(seen)
    with pytest.raises(OpenAPIError):
        part("contacts").check_request(Seen("GET", "/v4/contacts?limit=1000", good.headers, b""))


def answers() -> Iterator[tuple[str, str, Path]]:
    for file in sorted(FIXTURES.rglob("exchanges.yaml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["exchanges"]:
            request = entry["request"]
            yield request["method"], request["path"], file.parent / entry["answer"]["body"]


@pytest.mark.parametrize(
    "method,path,file", sorted(set(answers())), ids=lambda value: value.stem if isinstance(value, Path) else value
)
def test_our_fixtures_are_of_the_shape_podium_documents(method: str, path: str, file: Path) -> None:
    of_path(path).check_answer(method, path, json.loads(file.read_text(encoding="utf-8")))


def test_the_known_defects_are_still_there() -> None:
    body = json.loads((FIXTURES / "pull" / "contacts" / "page-1.json").read_text(encoding="utf-8"))
    with pytest.raises(Exception, match="is not of type 'object'"):
        part("contacts", patched=False).check_answer("GET", "/v4/contacts", body)
    error = json.loads(error_body(429))
    with pytest.raises(Exception, match="is not of type 'integer'"):
        part("contacts", patched=False).check_schema("Error", error)
    part("contacts").check_schema("Error", error)


def test_the_emulators_answers_are_of_the_shape_podium_documents() -> None:
    with running(PodiumEmulator()) as emulator, Desk(emulator) as desk:
        desk.write_everything()
        world: Any = emulator.do("world")
        shapes = {
            "contact": ("contacts", "contacts"),
            "conversation": ("conversations", "conversations"),
            "conversation_note": ("conversations", "notes"),
            "review_invite": ("reviews", "invites"),
            "review": ("reviews", "reviews"),
            "appointment": ("appointments", "appointments"),
        }
        for schema, (document, name) in shapes.items():
            assert world[name], name
            for record in world[name]:
                part(document).check_schema(schema, record)
        said: Any = emulator.do("messages")
        for message in said["messages"]:
            part("messenger").check_schema("message", message)


def test_the_words_of_our_tables_are_exactly_podiums() -> None:
    appointment = part("appointments").document["components"]["schemas"]["appointment"]["properties"]["status"]["enum"]
    assert set(STATUSES.values()) == set(appointment)
    assert set(AppointmentStatus) - set(STATUSES) == {AppointmentStatus.UNKNOWN}
    events = part("webhooks").document["components"]["schemas"]["webhook"]["properties"]["eventTypes"]["items"]["enum"]
    assert set(KNOWN) | IGNORED == set(events)
    assert not set(KNOWN) & IGNORED
    kinds = part("messenger").document["components"]["schemas"]["message"]["properties"]["conversation"]
    chats = set(
        yaml.safe_load((SHIPPED / "podium" / "messages.yaml").read_text(encoding="utf-8"))["fields"]["channel"]["code"]
    )
    assert {
        _reached({"type": kind, "identifier": "x"})["channel"]
        for kind in kinds["properties"]["channel"]["properties"]["type"]["enum"]
    } == chats
    invite = part("reviews").document["components"]["schemas"]["review_invite"]["properties"]["deliveryStatus"]["enum"]
    listed = yaml.safe_load((SHIPPED / "podium" / "invites.yaml").read_text(encoding="utf-8"))["fields"]
    assert set(listed["status"]["code"]) == set(invite)
