"""What we write into Salesforce, and that doing it again does it once: judged by the org's own journal."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from canonical.practice import Channel
from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from canonical.write_backs import ConfirmAppointment
from connectors.salesforce import client
from connectors.salesforce.push import _day
from tests.connectors.salesforce.org import Crm
from tests.connectors.salesforce.wire import COPY, LEAD, TASK

AT = "2026-11-20T15:00:00.000+0000"


def test_a_lead_nobody_knows_is_made_with_our_id(crm: Crm) -> None:
    sent = crm.send(LEAD)
    [held] = crm.held("Lead")
    assert (held["Id"], sent.status) == (sent.vendor_id, "written")
    assert (held["FirstName"], held["LastName"], held["Phone"]) == ("Ana", "Ruiz", "+12125550142")
    assert (held["Glowline_Id__c"], held["LeadSource"]) == ("q-invented00000001", "web_form")
    assert held["Company"] == "[not provided]"
    assert not [value for value in held.values() if "between the lines" in str(value)]


def test_somebody_with_one_name_is_a_lead_under_it(crm: Crm) -> None:
    crm.send(LEAD.model_copy(update={"family_name": SecretStr("")}))
    crm.send(LEAD.model_copy(update={"family_name": SecretStr(""), "given_name": SecretStr(""), "external_id": "q-2"}))
    assert [held["LastName"] for held in crm.held("Lead")] == ["Ana", "[not provided]"]


def test_a_lead_whose_answer_was_lost_is_written_once(crm: Crm) -> None:
    for number, fault in enumerate(("drop", "truncated", "no_id", "html"), 1):
        crm.salesforce.fail(fault, method="PATCH", path="composite", accept=True)
        with pytest.raises(TryLater):
            crm.send(LEAD, f"at-lost{number}")
    sent = crm.send(LEAD, "at-last")
    assert [held["Id"] for held in crm.held("Lead")] == [sent.vendor_id]
    assert sent.status == "existing"


def test_a_converted_lead_is_followed_to_its_contact_and_left_alone(crm: Crm) -> None:
    sent = crm.send(LEAD)
    contact = crm.salesforce.do("convert", id=sent.vendor_id)["contact"]
    before = crm.held("Lead")
    again = crm.send(LEAD)
    assert (again.vendor_id, again.status) == (contact, "converted")
    assert crm.held("Lead") == before


def test_somebody_the_orgs_duplicate_rule_finds_is_filled_in_and_never_written_over(crm: Crm) -> None:
    crm.salesforce.do("org", duplicate_rules=True)
    [known] = crm.make("Lead", LastName="Reyes", Company="C", Email="ANA.RUIZ@example.com", LeadSource="Phone")
    sent = crm.send(LEAD)
    assert (sent.vendor_id, sent.status) == (known, "existing")
    [held] = crm.held("Lead")
    assert (held["LastName"], held["LeadSource"], held["Company"]) == ("Reyes", "Phone", "C")
    assert (held["FirstName"], held["Phone"]) == ("Ana", "+12125550142")


def test_a_contact_is_found_where_there_is_no_lead(crm: Crm) -> None:
    crm.salesforce.do("org", duplicate_rules=True)
    [known] = crm.make("Contact", LastName="Ruiz", Email="ana.ruiz@example.com")
    assert crm.send(LEAD).vendor_id == known
    assert crm.held("Lead") == []
    assert crm.held("Contact")[0]["Phone"] == "+12125550142"


def test_a_unique_field_that_is_taken_names_who_has_it(crm: Crm) -> None:
    crm.salesforce.do("field", type="Lead", name="Caller__c", unique=True)
    crm.settings["asked_for_field"] = "Caller__c"
    [known] = crm.make("Lead", LastName="Ruiz", Company="C", Caller__c="Something between the lines")
    assert crm.send(LEAD).vendor_id == known


def test_several_records_with_our_id_need_an_operator(crm: Crm) -> None:
    crm.make("Lead", count=2, LastName="Ruiz", Company="C", Glowline_Id__c=LEAD.external_id)
    with pytest.raises(NeedsOperator, match="several"):
        crm.send(LEAD)


def test_a_mail_address_the_org_does_not_take_is_refused(crm: Crm) -> None:
    with pytest.raises(Refused) as problem:
        crm.send(LEAD.model_copy(update={"email": SecretStr("ana at example")}))
    assert problem.value.reason is RefusalReason.INVALID


def test_a_task_stands_beside_its_person_and_is_made_once(crm: Crm) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz")
    task = TASK.model_copy(update={"person_vendor_id": ana})
    crm.settings["time_zone"] = "America/New_York"
    crm.salesforce.fail("drop", method="PATCH")
    with pytest.raises(TryLater):
        crm.send(task)
    again = crm.send(task)
    [held] = crm.held("Task")
    assert (again.vendor_id, again.status) == (held["Id"], "existing")
    assert (held["WhoId"], held["Subject"], held["Priority"]) == (ana, "Call back a new inquiry", "High")
    assert (held["ActivityDate"], held["ReminderDateTime"]) == ("2026-11-12", "2026-11-12T14:00:00.000+0000")
    assert [entry.reference for entry in crm.salesforce.journal.entries(action="write")] == ["a-invented00000002"] * 2


def test_a_task_is_due_on_the_practices_own_day(crm: Crm) -> None:
    late = TASK.due_at.replace(hour=23)
    crm.settings["time_zone"] = "Asia/Tokyo"
    assert _day(crm.access(), late) == "2026-11-13"
    crm.settings["time_zone"] = "America/Los_Angeles"
    assert _day(crm.access(), late.replace(hour=4)) == "2026-11-11"
    crm.settings["time_zone"] = "Lumen"
    with pytest.raises(NeedsOperator, match="time_zone"):
        _day(crm.access(), late)


def test_a_task_of_a_person_account_hangs_on_the_account(crm: Crm) -> None:
    [account] = crm.make("Account", Name="Ruiz")
    crm.send(TASK.model_copy(update={"person_vendor_id": account}))
    [held] = crm.held("Task")
    assert (held["WhoId"], held["WhatId"]) == (None, account)


def test_a_task_for_nobody_is_still_a_task(crm: Crm) -> None:
    crm.settings["task_owner"] = crm.salesforce.org.user_id
    crm.send(TASK.model_copy(update={"person_vendor_id": ""}))
    [held] = crm.held("Task")
    assert (held["WhoId"], held["OwnerId"]) == (None, crm.salesforce.org.user_id)


def test_a_task_about_a_lead_that_was_converted_goes_to_its_contact(crm: Crm) -> None:
    [lead] = crm.make("Lead", LastName="Ruiz", Company="C")
    contact = crm.salesforce.do("convert", id=lead)["contact"]
    crm.send(TASK.model_copy(update={"person_vendor_id": lead}))
    assert [held["WhoId"] for held in crm.held("Task")] == [contact]


def test_a_copy_is_logged_as_a_task_that_is_done_and_says_that_nobody_typed_it(crm: Crm) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz")
    copy = COPY.model_copy(update={"person_vendor_id": ana})
    assert crm.send(copy).vendor_id == crm.send(copy).vendor_id
    crm.send(copy.model_copy(update={"external_id": "a-mail", "channel": Channel.EMAIL}))
    text, mail = crm.held("Task")
    assert (text["Status"], text["IsClosed"], text["Subject"], mail["Subject"]) == (
        "Completed",
        True,
        "Text message",
        "Message",
    )
    assert text["Description"].startswith("Sent automatically.")
    assert crm.pull("tasks") == []


def test_a_copy_waits_until_its_person_is_a_record(crm: Crm) -> None:
    with pytest.raises(TryLater) as problem:
        crm.send(COPY.model_copy(update={"person_vendor_id": ""}))
    assert problem.value.after
    assert crm.asked() == []


def yes(crm: Crm, appointment: str, **back: float) -> ConfirmAppointment:
    return ConfirmAppointment(external_id="a-1", appointment_vendor_id=appointment, at=crm.now - timedelta(**back))


def test_a_yes_stands_where_the_appointment_stands(crm: Crm) -> None:
    [visit] = crm.make("ServiceAppointment", SchedStartTime=AT)
    crm.later(hours=1)
    assert crm.send(yes(crm, visit)).vendor_id == visit
    assert crm.held("ServiceAppointment")[0]["Status"] == "Confirmed"


def test_an_appointment_that_was_changed_after_the_yes_is_left_as_it_is(crm: Crm) -> None:
    [visit] = crm.make("ServiceAppointment", SchedStartTime=AT)
    crm.later(hours=1)
    crm.change(visit, Status="Canceled")
    with pytest.raises(Refused) as problem:
        crm.send(yes(crm, visit, minutes=30))
    assert problem.value.reason is RefusalReason.CONFLICT
    assert crm.held("ServiceAppointment")[0]["Status"] == "Canceled"


def test_a_word_the_orgs_picklist_lacks_needs_an_operator(crm: Crm) -> None:
    [visit] = crm.make("ServiceAppointment", SchedStartTime=AT)
    crm.settings["confirmed_status"] = "Will come"
    with pytest.raises(NeedsOperator, match="picklist"):
        crm.send(yes(crm, visit))


def test_an_event_is_confirmed_only_where_the_settings_name_a_field(crm: Crm) -> None:
    [event] = crm.make("Event", StartDateTime=AT)
    with pytest.raises(NeedsOperator) as problem:
        crm.send(yes(crm, event))
    assert "event_confirmed" in problem.value.next_step
    crm.salesforce.do("field", type="Event", name="Confirmed__c", field_type="boolean")
    crm.settings["event_confirmed"] = "Confirmed__c=true"
    crm.send(yes(crm, event))
    assert crm.held("Event")[0]["Confirmed__c"] is True


def test_nothing_is_written_without_a_field_for_our_id(crm: Crm) -> None:
    crm.settings["key_field"] = ""
    for payload in (LEAD, TASK):
        with pytest.raises(NeedsOperator):
            crm.send(payload)
    assert crm.asked() == []


def test_a_field_the_org_lacks_needs_an_operator(crm: Crm) -> None:
    crm.settings["source_field"] = "Never_made__c"
    with pytest.raises(NeedsOperator) as problem:
        crm.send(LEAD)
    assert "README" in problem.value.next_step


@pytest.mark.parametrize(
    "error,code",
    [
        ({"errorCode": "INVALID_FIELD", "message": "x"}, "INVALID_FIELD"),
        ({"statusCode": "DUPLICATE_VALUE", "fields": None}, "DUPLICATE_VALUE"),
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({"errorCode": "ana.ruiz@example.com"}, ""),
        ({}, ""),
        (["x"], ""),
        (None, ""),
    ],
)
def test_an_errors_own_word_and_nothing_else_is_repeated(error: object, code: str) -> None:
    assert client.code_in(error) == code
