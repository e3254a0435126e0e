"""Acuity's answers as somebody recorded them in 2026-06, played back: the ids and counts are those their own client saw.

Nango's integration templates, Elastic License: read beside the repository, never copied.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from canonical.clock import FixedClock
from canonical.raw import RawRecord
from connectors.acuity.verify import verify
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets
from mappings.catalogue import Catalogue
from mappings.coverage import Notes, report
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.acuity.wire import ENVIRON, connection
from tests.connectors.wire.server import FakeWire, Reply, Seen
from tests.shared_data import shared

NOW = datetime(2026, 6, 15, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def recordings() -> None:
    """Without them there is nothing to play: said here, because the pretend vendor answers in a thread of its own."""
    shared("vendors", "payloads", "acuity", "recorded")


def recorded(name: str) -> list[dict[str, Any]]:
    text = shared("vendors", "payloads", "acuity", "recorded", f"{name}.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["calls"]
    return found


def days() -> list[dict[str, Any]]:
    """Every appointment of the recording; its client asked for each day by itself."""
    return [row for call in recorded("appointments") for row in call["response"]]


def answer(seen: Seen) -> Reply:
    """What the recording says to that question: appointments by the days that are asked for."""
    if seen.path == "/appointments":
        first, last = seen.query["minDate"], seen.query["maxDate"]
        rows = [row for row in days() if first <= row["datetime"][:10] <= last]
        return Reply(200, json.dumps(rows).encode())
    names = {"/clients": "clients", "/me": "get-me", "/calendars": "calendars"}
    if seen.path in names:
        return Reply(200, json.dumps(recorded(names[seen.path])[0]["response"]).encode())
    return Reply(404, b'{"status_code": 404, "message": "", "error": "not_found"}')


@contextmanager
def playing() -> Iterator[Access]:
    transport = RequestsTransport()
    with FakeWire(answer).running() as server:
        tools = Tools(FixedClock(NOW), Secrets(ENVIRON), transport, None, lambda _: None)
        using = connection(server.url, days_ahead="60", history_days="60", hipaa_mode="")
        yield Access(using, registry.manifest("acuity"), tools)
    transport.close()


def pulled(stream: str) -> list[RawRecord]:
    with playing() as access:
        pages = list(registry.puller(access.connection, access.tools).pull(stream, None, now=NOW))
        assert not any(page.suspects for page in pages)
        return [record for page in pages for record in page.records]


def test_the_recorded_appointments_are_read_as_their_own_client_read_them() -> None:
    rows = days()
    assert sorted(each.vendor_id for each in pulled("appointments")) == sorted(str(row["id"]) for row in rows)
    assert len(rows) == 8


@pytest.mark.parametrize(
    "name,status,start",
    [
        (1722092210, "booked", "2026-06-15T06:30:00Z"),
        (1722114448, "cancelled", "2026-06-25T11:00:00Z"),
        (1722118401, "cancelled", "2026-07-15T07:00:00Z"),
    ],
)
def test_an_offset_without_a_colon_and_a_cancellation_are_understood(name: int, status: str, start: str) -> None:
    [record] = [each for each in pulled("appointments") if each.vendor_id == str(name)]
    body = (
        Catalogue()
        .mapping("acuity", "appointments")
        .apply(read(record.format.text, record.body), Surroundings(), Notes())
        .body
    )
    assert (body["status"], body["start"]) == (status, start)
    assert body["patient_zone"] == "Indian/Mayotte"


def test_every_recorded_field_is_mapped_or_ignored() -> None:
    for stream in ("appointments", "guests", "clients"):
        mapping, notes = Catalogue().mapping("acuity", stream), Notes()
        for record in pulled(stream):
            fields = read(record.format.text, record.body)
            registry.require_known_shape("acuity", stream, fields)
            notes.saw(fields)
            mapping.apply(fields, Surroundings(), notes)
        # The phones were made up when the recording was anonymised: there are none that begin with +1 123.
        assert {(row.what, row.field) for row in report(mapping.spec, notes)} <= {("left out", "phones")}


def test_the_recorded_clients_are_all_there_and_meet_their_appointments_where_acuity_has_their_phone() -> None:
    rows = recorded("clients")[0]["response"]
    clients = {each.vendor_id for each in pulled("clients")}
    assert len(clients) == len(rows) == 5
    guests = {each.vendor_id for each in pulled("guests")}
    assert len(guests) >= 4
    assert clients & guests, "Jane McTest has one phone in both"
    assert guests - clients, "Test User's phones stand on appointments only: hence the stream of guests"


@pytest.mark.parametrize(
    "name", ["create-appointment", "update-appointment", "reschedule-appointment", "cancel-appointment"]
)
def test_what_acuity_answers_to_a_change_is_a_record_like_any_other(name: str) -> None:
    calls = recorded(name)
    assert calls
    for call in calls:
        registry.require_known_shape("acuity", "appointments", call["response"])


def test_the_recorded_account_is_not_in_hipaa_mode_and_that_is_said() -> None:
    with playing() as access:
        found = verify(access)
    assert found.facts["hipaa_mode"] == "not_designated"
    assert found.facts["time_zone"] == "Indian/Mayotte"
    assert any("HIPAA" in warning for warning in found.warnings)


def test_a_record_that_cannot_be_read_is_set_aside_alone() -> None:
    rows = b'[{"id": null}, {"firstName": "Ana"}, null, {"id": "7", "datetime": "2026-06-15T09:30:00+0300", "labels": "x"}]'
    transport = RequestsTransport()
    with FakeWire(lambda _: Reply(200, rows)).running() as server:
        tools = Tools(FixedClock(NOW), Secrets(ENVIRON), transport, None, lambda _: None)
        using = connection(server.url, days_ahead="1", history_days="1")
        [page] = registry.puller(using, tools).pull("appointments", None, now=NOW)
    transport.close()
    assert ([record.vendor_id for record in page.records], len(page.suspects)) == (["7"], 3)
