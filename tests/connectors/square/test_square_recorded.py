"""Square's answers as somebody recorded them in 2026-07, played back: the ids and counts are those their own client saw.

Nango's integration templates, Elastic License: read beside the repository, never copied.
"""

import json
from typing import Any

import pytest

from canonical.clock import FixedClock
from canonical.raw import RawRecord
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets
from mappings.catalogue import Catalogue
from mappings.coverage import Notes, report
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import NOW
from tests.connectors.square.wire import ENVIRON, connection
from tests.connectors.wire.server import FakeWire, Reply, Seen
from tests.shared_data import shared


def recorded(name: str) -> list[dict[str, Any]]:
    text = shared("vendors", "payloads", "square", "recorded", f"{name}.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["calls"]
    return found


def pulled(stream: str) -> list[RawRecord]:
    """What our client makes of the recording, to every question of that path."""
    [call] = recorded(stream)

    def answer(seen: Seen) -> Reply:
        return Reply(200, json.dumps(call["response"]).encode()) if seen.path == call["path"] else Reply(404, b"{}")

    transport = RequestsTransport()
    with FakeWire(answer).running() as server:
        tools = Tools(FixedClock(NOW), Secrets(ENVIRON), transport, None, lambda _: None)
        pages = list(registry.puller(connection(server.url), tools).pull(stream, None, now=NOW))
    transport.close()
    assert not any(page.suspects for page in pages)
    return [record for page in pages for record in page.records]


@pytest.mark.parametrize("stream,count", [("customers", 4), ("payments", 7)])
def test_the_recorded_records_are_read_as_their_own_client_read_them(stream: str, count: int) -> None:
    theirs = [row["id"] for row in recorded(stream)[0]["response"][stream]]
    assert [record.vendor_id for record in pulled(stream)] == theirs
    assert len(theirs) == count


@pytest.mark.parametrize("stream", ["customers", "payments"])
def test_every_recorded_field_is_mapped_or_ignored(stream: str) -> None:
    mapping, notes = Catalogue().mapping("square", stream), Notes()
    for record in pulled(stream):
        fields = read(record.format.text, record.body)
        registry.require_known_shape("square", stream, fields)
        notes.saw(fields)
        mapping.apply(fields, Surroundings(), notes)
    assert report(mapping.spec, notes) == ()


def test_money_given_back_in_part_is_still_held_and_a_card_that_was_voided_never_paid() -> None:
    mapping = Catalogue().mapping("square", "payments")
    found = [
        mapping.apply(read(each.format.text, each.body), Surroundings(), Notes()).body for each in pulled("payments")
    ]
    assert [each["status"] for each in found] == ["paid", "failed", "failed", "failed", "requested", "paid", "paid"]
    assert {each["deposit"] for each in found} == {False}


def test_a_recorded_single_payment_is_the_record_of_the_list() -> None:
    [call] = recorded("get-payment")
    row = call["response"]["payment"]
    registry.require_known_shape("square", "payments", row)
    assert row["id"] in {record.vendor_id for record in pulled("payments")}


ODD = [
    (b'{"customers": [{"id": 7}, {"id": "GOOD", "preferences": null}, {"id": {}}, null, []]}', ["7", "GOOD"], 3),
    (b'{"customers": null}', [], 0),
    (b"{}", [], 0),
    (b'{"cursor": null, "errors": []}', [], 0),
]


@pytest.mark.parametrize("body,ids,aside", ODD)
def test_a_record_that_cannot_be_read_is_set_aside_alone(body: bytes, ids: list[str], aside: int) -> None:
    transport = RequestsTransport()
    with FakeWire(lambda _: Reply(200, body)).running() as server:
        tools = Tools(FixedClock(NOW), Secrets(ENVIRON), transport, None, lambda _: None)
        [page] = registry.puller(connection(server.url), tools).pull("customers", None, now=NOW)
    transport.close()
    assert ([record.vendor_id for record in page.records], len(page.suspects)) == (ids, aside)
    assert page.complete


@pytest.mark.parametrize("segments", [None, [], [{"duration_minutes": None, "team_member_id": "T"}], "x"])
def test_a_booking_whose_length_is_not_known_has_a_start_and_no_end(segments: object) -> None:
    row = {"id": "B", "start_at": "2026-11-20T15:00:00Z", "status": "ACCEPTED", "appointment_segments": segments}
    answer = json.dumps({"bookings": [row]}).encode()
    transport = RequestsTransport()
    with FakeWire(lambda _: Reply(200, answer)).running() as server:
        tools = Tools(FixedClock(NOW), Secrets(ENVIRON), transport, None, lambda _: None)
        using = connection(server.url).model_copy(update={"select": {}})
        pages = list(registry.puller(using, tools).pull("bookings", None, now=NOW))
    transport.close()
    [record] = [record for page in pages for record in page.records]
    found = (
        Catalogue().mapping("square", "bookings").apply(read(record.format.text, record.body), Surroundings(), Notes())
    )
    assert (found.body["start"], found.body["end"]) == ("2026-11-20T15:00:00Z", None)
