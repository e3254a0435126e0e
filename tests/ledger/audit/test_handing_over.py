"""Keys that change and backups that are restored: exceptions count only when a genuine later checkpoint covers them."""

from pathlib import Path

import pytest

from ledger.audit.bundle import read_bundle
from ledger.audit.checkpoints import Checkpoint
from ledger.audit.findings import Code
from ledger.audit.notes import KeyRing, VerifierKey
from ledger.audit.own_events import checkpoint_adopted, checkpoint_signed, signing_key_rotated
from tests.ledger.audit.sample_log import AT, INTRUDER, NEW, OLD, ORIGIN, VERIFIERS, SampleLog, Verifier, sample_log

each_verifier = pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS.keys())
ROTATED = signing_key_rotated(at=AT, practice="demo", old=OLD.key, new=NEW.key)


def adopted(checkpoint: Checkpoint, restored: int) -> SampleLog:
    """A log restored to `restored` entries after `checkpoint`, with the entry that accepts the loss."""
    event = checkpoint_adopted(
        at=AT, practice="demo", ledger="ledger-demo", checkpoint=checkpoint, restored=restored, user="u-1"
    )
    return SampleLog().grow(restored).append(event)


def rotated_log() -> SampleLog:
    """The old key signs at 4 and, over the entry that hands over, at 5; the new one at 8."""
    return SampleLog().grow(4).export().append(ROTATED).export().grow(3).export(NEW).grow(1)


def code_of(log: SampleLog, place: Path, *keys: VerifierKey) -> set[Code]:
    result = read_bundle(log.write(place)).verified(KeyRing.of(*keys) if keys else None)
    return {each.code for each in result.findings}


@each_verifier
@pytest.mark.parametrize("known", [OLD, NEW], ids=["the first key", "the newest key"])
def test_a_reader_who_knows_one_key_can_follow_the_handing_over(
    verifier: Verifier, known: object, tmp_path: Path
) -> None:
    key = OLD.key if known is OLD else NEW.key
    outcome = verifier(rotated_log().write(tmp_path / "bundle"), [key], [])
    assert outcome.code == 0
    assert "unproved since entry 8" in outcome.words.lower()


@each_verifier
def test_a_new_key_nobody_vouched_for_is_not_trusted(verifier: Verifier, tmp_path: Path) -> None:
    """The entry is there, but no checkpoint of the old key covers it."""
    log = SampleLog().grow(4).export().append(ROTATED).grow(3).export(NEW)
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1
    assert code_of(log, tmp_path / "again", OLD.key) == {Code.KEY_UNKNOWN}


@each_verifier
def test_an_intruder_cannot_hand_over_to_himself(verifier: Verifier, tmp_path: Path) -> None:
    """An entry that names two keys nobody knows hands nothing over, even when a genuine checkpoint covers it."""
    event = signing_key_rotated(at=AT, practice="demo", old=NEW.key, new=INTRUDER.key)
    log = SampleLog().grow(2).append(event).export().grow(2).export(INTRUDER)
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1


@each_verifier
def test_a_key_that_handed_over_signs_nothing_more(verifier: Verifier, tmp_path: Path) -> None:
    log = rotated_log().export(OLD)
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1
    assert code_of(log, tmp_path / "again", OLD.key) == {Code.KEY_RETIRED}


def test_keys_are_handed_over_more_than_once(tmp_path: Path) -> None:
    second = signing_key_rotated(at=AT, practice="demo", old=NEW.key, new=INTRUDER.key)
    log = rotated_log().append(second).export(NEW).grow(1).export(INTRUDER)
    for number, key in enumerate([OLD.key, NEW.key, INTRUDER.key]):
        result = read_bundle(log.write(tmp_path / f"bundle-{number}")).verified(KeyRing.of(key))
        assert result.ok, result.findings
        assert [each.seq for each in result.rotated] == [5, 10]
        assert result.unproved_after == 11


@each_verifier
def test_a_restored_backup_is_accepted_once_a_later_checkpoint_covers_the_adoption(
    verifier: Verifier, tmp_path: Path
) -> None:
    lost = sample_log()
    log = adopted(Checkpoint.of(SampleLog().grow(8).head, ORIGIN), restored=6).export().grow(5).export()
    log.notes = [*lost.notes, *log.notes]
    outcome = verifier(log.write(tmp_path / "bundle"), [OLD.key], [])
    assert outcome.code == 0
    assert "unproved since entry 12" in outcome.words.lower()


def test_an_adopted_loss_is_shown_to_every_reader(tmp_path: Path) -> None:
    lost = SampleLog().grow(8).export()
    log = adopted(lost.checkpoint(), restored=6).export()
    log.notes = [*lost.notes, *log.notes]
    result = read_bundle(log.write(tmp_path / "bundle")).verified(KeyRing.of(OLD.key))
    assert [(each.seq, each.restored, each.size) for each in result.adopted] == [(7, 6, 8)]


@each_verifier
def test_an_adoption_no_checkpoint_covers_excuses_nothing(verifier: Verifier, tmp_path: Path) -> None:
    """Else whoever can write the file could cut it and excuse himself."""
    lost = SampleLog().grow(4).export().grow(4).export()
    log = adopted(lost.checkpoint(), restored=6).grow(5)
    log.notes = lost.notes
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1
    assert code_of(log, tmp_path / "again") == {Code.ADOPTION_UNPROVED}


@each_verifier
def test_an_adoption_excuses_the_named_checkpoint_and_no_other(verifier: Verifier, tmp_path: Path) -> None:
    lost = SampleLog().grow(8).export().grow(2).export()
    log = adopted(lost.checkpoint(), restored=6).export()
    log.notes = [*lost.notes, *log.notes]
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1


@each_verifier
def test_an_adoption_of_another_root_excuses_nothing(verifier: Verifier, tmp_path: Path) -> None:
    lost = SampleLog().grow(8).export()
    log = adopted(Checkpoint(ORIGIN, 8, bytes(32)), restored=6).export()
    log.notes = [*lost.notes, *log.notes]
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1


@each_verifier
def test_what_was_written_after_an_adoption_cannot_be_rewritten(verifier: Verifier, tmp_path: Path) -> None:
    lost = SampleLog().grow(10).export()
    log = adopted(lost.checkpoint(), restored=6).export().grow(2).export()
    log.notes = [*lost.notes, *log.notes]
    assert verifier(log.write(tmp_path / "before"), [OLD.key], []).code == 0
    log.rebuilt([*log.bodies()[:8], log.bodies()[0]])
    assert verifier(log.write(tmp_path / "after"), [OLD.key], []).code == 1


@each_verifier
def test_an_adoption_cannot_excuse_entries_the_backup_still_had(verifier: Verifier, tmp_path: Path) -> None:
    """A checkpoint of 5 entries that does not fit a backup of 6 was not lost, it was rewritten."""
    other = SampleLog().append(ROTATED).grow(4).export()
    log = adopted(other.checkpoint(), restored=6).export()
    log.notes = [*other.notes, *log.notes]
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 1


def test_a_checkpoint_the_log_remembers_but_nobody_gave_is_asked_for(tmp_path: Path) -> None:
    log = sample_log()
    remembered = checkpoint_signed(
        at=AT, practice="demo", ledger="ledger-demo", checkpoint=log.checkpoint(), key=OLD.key
    )
    log.append(remembered)
    result = read_bundle(log.write(tmp_path / "bundle")).verified()
    assert (result.proved_through, result.newest_signed) == (8, 12)
    assert "over 12 entries was exported; ask for it" in VERIFIERS["tool"](tmp_path / "bundle", [], []).words


@each_verifier
@pytest.mark.parametrize("key", ["", "00", "zz" * 32, "AA" * 32])
def test_an_entry_that_names_no_key_hands_nothing_over(verifier: Verifier, key: str, tmp_path: Path) -> None:
    event = ROTATED.model_copy(update={"refs": {"old_public_key": OLD.key.public_key.hex(), "new_public_key": key}})
    log = SampleLog().grow(2).append(event).export()
    assert verifier(log.write(tmp_path / "bundle"), [OLD.key], []).code == 0
    assert read_bundle(tmp_path / "bundle").verified().rotated == ()
