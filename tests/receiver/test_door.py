"""The public port as a stranger meets it: what it takes, what it refuses, and what it never says."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.hubspot.webhook import SIGNATURE, TIMESTAMP, V3
from connectors.kit.webhooks import Incoming
from receiver.door import LARGEST_BODY
from tests.receiver.folder import write
from tests.receiver.serving import Port, serving
from tests.receiver.world import ACCOUNT, PUBLIC, World, call, inbound, lay_out, signed

HOOK = "/hooks/twilio/lumen/twilio"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(lay_out(tmp_path))


@pytest.fixture
def door(world: World) -> Iterator[Port]:
    with serving(world) as port:
        yield port


def kept(world: World) -> int:
    return len(world.spool.names())


def test_a_signed_call_is_on_the_disk_when_it_is_answered(world: World, door: Port) -> None:
    assert door.deliver(inbound("STOP")) == 204
    [name] = world.spool.names()
    with world.spool.taken(name) as call:
        assert call is not None
        assert call.incoming.body == inbound("STOP").body
        assert call.incoming.url == PUBLIC + HOOK
        assert call.incoming.received_at == world.hand.now


def test_an_answer_waits_for_the_disk(world: World, door: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    held, sync, synced = threading.Event(), os.fsync, []

    def fsync(handle: int) -> None:
        assert held.wait(10)
        sync(handle)
        synced.append(handle)

    monkeypatch.setattr("pipelines.accept.spool.os.fsync", fsync)
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(door.deliver(inbound("STOP"))))
    caller.start()
    assert not answers
    held.set()
    caller.join(10)
    assert answers == [204]
    assert len(synced) == 2


def test_it_answers_in_milliseconds(door: Port) -> None:
    door.deliver(inbound("warm"))
    started = time.monotonic()
    for n in range(20):
        assert door.deliver(inbound("hello", number=n)) == 204
    assert (time.monotonic() - started) / 20 < 0.25


@pytest.mark.parametrize("body", [b"", inbound("STOP").body.replace(b"STOP", b"START")])
def test_a_forged_call_is_refused_and_leaves_nothing(world: World, door: Port, body: bytes) -> None:
    assert door.post(HOOK, body, inbound("STOP").headers) == 403
    assert kept(world) == 0


def test_a_call_without_a_signature_is_refused(world: World, door: Port) -> None:
    assert door.post(HOOK, inbound("STOP").body, FORM) == 401
    assert kept(world) == 0


def test_a_call_signed_for_another_address_is_refused(world: World, door: Port) -> None:
    elsewhere = signed(f"{PUBLIC}/hooks/twilio/solis/twilio", inbound("STOP").body)
    assert door.post(HOOK, elsewhere.body, elsewhere.headers) == 403
    assert door.post(f"{HOOK}?ref=at-1", inbound("x").body, inbound("x").headers) == 403


def test_a_signature_covers_the_query_our_reference_comes_back_in(world: World, door: Port) -> None:
    incoming = signed(f"{PUBLIC}{HOOK}?ref=at-7%2B", b"MessageSid=SM1&MessageStatus=sent&To=%2B12125550142")
    assert door.deliver(incoming) == 204
    assert kept(world) == 1


def test_either_of_two_secrets_is_believed_while_one_is_rotated(world: World, door: Port) -> None:
    rotating = (
        f'{{"account_sid": "{ACCOUNT.sid}", "auth_token": "the new one", "auth_token_next": "{ACCOUNT.auth_token}"}}'
    )
    write(world.home / "secrets" / "twilio", rotating)
    assert door.deliver(inbound("STOP")) == 204


def hubspot(world: World, minutes_old: float) -> Incoming:
    url, body = f"{PUBLIC}/hooks/hubspot/lumen/crm", b"[]"
    stamp = str(int((world.hand.machine_now().timestamp() - minutes_old * 60) * 1000))
    signature = V3.sign(SecretStr("a client secret"), f"POST{url}".encode() + body + stamp.encode())
    headers = {"content-type": "application/json", SIGNATURE: signature, TIMESTAMP: stamp}
    return Incoming(url=url, headers=headers, body=body)


def test_a_stale_call_is_refused_although_its_signature_is_right(world: World, door: Port) -> None:
    crm = {"vendor": "hubspot", "account": "4711", "secret": f"file:{world.home / 'secrets' / 'crm'}"}
    write(world.home / "secrets" / "crm", '{"token": "t", "client_secret": "a client secret"}')
    write(world.home / "lumen" / "connections.yaml", {"crm": crm})
    write(world.home / "lumen" / "senders.yaml", "{}")
    assert door.deliver(hubspot(world, minutes_old=0)) == 204
    assert door.deliver(hubspot(world, minutes_old=6)) == 403
    assert kept(world) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/hooks",
        "/hooks/twilio/lumen",
        "/hooks/twilio/lumen/other",
        "/hooks/twilio/nobody/twilio",
        "/hooks/hubspot/lumen/twilio",
        "/hooks/files/lumen/twilio",
        "/hooks/twilio/../lumen/twilio",
        "/practices/lumen",
        "/metrics",
    ],
)
def test_what_is_no_vendors_address_is_not_found_and_says_no_more(world: World, door: Port, path: str) -> None:
    status, body, _ = door.answer("POST", path, inbound("STOP").body, inbound("STOP").headers)
    assert (status, body) == (404, b"")
    assert kept(world) == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_posts_are_taken(world: World, door: Port, method: str) -> None:
    assert door.ask(method, HOOK) == 405
    assert kept(world) == 0


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "multipart/form-data", None])
def test_another_media_type_than_the_vendors_is_refused(world: World, door: Port, media_type: str | None) -> None:
    headers = {name: value for name, value in inbound("STOP").headers.items() if name != "content-type"}
    assert door.post(HOOK, inbound("STOP").body, headers | ({"content-type": media_type} if media_type else {})) == 415
    assert kept(world) == 0


def test_a_body_announced_larger_than_a_megabyte_is_refused_before_it_is_read(world: World, door: Port) -> None:
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    answer = door.raw(f"{head}Content-Length: {LARGEST_BODY + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413")
    assert kept(world) == 0


def test_a_body_that_never_says_its_length_is_refused_at_a_megabyte(world: World, door: Port) -> None:
    pieces = (b"x" * 65536 for _ in range(40))
    try:
        status = door.ask("POST", HOOK, pieces, inbound("STOP").headers)
    except (BrokenPipeError, ConnectionResetError):
        status = 413  # it hung up on us in the middle, as it may
    assert status == 413
    assert kept(world) == 0


def test_a_body_of_a_megabyte_is_taken(world: World, door: Port) -> None:
    body = inbound("x" * (LARGEST_BODY - 1000)).body
    assert door.deliver(signed(PUBLIC + HOOK, body)) == 204
    assert kept(world) == 1


def test_a_caller_that_does_not_finish_is_let_go(world: World, door: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receiver.app.SECONDS_TO_SEND", 0.05)
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    assert door.raw(f"{head}Content-Length: 100\r\n\r\nMessageSid=".encode()).startswith(b"HTTP/1.1 408")
    assert kept(world) == 0


def test_a_full_disk_asks_the_vendor_to_come_again(world: World, door: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelines.accept.spool.os.fsync", full)
    assert door.deliver(inbound("STOP")) == 503
    assert kept(world) == 0


def test_a_secret_that_is_missing_asks_the_vendor_to_come_again(world: World, door: Port) -> None:
    (world.home / "secrets" / "twilio").unlink()
    assert door.deliver(inbound("STOP")) == 503


def test_settings_that_are_being_edited_do_not_close_the_door(world: World, door: Port) -> None:
    assert door.deliver(inbound("one")) == 204
    write(world.home / "lumen" / "locations.yaml", "downtown: {")
    assert door.deliver(inbound("two", number=2)) == 204


def test_a_practice_whose_settings_never_could_be_read_is_asked_to_wait(world: World, door: Port) -> None:
    write(world.home / "lumen" / "locations.yaml", "downtown: {")
    assert door.deliver(inbound("one")) == 503


def test_a_new_connection_needs_no_restart(world: World, door: Port) -> None:
    incoming = signed(f"{PUBLIC}/hooks/twilio/lumen/second", inbound("hi").body)
    assert door.deliver(incoming) == 404
    connections = world.home / "lumen" / "connections.yaml"
    write(connections, connections.read_text() + connections.read_text().replace("twilio:", "second:", 1))
    assert door.deliver(incoming) == 204


def test_health_says_counts_and_nothing_else(world: World, door: Port) -> None:
    door.deliver(inbound("Ana Canary"))
    door.post(HOOK, b"", FORM)
    status, body, headers = door.answer("GET", "/health")
    assert status == 200
    assert b'"waiting":1' in body
    assert b'"204":1' in body
    assert b'"401":1' in body
    assert b"Canary" not in body
    assert b"lumen" not in body
    assert "server" not in {name.lower() for name in headers}


def test_health_is_bad_when_calls_lie_about(world: World) -> None:
    old = world.hand.machine_now() - timedelta(minutes=2)
    world.spool.write(call(inbound("STOP"), at=old))
    with serving(world) as door:
        assert door.ask("GET", "/health") == 503


def test_nothing_of_a_call_is_in_the_log(world: World, door: Port, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret_path = signed(f"{PUBLIC}{HOOK}/s3cr3t?ref=at-canary", inbound("Ana Canary").body)
    door.deliver(secret_path)
    door.post(f"{HOOK}/s3cr3t?ref=at-canary", inbound("Ana Canary").body, FORM)
    door.post(f"{HOOK}/s3cr3t", inbound("Ana Canary").body, inbound("x").headers)
    said = caplog.text.casefold()
    assert "401" in said
    assert not [word for word in ("canary", "s3cr3t", "5550142", "5550110") if word in said]


def test_a_defect_that_a_call_provokes_is_logged_without_its_words(
    world: World, door: Port, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify(*_: object, **__: object) -> None:
        raise ValueError("Ana Canary")

    monkeypatch.setattr("connectors.twilio.webhook.verify", verify)
    assert door.deliver(inbound("Ana Canary")) == 503
    assert "ValueError" in caplog.text
    assert "Canary" not in caplog.text
