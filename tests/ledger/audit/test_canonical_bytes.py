import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from unicodedata import normalize

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.canonical_bytes import LARGEST_INT, BodyRefused, body_bytes

VECTORS = Path(__file__).parents[1] / "data" / "rfc8785"
NAMES = sorted(path.name for path in (VECTORS / "input").iterdir())
WITH_FLOATS = {"structures.json", "values.json"}
NOT_NFC = {"unicode.json", "weird.json"}
"""U+0041 U+030A composes; U+FB33 is excluded from composition, so it comes apart."""

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WHOLE = st.integers(-LARGEST_INT, LARGEST_INT)
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT.map(lambda text: normalize("NFC", text)), inner, max_size=3)
    ),
    max_leaves=8,
)


def published(kind: str, name: str) -> bytes:
    return (VECTORS / kind / name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_library_writes_what_the_standard_writes(name: str) -> None:
    assert rfc8785.dumps(json.loads(published("input", name))) == published("output", name)


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITH_FLOATS - NOT_NFC))
def test_a_body_is_written_as_the_standard_writes_it(name: str) -> None:
    expected = b'{"vector":' + published("output", name) + b"}"
    assert body_bytes({"vector": json.loads(published("input", name))}) == expected


@pytest.mark.parametrize("name", sorted(NOT_NFC))
def test_text_is_normalised_where_the_standard_keeps_it_as_it_came(name: str) -> None:
    normalised = json.loads(normalize("NFC", json.dumps(json.loads(published("input", name)), ensure_ascii=False)))
    assert body_bytes(json.loads(published("input", name))) == rfc8785.dumps(normalised) != published("output", name)


@pytest.mark.parametrize("name", sorted(WITH_FLOATS))
def test_a_vector_with_floats_is_refused(name: str) -> None:
    with pytest.raises(BodyRefused, match="of type float"):
        body_bytes(json.loads(published("input", name)))


@pytest.mark.parametrize(
    "value,told",
    [
        (1.0, "body.held is of type float"),
        (float("nan"), "body.held is of type float"),
        (LARGEST_INT + 1, "body.held is an integer beyond"),
        (-LARGEST_INT - 1, "body.held is an integer beyond"),
        ("\ud800", "body.held is not valid Unicode"),
        (b"bytes", "body.held is of type bytes"),
        (Decimal(1), "body.held is of type Decimal"),
        (datetime(2026, 11, 1, tzinfo=UTC), "body.held is of type datetime"),
        ([0, 1.5], r"body.held\[1\] is of type float"),
        ({1: "x"}, "key 0 of body.held is of type int"),
        ({"\ud800": "x"}, "key 0 of body.held is not valid Unicode"),
        ({"\u00e5": 1, "a\u030a": 2}, "key 1 of body.held equals another key"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_its_place(value: object, told: str) -> None:
    with pytest.raises(BodyRefused, match=told) as refused:
        body_bytes({"held": value})
    assert refused.value.next_step


def test_a_refusal_never_quotes_the_value() -> None:
    with pytest.raises(BodyRefused) as refused:
        body_bytes({"note": {"Jennifer 555-0100": ["Jennifer", 5550100.0]}})
    assert "Jennifer" not in str(refused.value)
    assert "555" not in str(refused.value)


@given(st.dictionaries(TEXT.map(lambda text: normalize("NFC", text)), PLAIN, max_size=4))
def test_equal_content_has_equal_bytes_whatever_the_order_and_the_spelling(content: dict[str, object]) -> None:
    written = body_bytes(content)
    backwards = dict(reversed(content.items()))
    decomposed = json.loads(normalize("NFD", json.dumps(backwards, ensure_ascii=False)))
    assert body_bytes(backwards) == written
    assert body_bytes(json.loads(written)) == written
    assert body_bytes(decomposed) == written
