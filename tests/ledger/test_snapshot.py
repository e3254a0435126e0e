"""A snapshot is a private copy of everything committed, which nobody waits for and which leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from canonical.problems import LedgerDamaged
from ledger.keys import LedgerKey
from ledger.store import Store, create, embedded

KEY = LedgerKey(b"snapshot" + bytes(24))


def _copies(store: Store) -> list[Path]:
    return list(store.path.parent.glob(".snapshot-*"))


def test_others_write_while_a_snapshot_is_read(ledger: Store) -> None:
    with ledger.writing() as session:
        session.next_seq()
    with ledger.snapshot() as frozen:
        with ledger.writing() as session:
            session.next_seq()
        assert frozen.rows("read_head")[0]["seq"] == 1
        (copy,) = _copies(ledger)
        assert copy.stat().st_mode & 0o777 == 0o700
        assert {each.stat().st_mode & 0o777 for each in copy.iterdir()} == {0o600}
    assert _copies(ledger) == []
    with ledger.reading() as session:
        assert session.head.seq == 2


def test_a_block_that_raises_leaves_no_copy(ledger: Store) -> None:
    with pytest.raises(KeyError), ledger.snapshot():
        raise KeyError
    assert _copies(ledger) == []


_DYING = """
import os, sys
from pathlib import Path
from canonical.problems import LedgerDamaged
from ledger.keys import LedgerKey
from ledger.store import embedded
store = embedded(Path(sys.argv[1]), "lumen", LedgerKey(b"snapshot" + bytes(24)))
match sys.argv[2]:
    case "in a transaction":
        with store.writing() as session:
            session.insert("raw", [{"raw_id": "r-1"}])
            os.kill(os.getpid(), 9)
    case "after the commit":
        with store.place.opened(read_only=False) as cursor:
            with store.transaction(cursor) as session:
                session.insert("raw", [{"raw_id": "r-1"}])
            os.kill(os.getpid(), 9)
    case "reading a snapshot":
        with store.snapshot():
            os.kill(os.getpid(), 9)
"""


@pytest.fixture
def mortal(tmp_path: Path) -> Store:
    """A ledger that other processes can open, too."""
    path = tmp_path / "lumen" / "ledger.duckdb"
    create(path, practice_id="lumen", key=KEY)
    return embedded(path, "lumen", KEY)


def _die(store: Store, where: str) -> None:
    assert subprocess.run([sys.executable, "-c", _DYING, store.path, where], check=False).returncode == -9


def test_what_was_committed_before_a_kill_is_there_for_readers_and_snapshots(mortal: Store) -> None:
    _die(mortal, "after the commit")
    assert mortal.path.with_name("ledger.duckdb.wal").exists()
    with mortal.reading() as session:
        assert session.head.seq == 1
    with mortal.snapshot() as session:
        assert session.head.seq == 1
    assert not mortal.path.with_name("ledger.duckdb.wal").exists()


def _flipped(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


def test_a_log_that_was_cut_short_counts_for_what_it_says_completely(mortal: Store) -> None:
    _die(mortal, "after the commit")
    log = mortal.path.with_name("ledger.duckdb.wal")
    log.write_bytes(log.read_bytes()[:-1])
    with mortal.reading() as session:
        assert session.head.seq == 0


@pytest.mark.parametrize("place", [5, 60, -1])
def test_a_flipped_byte_in_the_log_is_damage(mortal: Store, place: int) -> None:
    _die(mortal, "after the commit")
    _flipped(mortal.path.with_name("ledger.duckdb.wal"), place)
    with pytest.raises(LedgerDamaged, match="cannot be read completely"), mortal.reading():
        pass


def test_a_log_of_another_state_of_the_file_is_said_to_be_one(mortal: Store, tmp_path: Path) -> None:
    _die(mortal, "after the commit")
    log = mortal.path.with_name("ledger.duckdb.wal")
    old = log.read_bytes()
    with mortal.writing() as session:
        session.next_seq()
    log.write_bytes(old)
    with pytest.raises(LedgerDamaged, match=r"\.wal\) belongs to another state") as caught, mortal.reading():
        pass
    assert "move the .wal file away" in caught.value.next_step
    other = tmp_path / "other" / "ledger.duckdb"
    create(other, practice_id="lumen", key=KEY)
    other.with_name("ledger.duckdb.wal").write_bytes(old)
    with pytest.raises(LedgerDamaged, match="belongs to another state"), embedded(other, "lumen", KEY).reading():
        pass


def test_what_was_not_committed_before_a_kill_is_not_there(mortal: Store) -> None:
    _die(mortal, "in a transaction")
    with mortal.writing() as session:
        assert session.head.seq == 0


def test_a_copy_of_a_killed_reader_is_removed_by_the_next(mortal: Store) -> None:
    _die(mortal, "reading a snapshot")
    assert len(_copies(mortal)) == 1
    with mortal.snapshot():
        assert len(_copies(mortal)) == 1
    assert _copies(mortal) == []


def test_holding_a_ledger_too_long_is_written_down(
    ledger: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="ledger.store"):
        with ledger.reading():
            pass
        monkeypatch.setattr("ledger.store.LONGEST_HOLD", -1.0)
        with ledger.reading():
            pass
    assert [record.message.split(" for ")[0] for record in caplog.records] == ["lumen: held the ledger"]
