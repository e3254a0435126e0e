"""What the repository's pages and lists say about each other is so."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.seeds import ROOT
from tools.house_rules.__main__ import own_packages
from tools.house_rules.sources import repository_files

ADR = ROOT / "docs" / "adr"
PAGES = sorted(path for path in ADR.glob("[0-9]*.md"))
PARTS = ("Context", "Decision", "Measured", "Alternatives", "Consequences we do not like")

# Top-level folders that hold no package of ours.
NOT_PACKAGES = {"benchmarks", "changelog.d", "docs", "practices", "requirements", "tests", ".ci"}


def make_targets() -> set[str]:
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    return set(phony[1].replace("\\\n", " ").split())


def commands_in(page: str) -> set[str]:
    return set(re.findall(r"`make ([a-z-]+)", (ROOT / page).read_text()))


# --- commands ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md", "changelog.d/README.md"])
def test_a_command_that_a_page_names_exists(page: str) -> None:
    assert commands_in(page) <= make_targets()


def test_contributing_names_every_command() -> None:
    assert commands_in("CONTRIBUTING.md") | {"help"} == make_targets()


def test_help_lists_every_command() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"^  make (\S+)", shown.stdout, re.MULTILINE)) == make_targets()


def test_every_hook_calls_a_make_target_and_downloads_nothing() -> None:
    written = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in written["repos"]] == ["local"]
    hooks = written["repos"][0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert {hook["entry"].removeprefix("make ") for hook in hooks} <= make_targets()


def test_ci_runs_what_everybody_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o100, "git update-index --chmod=+x .ci/run"
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert text.rstrip().endswith("exec make test"), "the last line printed must be pytest's"


# --- packages ---------------------------------------------------------------------------------------------------


def test_pyproject_lists_exactly_the_packages_there_are() -> None:
    folders = {path.parts[0] for path in repository_files(ROOT) if len(path.parts) > 1 and path.suffix == ".py"}
    assert set(own_packages(ROOT)) == folders - NOT_PACKAGES


def test_every_list_of_our_packages_is_the_same() -> None:
    ours = set(own_packages(ROOT))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    ruff = tomllib.loads((ROOT / "ruff.toml").read_text())
    assert set(project["tool"]["mypy"]["packages"]) == ours | {"tests"}
    assert set(ruff["lint"]["isort"]["known-first-party"]) == ours | {"tests", "benchmarks"}
    contracts = (ROOT / ".importlinter").read_text()
    assert set(contracts.partition("root_packages =\n")[2].partition("include_external")[0].split()) == ours


@pytest.mark.parametrize("package", own_packages(ROOT))
def test_every_room_says_what_it_is_for(package: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text()))
    assert said is not None
    assert len(said) > 80


def test_the_table_of_contents_names_every_stage() -> None:
    stages = {path.name.removesuffix(".py") for path in (ROOT / "pipelines").iterdir() if path.suffix in {"", ".py"}}
    stages -= {"__init__", "__pycache__"}
    contents = (ROOT / "pipelines" / "__init__.py").read_text()
    assert {stage for stage in stages if not re.search(rf"^    {stage}\s", contents, re.MULTILINE)} == set()


# --- decisions --------------------------------------------------------------------------------------------------


def test_the_index_names_every_decision_by_its_title() -> None:
    index = (ADR / "README.md").read_text()
    titles = {page.name: page.read_text().splitlines()[0].partition(" · ")[2] for page in PAGES}
    assert dict(re.findall(r"^\| \[\d{4}\]\(([^)]+)\) \| ([^|]+?) \|", index, re.MULTILINE)) == {
        name: re.sub(r"\[|\]|\(.*\)", "", title) for name, title in titles.items()
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_says_what_we_do_not_like_about_it(page: Path) -> None:
    text = page.read_text()
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == PARTS
    assert text.startswith(f"# {page.name[:4]} · ")
    assert re.search(r"^Accepted, \w+ \d{4}\.$|^Replaced by ", text, re.MULTILINE)
    assert text.partition("## Consequences we do not like")[2].count("\n- ") >= 3


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in PAGES] == [*range(1, len(PAGES) + 1)]


# --- releases ---------------------------------------------------------------------------------------------------


def test_the_changelog_can_be_gathered() -> None:
    towncrier = subprocess.run(
        [str(Path(sys.executable).with_name("towncrier")), "build", "--draft", "--version", "9.9.9"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert towncrier.returncode == 0, towncrier.stderr
    assert "## 9.9.9" in towncrier.stdout


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.splitlines()[0].strip() == "Apache License"
    assert "END OF TERMS AND CONDITIONS" in text
