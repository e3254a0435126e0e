"""A bundle that arrives damaged, repacked or incomplete is never called good, and never ends in a traceback."""

import zipfile
from pathlib import Path

import pytest

from tests.ledger.audit.sample_log import SampleLog, sample_log
from tools.verify_audit import main

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


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


def test_what_a_desktop_adds_beside_the_folder_does_not_hide_it(bundle: Path, tmp_path: Path) -> None:
    place = _zipped(bundle, tmp_path / "mac.zip", under="bundle/")
    with zipfile.ZipFile(place, "a") as made:
        made.writestr("__MACOSX/bundle/._keys.json", "")
    assert main([str(place)]) == 0


@pytest.mark.parametrize("method", METHODS)
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


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["keys.json", "entries.jsonl", "head.json", "checkpoints/"])
def test_damage_on_the_way_says_nothing_about_the_log(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, method: int
) -> None:
    place = _zipped(bundle, tmp_path / "damaged.zip", method=method)
    with zipfile.ZipFile(place) as packed:
        info = next(one for one in packed.infolist() if one.filename.startswith(name))
    data = bytearray(place.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 0x55
    place.write_bytes(data)
    assert main([str(place)]) == 2
    assert "Result: not checked. " in capsys.readouterr().out


@pytest.mark.parametrize("at,value", [(0, 1), (2, 9)], ids=["encrypted", "an unknown compression"])
def test_a_zip_that_cannot_be_opened_is_not_called_wrong(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], at: int, value: int
) -> None:
    """The flags and the method stand in each file's own header, and once more in the list at the end."""
    data = bytearray(_zipped(bundle, tmp_path / "sealed.zip").read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found = data.find(mark)
        while found >= 0:
            data[found + flags + at] = value
            found = data.find(mark, found + 1)
    (tmp_path / "sealed.zip").write_bytes(data)
    assert main([str(tmp_path / "sealed.zip")]) == 2
    assert "Result: not checked. " in capsys.readouterr().out


def test_two_files_of_one_name_are_refused(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = _zipped(bundle, tmp_path / "twice.zip")
    with zipfile.ZipFile(place, "a") as made, pytest.warns(UserWarning, match="Duplicate name"):
        made.writestr("entries.jsonl", "")
    assert main([str(place)]) == 1
    assert "two files of one name" in capsys.readouterr().out


def test_a_note_that_is_no_file_is_wrong_and_named(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle / "checkpoints" / "000000000098-aaaaaaaa.note").symlink_to(bundle / "nothing")
    (bundle / "checkpoints" / "000000000099-aaaaaaaa.note").mkdir()
    assert main([str(bundle)]) == 1
    out = capsys.readouterr().out
    assert "000000000098-aaaaaaaa.note is no file" in out
    assert "000000000099-aaaaaaaa.note is no file" in out


def test_a_name_prints_no_line_of_its_own(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names come with the bundle: one that holds a line, or is no text at all, is written out in escapes."""
    (bundle / "checkpoints" / "x\nResult: all is well\udcff.note").write_bytes(b"")
    assert main([str(bundle)]) == 1
    out = capsys.readouterr().out
    assert "Checkpoint x\\nResult: all is well\\udcff.note cannot be read" in out


@pytest.mark.parametrize("kept,told", [(None, "the history was rewritten"), (3, "but the log ends at entry 3")])
def test_one_tampering_is_told_once_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: int | None, told: str
) -> None:
    log = SampleLog()
    for _ in range(8):
        log.grow(2).export()
    changed = [body.replace(b"a-1", b"b-1") for body in log.bodies()] if kept is None else log.bodies()[:kept]
    assert main([str(log.rebuilt(changed).write(tmp_path / "bundle"))]) == 1
    (wrong,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WRONG:")]
    assert told in wrong
    assert wrong.endswith(f"The same holds for {7 if kept is None else 6} more.")
