"""What a row is: its cells, its own bytes, its line, and where the next one begins."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.rows import LONGEST_LINE, MOST_LINES, Row, lines, rows

ENCODINGS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")


def read(text: str | bytes, *, width: int = 3, encoding: str = "utf-8", at: int = 0, number: int = 1) -> list[Row]:
    body = text if isinstance(text, bytes) else text.encode(encoding)
    file = io.BytesIO(body)
    file.seek(at)
    return list(rows(lines(file, encoding, b"\n", number), ",", width))


def cells(found: list[Row]) -> list[list[str]]:
    return [row.cells for row in found if not row.trouble]


def troubles(found: list[Row]) -> list[tuple[int, str]]:
    return [(row.number, row.trouble) for row in found if row.trouble]


def test_a_row_keeps_its_own_bytes_and_its_first_line() -> None:
    found = read('1,a,b\r\n2,"x\r\ny",""""\r\n3,c,d')
    assert [(row.raw, row.number) for row in found] == [(b"1,a,b", 1), (b'2,"x\r\ny",""""', 2), (b"3,c,d", 4)]
    assert cells(found)[1] == ["2", "x\ny", '"']


def test_a_stray_quote_costs_its_own_line_only() -> None:
    found = read('1,a,b\n2,"a,b\n3,c,d\n4,e,f\n')
    assert cells(found) == [["1", "a", "b"], ["3", "c", "d"], ["4", "e", "f"]]
    assert troubles(found) == [(2, "quote")]


def test_a_stray_quote_that_a_later_row_seems_to_close_costs_no_good_row() -> None:
    found = read('1,"a,b\n2,"x",d\n3,e,f\n')
    assert ["3", "e", "f"] in cells(found)
    assert troubles(found)[0] == (1, "quote")
    assert {row.number for row in found} == {1, 2, 3}


def test_a_quote_inside_a_plain_value_is_part_of_it() -> None:
    assert cells(read("1,5'10\" tall,b\n")) == [["1", "5'10\" tall", "b"]]


def test_a_quoted_value_may_have_many_line_breaks_but_not_without_end() -> None:
    break_often = '1,"' + "\n" * (MOST_LINES - 2) + '",b\n2,c,d\n'
    assert len(cells(read(break_often))) == 2
    too_often = '1,"' + "\n" * (MOST_LINES + 2) + '",b\n2,c,d\n'
    found = read(too_often)
    assert ["2", "c", "d"] in cells(found)
    assert troubles(found)[0] == (1, "quote")


@pytest.mark.parametrize("line", ["2,b", "2,b,c,d"])
def test_a_row_with_another_number_of_fields_is_set_aside(line: str) -> None:
    found = read(f"1,a,b\n{line}\n3,c,d\n")
    assert cells(found) == [["1", "a", "b"], ["3", "c", "d"]]
    assert troubles(found) == [(2, "fields")]


def test_delimiters_a_spreadsheet_leaves_at_the_end_do_not_matter() -> None:
    assert cells(read("1,a,b,,,\n,,,,,\n\n   \n2,c,d\n"))[-1] == ["2", "c", "d"]
    assert troubles(read("1,a,b,,,\n,,,,,\n\n2,c,d\n")) == []


def test_a_nul_and_a_foreign_byte_are_trouble_of_their_line() -> None:
    found = read(b"1,a\0,b\n2,\xe9,d\n3,e,f\n")
    assert troubles(found) == [(1, "nul"), (2, "encoding")]
    assert [row.raw for row in found[:2]] == [b"1,a\0,b", b"2,\xe9,d"]


def test_a_line_without_end_comes_in_pieces_and_nothing_of_it_is_lost() -> None:
    giant = b"x" * (LONGEST_LINE * 3) + b"\n2,c,d\n"
    found = read(giant)
    assert cells(found) == [["2", "c", "d"]]
    assert b"".join(row.raw for row in found if row.trouble == "long_line") == giant.partition(b"\n")[0]
    assert [row.number for row in found if not row.trouble] == [2]


CELL = st.text(st.characters(codec="cp1252", exclude_characters="\0\r"), max_size=8)
TABLE = st.lists(
    st.lists(CELL, min_size=3, max_size=3).filter(lambda cells: "".join(cells).strip()), min_size=1, max_size=12
)
"""No line of spaces alone: that is no row, whatever kind of space it is."""


@given(table=TABLE, encoding=st.sampled_from(ENCODINGS), newline=st.sampled_from(["\n", "\r\n"]), data=st.data())
def test_whatever_was_written_is_read_and_any_row_is_a_place_to_go_on_from(
    table: list[list[str]], encoding: str, newline: str, data: st.DataObject
) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator=newline).writerows(table)
    body = written.getvalue().encode(encoding)
    found = read(body, encoding=encoding)
    assert cells(found) == table
    assert [next(csv.reader([row.raw.decode(encoding)])) for row in found] == table
    cut = data.draw(st.integers(0, len(found) - 1))
    after = found[cut]
    rest = read(body, encoding=encoding, at=after.end, number=after.last + 1)
    assert rest == found[cut + 1 :]
