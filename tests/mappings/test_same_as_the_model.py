"""The compiled mapping makes, byte for byte, what the canonical model makes of the same values."""

import csv
import json
from datetime import UTC, date, datetime

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.model import Noun
from mappings.catalogue import Catalogue
from mappings.engine import Cannot
from mappings.targets import MODELS
from tests.mappings.written import applied
from tests.shared_data import shared

CATALOGUE = Catalogue()
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
EMPTY = st.just("")
LOCAL = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001 - a wall clock
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(str)
YES_NO = st.sampled_from(["", "Yes", "no", "Y", "0"])
GOOD: tuple[tuple[str, st.SearchStrategy[str]], ...] = (
    ("opt_out", YES_NO),
    ("consent_form", TEXT),
    ("consent_at", EMPTY | LOCAL.map(lambda one: one.strftime("%Y-%m-%d %H:%M"))),
    ("consent", st.sampled_from(["", "yes", "no", "written", "provided", "perhaps"])),
    ("guardian_phone", st.integers(100, 199).map(lambda number: f"(212) 555-0{number}")),
    ("phone", EMPTY | st.integers(100, 199).map(lambda number: f"212-555-0{number}") | TEXT),
    ("email", EMPTY | st.from_regex(r"[a-z]{1,8}@Example\.com", fullmatch=True) | TEXT),
    ("updated", EMPTY | LOCAL.map(lambda one: one.replace(tzinfo=UTC).isoformat())),
    ("interval", TEXT),
    ("minutes", st.sampled_from(["", "45", "0.5"])),
    ("location", st.sampled_from(["", "Downtown", " Loop "])),
    ("status", st.sampled_from(["Booked", "no-show", "attended", "what?"])),
    ("booked_by", st.sampled_from(["", "online", "Staff", "an owl"])),
    ("flags", st.sampled_from(["", "staff; TEST", "deceased"])),
    ("language", st.sampled_from(["", "English", "Español", "Klingon"])),
    ("state", st.sampled_from(["", "New York", "tx", "Bavaria"])),
    ("scheduling_date", EMPTY | DAYS),
    ("date", DAYS),
    ("dob", EMPTY | DAYS),
    ("time", st.times().map(lambda one: one.strftime("%H:%M:%S"))),
    ("_at", EMPTY | LOCAL.map(lambda one: one.isoformat(sep=" ", timespec="minutes"))),
    ("start", LOCAL.map(lambda one: one.strftime("%Y-%m-%dT%H:%M"))),
    ("end", EMPTY | LOCAL.map(lambda one: one.strftime("%Y-%m-%d %H:%M:%S"))),
    ("_id", st.integers(1, 10**12).map(str)),
)


@st.composite
def records(draw: st.DrawFn, name: str) -> dict[str, str]:
    """A record that mapping reads, in which now and then one field holds anything at all."""
    fields = sorted({source for row in CATALOGUE.mapping("files", name).lineage for source in row.sources})
    record = {field: draw(next((good for word, good in GOOD if word in field), TEXT)) for field in fields}
    if draw(st.booleans()):
        record[draw(st.sampled_from(fields))] = draw(TEXT)
    return record


def held_to_the_model(name: str, record: dict[str, str]) -> None:
    mapping = CATALOGUE.mapping("files", name)
    try:
        made = applied(mapping, dict(record))
    except Cannot:
        return
    model: Noun = MODELS[mapping.kind].model_validate_json(made.encoded())
    assert made.encoded() == rfc8785.dumps(model.model_dump(mode="json"))
    assert MODELS[mapping.kind].model_validate(json.loads(made.encoded())) == model


@settings(max_examples=100)
@given(record=records("appointments"))
def test_appointments(record: dict[str, str]) -> None:
    held_to_the_model("appointments", record)


@settings(max_examples=100)
@given(record=records("contacts"))
def test_people(record: dict[str, str]) -> None:
    held_to_the_model("contacts", record)


@settings(max_examples=100)
@given(record=records("medscheduler_appointments"))
def test_medscheduler(record: dict[str, str]) -> None:
    held_to_the_model("medscheduler_appointments", record)


@pytest.mark.parametrize("name", ["appointments", "patients"])
def test_every_row_of_the_shared_export(name: str) -> None:
    mapping = CATALOGUE.mapping("files", f"medscheduler_{name}")
    with shared("data", "medscheduler", f"{name}.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            made = applied(mapping, dict(row))
            model = MODELS[mapping.kind].model_validate_json(made.encoded())
            assert made.encoded() == rfc8785.dumps(model.model_dump(mode="json"))
