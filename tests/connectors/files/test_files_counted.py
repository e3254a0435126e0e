"""How many rows are to come: of one file by its lines, of several by their size, and after a cut of what is read now."""

from pathlib import Path

import pytest

from connectors.files import reader
from tests.connectors.files.dropped import NOW, STREAM, Drop, ids
from tests.connectors.wire.counting import expected, told


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    """Ten rows to a page."""
    monkeypatch.setattr(reader, "BATCH_ROWS", 10)
    return Drop(tmp_path / "drop", header="id,name")


def rows(count: int, first: int = 100) -> str:
    return "".join(f"{number},Person {number}\n" for number in range(first, first + count))


def test_a_file_says_how_many_rows_it_has_and_its_header_is_none(tmp_path: Path, drop: Drop) -> None:
    drop = Drop(tmp_path / "headed")
    drop.put("appointments.csv", "id,name\n" + rows(25))
    assert told(drop.pages()) == [(10, 25), (20, 25), (25, 25)]


def test_a_file_that_was_cut_counts_from_where_it_goes_on(drop: Drop) -> None:
    drop.put("appointments.csv", rows(30))
    whole = drop.pages()
    assert told(whole) == [(10, 30), (20, 30), (30, 30), (30, 30)]
    for cut, page in enumerate(whole[:-1], 1):
        assert set(expected(drop.pages(page.cursor))) == {30 - 10 * cut}


def test_files_that_wait_are_counted_together_whatever_was_read_of_them_before(drop: Drop) -> None:
    """Rows of one length, so that the guess is exact."""
    for number, count in enumerate((20, 5, 15)):
        drop.put(f"appointments-{number}.csv", rows(count, 100 + 100 * number))
    whole = drop.pages()
    assert set(expected(whole)) == {40}
    read = 0
    for page in whole[:-1]:
        read += len(page.records)
        rest = drop.pages(page.cursor)
        assert len(ids(rest)) == 40 - read
        assert set(expected(rest)) <= {40 - read, None}
        assert expected(rest)[-1] == 40 - read


def test_a_snapshot_that_was_cut_begins_anew_and_counts_everything(drop: Drop) -> None:
    drop.settings[f"{STREAM}.snapshot"] = "true"
    drop.put("appointments.csv", rows(25))
    assert expected(drop.pages(drop.pages()[0].cursor)) == [25, 25, 25]


def test_a_file_that_grows_while_it_is_read_costs_nothing(drop: Drop) -> None:
    path = drop.put("appointments-1.csv", rows(20))
    drop.put("appointments-2.csv", rows(2, 300))
    pages = []
    for page in drop.puller().pull(STREAM, None, now=NOW):
        pages.append(page)
        if len(pages) == 1:
            path.write_text(path.read_text() + rows(40, 500))
    assert len(set(ids(pages))) == 62


def test_a_file_that_is_none_and_an_empty_one_are_no_trouble(drop: Drop) -> None:
    drop.put("appointments-1.csv", b"PK\x03\x04")
    drop.put("appointments-2.csv", "")
    drop.put("appointments-3.csv", rows(10))
    pages = drop.pages()
    assert [len(page.suspects) for page in pages] == [1, 1, 0, 0]
    assert expected(pages)[-1] == 12
