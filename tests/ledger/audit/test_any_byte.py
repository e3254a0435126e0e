"""Any changed byte in any stored field is detected, by both verifiers."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.judgement import ExportedNote
from ledger.audit.notes import KeyRing
from ledger.audit.verify import Row, verify
from tests.ledger.audit.sample_log import OLD, ORIGIN, VERIFIERS, SampleLog, Verifier

LOG = SampleLog().grow(2).export().grow(3).export()
KEYS = KeyRing.of(OLD.key)
EXAMPLES = 150
COLUMNS = ("prev_hash", "hash", "body")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return LOG.write(tmp_path_factory.mktemp("any-byte") / "bundle")


def stored_files(bundle: Path) -> list[Path]:
    return sorted(file for file in bundle.rglob("*") if file.is_file() and file.name != "README.txt")


def flipped(data: bytes, at: int, by: int) -> bytes:
    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


def is_found(verifier: Verifier, bundle: Path, file: Path, changed: bytes) -> bool:
    original = file.read_bytes()
    try:
        file.write_bytes(changed)
        return verifier(bundle, [], []).code == 1
    finally:
        file.write_bytes(original)


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS.keys())
@settings(max_examples=EXAMPLES)
@given(data=st.data(), by=st.integers(1, 255))
def test_a_changed_byte_in_any_exported_file_is_found(
    verifier: Verifier, bundle: Path, data: st.DataObject, by: int
) -> None:
    file = data.draw(st.sampled_from(stored_files(bundle)), label="file")
    original = file.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1), label="byte")
    assert is_found(verifier, bundle, file, flipped(original, at, by))


@pytest.mark.soak
@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS.keys())
def test_every_single_byte_of_every_exported_file_counts(verifier: Verifier, bundle: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    for file in stored_files(copy):
        original = file.read_bytes()
        for at in range(len(original)):
            for by in (1, 2, 4, 8, 16, 32, 64, 128):
                assert is_found(verifier, copy, file, flipped(original, at, by)), (file.name, at, by)


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 4), st.sampled_from(COLUMNS), st.data(), st.integers(1, 255))
def test_a_changed_byte_in_any_stored_column_is_found(row: int, column: str, data: st.DataObject, by: int) -> None:
    rows = LOG.rows()
    seq, *columns = rows[row]
    at = COLUMNS.index(column)
    columns[at] = flipped(columns[at], data.draw(st.integers(0, len(columns[at]) - 1)), by)
    rows[row] = (seq, columns[0], columns[1], columns[2])
    result = verify(rows, notes=LOG.notes, ring=KEYS, origin=ORIGIN, head=LOG.head)
    assert not result.ok
    assert result.first_bad_seq in {row + 1, row + 2}


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 4), st.integers().filter(lambda value: value != 0))
def test_a_changed_number_is_found(row: int, by: int) -> None:
    rows: list[Row] = LOG.rows()
    seq, prev_hash, this, body = rows[row]
    rows[row] = (seq + by, prev_hash, this, body)
    assert verify(rows, notes=LOG.notes, ring=KEYS, origin=ORIGIN).first_bad_seq == row + 1


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 1), st.data(), st.integers(1, 255))
def test_a_changed_byte_in_any_exported_checkpoint_is_found(note: int, data: st.DataObject, by: int) -> None:
    original = LOG.notes[note].data
    changed = flipped(original, data.draw(st.integers(0, len(original) - 1)), by)
    notes = [*LOG.notes]
    notes[note] = ExportedNote("changed.note", changed)
    assert not verify(LOG.rows(), notes=notes, ring=KEYS, origin=ORIGIN).ok
