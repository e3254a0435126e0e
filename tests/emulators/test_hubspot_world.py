"""What people do in a portal, and the webhooks that tell of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from emulators.hubspot import HubSpotEmulator, signature
from emulators.kit.exchange import Json
from tests.emulators.hubspot_client import HubSpotClient

SECRET = "an-invented-client-secret"


@pytest.fixture
def told(hubspot: HubSpotEmulator, httpserver: HTTPServer) -> Iterator[HTTPServer]:
    httpserver.expect_request("/hubspot").respond_with_data("", status=204)
    hubspot.do("portal", webhook_url=httpserver.url_for("/hubspot"))
    yield httpserver
    hubspot.do("portal", webhook_url="")


def batches(server: HTTPServer) -> list[list[Json]]:
    return [json.loads(request.get_data()) for request, _ in server.log]


def test_a_person_works_in_the_crm_and_the_api_sees_it(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot.turn_clock(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), frozen=True)
    ana = hubspot.do("create", type="contacts", properties={"email": "ana@example.com", "skin_type": "II"})["id"]
    visit = hubspot.do(
        "create",
        type="appointments",
        properties={"hs_appointment_name": "Visit", "hs_appointment_start": "2026-11-12T14:00:00Z"},
        associations=[{"type": "contact", "id": ana}],
    )["id"]
    hubspot.clock.advance(60)
    hubspot.do("change", type="appointments", id=visit, properties={"hs_appointment_start": "2026-11-13T14:00:00Z"})
    read = crm.get(f"/crm/v3/objects/appointments/{visit}?properties=hs_appointment_start&associations=contacts")
    assert read["properties"]["hs_appointment_start"] == "2026-11-13T14:00:00.000Z"
    assert read["updatedAt"] == "2026-11-01T06:31:00.000Z"
    assert read["associations"]["contacts"]["results"] == [{"id": ana, "type": "appointment_to_contact"}]
    assert crm.get(f"/crm/v3/objects/contacts/{ana}?properties=skin_type")["properties"]["skin_type"] == "II"


def test_a_task_is_closed_a_call_is_logged_and_a_tag_is_set(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    ana = crm.contact()
    task = crm.post("/crm/v3/objects/tasks", {"properties": {"hs_timestamp": "0", "hs_task_subject": "Call"}})["id"]
    assert hubspot.do("close_task", id=task)["properties"]["hs_task_status"] == "COMPLETED"
    call = hubspot.do("log_call", contact=ana)
    assert call["properties"]["hs_call_direction"] == "OUTBOUND"
    assert crm.get(f"/crm/v4/objects/contacts/{ana}/associations/calls")["results"][0]["toObjectId"] == call["id"]
    hubspot.do("tag", type="contacts", id=ana, word="gl-hold")
    tagged = hubspot.do("tag", type="contacts", id=ana, word="gl-resume")
    assert tagged["properties"]["hs_tag_ids"] == "gl-hold;gl-resume"
    untagged = hubspot.do("tag", type="contacts", id=ana, word="gl-hold", remove=True)
    assert untagged["properties"]["hs_tag_ids"] == "gl-resume"


def test_records_are_archived_restored_merged_and_erased(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    ana, twin, gone = (crm.contact(f"{name}@example.com") for name in ("ana", "twin", "gone"))
    hubspot.do("archive", type="contacts", id=ana)
    assert crm.call("GET", f"/crm/v3/objects/contacts/{ana}").status == 404
    hubspot.do("restore", type="contacts", id=ana)
    hubspot.do("merge", type="contacts", primary=ana, gone=twin)
    hubspot.do("erase", type="contacts", id=gone)
    assert [row["id"] for row in hubspot.do("objects", type="contacts")["results"]] == [ana]
    told = [each["subscriptionType"] for each in hubspot.do("events")["events"]]
    assert [each for each in told if "propertyChange" not in each and "creation" not in each] == [
        "contact.deletion",
        "contact.restore",
        "contact.merge",
        "contact.privacyDeletion",
    ]


def test_mistakes_are_named(hubspot: HubSpotEmulator) -> None:
    with pytest.raises(ValueError, match="unicorn"):
        hubspot.do("create", type="unicorn", properties={})
    with pytest.raises(ValueError, match="no contact 9"):
        hubspot.do("change", type="contacts", id="9", properties={})


def test_a_change_is_told_in_a_signed_batch(hubspot: HubSpotEmulator, told: HTTPServer) -> None:
    made = hubspot.do("create", type="contacts", properties={"email": "ana@example.com"})
    hubspot.settle()
    ((request, _),) = told.log
    stamp = request.headers["X-HubSpot-Request-Timestamp"]
    expected = signature(SECRET, "POST", told.url_for("/hubspot"), request.get_data(), stamp)
    assert request.headers["X-HubSpot-Signature-v3"] == expected
    ((creation, change),) = batches(told)
    assert (creation["subscriptionType"], creation["objectId"]) == ("contact.creation", int(made["id"]))
    assert (creation["portalId"], creation["changeSource"], creation["attemptNumber"]) == (143553, "CRM_UI", 0)
    assert (change["propertyName"], change["propertyValue"]) == ("email", "ana@example.com")


def test_what_we_write_is_told_as_well(crm: HubSpotClient, hubspot: HubSpotEmulator, told: HTTPServer) -> None:
    crm.post("/crm/v3/objects/tasks", {"properties": {"hs_timestamp": "0"}})
    hubspot.settle()
    assert {each["changeSource"] for each in batches(told)[0]} == {"INTEGRATION"}
    assert {each["objectTypeId"] for each in batches(told)[0]} == {"0-27"}


def test_a_batch_holds_a_hundred_events(hubspot: HubSpotEmulator, told: HTTPServer) -> None:
    hubspot.do("create", type="contacts", properties={"email": "p{n}@example.com"}, count=120)
    hubspot.settle()
    assert [len(batch) for batch in batches(told)] == [100, 100, 40]


def test_an_attempt_is_counted_in_the_body(hubspot: HubSpotEmulator, httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/hubspot").respond_with_data("", status=500)
    httpserver.expect_ordered_request("/hubspot").respond_with_data("", status=204)
    hubspot.webhooks.retry_delays = (0.01,)
    hubspot.do("portal", webhook_url=httpserver.url_for("/hubspot"))
    hubspot.do("create", type="contacts", properties={"email": "ana@example.com"})
    hubspot.settle()
    assert [batch[0]["attemptNumber"] for batch in batches(httpserver)] == [0, 1]


def test_batches_can_come_twice_and_in_another_order(hubspot: HubSpotEmulator, told: HTTPServer) -> None:
    hubspot.fail("webhook_duplicate")
    hubspot.fail("webhook_reorder", times=2)
    for name in ("ana", "ben", "cleo"):
        hubspot.do("create", type="contacts", properties={"firstname": name})
    hubspot.settle()
    assert [batch[1]["propertyValue"] for batch in batches(told)] == ["ana", "ana", "cleo", "ben"]


def test_another_portal_can_be_opened_while_running(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot.do("portal", portal=7, search_limit=None)
    hubspot.do("token", portal=7, token="key-seven")
    hubspot.do("create", portal=7, type="contacts", properties={"email": "ana@example.com"})
    assert crm.get("/crm/v3/objects/contacts")["results"] == []
    crm.token = "key-seven"
    assert len(crm.get("/crm/v3/objects/contacts")["results"]) == 1


def test_reset_forgets_records_and_keeps_the_keys(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    crm.contact()
    crm.web.request("POST", f"{hubspot.control_url}/_emulator/reset")
    assert crm.get("/crm/v3/objects/contacts")["results"] == []
    assert hubspot.do("events") == {"events": []}
