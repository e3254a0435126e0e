"""A bundle that arrives damaged, repacked or incomplete is never called good, and never ends in a traceback."""

import zipfile
from pathlib import Path

import pytest

from tests.ledger.audit.sample_log import sample_log
from tools.verify_audit import main


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return sample_log().write(tmp_path / "bundle")


def _zipped(bundle: Path, place: Path, *, under: str = "", method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(place, "w", method) as made:
        for file in sorted(one for one in bundle.rglob("*") if one.is_file()):
            made.write(file, under + str(file.relative_to(bundle)))
    return place


def test_a_bundle_packed_with_its_folder_is_read(bundle: Path, tmp_path: Path) -> None:
    assert main([str(_zipped(bundle, tmp_path / "desktop.zip", under="bundle/"))]) == 0


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_LZMA])
def test_a_flipped_byte_of_a_zip_ends_in_a_sentence(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], method: int
) -> None:
    whole = _zipped(bundle, tmp_path / "whole.zip", method=method).read_bytes()
    damaged = tmp_path / "damaged.zip"
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        code, out = main([str(damaged)]), capsys.readouterr().out
        assert "Result: " in out, f"byte {at}"
        assert code in {1, 2} or "are proved" in out


def test_two_files_of_one_name_are_refused(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = _zipped(bundle, tmp_path / "twice.zip")
    with zipfile.ZipFile(place, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("entries.jsonl", "")
    assert main([str(place)]) == 1
    assert "two files of one name" in capsys.readouterr().out


def test_a_note_that_is_no_file_is_wrong_and_named(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle / "checkpoints" / "000000000099-aaaaaaaa.note").mkdir()
    assert main([str(bundle)]) == 1
    assert "000000000099-aaaaaaaa.note is no file" in capsys.readouterr().out
