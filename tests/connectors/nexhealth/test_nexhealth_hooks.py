"""What NexHealth calls us for, believed only with its signature, and read again where the call does not say it all."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.kit.signatures import SignatureRefused
from connectors.kit.webhooks import Event, Incoming, Meaning
from connectors.nexhealth import webhook
from emulators.nexhealth import signature
from tests.connectors.nexhealth.office import SECRET, Office

URL = "https://hooks.example.com/nexhealth/lumen/calendar"


@contextmanager
def listening() -> Iterator[tuple[str, list[Incoming]]]:
    """Somebody at our address who writes down what arrives."""
    heard: list[Incoming] = []

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            heard.append(Incoming(url=URL, headers=headers, body=body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as the library names them
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/nexhealth/lumen/calendar", heard
    finally:
        server.shutdown()
        server.server_close()


def believed(office: Office, incoming: Incoming) -> tuple[Event, ...]:
    webhook.verify(incoming, [SecretStr(SECRET)], now=office.machine_now())
    return webhook.parse(incoming)


def test_what_happens_in_the_calendar_is_heard_and_read_again(office: Office) -> None:
    with listening() as (url, heard):
        office.nexhealth.do("endpoint", url=url, secret=SECRET)
        patient = office.patient()
        number = office.book(patient, "2026-11-16T14:00:00Z")
        office.does("cancel", number)
        office.nexhealth.settle()
        events = [event for incoming in heard for event in believed(office, incoming)]
    assert [(event.name, event.meaning, event.vendor_id) for event in events] == [
        ("patient_created", Meaning.KNOWN, patient),
        ("appointment_created", Meaning.HINT, number),
        ("appointment_updated", Meaning.HINT, number),
    ]
    assert {event.account for event in events} == {"lumen"}
    assert events[1].ours == "101"
    [record] = office.again("appointments", [events[-1].vendor_id])
    assert json.loads(record.body)["cancelled"] is True


@pytest.mark.parametrize("fate", ["complete", "failed", "timed_out"])
def test_what_became_of_a_booking_is_heard(office: Office, fate: str) -> None:
    with listening() as (url, heard):
        office.nexhealth.do("endpoint", url=url, secret=SECRET, events=["appointment_insertion"])
        office.nexhealth.do("settings", writes=fate)
        office.patient()
        office.nexhealth.institutions["lumen"].new_appointment({"start": office.now + timedelta(days=1)}, office.now)
        record = office.nexhealth.institutions["lumen"].appointments[1822]

        async def land() -> None:
            office.nexhealth.insert(office.nexhealth.institutions["lumen"], record)

        office.nexhealth.run(land)
        office.nexhealth.settle()
        [event] = [event for incoming in heard for event in believed(office, incoming)]
    assert (event.name, event.meaning, event.vendor_id) == (f"appointment_insertion.{fate}", Meaning.HINT, "1822")


def test_two_sides_written_apart_sign_alike() -> None:
    body, stamp = b'{"event_name":"patient_updated"}', "2026-11-12T14:00:00.000Z"
    by_hand = hmac.new(SECRET.encode(), stamp.encode() + b"." + base64.b64encode(body), hashlib.sha256).hexdigest()
    assert signature(SECRET, stamp, body) == by_hand
    incoming = Incoming(url=URL, headers={"timestamp": stamp, "signature": by_hand}, body=body)
    webhook.verify(incoming, [SecretStr(SECRET)], now=datetime(2026, 11, 12, 14, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-11-12T14:00:00Z",
        "2026-11-12T14:00:00",
        "2026-11-12 14:00:00 +0000",
        "2026-11-12T09:00:00-05:00",
        "1794492000",
    ],
)
def test_a_time_is_read_however_it_is_written(stamp: str) -> None:
    signed = SecretStr(SECRET)
    proof = webhook.SCHEME.sign(signed, webhook.signed(stamp, b"{}"))
    incoming = Incoming(url=URL, headers={"timestamp": stamp, "signature": proof}, body=b"{}")
    webhook.verify(incoming, [signed], now=datetime(2026, 11, 12, 14, 0, tzinfo=UTC))


@pytest.mark.parametrize("stamp", ["", "yesterday", "9" * 40, "2026-11-12T13:54:00Z", "2026-11-12T14:06:00Z"])
def test_an_old_or_unreadable_time_is_refused_although_it_is_signed(stamp: str) -> None:
    signed = SecretStr(SECRET)
    proof = webhook.SCHEME.sign(signed, webhook.signed(stamp, b"{}"))
    incoming = Incoming(url=URL, headers={"timestamp": stamp, "signature": proof}, body=b"{}")
    with pytest.raises(SignatureRefused):
        webhook.verify(incoming, [signed], now=datetime(2026, 11, 12, 14, 0, tzinfo=UTC))


def test_a_changed_time_breaks_the_signature() -> None:
    signed, now = SecretStr(SECRET), datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
    proof = webhook.SCHEME.sign(signed, webhook.signed("2026-11-12T13:00:00Z", b"{}"))
    incoming = Incoming(url=URL, headers={"timestamp": "2026-11-12T14:00:00Z", "signature": proof}, body=b"{}")
    with pytest.raises(SignatureRefused):
        webhook.verify(incoming, [signed], now=now)
