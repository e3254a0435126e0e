"""The dependency lists: hashed, without addresses, explained, and under licences we may pass on."""

import importlib.metadata
import re
import tomllib

import pytest

from tests.seeds import ROOT

LISTS = ("build", "runtime", "dev")
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
PERMISSIVE = re.compile(r"mit|bsd|apache|isc|psf|python software foundation|unlicense|public domain", re.IGNORECASE)
RECIPROCAL = re.compile(r"mpl|mozilla|[al]?gpl|gnu|eupl|cddl|epl", re.IGNORECASE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(which: str) -> dict[str, str]:
    """Package → the specifier in requirements/<which>.in."""
    wanted = (ROOT / "requirements" / f"{which}.in").read_text().splitlines()
    lines = [line.split("#")[0].strip() for line in wanted]
    found = [(NAME.match(line), line) for line in lines if line and not line.startswith("-")]
    return {canonical(match[0]): line[match.end() :] for match, line in found if match}


def pinned(which: str) -> dict[str, str]:
    """Package → version in requirements/<which>.txt."""
    text = (ROOT / "requirements" / f"{which}.txt").read_text()
    return {canonical(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize("which", LISTS)
def test_every_pin_has_a_hash(which: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / "requirements" / f"{which}.txt").read_text(), flags=re.MULTILINE)
    unhashed = [entry.splitlines()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
    assert unhashed == []
    assert pinned(which)


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize("ending", ["in", "txt"])
def test_no_list_says_where_packages_come_from(which: str, ending: str) -> None:
    text = (ROOT / "requirements" / f"{which}.{ending}").read_text()
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|://| @ |file:/", text)


@pytest.mark.parametrize("which", LISTS)
def test_everything_asked_for_is_pinned(which: str) -> None:
    assert set(asked_for(which)) <= set(pinned(which))


def test_what_builds_adds_to_what_runs_and_moves_nothing() -> None:
    dev = pinned("dev")
    assert {name: version for name, version in pinned("runtime").items() if dev.get(name) != version} == {}


def test_the_two_halves_of_duckdb_are_pinned_together() -> None:
    versions = {version for name, version in pinned("dev").items() if name.startswith("duckdb")}
    assert len(versions) == 1
    assert all(line.startswith("==") for name, line in asked_for("runtime").items() if name.startswith("duckdb"))


def test_the_distribution_depends_on_the_list_and_on_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements/runtime.in"]}
    assert project["build-system"]["requires"] == [f"{name}{line}" for name, line in asked_for("build").items()]


def test_every_direct_dependency_has_its_sentence() -> None:
    page = (ROOT / "docs" / "adr" / "dependencies.md").read_text()
    runs, _, rest = page.partition("## What builds and tests")
    builds, _, _ = rest.partition("## Licences")
    assert named(runs) == set(asked_for("runtime"))
    assert named(builds) == set(asked_for("dev")) | set(asked_for("build"))


def named(section: str) -> set[str]:
    return {canonical(name) for name in re.findall(r"^\| ([\w.-]+) \|", section, re.MULTILINE)} - {"package"} - {"---"}


def test_what_runs_may_be_passed_on() -> None:
    page = (ROOT / "docs" / "adr" / "dependencies.md").read_text()
    accepted = named(page.partition("## Licences that are not permissive")[2])
    reciprocal = {name for name in pinned("runtime") if RECIPROCAL.search(licence(name))}
    unknown = {name for name in pinned("runtime") if not PERMISSIVE.search(licence(name))} - reciprocal
    assert reciprocal == accepted
    assert unknown == set()


def licence(name: str) -> str:
    """What the package says of itself; a `License` field may hold a whole licence, so its first line is enough."""
    metadata = importlib.metadata.metadata(name)
    fields = ("License-Expression", "License", "Classifier")
    values = [value.partition("\n")[0] for field in fields for value in metadata.get_all(field) or []]
    return " ".join(
        value for value in values if not value.startswith(("Topic", "Operating", "Programming", "Framework"))
    )
