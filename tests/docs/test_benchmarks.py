"""`python -m benchmarks` runs what there is to run."""

from benchmarks.__main__ import main, measurements
from tests.docs.pages import ROOT


def test_every_measurement_is_found_and_what_only_helps_them_is_not() -> None:
    files = {file.stem for file in (ROOT / "benchmarks").glob("*.py")}
    helpers = {"__main__", "appointments_file", "invented_practice", "invented_year", "replay_facts", "replay_memory"}
    assert files - set(measurements()) == helpers


def test_a_name_that_is_none_is_answered_with_those_that_are() -> None:
    assert main(["nothing"]) == 2
