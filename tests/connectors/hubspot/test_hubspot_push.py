"""What we write into HubSpot, and that doing it again does it once: judged by the portal's own journal."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from canonical.actions import CreateTask, LogCommunication, UpsertLead
from canonical.practice import Channel
from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.hubspot import client
from tests.connectors.hubspot.portal import START, Crm

LEAD = UpsertLead(
    external_id="q-invented00000001",
    given_name=SecretStr("Ana"),
    family_name=SecretStr("Ruiz"),
    phone=SecretStr("+12125550142"),
    email=SecretStr("ana.ruiz@example.com"),
    source="web_form",
    asked_for=SecretStr("Something between the lines"),
)
TASK = CreateTask(
    external_id="a-invented00000002",
    title="Call back a new inquiry",
    body=SecretStr("Ana Ruiz, (212) 555-0142"),
    due_at=START + timedelta(hours=1),
    urgent=True,
)
COPY = LogCommunication(
    external_id="a-invented00000003",
    person_vendor_id="",
    channel=Channel.SMS,
    body=SecretStr("Thank you, Ana. We call you within the hour."),
    at=START,
)


def test_a_lead_nobody_knows_becomes_a_contact(crm: Crm) -> None:
    sent = crm.send(LEAD)
    [contact] = crm.held("contacts")
    assert contact["id"] == sent.vendor_id
    held = contact["properties"]
    assert (held["firstname"], held["phone"], held["email"]) == ("Ana", "+12125550142", "ana.ruiz@example.com")
    assert (held["glowline_id"], held["glowline_source"]) == ("q-invented00000001", "web_form")
    assert held["lifecyclestage"] == "lead"
    assert not [value for value in held.values() if "between the lines" in str(value)]


def test_what_somebody_asked_for_is_written_only_where_a_property_is_named_for_it(crm: Crm) -> None:
    crm.hubspot.do("property", type="contacts", name="asked_for")
    crm.settings["asked_for_property"] = "asked_for"
    crm.send(LEAD)
    assert crm.held("contacts")[0]["properties"]["asked_for"] == "Something between the lines"


def test_a_lead_whose_answer_was_lost_is_written_once(crm: Crm) -> None:
    for number, fault in enumerate(("drop", "truncated", "no_id", "html"), 1):
        crm.hubspot.fail(fault, method="POST", path="upsert", accept=True)
        with pytest.raises(TryLater):
            crm.send(LEAD, f"at-lost{number}")
    sent = crm.send(LEAD, "at-last")
    assert [contact["id"] for contact in crm.held("contacts")] == [sent.vendor_id]
    for attempt in ("at-lost1", "at-lost2", "at-lost3", "at-lost4", "at-last"):
        assert len(crm.hubspot.journal.entries(reference=attempt, action="write")) == 1


def test_somebody_who_is_there_already_is_filled_in_and_never_written_over(crm: Crm) -> None:
    [known] = crm.make(
        "contacts", firstname="Anita", email="ana.ruiz@example.com", lifecyclestage="customer", glowline_id="q-earlier"
    )
    assert crm.send(LEAD).vendor_id == known
    [contact] = crm.held("contacts")
    held = contact["properties"]
    assert (held["firstname"], held["lifecyclestage"], held["glowline_id"]) == ("Anita", "customer", "q-earlier")
    assert (held["lastname"], held["phone"], held["glowline_source"]) == ("Ruiz", "+12125550142", "web_form")


def test_somebody_who_lacks_nothing_is_left_alone(crm: Crm) -> None:
    crm.send(LEAD)
    crm.later(minutes=5)
    before = crm.held("contacts")
    again = LEAD.model_copy(update={"external_id": "q-invented00000009"})
    assert crm.send(again).vendor_id == before[0]["id"]
    assert crm.held("contacts") == before


def test_a_lead_with_a_phone_only_is_found_again_by_our_id(crm: Crm) -> None:
    by_phone = LEAD.model_copy(update={"email": SecretStr("")})
    first = crm.send(by_phone)
    corrected = by_phone.model_copy(update={"family_name": SecretStr("Ruiz-Vega")})
    assert crm.send(corrected).vendor_id == first.vendor_id
    [contact] = crm.held("contacts")
    assert contact["properties"]["lastname"] == "Ruiz-Vega"


def test_a_task_stands_beside_its_contact_and_is_made_once(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    task = TASK.model_copy(update={"person_vendor_id": ana})
    crm.hubspot.fail("drop", method="POST", path="tasks")
    with pytest.raises(TryLater):
        crm.send(task, "at-lost")
    again = crm.send(task, "at-again")
    [held] = crm.held("tasks")
    assert (again.vendor_id, again.status) == (held["id"], "existing")
    assert held["associations"] == [{"type": "contacts", "id": ana}]
    properties = held["properties"]
    assert (properties["hs_task_subject"], properties["hs_task_priority"]) == ("Call back a new inquiry", "HIGH")
    assert properties["hs_timestamp"] == "2026-11-12T15:00:00.000Z"
    accepted = crm.hubspot.journal.entries(action="write", accepted=True)
    assert [entry.reference for entry in accepted] == ["at-lost"]


def test_a_task_for_nobody_is_still_a_task(crm: Crm) -> None:
    crm.settings["task_owner"] = "9001"
    crm.send(TASK)
    [held] = crm.held("tasks")
    assert (held["associations"], held["properties"]["hubspot_owner_id"]) == ([], "9001")


def test_a_task_we_made_is_known_by_our_id_when_it_comes_back(crm: Crm) -> None:
    sent = crm.send(TASK)
    [record] = crm.pull("tasks")
    assert record.vendor_id == sent.vendor_id
    assert b'"glowline_id": "a-invented00000002"' in record.body


def test_a_text_is_logged_as_one_and_says_that_nobody_typed_it(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    copy = COPY.model_copy(update={"person_vendor_id": ana})
    first = crm.send(copy)
    assert crm.send(copy).vendor_id == first.vendor_id
    [held] = crm.held("communications")
    properties = held["properties"]
    assert (properties["hs_communication_channel_type"], properties["hs_communication_logged_from"]) == ("SMS", "CRM")
    assert properties["hs_communication_body"].startswith("Sent automatically.")
    assert held["associations"] == [{"type": "contacts", "id": ana}]


def test_a_mail_is_logged_as_a_note(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    crm.send(COPY.model_copy(update={"person_vendor_id": ana, "channel": Channel.EMAIL}))
    [held] = crm.held("notes")
    assert "We call you" in held["properties"]["hs_note_body"]
    assert crm.held("communications") == []


def test_a_copy_waits_until_its_person_is_a_contact(crm: Crm) -> None:
    with pytest.raises(TryLater) as problem:
        crm.send(COPY)
    assert problem.value.after
    assert crm.hubspot.journal.entries() == []


def test_a_contact_that_is_gone_refuses_its_task(crm: Crm) -> None:
    with pytest.raises(Refused) as problem:
        crm.send(TASK.model_copy(update={"person_vendor_id": "999999"}))
    assert problem.value.reason is RefusalReason.INVALID


def test_a_property_the_portal_lacks_needs_an_operator(crm: Crm) -> None:
    crm.settings["source_property"] = "never_made"
    with pytest.raises(NeedsOperator) as problem:
        crm.send(LEAD)
    assert "README" in problem.value.next_step


def test_nothing_is_written_without_a_property_for_our_id(crm: Crm) -> None:
    crm.settings["key_property"] = ""
    for payload in (LEAD, TASK):
        with pytest.raises(NeedsOperator):
            crm.send(payload)
    assert crm.hubspot.journal.entries() == []


def test_a_refusal_inside_a_mixed_answer_means_what_it_means_elsewhere(crm: Crm) -> None:
    refused = (
        b'{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"status":"error","category":"%s","message":"%s",'
        b'"context":{},"errors":[%s],"links":{}}],"startedAt":"2026-11-12T14:00:00Z","completedAt":"2026-11-12T14:00:00Z"}'
    )
    told = (
        (refused % (b"VALIDATION_ERROR", b"bad", b'{"code":"PROPERTY_DOESNT_EXIST","message":"x"}'), NeedsOperator),
        (refused % (b"VALIDATION_ERROR", b"bad", b""), Refused),
        (refused % (b"RATE_LIMITS", b"slow", b""), TryLater),
        (b'{"status":"COMPLETE","results":[]}', TryLater),
    )
    for answer, problem in told:
        with crm.answering(207, answer), pytest.raises(problem):
            crm.send(TASK)
    with crm.answering(207, refused % (b"VALIDATION_ERROR", b"Cannot set it. 4711 already has that value.", b"")):
        assert crm.send(TASK).vendor_id == "4711"


def test_a_record_that_is_there_and_not_named_is_found_by_our_id(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    first = crm.send(TASK)
    monkeypatch.setattr("connectors.hubspot.client._IDS", (*client._IDS[2:],))
    again = crm.send(TASK)
    assert (again.vendor_id, again.status) == (first.vendor_id, "existing")


@pytest.mark.parametrize(
    "body,known",
    [
        ({"message": "Contact already exists. Existing ID: 51", "category": "CONFLICT"}, "51"),
        ({"message": "Contact already exists. Existing ID: 51", "category": "OBJECT_ALREADY_EXISTS"}, "51"),
        ({"message": "Cannot set PropertyValueCoordinates{value=x} on 7. 8 already has that value."}, "8"),
        ({"message": "propertyValue: already has that value"}, ""),
        ({"message": "Property values were not valid", "category": "VALIDATION_ERROR"}, None),
    ],
)
def test_hubspots_ways_to_say_that_it_is_there_already(body: dict[str, str], known: str | None) -> None:
    assert client.existing_id(client.code_in(body)) == known
