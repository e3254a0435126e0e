"""Files in a folder become pages: once, in order, from wherever the last pull stopped."""

import json
import os
import subprocess
import sys
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from canonical.problems import NeedsOperator
from connectors.files.pull import Cursor
from connectors.files.reader import BATCH_ROWS, TROUBLE
from connectors.kit.registry import manifest
from mappings.wire import read
from tests.connectors.files.dropped import NOW, STREAM, Drop, ids, records, suspects, troubles

SMALL = "id,name\n1,Ana\n2,Bea\n"


def table(rows: int, first: int = 1) -> str:
    return "id,name\n" + "".join(f"{number},name {number}\n" for number in range(first, first + rows))


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path / "drop")


def test_a_row_is_named_by_file_and_line_and_reads_back_with_its_header(drop: Drop) -> None:
    drop.put("appointments.csv", SMALL)
    found = records(drop.pages())
    assert [(record.vendor_id, record.origin) for record in found] == [
        ("1", "appointments.csv:2"),
        ("2", "appointments.csv:3"),
    ]
    assert read(found[1].format.text, found[1].body) == {"id": "2", "name": "Bea"}


def test_the_same_file_is_not_opened_twice(drop: Drop) -> None:
    path = drop.put("appointments.csv", SMALL)
    pages = drop.pages()
    path.chmod(0o000)
    assert drop.pages(pages[-1].cursor) == []


def test_a_renamed_copy_is_known_by_its_content(drop: Drop) -> None:
    drop.put("appointments.csv", SMALL)
    cursor = drop.pages()[-1].cursor
    drop.put("appointments (1).csv", SMALL)
    (page,) = drop.pages(cursor)
    assert page.again
    assert page.complete


def test_files_are_read_oldest_first(drop: Drop) -> None:
    drop.put("appointments-b.csv", "id\n1\n")
    drop.put("appointments-a.csv", "id\n2\n")
    pages = drop.pages()
    assert ids(pages) == ["1", "2"]
    assert [page.complete for page in pages] == [False, True]


def test_a_pull_cut_after_a_page_goes_on_behind_it(drop: Drop) -> None:
    drop.put("appointments.csv", table(BATCH_ROWS * 2 + 10))
    whole = drop.pages()
    assert [len(page.records) for page in whole] == [BATCH_ROWS, BATCH_ROWS, 10]
    rest = drop.pages(whole[0].cursor)
    assert records(rest) == records(whole[1:])
    assert rest[-1].cursor == whole[-1].cursor


def test_a_file_that_became_another_one_is_read_from_its_beginning(drop: Drop) -> None:
    drop.put("appointments.csv", table(BATCH_ROWS + 10))
    cursor = drop.pages()[0].cursor
    drop.put("appointments.csv", table(BATCH_ROWS + 10, first=2))
    assert ids(drop.pages(cursor))[0] == "2"


def test_a_file_that_changes_while_it_is_read_is_not_done(drop: Drop) -> None:
    path = drop.put("appointments.csv", table(BATCH_ROWS + 10))
    pages = []
    for page in drop.puller().pull(STREAM, None, now=NOW):
        pages.append(page)
        with path.open("a") as file:
            file.write("late,row\n")
    assert not pages[-1].complete
    assert Cursor.model_validate_json(pages[-1].cursor).done == {}
    assert "late" in ids(drop.pages(pages[-1].cursor))


def test_facts_are_as_old_as_the_newest_file_and_never_from_the_future(drop: Drop) -> None:
    path = drop.put("appointments.csv", SMALL)
    assert drop.pages()[-1].as_of == NOW - timedelta(minutes=59)
    os.utime(path, (NOW.timestamp() + 9999, NOW.timestamp() + 9999))
    assert drop.pages()[-1].as_of == NOW


def test_a_live_folder_is_as_fresh_as_its_reading(tmp_path: Path) -> None:
    drop = Drop(tmp_path / "drop", as_of="reading")
    drop.put("appointments.csv", SMALL)
    cursor = drop.pages()[-1].cursor
    (page,) = drop.pages(cursor)
    assert (page.records, page.complete, page.as_of) == ((), True, NOW)


@pytest.mark.parametrize("name", ["appointments.csv.part", ".appointments.csv", "~$appointments.csv", "patients.csv"])
def test_unfinished_and_foreign_files_are_left_alone(drop: Drop, name: str) -> None:
    drop.put(name, SMALL)
    assert drop.pages() == []


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_way_a_spreadsheet_saves_is_read_alike(drop: Drop, sign: str, encoding: str) -> None:
    text = f'id{sign}name\r\n0007{sign}"Muñoz{sign} Ana"\r\n'
    drop.put("appointments.csv", text, encoding)
    (record,) = records(drop.pages())
    assert read(record.format.text, record.body) == {"id": "0007", "name": f"Muñoz{sign} Ana"}


def test_excels_hint_of_its_delimiter_is_believed(drop: Drop) -> None:
    drop.put("appointments.csv", "sep=;\nid;a,b,c\n1;x\n")
    (record,) = records(drop.pages())
    assert record.origin == "appointments.csv:3"
    assert read(record.format.text, record.body) == {"id": "1", "a,b,c": "x"}


def test_old_line_endings_are_line_endings(drop: Drop) -> None:
    drop.put("appointments.csv", "id,name\r1,Ana\r2,Bea\r")
    assert ids(drop.pages()) == ["1", "2"]


def test_a_header_may_be_declared_and_lines_above_it_skipped(tmp_path: Path) -> None:
    declared = Drop(tmp_path / "declared", header="id,name")
    declared.put("appointments.csv", "1,Ana\n2,Bea\n")
    assert ids(declared.pages()) == ["1", "2"]
    skipped = Drop(tmp_path / "skipped", skip_lines="2")
    skipped.put("appointments.csv", "Report of the day\n\nid,name\n1,Ana\n")
    assert [record.origin for record in records(skipped.pages())] == ["appointments.csv:4"]


def test_a_stream_declared_otherwise_is_read_again(drop: Drop) -> None:
    drop.put("appointments.csv", "id,name\n1,Ana\n2,Mu\xf1oz\n", "cp1252")
    drop.settings[f"{STREAM}.encoding"] = "utf-8"
    pages = drop.pages()
    assert troubles(pages) == {"appointments.csv:3": "encoding"}
    drop.settings[f"{STREAM}.encoding"] = "cp1252"
    assert ids(drop.pages(pages[-1].cursor)) == ["1", "2"]


def test_columns_without_a_name_of_their_own_get_one(drop: Drop) -> None:
    drop.put("appointments.csv", "id,phone,,phone\n1,a,b,c\n")
    (record,) = records(drop.pages())
    assert read(record.format.text, record.body) == {"id": "1", "phone": "a", "column 3": "b", "phone#2": "c"}


@pytest.mark.parametrize("spoiled", ["9.37E+12", "9,37E+12", "9.37e+12", "1E+15", "88121.0", "88121,00"])
def test_an_id_a_spreadsheet_has_rounded_is_set_aside_and_never_matched(drop: Drop, spoiled: str) -> None:
    drop.put("appointments.csv", f'id,name\n"{spoiled}",Ana\n2,Bea\n"{spoiled}",Cleo\n')
    pages = drop.pages()
    assert ids(pages) == ["2"]
    assert troubles(pages) == {"appointments.csv:2": "spreadsheet_id", "appointments.csv:4": "spreadsheet_id"}


@pytest.mark.parametrize("good", ["937E12", "12e4", "0007", "A-1.0-b", "9370000000000", "e+12", "1.2.0"])
def test_an_id_that_only_looks_odd_is_an_id(drop: Drop, good: str) -> None:
    drop.put("appointments.csv", f"id,name\n{good},Ana\n")
    assert ids(drop.pages()) == [good]


def test_several_columns_make_one_id(tmp_path: Path) -> None:
    drop = Drop(tmp_path / "drop", id=json.dumps(["patient", "day"]))
    drop.put("appointments.csv", "patient,day\n7,2026-11-01\n7,\n")
    pages = drop.pages()
    assert ids(pages) == ["7/2026-11-01"]
    assert troubles(pages) == {"appointments.csv:3": "no_id"}


def test_json_lines_are_read_like_rows(drop: Drop) -> None:
    drop.settings[f"{STREAM}.id"] = "who.id"
    drop.put(
        "appointments.jsonl", '\ufeff{"who": {"id": 17}, "x": [1]}\n\n{"who": {}}\nnot json\n{"who": {"id": 9.37e12}}\n'
    )
    pages = drop.pages()
    assert ids(pages) == ["17"]
    assert records(pages)[0].body == b'{"who": {"id": 17}, "x": [1]}'
    assert troubles(pages) == {
        "appointments.jsonl:3": "no_id",
        "appointments.jsonl:4": "json",
        "appointments.jsonl:5": "spreadsheet_id",
    }


WHOLE_FILES = {
    "not_text": b"PK\x03\x04" + bytes(50),
    "empty": b"\n\n",
    "no_id_column": b"Id,name\n1,Ana\n",
    "id_column_twice": b"id,name,id\n1,Ana,2\n",
    "json_array": b'[{"id": 1}]\n',
    "json_encoding": '{"id": "é"}\n'.encode("cp1252"),
}


@pytest.mark.parametrize("code", WHOLE_FILES)
def test_a_file_that_is_no_table_is_set_aside_whole_with_a_next_step(drop: Drop, code: str) -> None:
    drop.put("appointments.csv", WHOLE_FILES[code])
    pages = drop.pages()
    (suspect,) = suspects(pages)
    assert (suspect.code, suspect.origin.split(":")[0]) == (code, "appointments.csv")
    assert suspect.next_step
    assert drop.pages(pages[-1].cursor) == []


def test_a_missing_id_column_names_the_nearest_one(drop: Drop) -> None:
    drop.settings[f"{STREAM}.id"] = "appointment_id"
    drop.put("appointments.csv", "Appointment ID,patient\n1,Ana\n")
    (suspect,) = suspects(drop.pages())
    assert "'Appointment ID'" in suspect.next_step
    assert suspect.origin == "appointments.csv:1"


LINES = {
    "encoding": b"\xff\xfe1,Ana\n",
    "nul": b"1,A\0na\n",
    "long_line": b"1," + b"x" * (2**20 + 2**20) + b"\n",
    "quote": b'1,"Ana\n',
    "fields": b"1,Ana,x\n",
    "no_id": b",Ana\n",
    "spreadsheet_id": b"9.37E+12,Ana\n",
    "json": b"",
}


@pytest.mark.parametrize("code", TROUBLE)
def test_every_trouble_of_a_line_is_provoked_and_says_what_to_do(drop: Drop, code: str) -> None:
    if code == "json":
        drop.put("appointments.jsonl", b'{"id": "1"}\n[]\n')
    else:
        drop.put("appointments.csv", b"id,name\n0,Zoe\n" + LINES[code])
        drop.settings[f"{STREAM}.encoding"] = "utf-8"
    found = suspects(drop.pages())
    assert {suspect.code for suspect in found} == {code}
    assert all(suspect.next_step and suspect.problem.endswith(".") for suspect in found)
    assert not any("Ana" in suspect.problem + suspect.next_step for suspect in found)


def test_a_snapshot_says_so_on_its_last_page_only_when_every_row_was_good(tmp_path: Path) -> None:
    drop = Drop(tmp_path / "drop", snapshot="true")
    drop.put("appointments-1.csv", table(BATCH_ROWS + 1))
    drop.put("appointments-2.csv", "id,name\n1\n")
    drop.put("appointments-3.csv", table(BATCH_ROWS + 1))
    assert [page.whole for page in drop.pages()] == [False, True, False, False, True]


def test_a_folder_that_is_not_there_and_a_stream_without_id_need_somebody(tmp_path: Path) -> None:
    drop = Drop(tmp_path / "drop")
    drop.settings.pop(f"{STREAM}.id")
    with pytest.raises(NeedsOperator, match="which column is the id") as problem:
        drop.pages()
    assert "files/appointments.yaml" in problem.value.next_step
    drop = Drop(tmp_path / "other", encoding="klingon")
    with pytest.raises(NeedsOperator, match="encoding"):
        drop.pages()


def wide(drop: Drop, rows: int) -> int:
    with drop.put("appointments.csv", "id,name\n").open("a") as file:
        file.writelines(f"{number},{'x' * 180}\n" for number in range(rows))
    return rows


def peak_of_reading(drop: Drop, rows: int) -> int:
    wide(drop, rows)
    tracemalloc.start()
    assert sum(len(page.records) for page in drop.puller().pull(STREAM, None, now=NOW)) == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_file_six_times_as_long_takes_no_more_memory(drop: Drop) -> None:
    assert peak_of_reading(drop, 60_000) < peak_of_reading(drop, 10_000) * 1.25


READ_ALL = """
import resource, sys
from pathlib import Path
from tests.connectors.files.dropped import NOW, STREAM, Drop
resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))
pages = Drop(Path(sys.argv[1])).puller().pull(STREAM, None, now=NOW)
sys.stdout.write(str(sum(len(page.records) for page in pages)))
"""


@pytest.mark.soak
def test_a_file_larger_than_memory_is_read(drop: Drop) -> None:
    rows = wide(drop, 3_000_000)
    assert (drop.folder / "appointments.csv").stat().st_size > 500_000_000
    run = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(drop.folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (run.stdout, run.returncode) == (str(rows), 0), run.stderr[-2000:]


def test_a_file_that_says_again_what_an_earlier_one_said_is_news_when_others_came_between(drop: Drop) -> None:
    """A visit moved away and back: the third export has the bytes of the first."""
    drop.put("appointments.csv", "id,name\n1,a\n")
    cursor = drop.pages()[-1].cursor
    drop.put("appointments.csv", "id,name\n1,b\n")
    cursor = drop.pages(cursor)[-1].cursor
    drop.put("appointments.csv", "id,name\n1,a\n")
    (page,) = drop.pages(cursor)
    assert page.records
    assert not page.again


def test_an_old_export_that_turns_up_once_more_is_not_news(drop: Drop) -> None:
    drop.put("appointments-1.csv", "id,name\n1,a\n")
    drop.put("appointments-2.csv", "id,name\n1,b\n")
    cursor = drop.pages()[-1].cursor
    copy = drop.put("appointments-0.csv", "id,name\n1,a\n")
    os.utime(copy, (1_700_000_000, 1_700_000_000))
    (page,) = drop.pages(cursor)
    assert page.again


def test_a_daily_export_is_fresh_through_the_longest_day_of_the_year() -> None:
    """In the night in which the clocks go back, the next file at the same wall time is 25 hours away (FRESH-01)."""
    described = manifest("files").stream("appointments")
    assert described is not None
    assert described.max_age is not None
    assert timedelta(hours=25) < described.max_age < timedelta(hours=48), "a second file that is missing is noticed"
