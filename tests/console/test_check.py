"""`glowline check` says now what would go wrong later: mappings, ledgers, keys and checkpoints, each with its next step."""

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
