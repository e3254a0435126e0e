"""What Podium calls us for: proved by the secret in either writing, taken apart without losing a byte."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from connectors.kit import registry
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Event, Incoming, Meaning
from connectors.podium.webhook import BASE64, HEX, SIGNATURE, TIMESTAMP, verify
from emulators.podium.emulator import DOWNTOWN
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.podium.desk import CLINIC, NOW, PATIENT, SECRET, Desk, text, told
from tests.connectors.podium.wire import posted

EVENTS = ["message.received", "message.sent", "message.failed", "contact.updated", "contact.deleted", "review.created"]
DOCUMENTED = b'{"data":{},"metadata":{"event_type":"test.event","version":"2021.04.01"}}'
"""The body of the signed payload that Podium's page shows; its timestamp there is 1620771659663."""


def signed(body: bytes, writing: str, stamp: str) -> Incoming:
    scheme = HEX if writing == "hex" else BASE64
    proof = scheme.sign(SecretStr(SECRET), f"{stamp}.".encode() + body)
    return Incoming(url="https://hooks.example.com/p", headers={SIGNATURE: proof, TIMESTAMP: stamp}, body=body)


@pytest.mark.parametrize("writing", ["hex", "base64"])
@pytest.mark.parametrize("unit", [1, 1000])
def test_either_writing_proves_the_secret_and_one_flipped_byte_none(writing: str, unit: int) -> None:
    incoming = signed(DOCUMENTED, writing, str(int(NOW.timestamp() * unit)))
    verify(incoming, [SecretStr("another"), SecretStr(SECRET)], now=NOW)
    for at in range(len(DOCUMENTED)):
        spoiled = bytearray(DOCUMENTED)
        spoiled[at] ^= 1
        with pytest.raises(SignatureRefused):
            verify(incoming.model_copy(update={"body": bytes(spoiled)}), [SecretStr(SECRET)], now=NOW)
    with pytest.raises(SignatureRefused):
        verify(incoming, [SecretStr("another")], now=NOW)


def test_the_timestamp_is_signed_and_must_be_young() -> None:
    documented = datetime.fromtimestamp(1620771659.663, UTC)
    incoming = signed(DOCUMENTED, "hex", "1620771659663")
    verify(incoming, [SecretStr(SECRET)], now=documented + timedelta(minutes=4))
    with pytest.raises(SignatureRefused) as stale:
        verify(incoming, [SecretStr(SECRET)], now=documented + timedelta(minutes=6))
    assert stale.value.doubt is Doubt.STALE
    moved = incoming.model_copy(update={"headers": incoming.headers | {TIMESTAMP: "1620771659664"}})
    with pytest.raises(SignatureRefused) as moved_on:
        verify(moved, [SecretStr(SECRET)], now=documented)
    assert moved_on.value.doubt is Doubt.MISMATCH


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1" * 40])
def test_a_timestamp_that_is_none_is_not_believed(stamp: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(signed(DOCUMENTED, "hex", stamp), [SecretStr(SECRET)], now=NOW)


@pytest.fixture
def listening(desk: Desk, httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/p").respond_with_data("", status=204)
    desk.podium.do("webhook", url=httpserver.url_for("/p"), events=EVENTS, secret=SECRET)
    return httpserver


def heard(desk: Desk, server: HTTPServer) -> list[Event]:
    """What the emulator called us for, each call verified first."""
    desk.podium.settle()
    found: list[Event] = []
    for request, _ in server.log:
        headers = {name.lower(): value for name, value in request.headers.items()}
        incoming = Incoming(url=request.url, headers=headers, body=request.get_data())
        verify(
            incoming,
            [SecretStr(SECRET)],
            now=datetime.fromtimestamp(desk.podium.clock.machine_milliseconds() / 1000, UTC),
        )
        found += registry.webhook("podium").parse(incoming)
    return found


def test_a_reply_is_heard_and_is_the_record_that_a_pull_reads(desk: Desk, listening: HTTPServer) -> None:
    desk.podium.do("inbound", from_=PATIENT, body="STOP")
    [event] = heard(desk, listening)
    assert (event.meaning, event.stream) == (Meaning.KNOWN, "messages")
    [record] = desk.pull("messages")
    assert event.vendor_id == record.vendor_id
    assert told(record) == told(event.record(record.connection_id))
    assert event.ours == told(record)["ours"]


def test_a_reply_came_to_the_number_of_its_location(desk: Desk, listening: HTTPServer) -> None:
    """A practice of several places answers in the name of the one that was written to."""
    desk.settings[f"location.{CLINIC}"] = DOWNTOWN
    desk.podium.do("inbound", from_=PATIENT, body="Hello")
    desk.podium.settle()
    [(request, _)] = listening.log
    call = Incoming(url=request.url, headers={}, body=request.get_data(), settings=desk.settings)
    [event] = registry.webhook("podium").parse(call)
    [record] = desk.pull("messages")
    assert event.ours == told(record)["ours"] == CLINIC
    assert told(event.record(record.connection_id)) == told(record)
    [strange] = registry.webhook("podium").parse(call.model_copy(update={"settings": {}}))
    assert strange.ours == DOWNTOWN


def test_a_text_that_failed_is_told_and_so_is_a_contact_that_went(desk: Desk, listening: HTTPServer) -> None:
    desk.podium.do("outcome", to=PATIENT, status="failed")
    sent = desk.send(text())
    desk.podium.do("forget_contact", identifier=PATIENT)
    failed, gone = heard(desk, listening)
    assert (failed.name, failed.vendor_id, failed.deleted) == ("message.failed", sent.vendor_id, False)
    assert told(failed.record(desk.connection.connection_id))["reason"] == "not_textable"
    assert (gone.stream, gone.deleted) == ("contacts", True)


def test_a_webhook_without_a_secret_is_believed_by_nobody(desk: Desk, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/p").respond_with_data("", status=204)
    desk.podium.do("webhook", url=httpserver.url_for("/p"), events=EVENTS)
    desk.podium.do("inbound", from_=PATIENT, body="Hello")
    with pytest.raises(SignatureRefused) as refused:
        heard(desk, httpserver)
    assert refused.value.doubt is Doubt.MISSING


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"7",
        b'{"data": null, "metadata": null}',
        b'{"data": {"uid": "1"}, "metadata": []}',
        b'{"data": {"uid": 7}, "metadata": {"eventType": "message.received"}}',
        b'{"metadata": {"eventType": "message.received"}}',
        b'{"data": {"uid": "1"}, "metadata": {"eventType": 7}}',
        b"\xff\xfe",
    ],
)
def test_a_call_nobody_documents_is_kept_and_looked_at(body: bytes) -> None:
    [event] = registry.webhook("podium").parse(Incoming(url="https://hooks.example.com/p", headers={}, body=body))
    assert event.meaning is Meaning.UNKNOWN
    assert event.body == (body or b"{}")


def test_a_call_about_a_chat_says_whose_it_is() -> None:
    thread = {"uid": "2", "channel": {"type": "instagram", "identifier": "1789"}}
    data = {"uid": "1", "body": "STOP", "conversation": thread, "contact": {"uid": "c-1", "name": "Ana Ruiz"}}
    [event] = registry.webhook("podium").parse(posted({"data": data, "metadata": {"eventType": "message.received"}}))
    body = Catalogue().mapping("podium", "messages").apply(read("json", event.body), Surroundings(), Notes()).body
    assert (body["person_vendor_id"], body["channel"], body["contact"]) == ("c-1", "ig_dm", "")


def test_what_a_call_says_between_the_lines_is_enough_to_map_it() -> None:
    """Items may be missing in a call; its name says who wrote, and the message's own body what."""
    bare = {"uid": "1", "body": "C", "conversation": {"uid": "2", "channel": {"type": "sms", "identifier": PATIENT}}}
    call = posted({"data": bare, "metadata": {"eventType": "message.received"}})
    [event] = registry.webhook("podium").parse(call)
    mapping = Catalogue().mapping("podium", "messages")
    body = mapping.apply(read("json", event.body), Surroundings(), Notes()).body
    assert (body["direction"], body["channel"], body["contact"], body["text"]) == ("inbound", "sms", PATIENT, "C")
    assert json.loads(event.body)["uid"] == "1"
