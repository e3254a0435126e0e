"""A tick under way is seen from other processes, for as long as it lives and at most a minute."""

import subprocess
import sys
from pathlib import Path

import pytest

from ledger import sign
from ledger.sign import Sign
from tests.waiting import until

HANG = "import sys; from pathlib import Path; from ledger.sign import Sign\nwith Sign(Path(sys.argv[1])).hung(): sys.stdin.read()"


def test_a_sign_hangs_for_its_block(tmp_path: Path) -> None:
    one = Sign(tmp_path / "ledger.duckdb")
    assert not one.hangs(), "there is not even a file"
    with one.hung():
        assert one.hangs()
        with Sign(tmp_path / "ledger.duckdb").hung():
            pass
        assert one.hangs(), "two ticks may be under way, and one is"
    assert not one.hangs()


def test_a_sign_falls_when_its_process_dies(tmp_path: Path) -> None:
    one = Sign(tmp_path / "ledger.duckdb")
    with subprocess.Popen([sys.executable, "-c", HANG, tmp_path / "ledger.duckdb"], stdin=subprocess.PIPE) as other:
        until(one.hangs)
        other.kill()
        until(lambda: not one.hangs())


def test_a_tick_that_takes_long_keeps_nobody_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Sign(tmp_path / "ledger.duckdb")
    with one.hung():
        monkeypatch.setattr(sign, "LONGEST", 0.0)
        assert not one.hangs()
