"""What a pull brings, whatever happens in the org meanwhile: judged by the org's own records."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from canonical.problems import NeedsOperator
from connectors.kit import registry
from connectors.salesforce import bulk
from connectors.salesforce.passes import Cursor
from emulators.salesforce import Org
from mappings.wire import read
from tests.connectors.salesforce.org import START, Crm, body, ids, opened


def test_a_first_pass_reads_everything_page_by_page_in_order(crm: Crm) -> None:
    crm.salesforce.do("org", page_size=3)
    made = crm.make("Lead", count=10, LastName="Ruiz {n}", Company="C")
    pages = crm.pages("leads")
    assert [len(page.records) for page in pages] == [3, 3, 3, 1]
    assert sorted(ids([record for page in pages for record in page.records])) == sorted(made)
    assert [page.complete for page in pages] == [False, False, False, True]


def test_rows_of_one_stamp_are_all_read_and_none_twice_though_the_query_is_forgotten_midway(crm: Crm) -> None:
    crm.salesforce.do("org", page_size=4)
    made = crm.make("Lead", count=11, LastName="Ruiz", Company="C")
    found = crm.begun("leads")
    crm.salesforce.do("forget_locators")
    assert len(found) == 4
    assert sorted(found + ids(crm.pull("leads"))) == sorted(made)


def test_a_query_without_an_order_that_is_forgotten_is_asked_again_from_its_beginning(crm: Crm) -> None:
    crm.salesforce.do("org", page_size=4)
    made = crm.make("Lead", count=11, LastName="Ruiz", Company="C")
    crm.begun("leads")
    cursor = Cursor.model_validate_json(crm.cursors["leads"])
    crm.cursors["leads"] = cursor.model_copy(update={"after_id": "", "stamp": 0}).model_dump_json()
    crm.salesforce.do("forget_locators")
    found, says = crm.broken("leads")
    assert (found, "forgotten" in says) == ([], True)
    assert sorted(ids(crm.pull("leads"))) == sorted(made)


def test_a_row_that_is_committed_after_the_stamp_it_carries_is_in_the_tail(crm: Crm) -> None:
    crm.pull("leads")
    crm.later(minutes=1)
    crm.salesforce.do("org", commit_lag=90)
    [late] = crm.make("Lead", LastName="Late", Company="C")
    crm.later(minutes=1)
    assert crm.pull("leads") == []
    crm.later(minutes=1)
    assert ids(crm.pull("leads")) == [late]


def test_a_change_is_read_once_more_and_what_did_not_change_is_not(crm: Crm) -> None:
    one, _ = crm.make("Contact", count=2, LastName="Ruiz")
    crm.later(minutes=10)
    assert len(crm.pull("contacts")) == 2
    crm.later(minutes=10)
    crm.change(one, Phone="(212) 555-0142")
    crm.later(minutes=10)
    [record] = crm.pull("contacts")
    assert body(record)["Phone"] == "(212) 555-0142"
    assert record.effective_at == START + timedelta(minutes=20)


def test_a_deletion_and_a_merge_are_seen_in_the_bin_and_a_purge_by_the_sweep(crm: Crm) -> None:
    kept, gone, purged, merged = crm.make("Contact", count=4, LastName="Ruiz")
    crm.pull("contacts")
    crm.later(minutes=10)
    crm.salesforce.do("delete", id=gone)
    crm.salesforce.do("delete", id=purged, purge=True)
    crm.salesforce.do("merge", master=kept, gone=merged)
    crm.later(minutes=1)
    found = {record.vendor_id: record.deleted for record in crm.pull("contacts")}
    assert found == {gone: True, merged: True, kept: False}
    crm.later(hours=2)
    assert purged in {record.vendor_id for record in crm.pull("contacts") if record.deleted}
    crm.later(minutes=10)
    assert crm.pull("contacts") == []


def test_what_was_deleted_before_we_came_is_not_fetched(crm: Crm) -> None:
    [gone] = crm.make("Contact", LastName="Ruiz")
    crm.salesforce.do("delete", id=gone)
    assert crm.pull("contacts") == []


def test_a_restored_record_is_back(crm: Crm) -> None:
    [gone] = crm.make("Contact", LastName="Ruiz")
    crm.pull("contacts")
    crm.later(minutes=10)
    crm.salesforce.do("delete", id=gone)
    crm.later(minutes=10)
    assert [record.deleted for record in crm.pull("contacts")] == [True]
    crm.later(minutes=10)
    crm.salesforce.do("restore", id=gone)
    assert [record.deleted for record in crm.pull("contacts")] == [False]


def test_a_lead_we_wrote_ourselves_is_no_inquiry_and_still_a_person(crm: Crm) -> None:
    crm.make("Lead", LastName="Ours", Company="C", Glowline_Id__c="q-1")
    [theirs] = crm.make("Lead", LastName="Theirs", Company="C")
    assert ids(crm.pull("leads")) == [theirs]
    assert len(crm.pull("prospects")) == 2


def test_a_field_the_org_hides_is_left_away_and_asked_for_again_a_day_later(crm: Crm) -> None:
    crm.make("Contact", LastName="Ruiz", HasOptedOutOfEmail=True)
    crm.salesforce.do("hide", fields=["Contact.HasOptedOutOfEmail", "Contact.OtherPhone"])
    [record] = crm.pull("contacts")
    assert "HasOptedOutOfEmail" not in body(record)
    crm.later(minutes=1)
    before = len(crm.asked())
    assert len(crm.pull("contacts")) == 1
    assert len(crm.asked()) == before + 1
    crm.salesforce.do("hide", fields=["Contact.HasOptedOutOfEmail"], show=True)
    crm.later(days=1, minutes=1)
    crm.make("Contact", LastName="Vega", HasOptedOutOfEmail=True)
    assert body(crm.pull("contacts")[0])["HasOptedOutOfEmail"] is True


def test_a_second_field_that_is_hidden_within_the_day_is_left_away_like_the_first(crm: Crm) -> None:
    crm.make("Contact", LastName="Ruiz")
    crm.salesforce.do("hide", fields=["Contact.OtherPhone"])
    crm.pull("contacts")
    crm.salesforce.do("hide", fields=["Contact.HomePhone"])
    crm.later(minutes=1)
    [record] = crm.pull("contacts")
    assert {"OtherPhone", "HomePhone"}.isdisjoint(body(record))


def test_a_field_nobody_can_do_without_needs_an_operator(crm: Crm) -> None:
    crm.salesforce.do("hide", fields=["Contact.SystemModstamp"])
    with pytest.raises(NeedsOperator, match="SystemModstamp"):
        crm.pull("contacts")


def test_person_accounts_in_an_org_without_them_need_an_operator(crm: Crm) -> None:
    with pytest.raises(NeedsOperator, match="IsPersonAccount"):
        crm.pull("person_accounts")


def test_a_person_account_is_one_person_under_both_of_its_ids(tmp_path: Path) -> None:
    with opened(tmp_path, Org(person_accounts=True)) as crm:
        crm.streams = ("contacts", "person_accounts")
        [account] = crm.make("Account", LastName="Ruiz", FirstName="Ana", PersonEmail="ana@example.com")
        [plain] = crm.make("Contact", LastName="Vega")
        crm.make("Account", Name="A company")
        [person] = crm.pull("person_accounts")
        assert person.vendor_id == account
        assert body(person)["PersonContactId"].startswith("003")
        assert ids(crm.pull("contacts")) == [plain]


def test_appointments_carry_place_and_service_by_name(crm: Crm) -> None:
    [place] = crm.make("ServiceTerritory", Name="Downtown")
    [work] = crm.make("WorkType", Name="Consult")
    [ana] = crm.make("Contact", LastName="Ruiz")
    crm.make(
        "ServiceAppointment",
        ContactId=ana,
        ServiceTerritoryId=place,
        WorkTypeId=work,
        SchedStartTime="2026-11-20T15:00:00.000+0000",
    )
    [record] = crm.pull("service_appointments")
    told = body(record)
    assert (told["ServiceTerritory"]["Name"], told["WorkType"]["Name"]) == ("Downtown", "Consult")
    assert "Description" not in told


def test_an_appointment_without_a_time_is_none_until_it_has_one(crm: Crm) -> None:
    [visit] = crm.make("ServiceAppointment", SchedStartTime="2026-11-20T15:00:00.000+0000")
    assert [record.deleted for record in crm.pull("service_appointments")] == [False]
    crm.later(minutes=10)
    crm.change(visit, SchedStartTime=None, Status="None")
    assert [record.deleted for record in crm.pull("service_appointments")] == [True]
    crm.later(minutes=10)
    crm.change(visit, SchedStartTime="2026-11-21T15:00:00.000+0000", Status="Scheduled")
    assert [record.deleted for record in crm.pull("service_appointments")] == [False]


def test_copies_of_invitees_and_series_are_no_appointments(crm: Crm) -> None:
    at: dict[str, Any] = {"StartDateTime": "2026-11-20T15:00:00.000+0000"}
    [event] = crm.make("Event", Subject="Consult", **at)
    crm.make("Event", Subject="Consult", IsChild=True, **at)
    crm.make("Event", Subject="Consult", IsRecurrence=True, **at)
    assert ids(crm.pull("events")) == [event]


def test_r56_neither_a_logged_copy_of_ours_nor_a_filed_mail_is_taken_for_a_task_that_somebody_did(crm: Crm) -> None:
    crm.make("Task", Status="Completed", Glowline_Id__c="log:a-1")
    crm.make("Task", Status="Completed", TaskSubtype="ListEmail")
    [done] = crm.make("Task", Status="Completed", Glowline_Id__c="a-2")
    assert ids(crm.pull("tasks")) == [done]


def test_records_by_id_come_in_every_stream_that_reads_the_object(crm: Crm) -> None:
    [lead] = crm.make("Lead", LastName="Ruiz", Company="C")
    [gone] = crm.make("Lead", LastName="Gone", Company="C")
    crm.salesforce.do("delete", id=gone)
    found = crm.again("leads", [lead, lead, gone, "00Q000000000000AAA"])
    assert [(record.stream, record.vendor_id) for record in found] == [("leads", lead), ("prospects", lead)]


def test_on_a_shared_org_only_what_is_selected_is_read(crm: Crm) -> None:
    for kind in ("Contact", "Event"):
        crm.salesforce.do("field", type=kind, name="Clinic__c")
    [ours] = crm.make("Contact", LastName="Ruiz", Clinic__c="Lumen")
    crm.make("Contact", LastName="Vega", Clinic__c="O'Neill")
    assert ids(crm.pull("contacts", crm.connection(Clinic__c="lumen, other"))) == [ours]
    crm.cursors.clear()
    assert len(crm.pull("contacts", crm.connection(Clinic__c="O'Neill"))) == 1
    crm.cursors.clear()
    assert len(crm.pull("contacts", crm.connection(**{"events.Clinic__c": "Lumen"}))) == 2


# Bulk


def test_a_large_first_pass_goes_on_as_a_bulk_job(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BULK_ABOVE", 50)
    monkeypatch.setattr("connectors.salesforce.asking.BULK_PAGE", 20)
    crm.salesforce.do("org", page_size=30, polls_until_done=2)
    made = crm.make("Contact", count=100, LastName='Ruiz "{n}"', MobilePhone="(212) 555-0142", DoNotCall=True)
    crm.later(minutes=10)
    pages = crm.pages("contacts")
    found = [record for page in pages for record in page.records]
    assert sorted(ids(found)) == sorted(made)
    assert len({record.vendor_id for record in found}) == 100
    assert [record.format.shape for record in found] == ["json"] * 30 + ["csv"] * 70
    told = read(found[-1].format.text, found[-1].body)
    assert (told["DoNotCall"], str(told["LastName"]).startswith('Ruiz "')) == ("true", True)
    assert found[-1].effective_at == START
    assert crm.rested == [3.0, 3.0]
    crm.later(minutes=10)
    assert crm.pull("contacts") == []


def test_a_bulk_job_is_resumed_at_its_locator_and_not_given_out_again(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BULK_ABOVE", 50)
    monkeypatch.setattr("connectors.salesforce.asking.BULK_PAGE", 20)
    crm.salesforce.do("org", page_size=30)
    made = crm.make("Contact", count=100, LastName="Ruiz")
    crm.salesforce.fail("status", status=503, path="results", skip=2, times=8)
    found, says = crm.broken("contacts")
    assert "unavailable" in says
    crm.salesforce.faults.clear()
    found += ids(crm.pull("contacts"))
    assert sorted(found) == sorted(made)
    assert len([path for path in crm.asked() if path.startswith("POST") and path.endswith("jobs/query")]) == 1


def test_a_bulk_job_that_failed_or_is_gone_is_given_out_once_more_by_the_next_pass(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BULK_ABOVE", 50)
    crm.salesforce.do("org", page_size=30)
    made = crm.make("Contact", count=100, LastName="Ruiz")
    crm.salesforce.do("fail_jobs", count=1)
    found, says = crm.broken("contacts")
    assert "failed" in says
    found += ids(crm.pull("contacts"))
    assert sorted(found) == sorted(made)


def test_a_bulk_job_that_takes_longer_than_a_pass_is_waited_for_by_the_next(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BULK_ABOVE", 50)
    crm.salesforce.do("org", page_size=30, polls_until_done=60)
    made = crm.make("Contact", count=100, LastName="Ruiz")
    found, says = crm.broken("contacts")
    assert "not ready" in says
    assert sorted(found + ids(crm.pull("contacts"))) == sorted(made)


def test_nothing_is_read_that_lies_in_the_future_of_our_clock(crm: Crm) -> None:
    crm.make("Contact", LastName="Ruiz")
    early = datetime(2026, 11, 12, 13, 0, tzinfo=UTC)
    pages = list(registry.puller(crm.connection(), crm.tools()).pull("contacts", None, now=early))
    assert [page.records for page in pages] == [()]
