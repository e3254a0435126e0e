"""What the pages promise: a stranger's mapping, written from them alone, does what they say."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from connectors.files.reader import TROUBLE
from mappings.catalogue import Catalogue
from mappings.coverage import Notes, report
from mappings.engine import Surroundings
from mappings.reading import KEYS
from mappings.spec import VERBS
from mappings.targets import MODELS, targets
from mappings.transforms.loaded import TRANSFORMS
from tests.mappings.written import NEW_YORK, Written, applied

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/mappings.md").read_text(encoding="utf-8")
FILES = (ROOT / "docs/files.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```(?:yaml|csv)\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
HERE = Surroundings(zones={"Main St": NEW_YORK})


@pytest.fixture
def stranger(tmp_path: Path) -> Written:
    """The practice's folder as the page tells to write it."""
    written = Written(tmp_path)
    for name, text in BLOCKS.items():
        if name.startswith("mappings/"):
            written.put(text, name.removeprefix("mappings/"))
    return written


def test_the_example_becomes_what_the_page_shows(stranger: Written) -> None:
    mapping = stranger.mapping("files/visits")
    notes = Notes()
    rows = list(csv.DictReader(io.StringIO(BLOCKS["visits.csv"])))
    for row in rows:
        notes.saw(row)
    made = [applied(mapping, dict(row), notes, HERE) for row in rows]
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert json.loads(shown).items() <= made[0].body.items()
    assert [one.body["status"] for one in made] == ["confirmed", "no_show", "unknown"]
    assert [(row.what, row.detail) for row in report(mapping.spec, notes)] == [("unknown code", "Pencilled in")]


def test_the_example_of_people_works(stranger: Written) -> None:
    made = applied(
        stranger.mapping("files/people"),
        {
            "Client No": "C-77",
            "Name": "Ana Ruiz",
            "Born": "2/29/1984",
            "Mobile": "(212) 555-0142",
            "Other phones": "212-555-0143; 212-555-0142",
            "No texts": "no",
            "Texts agreed": "Yes",
            "Agreed on": "1/5/2026",
        },
    )
    assert made.body["phones"] == ["+12125550142", "+12125550143"]
    assert made.body["opted_out"] == []
    assert [consent["form_version"] for consent in made.body["consents"]] == ["v4"]  # type: ignore[attr-defined]  # a list of records


@pytest.mark.parametrize("name", [*TRANSFORMS])
def test_every_transform_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE.partition("## Transforms")[2].partition("## Code lists")[0]


@pytest.mark.parametrize("word", sorted({*KEYS, *VERBS}))
def test_every_key_and_verb_is_on_the_page(word: str) -> None:
    assert f"| `{word}` |" in PAGE


@pytest.mark.parametrize("kind", MODELS)
def test_every_field_of_ours_is_on_the_page(kind: str) -> None:
    chapter = PAGE.partition("## Our fields")[2].partition("## What happens")[0]
    (told,) = re.findall(rf"^\*\*{kind}\*\*:(.*?)(?:\n\n|\Z)", chapter, re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", told))
    missing = {name for name in targets(next(one for one in MODELS if one == kind)) if name != "vendor_id"} - named
    assert not missing


@pytest.mark.parametrize("kind", MODELS)
def test_the_words_of_every_code_field_are_on_the_page(kind: str) -> None:
    for target in targets(next(one for one in MODELS if one == kind)).values():
        if target.name not in {"channel", "direction", "opted_out"}:
            assert all(f"`{member}`" in PAGE for member in target.members), target.name


def test_every_code_list_of_files_is_on_the_page() -> None:
    streams = [name for name in Catalogue().names() if name.startswith("files/")]
    used = {row.code for name in streams for row in Catalogue().mapping(*name.split("/")).lineage if row.code}
    assert len(used) > 5
    assert {name for name in used if f"`{name}`" not in PAGE} == set()


def test_every_trouble_of_a_file_is_on_its_page() -> None:
    whole = set(
        re.findall(
            r"Unusable\(\s*\"(\w+)\"", "".join(file.read_text() for file in (ROOT / "connectors/files").glob("*.py"))
        )
    )
    assert len(whole) >= 6
    for code in whole | TROUBLE.keys() | {"snapshot_too_small"}:
        assert f"| `{code}` |" in FILES


def test_the_columns_of_the_plain_mappings_are_on_the_page() -> None:
    for stream in ("appointments", "contacts", "memberships", "intakes", "payments", "reviews"):
        read = {source for row in Written(ROOT / "none").mapping(f"files/{stream}").lineage for source in row.sources}
        assert {name for name in read if f"`{name}`" not in FILES} == set()
