"""Every attack of ../shared/facts/reviews-and-regulation.md C.2 and its relatives, against both verifiers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.audit.append import AuditHead, append_encoded
from ledger.audit.bundle import read_bundle
from ledger.audit.chain import entry_hash
from ledger.audit.checkpoints import Checkpoint, note_name, sign_checkpoint
from ledger.audit.findings import Code
from ledger.audit.judgement import ExportedNote
from ledger.audit.merkle import CompactRange, leaf_hash
from ledger.audit.notes import Signer
from tests.ledger.audit.sample_log import INTRUDER, OLD, ORIGIN, VERIFIERS, SampleLog, Verifier, sample_log

each_verifier = pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS.keys())


def edit_a_body(log: SampleLog) -> None:
    log.changed(3, body=log.entries[2].body.replace(b'"a-3"', b'"a-4"'))


def edit_a_body_and_its_hash(log: SampleLog) -> None:
    edit_a_body(log)
    log.changed(3, this=entry_hash(log.entries[2].prev_hash, log.entries[2].body))


def edit_a_body_and_the_chain_but_not_the_stored_tree(log: SampleLog) -> None:
    """What a verifier misses that trusts stored leaves."""
    tree = log.head.tree
    bodies = log.bodies()
    bodies[10] = bodies[10].replace(b'"a-11"', b'"a-12"')
    log.rebuilt(bodies)
    log.head = replace(log.head, tree=tree)


def edit_the_stored_tree(log: SampleLog) -> None:
    hashes = [leaf_hash(b"other"), *log.head.tree.hashes[1:]]
    log.head = replace(log.head, tree=CompactRange(log.head.seq, tuple(hashes)))


def edit_the_last_hash_of_the_head(log: SampleLog) -> None:
    log.head = replace(log.head, last_hash=log.entries[-2].hash)


def keep_the_head_of_yesterday(log: SampleLog) -> None:
    log.head = append_encoded(AuditHead(), log.bodies()[:11])[0]


def delete_a_row(log: SampleLog) -> None:
    del log.entries[4]


def delete_two_rows(log: SampleLog) -> None:
    del log.entries[4:6]


def delete_the_first_row(log: SampleLog) -> None:
    del log.entries[0]


def delete_a_row_and_renumber(log: SampleLog) -> None:
    del log.entries[4]
    log.entries = [entry._replace(seq=seq) for seq, entry in enumerate(log.entries, start=1)]


def delete_a_row_and_rebuild_the_chain(log: SampleLog) -> None:
    log.rebuilt(log.bodies()[:4] + log.bodies()[5:])


def delete_an_early_row_and_rebuild_the_chain(log: SampleLog) -> None:
    log.rebuilt(log.bodies()[:2] + log.bodies()[3:])


def insert_a_row_and_rebuild_the_chain(log: SampleLog) -> None:
    log.rebuilt([*log.bodies()[:5], log.bodies()[0], *log.bodies()[5:]])


def cut_the_tail_below_the_checkpoint(log: SampleLog) -> None:
    log.rebuilt(log.bodies()[:6])


def cut_everything(log: SampleLog) -> None:
    log.rebuilt([])


def cut_rows_but_leave_the_head(log: SampleLog) -> None:
    del log.entries[9:]


def swap_two_rows(log: SampleLog) -> None:
    log.entries[2], log.entries[3] = log.entries[3], log.entries[2]


def swap_two_rows_and_renumber(log: SampleLog) -> None:
    swap_two_rows(log)
    log.entries = [entry._replace(seq=seq) for seq, entry in enumerate(log.entries, start=1)]


def swap_two_rows_and_rebuild_the_chain(log: SampleLog) -> None:
    bodies = log.bodies()
    bodies[5], bodies[6] = bodies[6], bodies[5]
    log.rebuilt(bodies)


def repeat_a_row(log: SampleLog) -> None:
    log.entries.insert(3, log.entries[2])


def repeat_the_last_row(log: SampleLog) -> None:
    log.entries.append(log.entries[-1])


def replace_a_body_by_bytes_that_are_no_text(log: SampleLog) -> None:
    log.changed(3, body=b"\xff\xfe\x80" + log.entries[2].body)


def splice_on_a_chain_that_starts_elsewhere(log: SampleLog) -> None:
    """Bodies, tree and every single hash fit; only the link between two entries is gone."""
    head, spliced = append_encoded(AuditHead(), log.bodies()[8:])
    log.entries[8:] = [entry._replace(seq=entry.seq + 8) for entry in spliced]
    log.head = replace(log.head, last_hash=head.last_hash)


def change_the_unused_bits_of_a_signature(log: SampleLog) -> None:
    """Base64 of 68 bytes leaves two bits that most decoders ignore."""
    data = log.notes[0].data
    changed = chr(data[-3] + 1).encode()
    log.notes[0] = replace(log.notes[0], data=data[:-3] + changed + data[-2:])


def forge_a_checkpoint_with_another_key(log: SampleLog) -> None:
    delete_a_row_and_rebuild_the_chain(log)
    log.notes.clear()
    log.export(INTRUDER)


def add_a_forged_checkpoint(log: SampleLog) -> None:
    log.export(INTRUDER)


def forge_a_checkpoint_that_names_the_right_key(log: SampleLog) -> None:
    genuine = log.notes[-1].data.decode()
    text = Checkpoint.of(log.head, ORIGIN).text()
    log.notes[-1] = ExportedNote("forged.note", (text + genuine[genuine.index("\n— ") :]).encode())


def add_a_checkpoint_of_another_log(log: SampleLog) -> None:
    signer = Signer.from_seed("other.example/audit", bytes(range(32)))
    log.notes.append(ExportedNote("other.note", sign_checkpoint(log.head, signer).encode()))


def add_a_checkpoint_of_another_log_signed_by_this_one(log: SampleLog) -> None:
    text = Checkpoint("other.example/audit", log.head.seq, log.head.tree.root()).text()
    log.notes.append(ExportedNote("other.note", OLD.sign(text).encode()))


def add_a_genuine_checkpoint_of_other_entries(log: SampleLog) -> None:
    """The signer was made to sign two versions."""
    other = append_encoded(AuditHead(), [*log.bodies()[:7], b"other"])[0]
    log.notes.append(ExportedNote(note_name(Checkpoint.of(other, ORIGIN)), sign_checkpoint(other, OLD).encode()))


def truncate_an_exported_checkpoint(log: SampleLog) -> None:
    log.notes[0] = replace(log.notes[0], data=log.notes[0].data[:-9])


def empty_an_exported_checkpoint(log: SampleLog) -> None:
    log.notes[0] = replace(log.notes[0], data=b"")


@dataclass(frozen=True)
class Attack:
    """`seq`: the first entry that is or may be bad; None when the entries are not what is wrong."""

    tamper: Callable[[SampleLog], None]
    code: Code
    seq: int | None


ATTACKS = [
    Attack(edit_a_body, Code.ENTRY_CHANGED, 3),
    Attack(edit_a_body_and_its_hash, Code.CHAIN_BROKEN, 4),
    Attack(edit_a_body_and_the_chain_but_not_the_stored_tree, Code.HEAD_DIFFERS, None),
    Attack(edit_the_stored_tree, Code.HEAD_DIFFERS, None),
    Attack(edit_the_last_hash_of_the_head, Code.HEAD_DIFFERS, None),
    Attack(keep_the_head_of_yesterday, Code.HEAD_DIFFERS, 12),
    Attack(delete_a_row, Code.SEQUENCE_BROKEN, 5),
    Attack(delete_two_rows, Code.SEQUENCE_BROKEN, 5),
    Attack(delete_the_first_row, Code.SEQUENCE_BROKEN, 1),
    Attack(delete_a_row_and_renumber, Code.CHAIN_BROKEN, 5),
    Attack(delete_a_row_and_rebuild_the_chain, Code.HISTORY_REWRITTEN, 5),
    Attack(delete_an_early_row_and_rebuild_the_chain, Code.HISTORY_REWRITTEN, 1),
    Attack(insert_a_row_and_rebuild_the_chain, Code.HISTORY_REWRITTEN, 5),
    Attack(cut_the_tail_below_the_checkpoint, Code.SHORTER_THAN_CHECKPOINT, 7),
    Attack(cut_everything, Code.SHORTER_THAN_CHECKPOINT, 1),
    Attack(cut_rows_but_leave_the_head, Code.HEAD_DIFFERS, 10),
    Attack(swap_two_rows, Code.SEQUENCE_BROKEN, 3),
    Attack(swap_two_rows_and_renumber, Code.CHAIN_BROKEN, 3),
    Attack(swap_two_rows_and_rebuild_the_chain, Code.HISTORY_REWRITTEN, 5),
    Attack(repeat_a_row, Code.SEQUENCE_BROKEN, 4),
    Attack(repeat_the_last_row, Code.SEQUENCE_BROKEN, 13),
    Attack(replace_a_body_by_bytes_that_are_no_text, Code.ENTRY_CHANGED, 3),
    Attack(splice_on_a_chain_that_starts_elsewhere, Code.CHAIN_BROKEN, 9),
    Attack(change_the_unused_bits_of_a_signature, Code.NOTE_DAMAGED, None),
    Attack(forge_a_checkpoint_with_another_key, Code.KEY_UNKNOWN, None),
    Attack(add_a_forged_checkpoint, Code.KEY_UNKNOWN, None),
    Attack(forge_a_checkpoint_that_names_the_right_key, Code.SIGNATURE_FORGED, None),
    Attack(add_a_checkpoint_of_another_log, Code.NOTE_FOREIGN, None),
    Attack(add_a_checkpoint_of_another_log_signed_by_this_one, Code.NOTE_FOREIGN, None),
    Attack(add_a_genuine_checkpoint_of_other_entries, Code.LOG_FORKED, 5),
    Attack(truncate_an_exported_checkpoint, Code.NOTE_DAMAGED, None),
    Attack(empty_an_exported_checkpoint, Code.NOTE_DAMAGED, None),
]
each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.tamper.__name__)


@each_verifier
@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_an_untouched_log_is_proved_up_to_its_newest_checkpoint(verifier: Verifier, name: str, tmp_path: Path) -> None:
    outcome = verifier(sample_log().write(tmp_path / name), [OLD.key], [])
    assert outcome.code == 0
    assert "unproved since entry 8" in outcome.words.lower()


@each_verifier
@each_attack
def test_an_attack_is_found(verifier: Verifier, attack: Attack, tmp_path: Path) -> None:
    log = sample_log()
    attack.tamper(log)
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1


@each_attack
def test_an_attack_is_named_with_its_first_bad_entry(attack: Attack, tmp_path: Path) -> None:
    log = sample_log()
    attack.tamper(log)
    result = read_bundle(log.write(tmp_path / "bundle")).verified()
    assert not result.ok
    assert result.problem is not None
    assert attack.code in {each.code for each in result.findings}
    assert result.first_bad_seq == attack.seq
    assert result.unproved_after is None


@each_verifier
@pytest.mark.parametrize("left", [11, 9, 8], ids=lambda left: f"{left} entries left")
def test_a_tail_cut_above_the_newest_checkpoint_is_reported_as_unproved(
    verifier: Verifier, left: int, tmp_path: Path
) -> None:
    """The one attack nobody can see without a newer checkpoint; the report never claims more than is proved."""
    log = sample_log()
    log.rebuilt(log.bodies()[:left])
    outcome = verifier(log.write(tmp_path / "bundle"), [OLD.key], [])
    assert outcome.code == 0
    assert "unproved since entry 8" in outcome.words.lower()


@each_verifier
def test_a_checkpoint_kept_elsewhere_shows_the_cut_tail(verifier: Verifier, tmp_path: Path) -> None:
    whole = sample_log().export()
    log = sample_log()
    log.rebuilt(log.bodies()[:9])
    outcome = verifier(log.write(tmp_path / "bundle"), [OLD.key], [whole.notes[-1]])
    assert outcome.code == 1
    assert "ends at entry 9" in outcome.words


@each_verifier
def test_yesterdays_backup_does_not_pass_for_today(verifier: Verifier, tmp_path: Path) -> None:
    backup = SampleLog().grow(4).export().grow(2)
    backup.notes = sample_log().notes
    assert verifier(backup.write(tmp_path / "bundle"), [OLD.key], []).code == 1


@each_verifier
def test_a_log_rebuilt_and_signed_with_another_key_falls_to_a_key_kept_elsewhere(
    verifier: Verifier, tmp_path: Path
) -> None:
    forged = SampleLog(keys=(INTRUDER.key,)).grow(5).export(INTRUDER)
    place = forged.write(tmp_path / "bundle")
    assert verifier(place, [], []).code == 0
    assert verifier(place, [OLD.key], []).code == 1


@each_verifier
def test_a_log_rebuilt_and_signed_with_another_key_falls_to_a_checkpoint_kept_elsewhere(
    verifier: Verifier, tmp_path: Path
) -> None:
    forged = SampleLog(keys=(INTRUDER.key,)).grow(9).export(INTRUDER)
    assert verifier(forged.write(tmp_path / "bundle"), [], [sample_log().notes[0]]).code == 1


@each_verifier
def test_without_any_checkpoint_nothing_is_proved_and_nothing_is_claimed(verifier: Verifier, tmp_path: Path) -> None:
    log = sample_log()
    log.notes.clear()
    outcome = verifier(log.write(tmp_path / "bundle"), [OLD.key], [])
    assert outcome.code == 2
    assert "nothing is proved" in outcome.words


@each_verifier
@pytest.mark.parametrize("taken", [1, 40, 300], ids=lambda taken: f"{taken} bytes less")
def test_a_truncated_file_of_entries_is_found(verifier: Verifier, taken: int, tmp_path: Path) -> None:
    place = sample_log().write(tmp_path / "bundle")
    entries = (place / "entries.jsonl").read_bytes()
    (place / "entries.jsonl").write_bytes(entries[:-taken])
    assert verifier(place, [OLD.key], []).code == 1


@each_verifier
def test_a_file_of_entries_truncated_at_the_end_of_a_line_is_found(verifier: Verifier, tmp_path: Path) -> None:
    place = sample_log().write(tmp_path / "bundle")
    lines = (place / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (place / "entries.jsonl").write_bytes(b"".join(lines[:-1]))
    assert verifier(place, [OLD.key], []).code == 1


@each_verifier
def test_all_problems_of_a_log_are_told_at_once(verifier: Verifier, tmp_path: Path) -> None:
    log = sample_log()
    edit_a_body(log)
    truncate_an_exported_checkpoint(log)
    outcome = verifier(log.write(tmp_path / "bundle"), [OLD.key], [])
    assert "Entry 3" in outcome.words
    assert log.notes[0].label in outcome.words


@each_verifier
def test_a_checkpoint_signed_by_a_stranger_is_told_apart_from_a_retired_key(verifier: Verifier, tmp_path: Path) -> None:
    log = sample_log()
    add_a_forged_checkpoint(log)
    assert "signed by no" in verifier(log.write(tmp_path / "bundle"), [OLD.key], []).words
