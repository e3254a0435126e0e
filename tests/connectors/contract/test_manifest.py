"""A connector's folder is what its manifest says it is."""

from fnmatch import fnmatchcase

import pytest
import yaml

from connectors.kit import registry
from connectors.kit.capabilities import present, promised
from connectors.kit.manifest import Evidence
from tests.connectors.contract import test_mapping, test_problems, test_pull, test_push, test_verify, test_webhook
from tests.connectors.contract.subject import CLAUSES, TESTS, Subject, clause, has_wire, over, subjects

MODULES = (test_mapping, test_problems, test_pull, test_push, test_verify, test_webhook)
"""Importing them fills `CLAUSES`."""

every_vendor = pytest.mark.parametrize("vendor", registry.vendors())
HEADINGS = ("Credentials", "Scopes", "Streams", "Commands", "Limits", "Quirks", "Removal")
FREE = frozenset({"CC0-1.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"})
HOW = frozenset({"copied", "recorded", "invented"})


@every_vendor
def test_every_connector_is_under_contract(vendor: str) -> None:
    assert has_wire(vendor), (
        f"tests/connectors/{vendor}/wire.py is missing: it tells the contract how to reach {vendor}"
    )


@every_vendor
def test_a_file_exists_if_and_only_if_the_manifest_promises_it(vendor: str) -> None:
    assert present(registry.FOLDER / vendor) == promised(registry.manifest(vendor))


@every_vendor
def test_a_manifest_is_short_enough_to_be_read(vendor: str) -> None:
    lines = (registry.FOLDER / vendor / "manifest.yaml").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    client = registry.FOLDER / vendor / "client.py"
    assert not client.exists() or len(client.read_text(encoding="utf-8").splitlines()) <= 150


@every_vendor
def test_a_readme_has_its_seven_chapters(vendor: str) -> None:
    text = (registry.FOLDER / vendor / "README.md").read_text(encoding="utf-8")
    found = tuple(line.removeprefix("## ") for line in text.splitlines() if line.startswith("## "))
    assert found == HEADINGS


@every_vendor
def test_a_vendor_imports_nothing_from_its_front_door(vendor: str) -> None:
    source = (registry.FOLDER / vendor / "__init__.py").read_text(encoding="utf-8")
    assert "import " not in source.replace("imported", "")


@every_vendor
def test_a_gap_names_a_clause_or_something_that_is_really_missing(vendor: str) -> None:
    manifest = registry.manifest(vendor)
    there = {f"pull.{name}" for name in manifest.streams} | {f"push.{name}" for name in manifest.commands}
    there |= promised(manifest)
    for name in manifest.gaps:
        part, _, rest = name.partition(".")
        assert name in CLAUSES or part in {"pull", "push", "webhook", "verify"}, f"{name} names nothing"
        assert name not in there, f"{name} is declared a gap and offered all the same"
        assert name in CLAUSES or part in {"pull", "push"} or not rest, f"{name} is no clause of the contract"


@clause("evidence.fixtures_tell_where_they_come_from", "subject", over(subjects()))
def test_every_fixture_tells_where_it_comes_from(subject: Subject) -> None:
    told = yaml.safe_load((subject.fixtures / "provenance.yaml").read_text(encoding="utf-8"))
    files = [file.relative_to(subject.fixtures).as_posix() for file in subject.fixtures.rglob("*") if file.is_file()]
    for file in set(files) - {"provenance.yaml"}:
        origin = next((told[pattern] for pattern in told if fnmatchcase(file, pattern)), None)
        assert origin, f"{file} has no entry in provenance.yaml"
        assert origin["how"] in HOW
        assert origin["licence"] in FREE
        assert origin["when"]
        assert origin["source"]
    for pattern in told:
        assert any(fnmatchcase(file, pattern) for file in files), f"{pattern} in provenance.yaml matches no file"


@clause("evidence.is_not_inflated", "subject", over(subjects()))
def test_evidence_claims_no_more_than_the_fixtures_hold(subject: Subject) -> None:
    told = yaml.safe_load((subject.fixtures / "provenance.yaml").read_text(encoding="utf-8"))
    hows = {origin["how"] for origin in told.values()}
    wanted = {Evidence.RECORDED: {"recorded", "copied"}, Evidence.LIVE: {"recorded"}}
    assert not wanted.get(subject.manifest.evidence) or hows & wanted[subject.manifest.evidence]


def test_the_contract_finds_its_subjects_by_listing_folders() -> None:
    assert {subject.vendor for subject in subjects()} <= set(registry.vendors())
    assert TESTS.name == "connectors"
    assert "twilio" in registry.vendors()
