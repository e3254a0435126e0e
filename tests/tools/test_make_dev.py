"""`make dev` opens what `make demo` left, and says so where there is nothing."""

from pathlib import Path

import pytest

from tools.demo import staying


def test_without_a_demo_it_says_what_to_run_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(staying, "FOLDER", tmp_path)
    assert staying.main() == 1
    assert "make demo" in capsys.readouterr().out
