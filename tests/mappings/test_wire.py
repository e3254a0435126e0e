"""Stored bytes are read by the format beside them, and what they say decides whether they changed."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.raw import FORM, JSON, WireFormat
from mappings.wire import NotReadable, fingerprints, read, read_many


def rows_of(*fields: str, delimiter: str = ",", encoding: str = "utf-8") -> WireFormat:
    return WireFormat(shape="csv", encoding=encoding, delimiter=delimiter, fields=fields)


def fingerprint(form: WireFormat, body: bytes, *volatile: str) -> str:
    return next(fingerprints([form], [body], frozenset(volatile)))


def test_each_format_is_read() -> None:
    assert read(JSON.text, b'{"a": [1], "b": null}') == {"a": [1], "b": None}
    assert read(FORM.text, b"From=%2B1212&Body=&Media=1&Media=2") == {"From": "+1212", "Body": "", "Media": ["1", "2"]}
    assert read(rows_of("a", "b", delimiter=";", encoding="cp1252").text, b'1;"Mu\xf1oz;\nAna"') == {
        "a": "1",
        "b": "Muñoz;\nAna",
    }


@pytest.mark.parametrize(
    "form, body",
    [
        (JSON.text, b"{"),
        (JSON.text, b"[1]"),
        (JSON.text, b"\xff"),
        (FORM.text, b"no pair"),
        (rows_of("a", "b").text, b"1"),
        (rows_of("a", "b").text, b"1,2,3"),
        (rows_of("a", "b").text, b'1,"2'),
        (rows_of("a", "b").text, b"1,\xff"),
        (rows_of("a", "b").text, b"1,2\n3,4"),
        ("parquet", b"PAR1"),
    ],
)
def test_what_is_not_its_format_is_not_readable(form: str, body: bytes) -> None:
    with pytest.raises(NotReadable):
        read(form, body)


def test_one_bad_row_does_not_move_the_others() -> None:
    form = rows_of("a", "b").text
    found = list(read_many(form, [b"1,x", b'2,"y', b"3,z"]))
    assert [found[0], found[2]] == [{"a": "1", "b": "x"}, {"a": "3", "b": "z"}]
    assert isinstance(found[1], NotReadable)


CELLS = st.lists(
    st.text(st.characters(codec="cp1252", exclude_characters="\0\r"), max_size=6), min_size=3, max_size=3
).filter(any)


def written(cells: list[str], delimiter: str, quoting: int) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerow(cells)  # type: ignore[arg-type]  # one of csv's own constants
    return file.getvalue().removesuffix("\n")


@given(cells=CELLS, order=st.permutations(range(3)))
def test_another_spelling_of_a_row_says_the_same(cells: list[str], order: list[int]) -> None:
    names = ("a", "b", "c")
    plain = fingerprint(rows_of(*names), written(cells, ",", csv.QUOTE_MINIMAL).encode())
    moved = [cells[at] for at in order]
    other = rows_of(*(names[at] for at in order), delimiter=";", encoding="cp1252")
    assert fingerprint(other, written(moved, ";", csv.QUOTE_ALL).encode("cp1252")) == plain


@given(cells=CELLS, other=CELLS)
def test_different_rows_say_different_things(cells: list[str], other: list[str]) -> None:
    form = rows_of("a", "b", "c")
    same = fingerprint(form, written(cells, ",", csv.QUOTE_ALL).encode()) == fingerprint(
        form, written(other, ",", csv.QUOTE_ALL).encode()
    )
    assert same == (cells == other)


def test_volatile_fields_do_not_count() -> None:
    form = rows_of("id", "age")
    assert fingerprint(form, b"1,4", "age") == fingerprint(form, b"1,5", "age")
    assert fingerprint(form, b"1,4") != fingerprint(form, b"1,5")
    deep = [b'{"id": 1, "p": {"seen": 1, "x": 2}}', b'{"p": {"x": 2, "seen": 9}, "id": 1}']
    assert len(set(fingerprints([JSON, JSON], deep, frozenset({"p.seen"})))) == 1


def test_a_renamed_column_is_a_change() -> None:
    assert fingerprint(rows_of("a", "b"), b"1,2") != fingerprint(rows_of("a", "c"), b"1,2")


def test_bytes_nobody_can_read_still_have_a_fingerprint() -> None:
    found = list(fingerprints([JSON, rows_of("a", "b")], [b"{", b"1"], frozenset({"x"})))
    assert len(set(found)) == 2
