"""Who may ask a portal what, and how it words trouble."""

import pytest
import urllib3

from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.running import running
from tests.emulators.hubspot_client import AURORA, LUMEN, MAIN_CONTACT, READER, HubSpotClient

CONTACTS, LEADS, TASKS = "/crm/v3/objects/contacts", "/crm/v3/objects/leads", "/crm/v3/objects/tasks"
A_LEAD = {"properties": {"hs_lead_name": "Ana"}, "associations": [{"to": {"id": "1"}, "types": MAIN_CONTACT}]}


def test_without_a_token_nothing_and_with_the_wrong_scope_little(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    crm.token = "unknown"
    assert (crm.call("GET", CONTACTS).status, crm.get(CONTACTS)["category"]) == (401, "INVALID_AUTHENTICATION")
    crm.token = READER
    assert crm.call("GET", CONTACTS).status == 200
    refused = crm.call("POST", LEADS, A_LEAD)
    assert (refused.status, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert refused.json()["errors"][0]["context"] == {"requiredGranularScopes": ["crm.objects.leads.write"]}
    hubspot.do("token", token=READER, revoked=True)
    assert crm.call("GET", CONTACTS).status == 401
    hubspot.do("token", token="oauth-1", kind="oauth", expired_for=7)
    crm.token = "oauth-1"
    assert "expired 7 second(s) ago" in crm.get(CONTACTS)["message"]


def test_two_practices_on_one_portal_and_one_on_another(web: urllib3.PoolManager) -> None:
    shared, alone = Portal(1).open_to(LUMEN, AURORA), Portal(2).open_to("key-alone")
    with running(HubSpotEmulator(shared, alone)) as hubspot:
        lumen, aurora, third = (HubSpotClient(web, hubspot, token) for token in (LUMEN, AURORA, "key-alone"))
        lumen.contact()
        assert [len(each.get(CONTACTS)["results"]) for each in (lumen, aurora, third)] == [1, 1, 0]
        assert [each.get("/account-info/v3/details")["portalId"] for each in (lumen, aurora, third)] == [1, 1, 2]


def test_a_key_can_be_asked_for_its_scopes(
    crm: HubSpotClient, web: urllib3.PoolManager, hubspot: HubSpotEmulator
) -> None:
    address = f"{hubspot.url}/oauth/v2/private-apps/get/access-token-info"
    assert web.request("POST", address, json={"tokenKey": READER}).json() == {
        "userId": 1,
        "hubId": 143553,
        "appId": 54321,
        "scopes": ["crm.objects.contacts.read"],
    }
    assert web.request("POST", address, json={"tokenKey": "unknown"}).status == 404
    introspect = web.request(
        "POST", f"{hubspot.url}/oauth/v3/token/introspect", fields={"token": LUMEN}, encode_multipart=False
    )
    assert introspect.json()["active"] is True
    assert crm.get(f"/oauth/v1/access-tokens/{LUMEN}")["hub_id"] == 143553


def test_owners_are_paged_and_may_be_archived(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    for number in range(3):
        hubspot.do("owner", id=str(number), email=f"o{number}@clinic.example")
    hubspot.do("owner", id="9", email="left@clinic.example", archived=True)
    page = crm.get("/crm/v3/owners?limit=2")
    assert [row["id"] for row in page["results"]] == ["0", "1"]
    rest = crm.get(f"/crm/v3/owners?limit=2&after={page['paging']['next']['after']}")
    assert ([row["id"] for row in rest["results"]], "paging" in rest) == (["2"], False)
    assert crm.get("/crm/v3/owners?archived=true")["results"][0]["email"] == "left@clinic.example"
    assert crm.get("/crm/v3/owners/1")["email"] == "o1@clinic.example"


def test_ten_unique_properties_and_no_more(crm: HubSpotClient) -> None:
    define = {
        "label": "x",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
        "hasUniqueValue": True,
    }
    answers = [crm.call("POST", "/crm/v3/properties/contacts", define | {"name": f"ref_{n}"}).status for n in range(11)]
    assert answers == [201] * 10 + [400]
    assert crm.get("/crm/v3/properties/contacts/ref_1")["hasUniqueValue"] is True
    assert crm.call("GET", "/crm/v3/properties/contacts/unheard_of").status == 404


def test_faults_speak_hubspot(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    for status, text in ((429, None), (429, "DAILY"), (403, "crm.objects.leads.read"), (500, None)):
        hubspot.fail("status", status=status, text=text)
    recorded, daily, forbidden, broken = (crm.call("POST", CONTACTS, {"properties": {}}) for _ in range(4))
    assert recorded.json()["category"] == "RATE_LIMITS"
    assert "retry-after" not in recorded.headers
    assert (daily.json()["policyName"], daily.json()["errorType"]) == ("DAILY", "RATE_LIMIT")
    assert forbidden.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.leads.read"]
    assert broken.status == 500
    assert [entry.accepted for entry in hubspot.journal.entries(action="write")] == [False] * 4


def test_a_dropped_write_was_written(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot.do("property", type="tasks", name="hub_ref", unique=True)
    hubspot.fail("drop", path="/tasks")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        crm.post(TASKS, {"properties": {"hs_timestamp": "0", "hub_ref": "act_1"}})
    assert len(hubspot.journal.entries(reference="act_1", accepted=True)) == 1
    assert len(crm.get(TASKS)["results"]) == 1


def test_ids_can_be_left_out(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot.fail("no_id")
    answer = crm.call("POST", CONTACTS, {"properties": {"email": "ana@example.com"}})
    assert answer.status == 201
    assert "id" not in answer.json()
    assert "hs_object_id" not in answer.json()["properties"]


def test_who_gets_no_mails_is_asked_by_address_and_shows_at_the_contact(crm: HubSpotClient) -> None:
    root = "/communication-preferences/v4/statuses/ana%40example.com/unsubscribe-all?channel="
    ana = crm.contact()
    assert crm.get(f"{root}EMAIL")["results"] == []
    assert crm.call("POST", f"{root}SMS").status == 400
    assert crm.call("POST", f"{root}EMAIL").json()["results"] == []
    shown = crm.call("POST", f"{root}EMAIL&verbose=true").json()["results"]
    assert {row["status"] for row in shown} == {"UNSUBSCRIBED"}
    [row] = crm.get(f"{root}EMAIL")["results"]
    assert (row["status"], row["wideStatusType"]) == ("UNSUBSCRIBED", "PORTAL_WIDE")
    assert crm.get(f"{CONTACTS}/{ana}?properties=hs_email_optout")["properties"]["hs_email_optout"] == "true"
    crm.token = READER
    refused = crm.call("POST", f"{root}EMAIL").json()
    assert refused["errors"][0]["context"] == {"requiredGranularScopes": ["communication_preferences.read_write"]}


def test_one_brand_of_a_portal_is_no_other(crm: HubSpotClient) -> None:
    root = "/communication-preferences/2026-03/statuses/ana%40example.com/unsubscribe-all?channel=EMAIL"
    ana = crm.contact()
    crm.call("POST", f"{root}&businessUnitId=7")
    assert [len(crm.get(f"{root}&businessUnitId={unit}")["results"]) for unit in (7, 8)] == [1, 0]
    assert crm.get(f"{CONTACTS}/{ana}?properties=hs_email_optout")["properties"]["hs_email_optout"] is None
    assert crm.call("POST", f"{root}&businessUnitId=x").status == 400
