"""The audit is verified here, exported for a stranger, and adopted only in somebody's name."""

import subprocess
import sys
from pathlib import Path

from tests.console.conftest import Lived
from tests.console.said import glowline, told
from tests.seeds import ROOT
from tools import verify_audit

TOOL = ROOT / "tools" / "verify_audit.py"


def _strangers_word(bundle: Path) -> "subprocess.CompletedProcess[str]":
    """As somebody runs it who has nothing of ours: isolated, from another folder."""
    return subprocess.run(
        [sys.executable, "-I", str(TOOL), str(bundle)], cwd=bundle.parent, capture_output=True, text=True, check=False
    )


def test_a_stranger_verifies_what_was_exported(lived: Lived, tmp_path: Path) -> None:
    told("run", "checkpoint", home=lived.home)
    verified = told("audit", "verify", home=lived.home)["lumen"]
    assert verified["ok"]
    assert verified["checkpoints"] > 0
    assert verified["first_bad"] is None
    bundle = tmp_path / "bundle"
    assert told("audit", "export", "lumen", str(bundle), home=lived.home)["bundle"] == str(bundle)
    ran = _strangers_word(bundle)
    assert ran.returncode == 0, ran
    for file in (one for one in bundle.rglob("*") if one.is_file()):
        assert b"Reyes" not in file.read_bytes()
        assert b"2125550142" not in file.read_bytes()


def test_a_changed_bundle_is_found_out(lived: Lived, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    told("audit", "export", "lumen", str(bundle), home=lived.home)
    file = max((one for one in bundle.iterdir() if one.is_file()), key=lambda one: one.stat().st_size)
    written = file.read_bytes()
    assert b"run:" in written or b"action:" in written
    file.write_bytes(written.replace(b"lumen", b"lumem", 1))
    assert _strangers_word(bundle).returncode != 0


def test_nothing_is_adopted_without_a_name(lived: Lived) -> None:
    said = glowline("audit", "adopt", "lumen", home=lived.home)
    assert said.code == 1
    assert "nothing was changed" in said.err
    assert told("audit", "verify", home=lived.home)["lumen"]["ok"]


def test_what_nothing_proves_is_not_called_proved(copied: Lived) -> None:
    """Nothing contradicts it: exit code 2, and the sentence says which checkpoint to ask for."""
    folder = copied.home.parent / "off-the-box" / "lumen"
    told("run", "checkpoint", "lumen", home=copied.home)
    assert glowline("audit", "verify", "lumen", home=copied.home).code == 0
    bundle = copied.home.parent / "bundle"
    told("audit", "export", "lumen", str(bundle), home=copied.home)
    newest = max(folder.iterdir())
    assert verify_audit.main([str(bundle)]) == 0
    (bundle / "checkpoints" / newest.name).unlink()
    assert verify_audit.main([str(bundle)]) == 2
    newest.rename(folder.parent / newest.name)
    said = glowline("audit", "verify", "lumen", home=copied.home)
    assert (said.code, "ask for it" in said.out) == (2, True)
    for note in folder.iterdir():
        note.unlink()
    said = glowline("audit", "verify", "lumen", home=copied.home)
    assert (said.code, "nothing is proved" in said.out) == (2, True)
