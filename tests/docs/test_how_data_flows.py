"""The record that docs/how-data-flows.md follows, followed."""

import pytest
from typer.testing import CliRunner

from console.cli.app import app
from tests.docs.pages import blocks, masked, read
from tests.proofs.town import Town

PAGE = "docs/how-data-flows.md"


def followed(town: Town) -> None:
    ana = town.person("Ana Reyes", "+12125550142")
    town.run_at("2026-11-09 09:00")
    town.book(ana, "2026-11-13 10:00", booked="2026-10-28 09:00")
    town.run_at("2026-11-09 10:10", "2026-11-11 10:01", "2026-11-11 10:05")


def test_the_page_shows_the_line_the_version_and_the_explanation_of_a_real_record(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed(town)
    monkeypatch.setenv("GLOWLINE_HOME", str(town.home))
    line, version, commands, explanation = (
        block.body for block in blocks(read(PAGE)) if block.language in {"csv", "json", "sh", "text"}
    )
    assert line == (town.drop / "appointments.csv").read_text()
    (made,) = [row["body"] for row in town.table("versions") if row["kind"] == "appointment"]
    for part in version.strip("{}\n").split(", "):
        assert part.replace(": ", ":", 1) in made, f"{part} is not in {made}"
    printed = [CliRunner().invoke(app, command.split()[1:]).output for command in commands.splitlines()]
    assert masked(explanation) in masked(printed[-1]), masked(printed[-1])
