"""Every command answers people in words and machines in one JSON document, and costs nothing before it is asked."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli.reference import PAGE, leaves, page
from tests.console.conftest import Lived, copy_of
from tests.console.said import glowline

LOOKING = (
    "check --offline",
    "sync",
    "deliver",
    "plan",
    "explain {action}",
    "why-not --visit {visit}",
    "connectors",
    "run tick",
    "run reconcile",
    "run checkpoint",
    "audit verify",
    "mapping show files appointments --practice lumen",
    "mapping coverage lumen schedule appointments",
    "mapping again lumen schedule appointments",
    "quarantine list",
    "quarantine show lumen schedule appointments --stage border",
    "quarantine replay lumen schedule appointments",
    "approvals list",
    "opt-outs list",
    "oversight",
    "switch-on 3.2 --practice lumen",
    "practices list",
    "practices show lumen",
    "practices totals lumen",
    "practices migrate",
    "pause list",
    "keys list",
    "keys new",
    "clock show",
)
ELSEWHERE = {
    "init": "test_beginning.py",
    "serve": "test_serve.py",
    "connect": "test_connect.py",
    "run along": "test_changing.py",
    "audit export": "test_audit.py",
    "audit adopt": "test_audit.py",
    "pause set": "test_changing.py",
    "pause release": "test_changing.py",
    "quarantine dismiss": "test_set_aside.py",
    "opt-outs decide": "test_opt_outs.py",
    "approvals show": "test_overseeing.py",
    "approvals approve": "test_overseeing.py",
    "approvals drop": "test_overseeing.py",
    "hold": "test_overseeing.py",
    "resume": "test_overseeing.py",
    "late": "test_overseeing.py",
    "erase": "test_erase.py",
    "keys rotate": "test_changing.py",
    "clock turn": "test_changing.py",
}
HEAVY = ("dagster", "duckdb", "pyarrow", "urllib3", "starlette", "uvicorn", "liquid", "ledger", "pipelines")


def _words(command: str, lived: Lived) -> list[str]:
    return command.format(**lived.names).split()


@pytest.fixture(scope="module")
def other(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """A copy for all commands here: some of them pull, decide and send."""
    with copy_of(lived, tmp_path_factory.mktemp("every") / "copied") as copy:
        yield copy


@pytest.mark.parametrize("command", LOOKING)
def test_a_machine_gets_one_json_document(other: Lived, command: str) -> None:
    said = glowline(*_words(command, other), "--json", home=other.home)
    assert said.code == 0, said
    assert said.data is not None
    assert said.err == ""


@pytest.mark.parametrize("command", LOOKING)
def test_people_get_words(other: Lived, command: str) -> None:
    said = glowline(*_words(command, other), home=other.home)
    assert said.code == 0, said
    assert said.out.strip()
    assert not said.out.startswith(("{", "["))


def test_every_command_is_asked_by_some_test() -> None:
    asked = {name for name in leaves() if any(f"{one} ".startswith(f"{name} ") for one in LOOKING)}
    assert asked | ELSEWHERE.keys() == leaves().keys()
    for name, file in ELSEWHERE.items():
        text = (Path(__file__).parent / file).read_text()
        assert ", ".join(f'"{word}"' for word in name.split()) in text, name


def test_every_command_has_json() -> None:
    without = {name for name, command in leaves().items() if "as_json" not in {one.name for one in command.params}}
    assert without == {"run along"}, "which answers in JSON and nothing else"


def test_the_reference_is_the_tree() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m console.cli.reference"


@pytest.mark.parametrize("words", [["--help"], ["explain", "--help"], ["nonsense"]])
def test_help_and_a_typing_mistake_import_nothing_heavy(words: list[str]) -> None:
    program = f"""
import sys
from console.cli import main
sys.argv = ["glowline", *{words!r}]
try:
    main()
except SystemExit:
    pass
print(",".join(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"}
    )
    assert ran.stderr.splitlines()[-1] == ""
    assert "Traceback" not in ran.stderr
