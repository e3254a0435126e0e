"""What a mapping did not understand is counted, and a person's own words are not shown."""

from pathlib import Path

import pytest

from mappings.coverage import HIDDEN, MOST_VALUES, Notes, absent, report
from mappings.engine import Mapping
from tests.mappings.written import APPOINTMENT, Written, applied

RECORD: dict[str, object] = {"id": "1", "start": "2026-11-02 09:00", "status": "Booked"}


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    text = APPOINTMENT + "    volatile: [age]\n    ignore: {slot: Not ours., meta.*: Theirs., extra: Whole record.}\n"
    return Written(tmp_path).put(text).mapping()


def fields(mapping: Mapping, *records: dict[str, object]) -> dict[str, int]:
    notes = Notes()
    for record in records:
        notes.saw(record)
    return {row.field: row.count for row in report(mapping.spec, notes) if row.what == "unmapped field"}


def test_a_field_that_is_used_ignored_or_volatile_is_covered(mapping: Mapping) -> None:
    assert fields(mapping, RECORD | {"slot": "1", "age": "4"}) == {}


def test_a_field_nobody_mentions_is_counted(mapping: Mapping) -> None:
    assert fields(mapping, RECORD | {"colour": "red"}, RECORD | {"colour": ""}, {**RECORD}) == {"colour": 2}


def test_records_inside_records_are_covered_by_path_pattern_or_as_a_whole(mapping: Mapping) -> None:
    inner = {"meta": {"a": 1, "b": {"c": 2}}, "extra": {"x": {"y": 1}}, "notes": [{"by": "x"}, {"at": "y"}], "bag": {}}
    assert fields(mapping, RECORD | inner) == {"notes[].by": 1, "notes[].at": 1, "bag": 1}


def test_the_next_step_names_the_file_and_what_to_write(mapping: Mapping) -> None:
    notes = Notes()
    notes.saw({"colour": "red"})
    (row,) = report(mapping.spec, notes)
    assert "mappings/files/own.yaml" in row.next_step
    assert "`colour: <why>`" in row.next_step


@pytest.mark.parametrize(
    "private", ["ana@example.com", "call 2125550142", "a word much too long to be a code of any kind"]
)
def test_a_word_that_may_be_a_persons_is_hidden(mapping: Mapping, private: str) -> None:
    notes = Notes()
    applied(mapping, RECORD | {"status": private}, notes)
    assert [row.detail for row in report(mapping.spec, notes)] == [HIDDEN]


def test_a_field_with_too_many_words_is_no_code_field_and_none_is_shown(mapping: Mapping) -> None:
    notes = Notes()
    for number in range(MOST_VALUES + 1):
        applied(mapping, RECORD | {"status": f"name {chr(97 + number % 26)}{chr(97 + number // 26)}"}, notes)
    (row,) = report(mapping.spec, notes)
    assert (row.detail, row.count) == (HIDDEN, MOST_VALUES + 1)


def test_a_field_that_no_record_has_is_named(mapping: Mapping) -> None:
    notes = Notes()
    notes.saw({"id": "1", "Start": "2026-11-02 09:00", "status": "booked"})
    assert [(row.field, row.count) for row in absent(mapping.spec, notes)] == [("age", 1), ("start", 1)]
    assert "mappings/files/own.yaml" in absent(mapping.spec, notes)[0].next_step
    notes.saw(RECORD | {"age": ""})
    assert absent(mapping.spec, notes) == ()


def test_tallies_add_up(mapping: Mapping) -> None:
    one, other = Notes(), Notes()
    for notes in (one, other):
        notes.saw({"colour": ""})
        notes.locations["Moon"] += 1
    one.merge(other)
    assert {(row.what, row.count) for row in report(mapping.spec, one)} == {
        ("unmapped field", 2),
        ("unknown location", 2),
    }
