"""What a pass over patients and appointments reads, and what its cursor remembers."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from canonical.problems import NeedsOperator, ProtocolBroken, Refused, TryLater
from canonical.raw import Page, RawRecord
from canonical.visits import Appointment, AppointmentStatus
from connectors.kit import registry
from connectors.kit.exchange import Answer, Request
from connectors.nexhealth.pull import Cursor
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.targets import MODELS
from mappings.wire import read
from tests.connectors.nexhealth.office import Office

HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))
S = AppointmentStatus


def mapped(record: RawRecord) -> Any:  # noqa: ANN401 - a person or an appointment
    fields = read(record.format.text, record.body)
    registry.require_known_shape("nexhealth", record.stream, fields)
    found = Catalogue().mapping("nexhealth", record.stream).apply(fields, HERE, Notes())
    return MODELS[found.kind].model_validate_json(found.encoded())


def visit(office: Office, appointment: str) -> Appointment:
    [record] = office.again("appointments", [appointment])
    found: Appointment = mapped(record)
    return found


def test_a_first_pass_reads_everybody_and_later_ones_what_changed_and_the_overlap(office: Office) -> None:
    people = [office.patient("Ana", f"Number{number}", f"21255501{number:02d}") for number in range(12)]
    assert [record.vendor_id for record in office.pull("patients")] == people
    office.later(hours=1)
    office.patient("Ana", "Moved", "2125550199", id=int(people[3]))
    assert office.pull("patients")[-1].vendor_id == people[3]
    office.later(hours=1)
    assert [record.vendor_id for record in office.pull("patients")] == [people[3]]


def test_records_that_changed_in_one_instant_are_all_read_however_the_pages_fall(office: Office) -> None:
    people = [office.patient("Ana", f"Number{number}", f"21255501{number:02d}") for number in range(7)]
    office.nexhealth.clock.set(office.now, frozen=True)
    found = [record.vendor_id for record in office.pull("patients")]
    assert sorted(found) == sorted(people)


def test_a_cursor_follows_their_clock_and_never_runs_ahead_of_ours(office: Office) -> None:
    office.patient()
    office.nexhealth.institutions["lumen"].patients[2897]["updated_at"] = "2031-01-01T00:00:00.000Z"
    office.pull("patients")
    assert Cursor.model_validate_json(office.cursors["patients"]).since is None


@pytest.mark.parametrize(
    "what,becomes",
    [
        ("cancel", S.CANCELLED),
        ("confirm", S.CONFIRMED),
        ("miss", S.NO_SHOW),
        ("check_out", S.CHECKED_OUT),
        ("check_in", S.BOOKED),
    ],
)
def test_what_becomes_of_a_visit_is_seen_by_the_next_pass(
    office: Office, what: str, becomes: AppointmentStatus
) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    [first] = office.pull("appointments")
    assert mapped(first).status is S.BOOKED
    office.later(hours=1)
    office.does(what, number)
    [second] = office.pull("appointments")
    assert (second.vendor_id, mapped(second).status) == (number, becomes)


def test_a_cancellation_that_is_taken_back_counts_as_booked_although_its_date_stays(office: Office) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    office.does("cancel", number)
    office.does("restore", number)
    assert visit(office, number).status is S.BOOKED


def test_a_visit_keeps_its_id_when_it_moves_and_times_are_utc(office: Office) -> None:
    number = office.book(office.patient(), "2026-11-16T09:00:00-05:00")
    office.does("move", number, start="2026-11-17T10:30:00-05:00")
    found = visit(office, number)
    assert (found.vendor_id, f"{found.start:%d %H:%M}", f"{found.end:%d %H:%M}") == (number, "17 15:30", "17 16:15")


def test_an_appointment_names_its_service_in_words_and_its_place_by_number(office: Office) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z", type=28, location=101)
    found = visit(office, number)
    assert (found.service, found.location, found.provider) == ("Consult", "101", "Dr. Invented Okafor")


def test_a_block_has_no_patient_and_says_nothing(office: Office) -> None:
    office.nexhealth.do("block", start="2026-11-16T12:00:00-05:00", end="2026-11-16T13:00:00-05:00")
    [record] = office.pull("appointments")
    found = mapped(record)
    assert (found.person_vendor_id, found.status, found.service) == ("", S.UNKNOWN, "")


def test_read_by_id_and_by_list_it_is_the_same_but_for_what_is_declared_volatile(office: Office) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    [listed] = office.pull("appointments")
    [single] = office.again("appointments", [number, "999999"])
    volatile = registry.manifest("nexhealth").streams["appointments"].volatile
    ours, theirs = (json.loads(record.body) for record in (listed, single))
    assert {k: v for k, v in ours.items() if k not in volatile} == {
        k: v for k, v in theirs.items() if k not in volatile
    }


def test_types_are_asked_for_once_a_pass_and_a_practice_without_them_is_read_all_the_same(office: Office) -> None:
    for hour in range(9, 15):
        office.book(office.patient(), f"2026-11-16T{hour:02d}:00:00-05:00")
    office.pull("appointments")
    assert len(office.wire.to("/appointment_types")) == 1
    office.nexhealth.fail("status", status=404, path="/appointment_types", times=None)
    office.cursors.clear()
    assert [mapped(record).service for record in office.pull("appointments")] == [""] * 6


def test_every_place_is_read_and_a_pass_that_was_cut_goes_on_with_the_next(office: Office) -> None:
    office.locations |= {"102": "uptown"}
    ana, ben = office.patient(), office.patient("Ben", "Okafor", "2125550143", location=102)
    first = office.book(ana, "2026-11-16T14:00:00Z", location=101)
    second = office.book(ben, "2026-11-16T16:00:00Z", location=102)
    pages = office.pages("appointments")
    assert [[record.vendor_id for record in page.records] for page in pages] == [[first], [second]]
    office.cursors["appointments"] = pages[0].cursor
    assert [record.vendor_id for record in office.pull("appointments")] == [second]
    assert [[record.vendor_id for record in page.records] for page in office.pages("patients")] == [[ana], [ben]]


def test_a_place_that_is_to_be_ignored_is_not_asked_for_and_its_patients_stay_out(office: Office) -> None:
    office.locations |= {"102": "ignore"}
    ours, theirs = office.patient(), office.patient("Ben", "Okafor", "2125550143", location=102)
    office.book(theirs, "2026-11-16T14:00:00Z", location=102)
    assert office.pull("appointments") == []
    assert [record.vendor_id for record in office.pull("patients")] == [ours]


def test_on_a_shared_institution_anothers_appointment_is_not_read_by_id(office: Office) -> None:
    office.select = {"locations": "101"}
    ours = office.book(office.patient(), "2026-11-16T14:00:00Z", location=101)
    theirs = office.book(office.patient("Ben", "Okafor", "2125550143"), "2026-11-16T16:00:00Z", location=102)
    assert [record.vendor_id for record in office.again("appointments", [ours, theirs])] == [ours]


def test_without_named_places_all_of_the_institution_are_read(office: Office) -> None:
    office.locations = {}
    number = office.book(office.patient(), "2026-11-16T14:00:00Z", location=102)
    assert [record.vendor_id for record in office.pull("appointments")] == [number]


def test_a_visit_far_ahead_and_one_of_last_week_lie_in_the_window(office: Office) -> None:
    ana = office.patient()
    numbers = [office.book(ana, f"{day}T14:00:00Z") for day in ("2028-06-01", "2026-11-02", "2026-01-02")]
    assert sorted(record.vendor_id for record in office.pull("appointments")) == sorted(numbers[:2])
    office.settings["history_days"] = "400"
    office.cursors.clear()
    assert len(office.pull("appointments")) == 3


def test_an_inactive_patient_and_one_who_said_no_to_texts_are_known_as_such(office: Office) -> None:
    office.patient("Ben", "Okafor", "2125550143", inactive=True)
    office.patient("Eva", "Marsh", "2125550144", unsubscribe_sms=True, preferred_language="es")
    ben, eva = (mapped(record) for record in office.pull("patients"))
    assert [flag.value for flag in ben.flags] == ["no_automation"]
    assert (eva.opted_out, eva.language, eva.phones) == (("sms",), "es", ("+12125550144",))


@pytest.mark.parametrize(
    "body,ids,suspects",
    [
        ({"code": True, "data": [{"id": 7}, {"name": "nobody"}, {"id": "8"}]}, ["7", "8"], 1),
        ({"code": False, "error": ["Error"], "data": [{"id": 7}]}, ["7"], 0),
        ({"code": True, "data": {"patients": [{"id": 7}, {"id": 8}]}, "count": 2}, ["7", "8"], 0),
        ({"code": True, "data": None}, [], 0),
        ({"code": True, "data": [], "page_info": None}, [], 0),
        ({"data": [{"id": 7}], "page_info": {"has_next_page": "false"}}, ["7"], 0),
    ],
)
def test_what_other_versions_and_careless_answers_look_like_is_read_too(
    office: Office, body: dict[str, Any], ids: list[str], suspects: int
) -> None:
    pages = told(office, body)
    assert [record.vendor_id for page in pages for record in page.records] == ids
    assert sum(len(page.suspects) for page in pages) == suspects


def told(office: Office, body: dict[str, Any]) -> list[Page]:
    """One pass over patients in which NexHealth says nothing but this."""
    office.pull("patients")  # the key is exchanged by now
    said = Saying(Answer(200, {}, json.dumps(body).encode()))
    tools = replace(office.tools(), transport=said)
    return list(registry.puller(office.connection(), tools).pull("patients", None, now=office.now))


@dataclass(frozen=True)
class Saying:
    """A transport that knows one answer."""

    answer: Answer

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        return self.answer


@pytest.mark.parametrize("data", [None, [], {}])
def test_a_plain_no_inside_a_success_is_no_empty_list(office: Office, data: object) -> None:
    with pytest.raises(Refused):
        told(office, {"code": False, "error": ["Error"], "data": data})


def test_a_next_page_that_is_promised_and_not_named_is_no_last_page(office: Office) -> None:
    with pytest.raises(ProtocolBroken):
        told(office, {"data": [{"id": 7}], "page_info": {"has_next_page": True, "end_cursor": None}})


def test_pages_that_never_end_are_left(office: Office) -> None:
    with pytest.raises(ProtocolBroken):
        told(office, {"data": [{"id": 7}], "page_info": {"has_next_page": True, "end_cursor": "again"}})


def test_a_bad_key_needs_an_operator_and_an_outage_waits(office: Office) -> None:
    office.secret["api_key"] = "another"
    with pytest.raises(NeedsOperator):
        office.pull("patients")
    office.nexhealth.begin_outage("status", 503)
    with pytest.raises(TryLater):
        office.pull("patients")
    assert timedelta(seconds=sum(office.pauses)) < timedelta(minutes=2)
