"""Whose a record is, what became of it, and what it is in our words."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from canonical.problems import NotOffered
from connectors.kit import registry
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Mapped, Surroundings
from mappings.wire import read
from tests.connectors.hubspot.portal import AURORA, START, Crm, body, ids

HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))


def mapped(crm: Crm, stream: str) -> list[Mapped]:
    mapping = Catalogue().mapping("hubspot", stream)
    return [mapping.apply(read("json", record.body), HERE, Notes()) for record in crm.pull(stream)]


def test_two_practices_on_one_portal_read_only_their_own(crm: Crm) -> None:
    lumen, aurora = crm.connection(clinic="lumen"), crm.connection(AURORA, clinic="aurora")
    [ana] = crm.make("contacts", firstname="Ana", clinic="lumen", lifecyclestage="lead")
    [ben] = crm.make("contacts", firstname="Ben", clinic="aurora", lifecyclestage="lead")
    crm.make("contacts", firstname="Nobody's", lifecyclestage="lead")
    made = {}
    for whose, contact in (("lumen", ana), ("aurora", ben), ("nobody", "")):
        made[whose] = crm.make(
            "calls", contact=contact, hs_timestamp="2026-11-12T13:00:00Z", hs_call_status="COMPLETED"
        )
    for stream, wanted in (("contacts", [ana]), ("new_leads", [ana]), ("calls", made["lumen"])):
        assert ids(crm.pull(stream, lumen)) == wanted
    for stream, wanted in (("contacts", [ben]), ("new_leads", [ben]), ("calls", made["aurora"])):
        assert ids(crm.pull(stream, aurora)) == wanted
    assert ids(crm.again("contacts", [ana, ben], lumen)) == [ana, ana]  # a person and an inquiry
    assert ids(crm.again("calls", [*made["lumen"], *made["aurora"], *made["nobody"]], lumen)) == made["lumen"]


def test_on_a_shared_portal_only_our_own_deletions_are_told(crm: Crm) -> None:
    lumen = crm.connection(clinic="lumen")
    [ana] = crm.make("contacts", firstname="Ana", clinic="lumen")
    [ben] = crm.make("contacts", firstname="Ben", clinic="aurora")
    crm.pull("contacts", lumen)
    crm.later(hours=2)
    for each in (ana, ben):
        crm.hubspot.do("archive", type="contacts", id=each)
    crm.later(minutes=1)
    gone = crm.pull("contacts", lumen)
    assert [(record.vendor_id, record.deleted) for record in gone] == [(ana, True)]


def test_several_values_may_select(crm: Crm) -> None:
    both = crm.connection(clinic="Lumen Soho, Lumen Chelsea")
    made = [crm.make("contacts", firstname="Ana", clinic=name)[0] for name in ("lumen soho", "lumen chelsea", "aurora")]
    assert ids(crm.pull("contacts", both)) == made[:2]


def test_what_was_archived_is_told_once_and_what_was_archived_long_ago_is_not(crm: Crm) -> None:
    made = crm.make("contacts", count=3, firstname="Ana")
    crm.hubspot.do("archive", type="contacts", id=made[0])
    crm.later(days=1)
    assert ids(crm.pull("contacts")) == made[1:]
    crm.later(hours=2)
    crm.hubspot.do("archive", type="contacts", id=made[1])
    crm.later(minutes=10)
    gone = [record for record in crm.pull("contacts") if record.deleted]
    assert ids(gone) == [made[1]]
    assert gone[0].effective_at == START + timedelta(days=1, hours=2)
    crm.later(hours=2)
    assert not [record for record in crm.pull("contacts") if record.deleted]


def test_the_recycling_bin_is_looked_through_once_an_hour_and_to_its_end(crm: Crm) -> None:
    made = crm.make("contacts", count=230, firstname="Ana")
    crm.pull("contacts")
    for each in made:
        crm.hubspot.do("archive", type="contacts", id=each)
    crm.later(minutes=20)
    assert crm.pull("contacts") == []
    crm.later(minutes=50)
    assert len([record for record in crm.pull("contacts") if record.deleted]) == 230


def test_a_merged_contact_reports_the_ids_it_swallowed(crm: Crm) -> None:
    ana, anna = crm.make("contacts", count=2, firstname="Ana", email="ana{n}@example.com")
    crm.later(minutes=1)
    crm.hubspot.do("merge", type="contacts", primary=ana, gone=anna)
    [one] = mapped(crm, "contacts")
    assert one.vendor_id == ana
    assert one.body["aliases"] == [anna]
    assert one.body["emails"] == ["ana1@example.com", "ana2@example.com"]


def test_a_lead_speaks_with_its_primary_contacts_voice(crm: Crm) -> None:
    [mother] = crm.make("contacts", firstname="Maria", lastname="Ruiz", phone="(212) 555-0142")
    [child] = crm.make("contacts", firstname="Ana", lastname="Ruiz", phone="(212) 555-0143")
    linked = [{"type": "contacts", "id": mother}, {"type": "contacts", "id": child}]
    crm.hubspot.do("create", type="leads", properties={"hs_lead_name": "Ruiz"}, associations=linked)
    [lead] = mapped(crm, "leads")
    assert (lead.body["given_name"], lead.body["phone"]) == ("Maria", "+12125550142")
    assert lead.body["received_at"] == "2026-11-12T14:00:00Z"


def test_a_contact_at_the_first_stage_is_an_inquiry_and_one_we_wrote_is_not(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana", lifecyclestage="lead", phone="212-555-0142", message="Any time free?")
    crm.make("contacts", firstname="Ben", lifecyclestage="customer")
    crm.make("contacts", firstname="Eve", lifecyclestage="lead", glowline_id="q-invented1")
    [inquiry] = mapped(crm, "new_leads")
    assert (inquiry.vendor_id, inquiry.body["source"], inquiry.body["phone"]) == (ana, "crm", "+12125550142")
    assert inquiry.body["message"] == "Any time free?"
    assert ids(crm.pull("contacts")) == [ana, str(int(ana) + 1), str(int(ana) + 2)]


def test_a_call_and_a_closed_task_are_noticed_with_whom_they_are_about(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    [task] = crm.make("tasks", contact=ana, hs_timestamp="2026-11-12T15:00:00Z", hs_task_status="NOT_STARTED")
    crm.hubspot.do("log_call", contact=ana)
    assert [one.body["done"] for one in mapped(crm, "tasks")] == [False]
    crm.later(minutes=3)
    crm.hubspot.do("close_task", id=task)
    [closed], [call] = mapped(crm, "tasks"), mapped(crm, "calls")
    assert (closed.body["done"], closed.body["person_vendor_id"], closed.body["kind"]) == (True, ana, "task")
    assert (call.body["done"], call.body["person_vendor_id"], call.body["kind"]) == (True, ana, "call")
    assert call.body["at"] == "2026-11-12T14:00:00Z"


def test_meetings_and_appointments_become_appointments(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    crm.make(
        "meetings",
        contact=ana,
        hs_timestamp="2026-11-19T15:00:00Z",
        hs_meeting_start_time="2026-11-19T15:00:00Z",
        hs_meeting_outcome="SCHEDULED",
        hs_meeting_source="MEETINGS_PUBLIC",
    )
    crm.make("appointments", contact=ana, hs_appointment_start="2026-11-20T15:00:00Z", hs_appointment_name="Visit")
    [meeting], [appointment] = mapped(crm, "meetings"), mapped(crm, "appointments")
    assert (meeting.body["status"], meeting.body["booked_by"], meeting.body["person_vendor_id"]) == (
        "booked",
        "patient",
        ana,
    )
    assert (appointment.body["start"], appointment.body["status"]) == ("2026-11-20T15:00:00Z", "unknown")


def test_association_ids_may_be_numbers_or_texts(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    crm.make("calls", contact=ana, hs_timestamp="2026-11-12T13:00:00Z", hs_call_status="COMPLETED")
    for numeric in (False, True):
        crm.hubspot.do("portal", numeric_association_ids=numeric)
        crm.cursors.clear()
        assert [one.body["person_vendor_id"] for one in mapped(crm, "calls")] == [ana]


def test_an_opt_out_from_mail_in_hubspot_is_one_here(crm: Crm) -> None:
    crm.make("contacts", firstname="Ana", email="ana@example.com", hs_email_optout="true")
    assert [one.body["opted_out"] for one in mapped(crm, "contacts")] == [["email"]]


def test_a_record_read_by_its_id_is_the_same_as_one_that_was_searched(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana", lifecyclestage="lead")
    crm.make("tasks", contact=ana, hs_timestamp="2026-11-12T15:00:00Z")
    for stream in ("contacts", "new_leads", "tasks"):
        [searched] = crm.pull(stream)
        read_again = [one for one in crm.again(stream, [searched.vendor_id]) if one.stream == stream]
        assert [one.body for one in read_again] == [searched.body]


def test_reading_by_id_does_not_wait_for_the_index(crm: Crm) -> None:
    crm.hubspot.do("portal", search_lag=600)
    [ana] = crm.make("contacts", firstname="Ana", lifecyclestage="lead")
    assert crm.pull("contacts") == []
    assert [(one.stream, one.vendor_id) for one in crm.again("contacts", [ana, ana])] == [
        ("contacts", ana),
        ("new_leads", ana),
    ]
    inquiries_only = crm.connection().model_copy(update={"streams": ("new_leads",)})
    assert [one.stream for one in crm.again("contacts", [ana], inquiries_only)] == ["new_leads"]
    assert crm.again("tasks", [ana], inquiries_only) == ()
    assert crm.again("contacts", ["999999"]) == ()
    assert crm.again("contacts", []) == ()


def test_a_stream_of_another_vendor_cannot_be_read_by_id(crm: Crm) -> None:
    twilio = crm.connection().model_copy(update={"vendor": "twilio"})
    with pytest.raises(NotOffered):
        registry.puller(twilio, crm.tools()).again("messages", ["SM1"], now=crm.now)


def test_both_ways_of_writing_paths_read_and_prove_the_same(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    crm.make("calls", contact=ana, hs_timestamp="2026-11-12T13:00:00Z", hs_call_status="COMPLETED")
    before = [body(record) for stream in ("contacts", "calls") for record in crm.pull(stream)]
    crm.settings["api_version"] = "2026-09"
    crm.cursors.clear()
    mark = crm.hubspot.journal.mark()
    assert [body(record) for stream in ("contacts", "calls") for record in crm.pull(stream)] == before
    assert "properties" in registry.verifier(crm.connection(), crm.tools())().proved
    paths = [entry.path for entry in crm.hubspot.journal.entries(since=mark)]
    assert paths
    assert not [path for path in paths if "/v3/" in path or "/v4/" in path]
