"""The practices that are shipped: between them every connector is used, and each is on the page of who adds one."""

from pathlib import Path

import yaml

from connectors.kit import registry
from tests.seeds import ROOT

PAGE = ROOT / "docs" / "adding-a-practice.md"
EXAMPLES = ROOT / "practices" / "examples"


def _vendors(file: Path) -> set[str]:
    return {str(one["vendor"]) for one in yaml.safe_load(file.read_text()).values()}


def test_every_connector_is_used_by_a_shipped_practice() -> None:
    used = set().union(*map(_vendors, (ROOT / "practices").rglob("connections.yaml")))
    assert set(registry.vendors()) <= used


def test_every_example_is_on_the_page_with_all_its_tools() -> None:
    rows = {
        line.split("](")[0].strip("| ["): line
        for line in PAGE.read_text().splitlines()
        if "practices/examples/" in line
    }
    assert rows.keys() == {folder.name for folder in EXAMPLES.iterdir()}
    for name, row in rows.items():
        told = row.split("|")[2].lower().replace(" ", "")
        missing = [one for one in _vendors(EXAMPLES / name / "connections.yaml") if one.split("_")[0] not in told]
        assert not missing, name
