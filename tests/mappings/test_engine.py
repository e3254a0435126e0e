"""What a compiled mapping makes of a record, and when it refuses."""

from pathlib import Path

import pytest

from mappings.catalogue import Catalogue
from mappings.coverage import Notes, report
from mappings.engine import Cannot, Mapping, Surroundings
from tests.mappings.written import APPOINTMENT, HERE, PERSON, Written, applied

GOOD: dict[str, object] = {"id": "1", "start": "2026-11-02 09:00", "status": "Booked"}


@pytest.fixture
def own(tmp_path: Path) -> Written:
    return Written(tmp_path)


def refusal(mapping: Mapping, record: dict[str, object], around: Surroundings = HERE) -> Cannot:
    with pytest.raises(Cannot) as problem:
        applied(mapping, record, around=around)
    return problem.value


def test_a_field_a_record_does_not_fill_keeps_the_models_default(own: Written) -> None:
    made = applied(own.put(APPOINTMENT).mapping(), {**GOOD})
    assert (made.body["service"], made.body["booked_by"], made.body["end"]) == ("", "unknown", None)


def test_a_wall_clock_hangs_at_the_records_location(own: Written) -> None:
    mapping = own.put(APPOINTMENT + "      location: {from: place}\n").mapping()
    there = applied(mapping, GOOD | {"place": "Loop"}).body["start"]
    here = applied(mapping, GOOD | {"place": "Downtown"}).body["start"]
    assert (there, here) == ("2026-11-02T15:00:00Z", "2026-11-02T14:00:00Z")
    assert refusal(mapping, GOOD | {"place": "Moon"}).code == "no_zone"


def test_a_practice_of_several_places_without_a_default_guesses_no_clock(own: Written) -> None:
    found = refusal(own.put(APPOINTMENT).mapping(), {**GOOD}, Surroundings(zones=HERE.zones))
    assert (found.code, "default_location" in found.next_step) == ("no_zone", True)


@pytest.mark.parametrize(
    "written, utc",
    [
        ("2026-03-08 01:59", "2026-03-08T06:59:00Z"),
        ("2026-03-08 02:30", "2026-03-08T07:30:00Z"),  # skipped in spring: 03:30 by the new clock
        ("2026-03-08 03:00", "2026-03-08T07:00:00Z"),
        ("2026-11-01 00:59", "2026-11-01T04:59:00Z"),
        ("2026-11-01 01:30", "2026-11-01T05:30:00Z"),  # twice in autumn: the first
        ("2026-11-01 02:00", "2026-11-01T07:00:00Z"),
    ],
)
def test_clocks_change_on_the_right_night(own: Written, written: str, utc: str) -> None:
    assert applied(own.put(APPOINTMENT).mapping(), GOOD | {"start": written}).body["start"] == utc


def test_an_unknown_status_is_unknown_and_counted_never_guessed(own: Written) -> None:
    notes = Notes()
    mapping = own.put(APPOINTMENT).mapping()
    assert applied(mapping, GOOD | {"status": "Penciled in"}, notes).body["status"] == "unknown"
    assert [(row.what, row.field, row.detail, row.count) for row in report(mapping.spec, notes)] == [
        ("unknown code", "status", "Penciled in", 1)
    ]


def test_words_of_a_code_list_are_compared_without_capitals_and_spaces(own: Written) -> None:
    mapping = own.put(APPOINTMENT).mapping()
    assert applied(mapping, GOOD | {"status": "  Did NOT   attend "}).body["status"] == "no_show"


def test_an_unknown_mark_about_a_person_sets_the_record_aside(own: Written) -> None:
    mapping = own.put(PERSON + "      flags: {from: f, code: person_flag}\n").mapping()
    assert applied(mapping, {"id": "1", "f": "Deceased"}).body["flags"] == ["deceased"]
    told = refusal(mapping, {"id": "1", "f": "possibly deceased"})
    assert told.code == "unknown_code"
    assert told.next_step == "Add the word to mappings/codes/person_flag.yaml in the practice's folder, then replay."


def test_a_word_that_a_list_in_the_mapping_lacks_is_added_there(own: Written) -> None:
    mapping = own.put(PERSON + "      flags: {from: f, code: {vip: staff}}\n").mapping()
    assert "mappings/files/" in refusal(mapping, {"id": "1", "f": "gone"}).next_step


def test_a_doubtful_opt_out_sets_the_record_aside(own: Written) -> None:
    mapping = Catalogue().mapping("files", "contacts")
    assert applied(mapping, {"patient_id": "1", "sms_opt_out": "Yes", "email_opt_out": "no"}).body["opted_out"] == [
        "sms"
    ]
    assert refusal(mapping, {"patient_id": "1", "sms_opt_out": "4 of 7"}).code == "unknown_code"


def test_an_unreadable_phone_is_left_out_and_counted_and_the_person_stays(own: Written) -> None:
    notes = Notes()
    mapping = own.put(
        PERSON + "      phones:\n        - {from: a, via: phone}\n        - {from: b, via: phone}\n"
    ).mapping()
    made = applied(mapping, {"id": "1", "a": "call mother", "b": "212-555-0142"}, notes)
    assert made.body["phones"] == ["+12125550142"]
    assert [(row.what, row.field, row.count) for row in report(mapping.spec, notes)] == [("left out", "phones", 1)]


@pytest.mark.parametrize("field, via", [("birth_date", "day"), ("guardian_phone", "phone")])
def test_what_protects_a_minor_is_never_left_out(own: Written, field: str, via: str) -> None:
    mapping = own.put(PERSON + f"      {field}: {{from: x, via: {via}}}\n").mapping()
    found = refusal(mapping, {"id": "1", "x": "ask the mother"})
    assert found.code == "unreadable"
    assert "mappings/files/own.yaml:4" in found.next_step
    assert "mother" not in found.problem + found.next_step


def test_the_same_phone_twice_is_one(own: Written) -> None:
    mapping = own.put(
        PERSON + "      phones:\n        - {from: a, via: phone}\n        - {from: b, via: phone}\n"
    ).mapping()
    assert applied(mapping, {"id": "1", "a": "2125550142", "b": "(212) 555-0142"}).body["phones"] == ["+12125550142"]


def test_one_field_may_hold_a_list(own: Written) -> None:
    notes = Notes()
    mapping = own.put(PERSON + "      phones: {from: p, via: [semicolon_list, phone]}\n").mapping()
    made = applied(mapping, {"id": "1", "p": "212-555-0142; nobody ;212-555-0143"}, notes)
    assert made.body["phones"] == ["+12125550142", "+12125550143"]
    assert sum(notes.left_out.values()) == 1


def test_a_list_in_a_record_is_a_list_and_dots_lead_inward(own: Written) -> None:
    mapping = own.put(
        PERSON
        + "      phones: {from: 'contact.phones[].number', via: phone}\n      full_name: {from: properties.name}\n"
    ).mapping()
    record = {
        "id": 7,
        "properties": {"name": "Ana"},
        "contact": {"phones": [{"number": "2125550142"}, {"number": None}]},
    }
    made = applied(mapping, record)
    assert (made.vendor_id, made.body["full_name"], made.body["phones"]) == ("7", "Ana", ["+12125550142"])


def test_a_column_with_a_dot_in_its_name_is_that_column(own: Written) -> None:
    mapping = own.put(PERSON + "      full_name: {from: Pat. name}\n").mapping()
    assert applied(mapping, {"id": "1", "Pat. name": "Ana"}).body["full_name"] == "Ana"


def test_first_of_takes_the_first_that_can_be_read(own: Written) -> None:
    rule = "      birth_date:\n        first_of: [{from: iso, via: day}, {from: us, via: day_us}]\n"
    mapping = own.put(PERSON + rule).mapping()
    assert applied(mapping, {"id": "1", "iso": "", "us": "2/29/1984"}).body["birth_date"] == "1984-02-29"
    assert applied(mapping, {"id": "1", "iso": "odd", "us": "2/29/1984"}).body["birth_date"] == "1984-02-29"
    assert refusal(mapping, {"id": "1", "iso": "odd", "us": ""}).code == "unreadable"


def test_a_consent_without_an_answer_or_a_contact_is_no_consent() -> None:
    mapping = Catalogue().mapping("files", "contacts")
    record: dict[str, object] = {
        "patient_id": "1",
        "phone": "212-555-0142",
        "email": "",
        "sms_consent": "yes",
        "sms_marketing_consent": "no",
    }
    made = applied(mapping, record | {"email_consent": "yes", "sms_consent_at": "2026-01-05 10:12"})
    assert made.body["consents"] == [
        {
            "category": "informational",
            "contact": "+12125550142",
            "form_version": "",
            "given_at": "2026-01-05T15:12:00Z",
            "kind": "express",
            "source": "contacts file",
            "wording": "",
        }
    ]


@pytest.mark.parametrize("field", ["id", "person"])
@pytest.mark.parametrize("spoiled", ["9.37E+12", "88121.0", 9.37e12])
def test_a_rounded_id_leads_nowhere(own: Written, field: str, spoiled: object) -> None:
    mapping = own.put(APPOINTMENT + "      person_vendor_id: {from: person}\n").mapping()
    assert refusal(mapping, GOOD | {field: spoiled}).code == "spreadsheet_id"


def test_an_id_written_as_a_number_is_that_number(own: Written) -> None:
    mapping = own.put(APPOINTMENT).mapping()
    assert applied(mapping, GOOD | {"id": 9370000000000}).vendor_id == "9370000000000"


def test_several_fields_make_one_id(own: Written) -> None:
    mapping = own.put(APPOINTMENT.replace("id: id", "id: [who, start]")).mapping()
    assert applied(mapping, GOOD | {"who": "7"}).vendor_id == "7/2026-11-02 09:00"
    assert refusal(mapping, {**GOOD}).code == "missing_id"


def test_what_is_missing_is_told_apart_from_what_is_empty(own: Written) -> None:
    mapping = own.put(APPOINTMENT).mapping()
    absent, empty = refusal(mapping, {"id": "1", "status": "booked"}), refusal(mapping, GOOD | {"start": " "})
    assert (absent.code, empty.code) == ("missing_field", "missing_value")
    assert "'start'" in absent.problem
    assert "mappings/files/own.yaml:4" in absent.next_step


def test_a_date_without_its_time_is_no_start(own: Written) -> None:
    mapping = own.put(APPOINTMENT.replace("from: start", "from: [day, time]")).mapping()
    assert refusal(mapping, GOOD | {"day": "2026-11-02", "time": ""}).code == "missing_value"
    assert (
        applied(mapping, GOOD | {"day": "2026-11-02 00:00:00", "time": "9:30 AM"}).body["start"]
        == "2026-11-02T14:30:00Z"
    )


def test_a_placeholder_says_nothing(own: Written) -> None:
    mapping = own.put(PERSON + "      birth_date: {from: b, via: [drop_placeholder, day]}\n").mapping()
    assert applied(mapping, {"id": "1", "b": "N/A"}).body["birth_date"] is None


def test_a_record_may_say_that_it_is_deleted_and_when_it_changed(own: Written) -> None:
    text = APPOINTMENT + "    effective_at: {from: changed, via: instant}\n    deleted: {from: gone, via: yes_no}\n"
    mapping = own.put(text).mapping()
    made = applied(mapping, GOOD | {"changed": "2026-11-01T09:00:00-05:00", "gone": True})
    assert made.deleted
    assert made.effective_at is not None
    assert made.effective_at.isoformat() == "2026-11-01T14:00:00+00:00"
    assert refusal(mapping, GOOD | {"gone": "perhaps"}).code == "unreadable"


def test_an_order_that_cannot_be_read_costs_no_record(own: Written) -> None:
    mapping = own.put(APPOINTMENT + "    effective_at: {from: changed, via: instant}\n").mapping()
    notes = Notes()
    made = mapping.apply(GOOD | {"changed": "yesterday"}, HERE, notes)
    assert (made.body["status"], made.effective_at) == ("booked", None)
    assert [target for target, _ in notes.left_out] == ["effective_at"]


def test_what_decides_nothing_of_a_visit_costs_no_cancellation(own: Written) -> None:
    mapping = own.put(APPOINTMENT + "      booked_at: {from: booked, via: instant}\n").mapping()
    made = mapping.apply(GOOD | {"status": "Cancelled", "booked": "2026-11-01 09:00:00"}, HERE, Notes())
    assert (made.body["status"], made.body["booked_at"]) == ("cancelled", None)


def test_a_negative_amount_is_refused_as_the_model_would(own: Written) -> None:
    mapping = own.put(
        """
        kind: payment
        id: id
        fields:
          amount_cents: {from: cents, via: whole_number}
          status: {const: paid}
        """
    ).mapping()
    assert applied(mapping, {"id": "1", "cents": "8000"}).body["amount_cents"] == 8000
    assert refusal(mapping, {"id": "1", "cents": "-1"}).code == "unreadable"


def test_a_value_that_is_a_record_is_not_read_as_text(own: Written) -> None:
    mapping = own.put(PERSON + "      birth_date: {from: b, via: day}\n").mapping()
    assert refusal(mapping, {"id": "1", "b": {"year": 1984}}).code == "unreadable"
