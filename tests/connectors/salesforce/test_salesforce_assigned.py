"""Who treats: it stands beside the appointment, moves without it, and is noticed when it alone changes (row 2.7)."""

import json

import pytest

from canonical.raw import RawRecord
from connectors.kit import registry
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.wire import read
from tests.connectors.contract.test_mapping import HERE
from tests.connectors.salesforce.org import Crm, ids

AT = "2026-11-20T15:00:00.000+0000"
OBJECT, STREAM = "AssignedResource", "service_appointments"


def provider(record: RawRecord) -> object:
    """Who treats, as the shipped mapping has it."""
    told = read(record.format.text, record.body)
    return Catalogue().mapping("salesforce", STREAM).apply(told, HERE, Notes()).body.get("provider")


def resource(crm: Crm, name: str, kind: str = "T") -> str:
    return crm.make("ServiceResource", Name=name, ResourceType=kind)[0]


def visit(crm: Crm) -> str:
    return crm.make("ServiceAppointment", SchedStartTime=AT)[0]


def assign(crm: Crm, which: str, who: str, *, primary: bool = False) -> str:
    [made] = crm.make(OBJECT, ServiceAppointmentId=which, ServiceResourceId=who, IsPrimaryResource=primary)
    return made


def told(crm: Crm) -> dict[str, object]:
    """One pass, ten minutes on, so that the overlap holds nothing old: appointment → who treats."""
    crm.later(minutes=10)
    return {record.vendor_id: provider(record) for record in crm.pull(STREAM)}


@pytest.fixture
def okafor(crm: Crm) -> str:
    return resource(crm, "Dr. Okafor")


@pytest.fixture
def lin(crm: Crm) -> str:
    return resource(crm, "Lin Abara")


def test_who_is_assigned_treats_and_a_room_treats_nobody(crm: Crm, okafor: str) -> None:
    one, none, room = visit(crm), visit(crm), visit(crm)
    assign(crm, one, okafor)
    assign(crm, one, resource(crm, "Room 2", "S"))
    assign(crm, room, resource(crm, "Laser", "S"), primary=True)
    assert told(crm) == {one: "Dr. Okafor", none: "", room: ""}


def test_of_several_the_primary_one_treats_and_without_one_nobody_says(crm: Crm, okafor: str, lin: str) -> None:
    led, unsaid = visit(crm), visit(crm)
    assign(crm, led, okafor)
    assign(crm, led, lin, primary=True)
    assign(crm, unsaid, okafor)
    assign(crm, unsaid, lin)
    assert told(crm) == {led: "Lin Abara", unsaid: ""}


def test_an_assignment_that_changes_alone_is_noticed_and_so_is_one_that_is_taken_away(
    crm: Crm, okafor: str, lin: str
) -> None:
    moved, freed, still = visit(crm), visit(crm), visit(crm)
    first, second = assign(crm, moved, okafor), assign(crm, freed, okafor)
    assign(crm, still, okafor)
    told(crm)
    assert told(crm) == {}
    crm.change(first, ServiceResourceId=lin)
    crm.salesforce.do("delete", id=second)
    assert told(crm) == {moved: "Lin Abara", freed: ""}
    assert told(crm) == {}


def test_an_appointment_that_changes_with_its_assignment_comes_once(crm: Crm, okafor: str, lin: str) -> None:
    which = visit(crm)
    made = assign(crm, which, okafor)
    told(crm)
    crm.later(minutes=20)
    crm.change(which, SchedStartTime="2026-11-21T15:00:00.000+0000")
    crm.change(made, ServiceResourceId=lin)
    crm.later(minutes=1)
    records = crm.pull(STREAM)
    assert [(record.vendor_id, provider(record)) for record in records] == [(which, "Lin Abara")]


def test_many_assignments_come_page_by_page_and_a_pass_cut_between_them_goes_on(
    crm: Crm, okafor: str, lin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.salesforce.assigned.BY_IDS", 4)
    monkeypatch.setattr("connectors.salesforce.pull.BY_IDS", 4)
    which = crm.make("ServiceAppointment", count=11, SchedStartTime=AT)
    made = [assign(crm, each, okafor) for each in which]
    assert set(told(crm).values()) == {"Dr. Okafor"}
    crm.later(minutes=20)
    for each in made:
        crm.change(each, ServiceResourceId=lin)
    crm.later(minutes=1)
    begun = crm.cursors[STREAM]
    whole = crm.pages(STREAM)
    assert [record.vendor_id for page in whole for record in page.records] == which
    for cut, page in enumerate(whole[:-1], 1):
        crm.cursors[STREAM] = page.cursor
        rest = ids(crm.pull(STREAM))
        assert [*(r.vendor_id for p in whole[:cut] for r in p.records), *rest] == which
    crm.cursors[STREAM] = begun


def test_a_bulk_jobs_rows_say_who_treats_as_a_querys_do(crm: Crm, okafor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.salesforce.bulk.BULK_ABOVE", 5)
    crm.salesforce.do("org", page_size=4)
    which = crm.make("ServiceAppointment", count=20, SchedStartTime=AT)
    for each in which[::2]:
        assign(crm, each, okafor)
    found = crm.pull(STREAM)
    assert {record.format.shape for record in found} == {"json", "csv"}
    assert [provider(record) for record in found] == ["Dr. Okafor", ""] * 10


def test_a_record_that_is_read_again_by_its_id_says_who_treats(crm: Crm, okafor: str) -> None:
    which = visit(crm)
    assign(crm, which, okafor)
    assert [provider(record) for record in crm.again(STREAM, [which])] == ["Dr. Okafor"]


@pytest.mark.parametrize("hidden", ["AssignedResource.ServiceResourceId", OBJECT])
def test_where_the_org_hides_assignments_appointments_come_all_the_same_and_check_says_so(
    crm: Crm, okafor: str, hidden: str
) -> None:
    gone = crm.salesforce.org.objects.pop(OBJECT) if hidden == OBJECT else None
    crm.salesforce.do("hide", fields=[hidden])
    which = visit(crm)
    assert told(crm) == {which: ""}
    assert [provider(record) for record in crm.again(STREAM, [which])] == [""]
    [warning] = registry.verifier(crm.connection(), crm.tools())().warnings
    assert "who treats" in warning
    before = len(crm.asked())
    assert told(crm) == {}
    assert len(crm.asked()[before:]) == 1
    crm.salesforce.do("hide", fields=[hidden], show=True)
    if gone:
        crm.salesforce.org.objects[OBJECT] = gone
    assign(crm, which, okafor)
    assert told(crm) == {}
    crm.later(hours=25)
    assert told(crm) == {which: "Dr. Okafor"}


def test_what_was_read_before_assignments_were_is_completed_once(crm: Crm, okafor: str) -> None:
    which = visit(crm)
    assign(crm, which, okafor)
    told(crm)
    kept = json.loads(crm.cursors[STREAM])
    del kept["assigned_through"]
    crm.cursors[STREAM] = json.dumps(kept)
    crm.later(hours=1)
    assert told(crm) == {which: "Dr. Okafor"}
    assert told(crm) == {}


def test_a_resource_whose_sharing_hides_its_name_is_worth_a_word(crm: Crm, okafor: str) -> None:
    which = visit(crm)
    assign(crm, which, okafor)
    del crm.salesforce.org.records[okafor]
    [warning] = registry.verifier(crm.connection(), crm.tools())().warnings
    assert "ServiceResource" in warning
    assert told(crm) == {which: ""}
