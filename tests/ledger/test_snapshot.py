"""A snapshot is a private copy of everything committed, which nobody waits for and which leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import pytest

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
