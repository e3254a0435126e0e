import json
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.audit.append import AuditHead, append_encoded
from ledger.audit.bundle import Bundle, BundleRefused, read_bundle, write_bundle
from ledger.audit.findings import Code
from ledger.audit.judgement import ExportedNote
from ledger.audit.notes import KeyRing
from ledger.audit.verify import Row, RowUnreadable, verify
from tests.ledger.audit.sample_log import OLD, ORIGIN, SampleLog, sample_log


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_what_is_written_is_what_is_read(name: str, tmp_path: Path) -> None:
    log = sample_log()
    read = read_bundle(log.write(tmp_path / name))
    assert read == Bundle(tmp_path / name, ORIGIN, (OLD.key,), tuple(log.notes), log.head)
    assert list(read.rows()) == log.rows()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_entry_can_be_read_by_a_person(tmp_path: Path) -> None:
    lines = (sample_log().write(tmp_path / "bundle") / "entries.jsonl").read_text().splitlines()
    assert json.loads(json.loads(lines[2])["body"])["tag"] == "action:send:claimed"


def test_tampered_bytes_travel_unchanged(tmp_path: Path) -> None:
    log = sample_log().changed(2, body=b'\xff{"a":"\xc3"}\x00\xed\xa0\x80')
    assert list(read_bundle(log.write(tmp_path / "bundle")).rows()) == log.rows()


def test_a_place_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    place = sample_log().write(tmp_path / "bundle")
    with pytest.raises(BundleRefused, match="exists already"):
        SampleLog().write(place)
    assert read_bundle(place).head == sample_log().head


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_an_export_that_fails_half_way_leaves_nothing(name: str, tmp_path: Path) -> None:
    def rows() -> Iterator[Row]:
        yield sample_log().rows()[0]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_bundle(Bundle(tmp_path / name, ORIGIN, (OLD.key,), ()), rows())
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoints_label_cannot_leave_the_bundle(tmp_path: Path) -> None:
    log = sample_log()
    log.notes = [ExportedNote("../../outside.note", log.notes[0].data)]
    log.write(tmp_path / "inner" / "bundle")
    assert [path.name for path in tmp_path.rglob("*.note")] == ["outside.note"]
    assert (tmp_path / "inner" / "bundle" / "checkpoints" / "outside.note").exists()


@pytest.mark.parametrize("name", ["keys.json", "head.json"])
@pytest.mark.parametrize("content", [b"", b"{}\n", b"[]\n", b"null\n", b'{"format":2}\n', b"\xff"])
def test_a_damaged_file_is_named(name: str, content: bytes, tmp_path: Path) -> None:
    place = sample_log().write(tmp_path / "bundle")
    (place / name).write_bytes(content)
    with pytest.raises(BundleRefused, match=name) as refused:
        read_bundle(place)
    assert refused.value.next_step


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.zip").write_bytes(b"no zip")
    for name in ("empty", "file.zip", "nothing"):
        with pytest.raises(BundleRefused):
            read_bundle(tmp_path / name)


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b"null\n",
        b'{"seq":1}\n',
        b'{"seq":true,"prev":"","hash":"","body":""}\n',
        b'{"seq":1,"prev":"","hash":null,"body":""}\n',
        b'{"seq":1, "prev":"","hash":"","body":""}\n',
        b'{"seq":1,"prev":"AA","hash":"","body":""}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_damaged_line_is_a_finding_with_its_number(line: bytes, tmp_path: Path) -> None:
    place = sample_log().write(tmp_path / "bundle")
    lines = (place / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (place / "entries.jsonl").write_bytes(b"".join([*lines[:2], line, *lines[3:]]))
    with pytest.raises(RowUnreadable, match=r"Line 3 of entries\.jsonl"):
        list(read_bundle(place).rows())
    result = read_bundle(place).verified()
    assert (result.problem and result.problem.code, result.first_bad_seq) == (Code.ROW_DAMAGED, 3)
    assert result.proved_through == 0


def test_a_zip_whose_bytes_rot_is_found(tmp_path: Path) -> None:
    place = sample_log().write(tmp_path / "bundle.zip")
    with zipfile.ZipFile(place) as archive:
        start = archive.getinfo("entries.jsonl").header_offset + 60
    data = bytearray(place.read_bytes())
    data[start] ^= 0xFF
    place.write_bytes(data)
    assert not read_bundle(place).verified().ok


def many(count: int) -> Iterator[Row]:
    """A log that is never in memory at once."""
    head = AuditHead()
    for number in range(count):
        head, entries = append_encoded(head, [b'{"number":%d,"padding":"%s"}' % (number, b"x" * 300)])
        yield entries[0].seq, entries[0].prev_hash, entries[0].hash, entries[0].body


@pytest.mark.soak
def test_a_million_entries_are_verified_within_a_minute() -> None:
    started = time.monotonic()
    result = verify(many(1_000_000), notes=[], ring=KeyRing.of(), origin=ORIGIN)
    assert (result.ok, result.entries) == (True, 1_000_000)
    assert time.monotonic() - started < 60


def test_verifying_takes_the_same_memory_whatever_the_size() -> None:
    peaks = []
    for count in (5_000, 20_000):
        tracemalloc.start()
        result = verify(many(count), notes=[], ring=KeyRing.of(), origin=ORIGIN)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (result.ok, result.entries) == (True, count)
    assert peaks[1] < peaks[0] * 1.5 < 3_000_000
