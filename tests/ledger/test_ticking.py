"""A tick under way is seen from other processes, for as long as it lives and at most a minute."""

import subprocess
import sys
from pathlib import Path

import pytest

from ledger import ticking
from ledger.ticking import Ticking
from tests.waiting import until

TICKS = "import sys; from pathlib import Path; from ledger.ticking import Ticking\nwith Ticking(Path(sys.argv[1])).under_way(): sys.stdin.read()"


def test_a_tick_is_under_way_for_its_block(tmp_path: Path) -> None:
    one = Ticking(tmp_path / "ledger.duckdb")
    assert not one.is_under_way(), "there is not even a file"
    with one.under_way():
        assert one.is_under_way()
        with Ticking(tmp_path / "ledger.duckdb").under_way():
            pass
        assert one.is_under_way(), "two ticks may be under way, and one is"
    assert not one.is_under_way()


def test_a_tick_is_over_when_its_process_dies(tmp_path: Path) -> None:
    one = Ticking(tmp_path / "ledger.duckdb")
    with subprocess.Popen([sys.executable, "-c", TICKS, tmp_path / "ledger.duckdb"], stdin=subprocess.PIPE) as other:
        until(one.is_under_way)
        other.kill()
        until(lambda: not one.is_under_way())


def test_a_tick_that_takes_long_keeps_nobody_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Ticking(tmp_path / "ledger.duckdb")
    with one.under_way():
        monkeypatch.setattr(ticking, "LONGEST", -1.0)
        assert not one.is_under_way()
