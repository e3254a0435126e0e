"""What `make new-connector` writes passes every rule and every clause as it is, in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path, PurePosixPath

import pytest
import yaml

from tests.seeds import ROOT
from tools.house_rules.sources import read
from tools.house_rules.table import findings
from tools.new_connector.__main__ import begin, main

DAY = date(2026, 11, 26)
NEEDED = ("canonical", "connectors", "mappings", "tests", "tools", "emulators", "practices", "settings")
"""What the contract suite and the connectors stand on."""
FILES = ("pyproject.toml", "ruff.toml")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, without what runs leave behind; one connector before `kit` and one after it are begun there."""
    root = tmp_path_factory.mktemp("repository")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in NEEDED:
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, root / name)
    begin(root, "acme", "Acme", DAY)
    begin(root, "zz_a_vendor_with_a_long_name", "ZZ Software for Aesthetic Practices", DAY)
    return root


def written(copy: Path, vendor: str) -> list[Path]:
    folders = (f"connectors/{vendor}", f"mappings/{vendor}", f"tests/connectors/{vendor}")
    return [file for folder in folders for file in (copy / folder).rglob("*") if file.is_file()]


def ran(copy: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, check=False)


both = pytest.mark.parametrize("vendor", ["acme", "zz_a_vendor_with_a_long_name"])


@both
def test_it_has_every_part_of_a_connector(copy: Path, vendor: str) -> None:
    names = {file.relative_to(copy).as_posix() for file in written(copy, vendor)}
    for part in ("manifest.yaml", "README.md", "client.py", "wire.py", "pull.py", "push.py", "webhook.py", "verify.py"):
        assert f"connectors/{vendor}/{part}" in names
    assert f"mappings/{vendor}/contacts.yaml" in names
    assert {f"tests/connectors/{vendor}/wire.py", f"tests/connectors/{vendor}/fixtures/provenance.yaml"} <= names
    assert not [name for name in names if name.endswith(".txt")]
    assert not any("$" in file.read_text() for file in written(copy, vendor))


@both
def test_it_passes_ruff_and_the_house_rules(copy: Path, vendor: str) -> None:
    modules = [str(file) for file in written(copy, vendor) if file.suffix == ".py"]
    for words in (("ruff", "check"), ("ruff", "format", "--check")):
        checked = ran(copy, *words, *modules)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    sources = [read(copy, PurePosixPath(file.relative_to(copy).as_posix())) for file in written(copy, vendor)]
    assert [str(finding) for source in sources if source for finding in findings(source)] == []


@both
def test_it_passes_the_contract(copy: Path, vendor: str) -> None:
    suite = ran(copy, "pytest", "-q", "-p", "no:cacheprovider", "tests/connectors/contract", "-k", vendor)
    assert suite.returncode == 0, suite.stdout[-3000:]
    passed = re.search(r"(\d+) passed", suite.stdout)
    assert passed
    assert int(passed[1]) > 60
    assert "skipped" not in suite.stdout


def test_it_passes_mypy(copy: Path) -> None:
    modules = [str(file.relative_to(copy)) for file in written(copy, "acme") if file.suffix == ".py"]
    checked = ran(copy, "mypy", "--cache-dir", str(copy / ".mypy_cache"), "--no-error-summary", *modules)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@both
def test_it_claims_nothing(copy: Path, vendor: str) -> None:
    manifest = yaml.safe_load((copy / "connectors" / vendor / "manifest.yaml").read_text())
    assert (manifest["evidence"], manifest["baa"]["offered"]) == ("docs", False)
    assert "held against" in (copy / "connectors" / vendor / "README.md").read_text()


@pytest.mark.parametrize("name", ["Acme", "a-b", "kit", "", "9lives", "a__b", "../x"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--day", "2026-11-26", "--root", str(tmp_path)]) == 2
    assert "small letters" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_written_over(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (copy / "connectors" / "twilio" / "client.py").read_bytes()
    assert main(["twilio", "--day", "2026-11-26", "--root", str(copy)]) == 2
    assert "already" in capsys.readouterr().err
    assert (copy / "connectors" / "twilio" / "client.py").read_bytes() == before
