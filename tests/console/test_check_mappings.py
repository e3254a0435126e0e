"""`glowline check` reads the mappings too: a wrong one is found before the first sync, with file and line."""

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
