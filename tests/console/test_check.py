"""`glowline check` says now what would go wrong later: mappings, ledgers, keys and checkpoints, each with its next step."""

import shutil

import pytest
import yaml

from tests.console.conftest import Lived
from tests.console.said import glowline


def test_a_mapping_that_does_not_compile_is_found_before_it_is_needed(copied: Lived) -> None:
    mapping = copied.home / "lumen" / "mappings" / "files" / "appointments.yaml"
    mapping.parent.mkdir(parents=True)
    mapping.write_text("appointment:\n  start: {from: start, via: local_time_de}\n")
    said = glowline("check", "lumen", "--offline", home=copied.home)
    assert said.code == 1
    assert "✗ lumen  mapping schedule/appointments: mappings/files/appointments.yaml:1" in said.out
    assert "Next: " in said.out


def test_a_ledger_that_does_not_open_is_found(copied: Lived) -> None:
    assert "opens; " in glowline("check", "lumen", "--offline", home=copied.home).out
    ledger = copied.home / "data" / "lumen" / "ledger.duckdb"
    ledger.write_bytes(ledger.read_bytes()[:5000])
    said = glowline("check", "lumen", "--offline", home=copied.home)
    assert (said.code, "✗ lumen  ledger: " in said.out) == (1, True)


def test_another_signing_key_and_missing_checkpoints_are_found(copied: Lived) -> None:
    glowline("run", "checkpoint", "lumen", home=copied.home)
    key = copied.home / "keys" / "signing.key"
    right = key.read_text()
    key.write_text("ab" * 32)
    assert "another key signed the last checkpoint" in glowline("check", "--offline", home=copied.home).out
    key.write_text(right)
    notes = copied.folder / "off-the-box"
    notes.rename(copied.folder / "away")
    assert "is not where checkpoints are kept" in glowline("check", "--offline", home=copied.home).out


def _said_of_the_installation(lived: Lived, *, code: int = 1) -> str:
    said = glowline("check", "--offline", home=lived.home)
    assert said.code == code, said
    return "\n".join(line for line in said.lines if " installation  " in line or line.startswith("    Next: "))


def test_what_every_practice_stands_on_is_looked_at(copied: Lived) -> None:
    said = _said_of_the_installation(copied, code=0)
    assert "✓ installation  ledger: opens" in said
    assert "✓ installation  signing key: is there" in said
    assert "✓ installation  checkpoints: can be written to " in said


def test_a_signing_key_that_is_gone_is_found(copied: Lived) -> None:
    (copied.home / "keys" / "signing.key").unlink()
    assert "✗ installation  signing key: there is nothing at file:" in _said_of_the_installation(copied)


@pytest.mark.parametrize("place", ["off-the-box", "off-the-box/lumen"])
def test_a_place_of_checkpoints_that_takes_none_is_found(copied: Lived, place: str) -> None:
    shutil.rmtree(copied.folder / place)
    (copied.folder / place).write_text("")
    said = _said_of_the_installation(copied)
    assert f"✗ installation  checkpoints: {copied.folder / place} is no folder that can be written" in said
    assert "Next: Mount it, mend its owner" in said


def test_an_installations_ledger_that_does_not_open_is_found(copied: Lived) -> None:
    own = copied.home / "data" / "installation.duckdb"
    own.write_bytes(own.read_bytes()[:5000])
    assert "✗ installation  ledger: " in _said_of_the_installation(copied)


def test_a_practice_that_cannot_begin_is_found(copied: Lived) -> None:
    """One whose ledger is gone gets no new one; one whose key leads nowhere gets none at all."""
    shutil.copytree(copied.home / "lumen", copied.home / "solis")
    for file in (copied.home / "solis").glob("*.yaml"):
        file.write_text(file.read_text().replace("lumen", "solis"))
    assert "✓ solis  ledger: begins with the first command" in glowline("check", "--offline", home=copied.home).out
    settings = copied.home / "installation.yaml"
    settings.write_text(f"{settings.read_text()}\nkey_references: {{solis: 'env:GLOWLINE_KEY_OF_NOBODY'}}\n")
    assert "✗ solis  ledger: there is nothing at env:" in glowline("check", "--offline", home=copied.home).out
    shutil.rmtree(copied.home / "data" / "lumen")
    assert "✗ lumen  ledger: its ledger is gone from " in glowline("check", "--offline", home=copied.home).out


def test_an_account_that_two_practices_read_whole_is_said(copied: Lived) -> None:
    """Each would take the other's texts for its own: an agency's first mistake."""
    assert "reads all of" not in glowline("check", "lumen", "--offline", home=copied.home).out
    shutil.copytree(copied.home / "lumen", copied.home / "solis")
    practice = copied.home / "solis" / "practice.yaml"
    practice.write_text(practice.read_text().replace("lumen", "solis"))
    assert (
        "! lumen  connection schedule: reads all of " in glowline("check", "lumen", "--offline", home=copied.home).out
    )
    connections = copied.home / "lumen" / "connections.yaml"
    written = yaml.safe_load(connections.read_text())
    written["schedule"]["select"] = {"practice": "lumen"}
    connections.write_text(yaml.safe_dump(written))
    assert "connection schedule: reads all" not in glowline("check", "lumen", "--offline", home=copied.home).out
