"""The doctor finds what it looks for."""

import platform
import socket
from pathlib import Path

import pytest

from tools import doctor


def test_another_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: "3.13.1")
    (lack,) = doctor.python_version()
    assert "3.13.1" in lack.what


def test_a_package_that_is_missing_or_moved_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("pytest==0.1 \\\n    --hash=sha256:00\nno-such-thing==1.0 \\\n")
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    absent, moved = doctor.packages()
    assert absent.what == "1 packages are not installed: no-such-thing"
    assert "pytest is" in moved.what


def test_a_taken_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(doctor, "PORTS", {port: "the test"})
        (lack,) = doctor.ports()
    assert str(port) in lack.what


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ROOM", 2**80)
    (lack,) = doctor.room()
    assert "wanted" in lack.what


def test_a_home_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "gone"))
    assert [*doctor.dagster_home()]


def test_every_check_says_what_it_looks_for() -> None:
    assert all(check.__doc__ for check in doctor.CHECKS)
    assert not [*doctor.locks()]
