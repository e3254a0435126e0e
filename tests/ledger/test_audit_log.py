"""The audit where it is kept: due, signed, taken off the box, proved, and never continued from a past that was lost."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical.clock import rfc3339
from canonical.problems import LedgerReadOnly
from ledger import audit_log
from ledger.audit.events import AuditBody, AuditTag
from ledger.audit.findings import Code
from ledger.audit.notes import KeyRing, Signer
from ledger.checkpoint_folder import CheckpointFolder, CheckpointNotKept
from ledger.store import Store, embedded

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
SIGNER = Signer.from_seed("glowline/lumen", b"s" * 32)
RING = KeyRing.of(SIGNER.key)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> CheckpointFolder:
    """Where the checkpoints go."""
    return CheckpointFolder(tmp_path / "off-the-box" / "lumen")


def happen(store: Store, times: int = 1, at: datetime = NOW) -> None:
    """Something the audit records."""
    with store.writing(business_now=at) as session:
        size = session.head.audit.seq
        session.audit(
            *(
                AuditBody(tag=AuditTag.TASK_OPENED, at=rfc3339(at), practice="lumen", subject_id=f"t-{size + n}")
                for n in range(times)
            )
        )


def _due(store: Store, at: datetime) -> bool:
    with store.reading() as session:
        return audit_log.checkpoint_due(session, at)


def test_a_checkpoint_is_due_by_number_by_time_and_as_a_heartbeat(ledger: Store, folder: CheckpointFolder) -> None:
    assert not _due(ledger, NOW)
    happen(ledger)
    assert _due(ledger, NOW)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    assert not _due(ledger, NOW + timedelta(hours=5))
    assert _due(ledger, NOW + timedelta(hours=6))
    happen(ledger)
    assert not _due(ledger, NOW + timedelta(minutes=4))
    assert _due(ledger, NOW + timedelta(minutes=5))
    happen(ledger, audit_log.ENTRIES_PER_CHECKPOINT)
    assert _due(ledger, NOW)


def test_what_was_signed_lies_in_the_folder_in_the_ledger_and_in_the_audit(
    ledger: Store, folder: CheckpointFolder
) -> None:
    happen(ledger, 3)
    checkpoint = audit_log.sign(ledger, SIGNER, folder, NOW)
    (note,) = folder.notes()
    assert RING.open(note.data).text == checkpoint.text()
    assert note.label.startswith("000000000003-")
    with ledger.reading() as session:
        assert (session.head.checkpoint_size, session.head.checkpoint_at, session.head.audit.seq) == (3, NOW, 4)


def test_each_checkpoint_continues_the_last_and_the_whole_verifies(ledger: Store, folder: CheckpointFolder) -> None:
    for n in range(5):
        happen(ledger, n + 1)
        audit_log.sign(ledger, SIGNER, folder, NOW)
    found = audit_log.verify(ledger, folder.notes(), RING)
    assert found.ok, found.summary
    assert (found.entries, found.proved_through) == (20, 19)


def test_a_folder_that_cannot_be_written_records_nothing(ledger: Store, tmp_path: Path) -> None:
    happen(ledger)
    (tmp_path / "full").write_text("a file where the folder should be")
    with pytest.raises(
        CheckpointNotKept, match=r"lumen: the checkpoints cannot be listed \(Not a directory\)"
    ) as caught:
        audit_log.sign(ledger, SIGNER, CheckpointFolder(tmp_path / "full" / "lumen"), NOW)
    assert caught.value.next_step
    with ledger.reading() as session:
        assert (session.head.audit.seq, session.head.checkpoint_at) == (1, None)
    assert _due(ledger, NOW)


def test_a_disk_that_is_full_leaves_no_half_note(ledger: Store, folder: CheckpointFolder) -> None:
    happen(ledger)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.checkpoint_folder.os.write", _no_space)
        with pytest.raises(CheckpointNotKept, match="No space left"):
            audit_log.sign(ledger, SIGNER, folder, NOW)
    assert list(folder.folder.iterdir()) == []
    audit_log.sign(ledger, SIGNER, folder, NOW)


def _no_space(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_killed_between_export_and_record_the_next_checkpoint_fits(
    ledger: Store, folder: CheckpointFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ledger, 3)
    monkeypatch.setattr(audit_log, "_record", _killed)
    with pytest.raises(KeyboardInterrupt):
        audit_log.sign(ledger, SIGNER, folder, NOW)
    monkeypatch.undo()
    happen(ledger, 2)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    assert audit_log.verify(ledger, folder.notes(), RING).ok
    assert len(folder.notes()) == 2


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_processes_may_sign_the_same_head(
    ledger: Store, folder: CheckpointFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(ledger, 3)
    real = audit_log._record

    def record_twice(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type] # passed through
        real(*arguments)  # type: ignore[arg-type] # the other process

    monkeypatch.setattr(audit_log, "_record", record_twice)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    monkeypatch.undo()
    happen(ledger)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    assert audit_log.verify(ledger, folder.notes(), RING).ok


def test_a_signer_of_another_log_signs_nothing(ledger: Store, folder: CheckpointFolder) -> None:
    happen(ledger)
    with pytest.raises(ValueError, match="signs for glowline/lumen only"):
        audit_log.sign(ledger, Signer.from_seed("glowline/aurora", b"s" * 32), folder, NOW)


def test_a_log_rewritten_before_its_last_checkpoint_is_not_signed_again(
    ledger: Store, folder: CheckpointFolder
) -> None:
    happen(ledger, 3)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    tamper(ledger, "UPDATE audit SET body = replace(body::VARCHAR, 'glowline', 'glowlime')::BLOB WHERE seq = 4")
    with pytest.raises(LedgerReadOnly):
        audit_log.sign(ledger, SIGNER, folder, NOW)
    assert len(folder.notes()) == 1


def tamper(store: Store, statement: str) -> None:
    """Whoever holds the key can do this; the audit is what tells."""
    with store.place.opened(read_only=False) as cursor:
        cursor.execute(statement)


ATTACKS: dict[str, tuple[str, set[Code]]] = {
    "edit one body": (
        "UPDATE audit SET body = replace(body::VARCHAR, 't-2', 't-9')::BLOB WHERE seq = 3",
        {Code.ENTRY_CHANGED},
    ),
    "edit one body and its hash": (
        "UPDATE audit SET body = 'x'::BLOB, hash = unhex(sha256(prev_hash || 'x'::BLOB)) WHERE seq = 3",
        {Code.CHAIN_BROKEN},
    ),
    "delete a row": ("DELETE FROM audit WHERE seq = 3", {Code.SEQUENCE_BROKEN}),
    "cut the tail below the checkpoint": (
        "DELETE FROM audit WHERE seq > 5",
        {Code.HEAD_DIFFERS, Code.SHORTER_THAN_CHECKPOINT},
    ),
    "cut the tail above the checkpoint": ("DELETE FROM audit WHERE seq > 10", {Code.HEAD_DIFFERS}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_with_the_table_is_found(ledger: Store, folder: CheckpointFolder, attack: str) -> None:
    happen(ledger, 9)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    happen(ledger, 3)
    statement, codes = ATTACKS[attack]
    tamper(ledger, statement)
    found = audit_log.verify(ledger, folder.notes(), RING)
    assert {each.code for each in found.findings} == codes
    assert not found.ok


def _backup(ledger: Store, to: Path, meanwhile: Callable[[], None]) -> Store:
    """The ledger as it was before `meanwhile`, put back in its place."""
    shutil.copy(ledger.path, to)
    meanwhile()
    shutil.copy(to, ledger.path)
    return ledger


def _watching(ledger: Store, folder: CheckpointFolder) -> Store:
    return embedded(ledger.path, "lumen", ledger.place.keys()[0], folder)  # type: ignore[attr-defined] # a file has keys


def test_a_restored_backup_is_read_and_not_written(ledger: Store, folder: CheckpointFolder, tmp_path: Path) -> None:
    store = _watching(ledger, folder)
    happen(store, 3)

    def a_day_passes() -> None:
        happen(store, 3)
        audit_log.sign(store, SIGNER, folder, NOW)

    _backup(store, tmp_path / "backup", a_day_passes)
    with store.reading() as session:
        assert session.head.audit.seq == 3
    with pytest.raises(LedgerReadOnly, match="ends at entry 3, before the exported checkpoint 000000000006") as caught:
        happen(store)
    assert "glowline audit adopt" in caught.value.next_step
    found = audit_log.verify(store, folder.notes(), RING)
    assert {each.code for each in found.findings} == {Code.SHORTER_THAN_CHECKPOINT}


def test_a_restored_backup_that_grew_past_the_checkpoint_is_never_signed(
    ledger: Store, folder: CheckpointFolder, tmp_path: Path
) -> None:
    """A store that was not told of the folder writes on; signing finds out."""
    happen(ledger, 3)

    def a_day_passes() -> None:
        happen(ledger, 3)
        audit_log.sign(ledger, SIGNER, folder, NOW)

    _backup(ledger, tmp_path / "backup", a_day_passes)
    happen(ledger, 20, at=NOW + timedelta(days=1))
    with pytest.raises(LedgerReadOnly, match="signed over other entries"):
        audit_log.sign(ledger, SIGNER, folder, NOW + timedelta(days=1))


def test_a_bundle_is_verified_by_a_stranger_and_tampering_shows_there(
    ledger: Store, folder: CheckpointFolder, tmp_path: Path
) -> None:
    happen(ledger, 5)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    audit_log.export(ledger, tmp_path / "bundle", folder.notes(), [SIGNER.key])
    assert _stranger(tmp_path / "bundle").returncode == 0
    tamper(ledger, "UPDATE audit SET body = replace(body::VARCHAR, 't-2', 't-9')::BLOB WHERE seq = 3")
    audit_log.export(ledger, tmp_path / "bundle.zip", folder.notes(), [SIGNER.key])
    assert _stranger(tmp_path / "bundle.zip").returncode == 1


def _stranger(bundle: Path) -> subprocess.CompletedProcess[bytes]:
    command: list[str | Path] = [sys.executable, ROOT / "tools" / "verify_audit.py", bundle, "--key", SIGNER.key.vkey()]
    return subprocess.run(command, capture_output=True, check=False)


def test_a_note_under_a_taken_name_is_refused(folder: CheckpointFolder) -> None:
    folder.export("000000000003-aaaaaaaa.note", "one\n")
    folder.export("000000000003-aaaaaaaa.note", "one\n")
    with pytest.raises(CheckpointNotKept, match="another note stands under this name"):
        folder.export("000000000003-aaaaaaaa.note", "two\n")


def test_a_note_that_nobody_signed_does_not_lock_a_ledger_out_for_good(ledger: Store, folder: CheckpointFolder) -> None:
    """It stops writing, which is safe, and adopting refuses to excuse it: a person has to remove the file."""
    store = _watching(ledger, folder)
    happen(store)
    folder.export("000000000900-aaaaaaaa.note", "not a note\n")
    with pytest.raises(LedgerReadOnly):
        happen(store)
    (folder.folder / "000000000900-aaaaaaaa.note").unlink()
    happen(store)


def test_many_unsigned_entries_are_read_from_a_copy(
    ledger: Store, folder: CheckpointFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "ENTRIES_PER_CHECKPOINT", 2)
    happen(ledger, 50)
    audit_log.sign(ledger, SIGNER, folder, NOW)
    assert audit_log.verify(ledger, folder.notes(), RING).proved_through == 50
