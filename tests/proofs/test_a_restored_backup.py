"""Yesterday's backup is restored: nothing leaves, before a person adopts it or after, that had left in the lost time."""

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from canonical.problems import GlowlineError, LedgerKeyWrong, LedgerReadOnly
from ledger.adopt import Adopted, Evidence, adopt
from ledger.audit.notes import KeyRing
from ledger.keys import LedgerKey
from pipelines.outbox.points import Point
from pipelines.tick.health import audit_is_proved
from pipelines.tick.sequence import run_id, tick
from pipelines.tick.sync import sync
from tests.dying import nursery
from tests.proofs.town import Town, local

ANA, BEA, CLEO = "+12125550142", "+12125550143", "+12125550144"


@pytest.fixture(autouse=True)
def ledgers() -> None:
    """Its file is copied and put back."""


@pytest.fixture
def restored(town: Town, tmp_path: Path) -> Town:
    """Ana's first reminder is in the backup; her second, Bea's first, and a booking of Cleo's with its confirmation are not."""
    town.book(town.person("Ana Reyes", ANA), "2026-11-13 10:00")
    town.book(town.person("Bea Quill", BEA), "2026-11-14 10:00")
    cleo = town.person("Cleo Moss", CLEO)
    town.run_at("2026-11-11 10:01")
    ledger = town.opened().store.path
    shutil.copytree(ledger.parent, tmp_path / "backup")
    town.book(cleo, "2026-11-17 10:00", booked="2026-11-11 11:00")
    town.run_at("2026-11-11 11:10", "2026-11-12 10:01")
    assert Counter(_recipients(town)) == {ANA: 2, BEA: 1, CLEO: 1}
    shutil.rmtree(ledger.parent)
    shutil.copytree(tmp_path / "backup", ledger.parent)
    return town


def _recipients(town: Town) -> list[str | None]:
    return [entry.recipient for entry in town.twilio.journal.accepted()]


def _adopted(town: Town) -> Adopted:
    store, sealing = town.opened().store, town.hub.sealing
    assert store.checkpoints is not None
    evidence = Evidence(store.checkpoints.notes(), KeyRing.of(sealing.public_key(store)))
    now = town.clock.business
    return adopt(store, evidence, sealing.signer(store), store.checkpoints, user="u-officer", now=now)


def test_until_it_is_adopted_no_run_sends_or_writes(restored: Town) -> None:
    before = _recipients(restored)
    restored.turn(local("2026-11-12 10:30"))
    with pytest.raises(LedgerReadOnly):
        sync(restored.opened(), run_id("lumen", "sync", restored.clock.business))
    with pytest.raises(GlowlineError, match="adopt"):
        tick(restored.opened(), run_id("lumen", "tick", restored.clock.business))
    assert _recipients(restored) == before


def test_once_adopted_nothing_is_sent_again_and_what_is_due_later_is_sent(restored: Town) -> None:
    before = _recipients(restored)
    restored.turn(local("2026-11-12 10:30"))
    done = _adopted(restored)
    assert done.lost_from == local("2026-11-11 10:01")
    restored.run_at("2026-11-12 10:31", "2026-11-12 11:05", "2026-11-12 12:30")
    assert _recipients(restored) == before, "what had left in the lost time left again"
    restored.run_at("2026-11-13 10:01", "2026-11-15 10:01")
    later = Counter(_recipients(restored)[len(before) :])
    assert later == {BEA: 1, CLEO: 1}, (
        "Bea's reminder of the day before, and Cleo's first, were due after it was adopted"
    )
    assert any(task["urgent"] and "backup" in task["title"] for task in restored.table("tasks"))
    assert audit_is_proved(restored.opened()).ok


@pytest.mark.parametrize("noticed", [True, False], ids=["a newer checkpoint tells", "nobody notices"])
def test_a_volume_that_is_put_back_in_the_middle_of_a_claim_sends_nothing_again(
    town: Town,
    tmp_path: Path,
    noticed: bool,
) -> None:
    """Files, devices and inodes come back as they were; what proved then that nothing was begun is no part of the volume."""
    phones = [f"+1212555014{number}" for number in range(4)]
    for number, phone in enumerate(phones):
        town.book(town.person(f"Ana{number} Reyes", phone), "2026-11-13 10:00")
    town.run(local("2026-11-11 09:30"))
    moment = local("2026-11-11 10:01")
    town.turn(moment)
    with nursery("tests.proofs.dies:deliver_until") as ward:
        assert ward.killed_at(0, str(town.home), town.practice, moment.isoformat(), Point.CLAIMED.value, "1")
    data = town.hub.installation.data
    shutil.copytree(data, tmp_path / "volume")
    town.clock.ahead = timedelta(seconds=61)
    town.run_at("2026-11-11 10:02", "2026-11-11 10:03", "2026-11-11 10:04")
    assert Counter(_recipients(town)) == dict.fromkeys(phones, 1)
    if noticed:
        town.hub.sealing.sign(town.opened().store)
    _put_back(tmp_path / "volume", data)
    town.turn(local("2026-11-11 10:30"))
    if noticed:
        _adopted(town)
    town.run_at("2026-11-11 10:31", "2026-11-11 10:40", "2026-11-11 11:15")
    assert Counter(_recipients(town)) == dict.fromkeys(phones, 1)


def _put_back(volume: Path, data: Path) -> None:
    """In place, so that every file that was there keeps its inode, as a volume that is put back would."""
    for file in [one for one in data.rglob("*") if one.is_file()]:
        kept = volume / file.relative_to(data)
        if not kept.exists():
            file.unlink()
    for kept in [one for one in volume.rglob("*") if one.is_file()]:
        there = data / kept.relative_to(volume)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(kept.read_bytes())


def test_without_the_folder_of_checkpoints_nothing_is_sent_or_written(restored: Town) -> None:
    """Notes that were moved away, or a bucket that is not mounted: nobody can say then that the ledger is not yesterday's."""
    store, before = restored.opened().store, _recipients(restored)
    assert store.checkpoints is not None
    kept = store.checkpoints.folder
    away = kept.rename(kept.with_name("away"))
    restored.turn(local("2026-11-12 10:30"))
    with pytest.raises(LedgerReadOnly, match="is not in"):
        sync(restored.opened(), run_id("lumen", "sync", restored.clock.business))
    with pytest.raises(GlowlineError, match="is not in"):
        tick(restored.opened(), run_id("lumen", "tick", restored.clock.business))
    with pytest.raises(GlowlineError, match="is not where checkpoints are kept"):
        restored.hub.sealing.sign(store)
    assert _recipients(restored) == before
    assert not kept.exists()
    away.rename(kept)
    _adopted(restored)
    restored.run_at("2026-11-12 10:31", "2026-11-12 11:05")
    assert _recipients(restored) == before


def test_another_signing_key_signs_nothing_and_the_right_one_goes_on(town: Town) -> None:
    town.run_at("2026-11-11 10:01")
    practice = town.opened()
    practice.hub.sealing.sign(practice.store)
    key = Path(practice.hub.sealing.reference.partition(":")[2])
    right = key.read_text()
    key.write_text(LedgerKey.fresh().text())
    assert practice.store.checkpoints is not None
    notes = practice.store.checkpoints.notes()
    with pytest.raises(LedgerKeyWrong, match="another key signed the last checkpoint"):
        practice.hub.sealing.sign(practice.store)
    assert practice.store.checkpoints.notes() == notes
    key.write_text(right)
    practice.hub.sealing.sign(practice.store)
    assert audit_is_proved(practice).ok
