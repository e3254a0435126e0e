"""Objects, batches, associations and the account, against HubSpot's documentation."""

from datetime import UTC, datetime

import pytest

from emulators.hubspot import HubSpotEmulator
from tests.emulators.hubspot_client import MAIN_CONTACT, HubSpotClient

CONTACTS, LEADS, TASKS = "/crm/v3/objects/contacts", "/crm/v3/objects/leads", "/crm/v3/objects/tasks"


def lead(contact: str, **properties: str) -> dict[str, object]:
    return {
        "properties": {"hs_lead_name": "Ana"} | properties,
        "associations": [{"to": {"id": contact}, "types": MAIN_CONTACT}],
    }


def test_a_contact_is_created_read_changed_and_archived(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot.turn_clock(datetime(2026, 11, 1, 6, 30, tzinfo=UTC), frozen=True)
    created = crm.call("POST", CONTACTS, {"properties": {"email": "Ana@Example.com", "firstname": "Ana"}})
    body = created.json()
    assert created.status == 201
    assert body["properties"]["email"] == "ana@example.com"
    assert (body["createdAt"], body["archived"]) == ("2026-11-01T06:30:00.000Z", False)
    hubspot.clock.advance(60)
    crm.call("PATCH", f"{CONTACTS}/ana%40example.com?idProperty=email", {"properties": {"firstname": ""}})
    read = crm.get(f"{CONTACTS}/{body['id']}?properties=firstname,phone")
    assert read["properties"] == {
        "firstname": None,
        "phone": None,
        "createdate": "2026-11-01T06:30:00.000Z",
        "lastmodifieddate": "2026-11-01T06:31:00.000Z",
        "hs_object_id": body["id"],
    }
    assert crm.call("DELETE", f"{CONTACTS}/{body['id']}").status == 204
    assert crm.call("GET", f"{CONTACTS}/{body['id']}").status == 404
    assert crm.get(f"{CONTACTS}/{body['id']}?archived=true")["archivedAt"] == "2026-11-01T06:31:00.000Z"
    assert [row["id"] for row in crm.get(f"{CONTACTS}?archived=true")["results"]] == [body["id"]]


def test_a_second_contact_with_the_same_email_is_a_conflict_that_names_the_first(crm: HubSpotClient) -> None:
    first = crm.contact()
    answer = crm.call("POST", CONTACTS, {"properties": {"email": "ANA@example.com"}})
    assert answer.status == 409
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {first}"
    assert answer.json()["category"] == "CONFLICT"


@pytest.mark.parametrize(
    "path,body,words",
    [
        (CONTACTS, {"properties": {"favourite_colour": "red"}}, "PROPERTY_DOESNT_EXIST"),
        (CONTACTS, {"properties": {"email": "nobody"}}, "INVALID_EMAIL"),
        (CONTACTS, [], "an object is expected"),
        (TASKS, {"properties": {"hs_task_subject": "Call"}}, "hs_timestamp"),
        (TASKS, {"properties": {"hs_timestamp": "soon"}}, "INVALID_LONG"),
        (TASKS, {"properties": {"hs_timestamp": "1793514600000", "hs_task_status": "DONE"}}, "INVALID_OPTION"),
        (LEADS, {"properties": {"hs_lead_name": "Ana"}}, "must be associated"),
        (LEADS, {"properties": {}}, "hs_lead_name"),
        (LEADS, lead("999"), "No contacts with id 999"),
        ("/crm/v3/objects/communications", {"properties": {"hs_timestamp": "0", "hs_communication_channel_type": "FAX"}}, "INVALID_OPTION"),
        ("/crm/v3/objects/unicorns", {"properties": {}}, "Unable to infer object type from: unicorns"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else None,
)  # fmt: skip
def test_what_hubspot_refuses(path: str, body: object, words: str, crm: HubSpotClient) -> None:
    answer = crm.call("POST", path, body)
    assert answer.status == 400
    assert words in answer.data.decode()
    assert answer.json()["status"] == "error"


def test_a_contact_may_be_given_the_email_it_has_but_not_another_ones(crm: HubSpotClient) -> None:
    ana, _ = crm.contact(), crm.contact("ben@example.com")
    answers = [
        crm.call("PATCH", f"{CONTACTS}/{ana}", {"properties": {"email": mail}}).status
        for mail in ("ana@example.com", "ben@example.com", "ana.r@example.com")
    ]
    assert answers == [200, 409, 200]


def test_instants_go_in_as_milliseconds_and_come_out_as_iso(crm: HubSpotClient) -> None:
    made = crm.post(TASKS, {"properties": {"hs_timestamp": "1793514600000", "hs_task_subject": "Call Ana"}})
    assert made["properties"]["hs_timestamp"] == "2026-11-01T06:30:00.000Z"


def test_appointments_have_to_be_activated(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    made = crm.call("POST", "/crm/v3/objects/0-421", {"properties": {"hs_appointment_name": "Visit"}})
    assert made.status == 201
    hubspot.do("portal", switch_off=["0-421"])
    assert "Unable to infer" in crm.get("/crm/v3/objects/0-421")["message"]


def test_the_same_object_answers_under_every_version_of_the_path(crm: HubSpotClient) -> None:
    crm.contact()
    roots = [
        "/crm/v3/objects/contacts",
        "/crm/v3/objects/0-1",
        "/crm/v3/objects/CONTACT",
        "/crm/objects/2026-09/contacts",
    ]
    assert [len(crm.get(root)["results"]) for root in roots] == [1] * 4


def test_lists_are_paged_by_id_and_ids_are_shared_between_kinds(crm: HubSpotClient) -> None:
    contacts = [crm.contact(f"p{number}@example.com") for number in range(5)]
    first = crm.post(LEADS, lead(contacts[0]))
    assert first["id"] == contacts[0]
    seen: list[str] = []
    after = ""
    while True:
        page = crm.get(f"{CONTACTS}?limit=2{after}")
        seen += [row["id"] for row in page["results"]]
        if "paging" not in page:
            break
        after = f"&after={page['paging']['next']['after']}"
    assert seen == contacts
    assert crm.call("GET", f"{CONTACTS}?limit=101").status == 400


def test_batch_read_is_mixed_when_something_is_missing(crm: HubSpotClient) -> None:
    crm.contact()
    body = {
        "idProperty": "email",
        "inputs": [{"id": "ana@example.com"}, {"id": "gone@example.com"}],
        "properties": ["email"],
    }
    answer = crm.call("POST", f"{CONTACTS}/batch/read", body)
    assert answer.status == 207
    assert [row["properties"]["email"] for row in answer.json()["results"]] == ["ana@example.com"]
    assert answer.json()["errors"][0]["context"] == {"ids": ["gone@example.com"]}
    assert answer.json()["numErrors"] == 1
    many = {"inputs": [{"id": str(number)} for number in range(101)]}
    assert crm.call("POST", f"{CONTACTS}/batch/read", many).status == 400


def test_upsert_by_our_own_property_says_what_was_new(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    define = {"name": "hub_ref", "label": "x", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    assert crm.call("POST", "/crm/v3/properties/contacts", define | {"hasUniqueValue": True}).status == 201
    assert crm.call("POST", "/crm/v3/properties/contacts", define).status == 409
    crm.contact("ben@example.com", hub_ref="r1")
    inputs = [
        {"idProperty": "hub_ref", "id": "r1", "properties": {"firstname": "Ben"}},
        {"idProperty": "hub_ref", "id": "r2", "properties": {"firstname": "Cleo"}},
        {"idProperty": "hub_ref", "id": "r3", "properties": {"nonsense": "x"}},
    ]
    answer = crm.call("POST", f"{CONTACTS}/batch/upsert", {"inputs": inputs})
    assert answer.status == 207
    assert [row["new"] for row in answer.json()["results"]] == [False, True]
    assert answer.json()["errors"][0]["context"]["ids"] == ["r3"]
    assert answer.json()["errors"][0]["category"] == "VALIDATION_ERROR"
    written = hubspot.journal.entries(path=f"{CONTACTS}/batch/upsert")
    assert {entry.reference: entry.accepted for entry in written} == {"r1": True, "r2": True, "r3": False}
    assert len({entry.request for entry in written}) == 1
    repeated = crm.call("POST", f"{CONTACTS}/batch/upsert", {"inputs": inputs[:2]})
    assert (repeated.status, [row["new"] for row in repeated.json()["results"]]) == (200, [False, False])


def test_upsert_by_email_finds_the_contact(crm: HubSpotClient) -> None:
    known = crm.contact()
    row = {"idProperty": "email", "id": "Ana@example.com", "properties": {"phone": "+12125550142"}}
    answer = crm.call("POST", f"{CONTACTS}/batch/upsert", {"inputs": [row]})
    assert (answer.status, answer.json()["results"][0]["id"]) == (200, known)
    twice = crm.call("POST", f"{CONTACTS}/batch/upsert", {"inputs": [row, row]})
    assert twice.status == 400
    wrong = crm.call("POST", f"{CONTACTS}/batch/upsert", {"inputs": [row | {"idProperty": "phone"}]})
    assert "not a unique property" in wrong.json()["message"]


def test_a_lead_cannot_be_made_by_upsert_because_it_takes_no_associations(
    crm: HubSpotClient, hubspot: HubSpotEmulator
) -> None:
    hubspot.do("property", type="leads", name="hub_ref", unique=True)
    row = {"idProperty": "hub_ref", "id": "r1", "properties": {"hs_lead_name": "Ana"}}
    assert "must be associated" in crm.post(f"{LEADS}/batch/upsert", {"inputs": [row]})["message"]
    made = crm.call("POST", LEADS, lead(crm.contact(), hub_ref="r1"))
    assert made.status == 201
    assert crm.post(f"{LEADS}/batch/upsert", {"inputs": [row]})["results"][0]["new"] is False
    assert "already has that value" in crm.post(LEADS, lead("101", hub_ref="r1"))["message"]


def test_batch_create_is_all_or_nothing_unless_every_input_carries_a_trace_id(crm: HubSpotClient) -> None:
    inputs = [{"properties": {"email": "a@example.com"}}, {"properties": {"email": "nobody"}}]
    assert crm.call("POST", f"{CONTACTS}/batch/create", {"inputs": inputs}).status == 400
    assert crm.get(CONTACTS)["results"] == []
    traced = [each | {"objectWriteTraceId": f"t{number}"} for number, each in enumerate(inputs)]
    mixed = crm.call("POST", f"{CONTACTS}/batch/create", {"inputs": traced})
    assert mixed.status == 207
    assert mixed.json()["results"][0]["objectWriteTraceId"] == "t0"
    assert mixed.json()["errors"][0]["context"] == {"objectWriteTraceId": ["t1"]}


def test_batches_update_and_archive(crm: HubSpotClient) -> None:
    known = crm.contact()
    rows = crm.post(f"{CONTACTS}/batch/update", {"inputs": [{"id": known, "properties": {"lastname": "R"}}]})
    assert rows["results"][0]["properties"]["lastname"] == "R"
    assert crm.call("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": "9", "properties": {}}]}).status == 404
    assert crm.call("POST", f"{CONTACTS}/batch/archive", {"inputs": [{"id": known}, {"id": "9"}]}).status == 204
    assert crm.get(CONTACTS)["results"] == []


def test_associations_are_inline_by_batch_and_by_record(crm: HubSpotClient) -> None:
    ana = crm.contact()
    made = crm.post(LEADS, lead(ana))["id"]
    inline = crm.get(f"{LEADS}/{made}?associations=contacts")["associations"]
    assert inline == {"contacts": {"results": [{"id": ana, "type": "lead_to_contact"}]}}
    batch = crm.call("POST", "/crm/v4/associations/leads/contacts/batch/read", {"inputs": [{"id": made}, {"id": "77"}]})
    assert batch.status == 207
    assert batch.json()["results"][0]["to"][0]["toObjectId"] == ana
    assert batch.json()["results"][0]["to"][0]["associationTypes"][0]["typeId"] == 578
    assert batch.json()["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert crm.get(f"/crm/v4/objects/contacts/{ana}/associations/leads")["results"][0]["toObjectId"] == made


def test_association_ids_may_come_as_numbers(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    ana = crm.contact()
    made = crm.post(LEADS, lead(ana))["id"]
    hubspot.do("portal", numeric_association_ids=True)
    assert crm.get(f"/crm/v4/objects/leads/{made}/associations/contacts")["results"][0]["toObjectId"] == int(ana)


def test_changing_an_association_does_not_move_the_modified_date(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    hubspot.turn_clock(datetime(2026, 11, 1, tzinfo=UTC), frozen=True)
    ana, ben = crm.contact(), crm.contact("ben@example.com")
    made = crm.post(LEADS, lead(ana))
    hubspot.clock.advance(3600)
    pair = f"/crm/v4/objects/leads/{made['id']}/associations"
    assert crm.call("PUT", f"{pair}/default/contacts/{ben}").status == 200
    assert crm.call("PUT", f"{pair}/contacts/{ben}", MAIN_CONTACT).status == 201
    assert len(crm.get(f"{pair}/contacts")["results"]) == 2
    assert crm.call("DELETE", f"{pair}/contacts/{ben}").status == 204
    assert crm.get(f"{LEADS}/{made['id']}")["updatedAt"] == made["updatedAt"]
    body = {"inputs": [{"from": {"id": made["id"]}, "to": {"id": ben}}]}
    assert crm.call("POST", "/crm/v4/associations/leads/contacts/batch/associate/default", body).status == 200
    assert crm.call("PUT", f"{pair}/default/contacts/999").status == 404


def test_inline_associations_are_cut_at_a_hundred(crm: HubSpotClient, hubspot: HubSpotEmulator) -> None:
    ana = crm.contact()
    made = {"type": "notes", "properties": {"hs_timestamp": "0"}, "associations": [{"type": "contacts", "id": ana}]}
    hubspot.do("create", count=120, **made)
    inline = crm.get(f"{CONTACTS}/{ana}?associations=notes")["associations"]["notes"]
    assert len(inline["results"]) == 100
    assert inline["paging"]["next"]["after"]
    assert len(crm.get(f"/crm/v4/objects/contacts/{ana}/associations/notes")["results"]) == 120


def test_a_merged_contact_vanishes_without_being_archived(crm: HubSpotClient) -> None:
    stays, goes = crm.contact(phone="+12125550142"), crm.contact("ana.r@example.com", lastname="R")
    made = crm.post(LEADS, lead(goes))["id"]
    merged = crm.call("POST", f"{CONTACTS}/merge", {"primaryObjectId": stays, "objectIdToMerge": goes})
    assert (merged.status, merged.json()["id"]) == (200, stays)
    assert [row["id"] for row in crm.get(CONTACTS)["results"]] == [stays]
    assert crm.get(f"{CONTACTS}?archived=true")["results"] == []
    read = crm.get(f"{CONTACTS}/{goes}?properties=hs_merged_object_ids,lastname,email")
    assert read["id"] == stays
    assert read["properties"]["hs_merged_object_ids"] == goes
    assert (read["properties"]["lastname"], read["properties"]["email"]) == ("R", "ana@example.com")
    assert crm.get(f"/crm/v4/objects/leads/{made}/associations/contacts")["results"][0]["toObjectId"] == stays
    assert crm.call("POST", f"{CONTACTS}/merge", {"primaryObjectId": stays, "objectIdToMerge": goes}).status == 400


def test_a_privacy_deletion_leaves_nothing(crm: HubSpotClient) -> None:
    crm.contact()
    body = {"objectId": "ana@example.com", "idProperty": "email"}
    assert crm.call("POST", f"{CONTACTS}/gdpr-delete", body).status == 204
    assert crm.get(f"{CONTACTS}?archived=true")["results"] == []


def test_history_of_a_property(crm: HubSpotClient) -> None:
    ana = crm.contact(firstname="Anna")
    crm.call("PATCH", f"{CONTACTS}/{ana}", {"properties": {"firstname": "Ana"}})
    past = crm.get(f"{CONTACTS}/{ana}?propertiesWithHistory=firstname")["propertiesWithHistory"]["firstname"]
    assert [each["value"] for each in past] == ["Ana", "Anna"]
