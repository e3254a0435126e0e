"""The tour of the README, typed as it stands there; what it says is printed is printed."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli.app import app
from tests.docs.pages import ROOT, Block, blocks, chapter, masked, read


def typed(line: str, place: Path) -> str:
    """One line of the tour, in `place` instead of the reader's; returns what it prints."""
    line = line.replace("/tmp/glowline-tour", str(place))  # noqa: S108 - the reader's folder, not ours
    match shlex.split(line):
        case ["export", _]:
            return ""
        case ["cd", there]:
            os.chdir(there)
            return ""
        case ["glowline", *arguments]:
            done = CliRunner().invoke(app, arguments, catch_exceptions=False)
            assert done.exit_code == 0, f"{line}\n{done.output}"
            return done.output
        case ["cp" | "sed" | "mv", *_]:
            subprocess.run(["bash", "-c", line], check=True, capture_output=True)
            return ""
        case _:
            pytest.fail(f"the test does not know how to type: {line}")


def told(block: Block, printed: str) -> None:
    """Each line of a block stands in what was printed, in that order."""
    rest = masked(printed)
    for line in filter(None, map(str.strip, masked(block.body).splitlines())):
        assert line in rest, f"the page says\n  {line}\nand this was printed:\n{masked(printed)}"
        rest = rest.split(line, 1)[1]


def test_the_tour_prints_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, printed, commands = tmp_path / "tour", "", 0
    monkeypatch.delenv("GLOWLINE_HOME", raising=False)
    monkeypatch.chdir(ROOT)
    for block in blocks(chapter(read("README.md"), "A five-minute tour")):
        if block.language == "sh":
            printed = "".join(typed(line, place) for line in block.body.splitlines())
            commands += 1
        else:
            told(block, printed)
    assert commands >= 7
