"""Pages come to an end, records keep their bytes, and complaints name fields and never values."""

import pytest

from canonical.problems import ProtocolBroken, Where
from canonical.raw import Suspect
from connectors.kit.paging import next_number, next_url, relative, walk
from connectors.kit.shapes import AnyId, Misshapen, Shape, VendorId, require_shape, shaped, split, told_apart

WHERE = Where("vendor", "pull.things")
PAGES = {"1": ("a", "2"), "2": ("b", "3"), "3": ("c", None)}


def test_a_walk_ends_with_the_page_that_has_no_next() -> None:
    assert list(walk(PAGES.__getitem__, "1", lambda page: page[1], WHERE)) == [
        (("a", "2"), "2"),
        (("b", "3"), "3"),
        (("c", None), None),
    ]


def test_pages_that_lead_in_a_circle_are_noticed() -> None:
    circle = {"1": "2", "2": "3", "3": "2"}
    with pytest.raises(ProtocolBroken, match="never end"):
        list(walk(circle.__getitem__, "1", str, WHERE))


def test_a_next_page_is_found_from_here_and_never_elsewhere() -> None:
    base = "https://api.vendor.example/v1/things"
    assert next_url(base, "/v1/things?page=2", WHERE) == "https://api.vendor.example/v1/things?page=2"
    assert next_url(base, None, WHERE) is None
    assert relative("https://api.vendor.example/v1/things?page=2") == "/v1/things?page=2"
    for stranger in ("https://evil.example/x", "//evil.example/x", "http://api.vendor.example/x"):
        with pytest.raises(ProtocolBroken, match="another host"):
            next_url(base, stranger, WHERE)


def test_a_short_page_is_the_last_where_pages_are_counted() -> None:
    assert (next_number("1", 100, 100), next_number("2", 99, 100)) == ("2", None)


def test_a_page_is_split_without_touching_a_byte() -> None:
    first = b'{ "id":"1",\t"name" : "\\u00c4na",  "n": 1.10 }'
    page = b'{"things": [' + first + b', {"id":"2"}], "next": "/2", "total": 2}'
    records, rest = split(page, "things")
    assert records == (first, b'{"id":"2"}')
    assert rest == {"next": "/2", "total": 2}


def test_a_list_that_is_null_is_empty() -> None:
    assert split(b'{"things": null, "next": null}', "things") == ((), {"next": None})


@pytest.mark.parametrize("page", [b"", b"<html>", b'{"things": [', b"[]", b'{"other": []}', b'{"things": {}}', b"\xff"])
def test_what_is_no_page_is_misshapen(page: bytes) -> None:
    with pytest.raises(Misshapen):
        split(page, "things")


def test_a_row_that_is_none_is_set_aside_with_its_place_and_the_page_goes_on() -> None:
    def suspect(body: bytes, origin: str) -> Suspect:
        return Suspect(body=body, origin=origin, code="no_id", problem="has no id", next_step="ask the vendor")

    rows, bad = told_apart((b"a", b"?", b"c"), lambda body: body if body != b"?" else None, suspect, "page 4, row")
    assert rows == (b"a", b"c")
    assert [(each.body, each.origin) for each in bad] == [(b"?", "page 4, row 2")]


class Thing(Shape):
    id: VendorId
    name: str = ""


def test_a_shape_keeps_what_it_does_not_know() -> None:
    assert shaped(b'{"id": "1", "new": [1]}', Thing).model_extra == {"new": [1]}


@pytest.mark.parametrize("body", [b'{"id": ""}', b'{"id": 5}', b"{}", b'{"id": "1", "name": 7}', b"nonsense-of-ana"])
def test_a_complaint_names_the_field_and_never_the_value(body: bytes) -> None:
    with pytest.raises(Misshapen) as wrong:
        shaped(body, Thing)
    assert "ana" not in str(wrong.value).lower().replace("name", "")
    assert wrong.value.__context__ is None


class Numbered(Shape):
    id: AnyId


def test_a_whole_number_may_be_an_id_and_no_other_number() -> None:
    assert shaped(b'{"id": 90071992547409931}', Numbered).id == "90071992547409931"
    for body in (b'{"id": 9.37E+12}', b'{"id": true}', b'{"id": ""}', b'{"id": null}'):
        with pytest.raises(Misshapen):
            shaped(body, Numbered)


def test_a_decoded_record_is_held_against_its_shape() -> None:
    require_shape({"id": "1", "other": "Ana"}, Thing, WHERE)
    with pytest.raises(ProtocolBroken, match=r"wrong id \(missing\)"):
        require_shape({"other": "Ana"}, Thing, WHERE)
