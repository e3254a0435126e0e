"""An opt-out written into the org is an opt-out read from it; rows that are refused are told, and nothing else is touched."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from canonical.actions import WriteOptOut
from canonical.practice import Channel
from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit import registry
from emulators.salesforce import Org
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.wire import read
from tests.connectors.contract.test_mapping import HERE
from tests.connectors.salesforce.org import Crm, body, opened
from tests.connectors.salesforce.wire import NO, PATIENT

ANA = "ana.ruiz@example.com"
STOP = WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=NO.at)
NO_MAILS, NO_TEXTS = "HasOptedOutOfEmail", "No_Texts__c"


def opted_out(crm: Crm, stream: str) -> dict[str, object]:
    """One pass: who → what they are opted out of, as the shipped mapping has it."""
    mapping = Catalogue().mapping("salesforce", stream)
    return {
        record.vendor_id: mapping.apply(read(record.format.text, record.body), HERE, Notes()).body["opted_out"]
        for record in crm.pull(stream)
    }


def marked(crm: Crm, kind: str, name: str = NO_MAILS) -> list[str]:
    return [str(held["Id"]) for held in crm.held(kind) if held.get(name)]


def writes(crm: Crm) -> int:
    return len([entry for entry in crm.salesforce.journal.entries(action="write") if entry.method == "PATCH"])


def test_everybody_with_the_address_is_opted_out_of_mails_and_of_nothing_else_and_it_is_read_as_such(crm: Crm) -> None:
    [lead] = crm.make("Lead", LastName="Ruiz", Company="C", Email="Ana.Ruiz@Example.com")
    [contact] = crm.make("Contact", LastName="Ruiz", Email=ANA)
    [other] = crm.make("Contact", LastName="Vega", Email="vega@example.com")
    crm.later(minutes=10)
    assert opted_out(crm, "contacts") == {contact: [], other: []}
    crm.later(minutes=10)
    sent = crm.send(NO)
    assert (sent.vendor_id, sent.status) == (lead, "opted out")
    assert (marked(crm, "Lead"), marked(crm, "Contact")) == ([lead], [contact])
    assert opted_out(crm, "contacts") == {contact: ["email"]}
    assert opted_out(crm, "prospects") == {lead: ["email"]}
    assert (marked(crm, "Lead", "DoNotCall"), marked(crm, "Contact", "DoNotCall")) == ([], [])


def test_all_of_them_are_one_request_and_a_second_time_there_is_nothing_to_write(crm: Crm) -> None:
    crm.make("Contact", count=7, LastName="Ruiz", Email=ANA)
    crm.send(NO)
    paths = [path for path in crm.asked() if path.startswith("PATCH")]
    assert paths == ["PATCH /services/data/v67.0/composite/sobjects"] * 7  # the journal has a line for each record
    again = crm.send(NO)
    assert (again.vendor_id, again.status) == ("none", "nobody has it, or all are marked")
    assert writes(crm) == 7


def test_a_person_account_is_marked_and_not_the_contact_that_belongs_to_it(tmp_path: Path) -> None:
    with opened(tmp_path, Org(person_accounts=True)) as crm:
        crm.streams = ("person_accounts", "contacts")
        [ana] = crm.make("Account", LastName="Ruiz", PersonEmail=ANA)
        assert crm.send(NO).vendor_id == ana
        assert marked(crm, "Account", "PersonHasOptedOutOfEmail") == [ana]
        assert [entry.vendor_id for entry in crm.salesforce.journal.entries(action="write")] == [ana]
        assert opted_out(crm, "person_accounts") == {ana: ["email"]}


def test_a_converted_lead_takes_no_change_its_contact_does_and_the_answer_says_so(crm: Crm) -> None:
    [lead] = crm.make("Lead", LastName="Ruiz", Company="C", Email=ANA)
    contact = crm.salesforce.do("convert", id=lead)["contact"]
    sent = crm.send(NO)
    assert (sent.vendor_id, sent.status) == (contact, "opted out; 1 converted left as they are")
    assert (marked(crm, "Lead"), marked(crm, "Contact")) == ([], [contact])
    assert crm.send(NO).status == "nobody has it, or all are marked; 1 converted left as they are"


def test_a_lead_that_is_converted_or_deleted_meanwhile_is_no_failure(crm: Crm) -> None:
    [lead] = crm.make("Lead", LastName="Ruiz", Company="C", Email=ANA)
    gone, stays = crm.make("Contact", count=2, LastName="Ruiz", Email=ANA)
    crm.salesforce.do("refuse", ids=[lead], code="CANNOT_UPDATE_CONVERTED_LEAD")
    crm.salesforce.do("refuse", ids=[gone], code="ENTITY_IS_DELETED")
    assert crm.send(NO).status == "opted out; 1 converted left as they are"
    assert marked(crm, "Contact") == [stays]


def test_a_row_that_is_refused_inside_a_200_is_told_and_the_others_stay_marked(crm: Crm) -> None:
    first, second, third = crm.make("Contact", count=3, LastName="Ruiz", Email=ANA)
    crm.salesforce.do("refuse", ids=[second], code="FIELD_CUSTOM_VALIDATION_EXCEPTION")
    with pytest.raises(Refused) as problem:
        crm.send(NO)
    told = str(problem.value)
    assert (problem.value.reason, "1 of 3 records" in told, second in told) == (RefusalReason.INVALID, True, True)
    assert "by hand" in problem.value.next_step
    assert "Ruiz" not in told
    assert ANA not in told
    assert marked(crm, "Contact") == [first, third]
    crm.salesforce.do("refuse", ids=[second])
    assert crm.send(NO).vendor_id == second
    assert marked(crm, "Contact") == [first, second, third]


@pytest.mark.parametrize("code", ["UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE"])
def test_a_row_that_only_had_bad_luck_is_tried_again(crm: Crm, code: str) -> None:
    made = crm.make("Contact", count=2, LastName="Ruiz", Email=ANA)
    crm.salesforce.do("refuse", ids=made[:1], code=code)
    with pytest.raises(TryLater, match="1 of 2"):
        crm.send(NO)
    crm.salesforce.do("refuse", ids=made[:1])
    crm.send(NO)
    assert marked(crm, "Contact") == made


def test_a_row_that_is_locked_is_tried_again_before_a_refusal_beside_it_is_final(crm: Crm) -> None:
    locked, refused = crm.make("Contact", count=2, LastName="Ruiz", Email=ANA)
    crm.salesforce.do("refuse", ids=[locked], code="UNABLE_TO_LOCK_ROW")
    crm.salesforce.do("refuse", ids=[refused], code="FIELD_CUSTOM_VALIDATION_EXCEPTION")
    with pytest.raises(TryLater, match="2 of 2"):
        crm.send(NO)
    crm.salesforce.do("refuse", ids=[locked])
    with pytest.raises(Refused, match="1 of 2"):
        crm.send(NO)
    assert marked(crm, "Contact") == [locked]


@pytest.mark.parametrize("fault", ["drop", "truncated", "html"])
def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_done_twice(crm: Crm, fault: str) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz", Email=ANA)
    crm.salesforce.fail(fault, method="PATCH", accept=True)
    with pytest.raises(TryLater):
        crm.send(NO)
    assert crm.send(NO).status == "nobody has it, or all are marked"
    assert (marked(crm, "Contact"), writes(crm)) == ([ana], 1)


def test_more_than_fit_into_one_request_are_marked_by_the_next_attempts(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.salesforce.opt_outs.MOST", 3)
    made = crm.make("Contact", count=7, LastName="Ruiz", Email=ANA)
    for _ in range(2):
        with pytest.raises(TryLater):
            crm.send(NO)
    crm.send(NO)
    assert marked(crm, "Contact") == made


def test_holders_on_several_pages_are_all_found(crm: Crm) -> None:
    crm.salesforce.do("org", page_size=4)
    made = crm.make("Contact", count=11, LastName="Ruiz", Email=ANA)
    crm.send(NO)
    assert marked(crm, "Contact") == made


def test_a_stop_has_no_place_until_the_settings_name_one(crm: Crm) -> None:
    crm.make("Contact", LastName="Ruiz", MobilePhone="(212) 555-0142")
    with pytest.raises(Refused) as problem:
        crm.send(STOP)
    assert problem.value.next_step.startswith("Nothing to do")
    assert crm.asked() == []


def test_a_stop_is_written_for_the_number_however_it_is_spelled_and_never_pauses_calls(crm: Crm) -> None:
    held = ("(212) 555-0142", "+1 212 555 0142", "2125550142", "212.555.0142", "1-212-555-0142", "ask at 2125550142")
    made = [crm.make("Contact", LastName="Ruiz", MobilePhone=each)[0] for each in held]
    [home] = crm.make("Contact", LastName="Ruiz", HomePhone=held[0])
    [lead] = crm.make("Lead", LastName="Ruiz", Company="C", Phone=held[0])
    for other in ("(212) 555-0143", "+44 212 555 0142", "+1 212 555 01 42 9"):
        crm.make("Contact", LastName="Vega", MobilePhone=other)
    for kind in ("Lead", "Contact"):
        crm.salesforce.do("field", type=kind, name=NO_TEXTS, field_type="boolean")
    crm.settings["no_texts_field"] = NO_TEXTS
    crm.send(STOP)
    assert (marked(crm, "Contact", NO_TEXTS), marked(crm, "Lead", NO_TEXTS)) == ([*made, home], [lead])
    for name in (NO_MAILS, "DoNotCall"):
        assert (marked(crm, "Contact", name), marked(crm, "Lead", name)) == ([], [])
    told = {record.vendor_id: body(record)[NO_TEXTS] for record in crm.pull("contacts")}
    assert [told[each] for each in made] == [True] * 6


def test_the_field_of_a_person_account_is_the_contacts_own_under_its_other_name(tmp_path: Path) -> None:
    with opened(tmp_path, Org(person_accounts=True)) as crm:
        crm.streams = ("person_accounts",)
        crm.salesforce.do("field", type="Account", name="No_Texts__pc", field_type="boolean")
        crm.settings["no_texts_field"] = NO_TEXTS
        [ana] = crm.make("Account", LastName="Ruiz", PersonMobilePhone="212-555-0142")
        assert crm.send(STOP).vendor_id == ana
        [record] = crm.pull("person_accounts")
        assert body(record)["No_Texts__pc"] is True


def test_on_a_shared_org_nobody_elses_record_is_touched(crm: Crm) -> None:
    for kind in ("Lead", "Contact"):
        crm.salesforce.do("field", type=kind, name="Clinic__c")
    [ours] = crm.make("Contact", LastName="Ruiz", Email=ANA, Clinic__c="lumen")
    crm.make("Contact", LastName="Ruiz", Email=ANA, Clinic__c="another")
    crm.selecting = {"Clinic__c": "lumen"}
    crm.send(NO)
    assert marked(crm, "Contact") == [ours]


def test_only_objects_that_the_connection_reads_are_asked(crm: Crm) -> None:
    del crm.salesforce.org.objects["Lead"]
    crm.streams = ("contacts",)
    [ana] = crm.make("Contact", LastName="Ruiz", Email=ANA)
    assert crm.send(NO).vendor_id == ana


def test_a_field_that_is_hidden_or_closed_needs_an_operator_and_check_has_said_so(crm: Crm) -> None:
    crm.make("Contact", LastName="Ruiz", Email=ANA)
    fields = crm.salesforce.org.objects["Contact"].fields
    fields[NO_MAILS] = replace(fields[NO_MAILS], updateable=False)
    [warning] = registry.verifier(crm.connection(), crm.tools())().warnings
    assert "may not write Contact.HasOptedOutOfEmail" in warning
    with pytest.raises(NeedsOperator, match="1 of 1"):
        crm.send(NO)
    crm.salesforce.do("hide", fields=[f"Contact.{NO_MAILS}"])
    with pytest.raises(NeedsOperator):
        crm.send(NO)


def test_an_address_with_a_quote_is_asked_for_as_it_is(crm: Crm) -> None:
    odd = "o'neill@example.com"
    [ana] = crm.make("Contact", LastName="O'Neill", Email=odd)
    assert crm.send(NO.model_copy(update={"contact": SecretStr(odd)})).vendor_id == ana
