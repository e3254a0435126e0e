"""A ledger that is kept from one session to the next: one opening, nobody waits for it, and a session promises what it always did."""

import socket
import subprocess
import sys
import threading
from base64 import b64encode
from pathlib import Path

import pytest

from canonical.problems import NetworkWhileLedgerOpen
from ledger import embedded as place
from ledger import files, keeping
from ledger.session import Session
from ledger.store import Store
from tests.waiting import until


def _mark(session: Session, number: int) -> None:
    session.insert("progress", [{"stage": f"stage {number}", "seq": number}])


def _marks(store: Store) -> list[int]:
    with store.reading() as session:
        return sorted(row["seq"] for row in session.rows("all_progress"))


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Each attaching of a file, and whether it was for reading only."""
    seen, before = [], files.attached

    def watched(path: Path, key: object, *, read_only: bool) -> object:
        seen.append(read_only)
        return before(path, key, read_only=read_only)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(place, "attached", watched)
    return seen


def test_sessions_share_one_opening_and_a_writer_opens_once_more(ledger: Store, openings: list[bool]) -> None:
    with ledger.kept():
        assert _marks(ledger) == _marks(ledger) == []
        for number in (1, 2):
            with ledger.writing() as session:
                _mark(session, number)
        assert _marks(ledger) == [1, 2]
    assert openings == [True, False]
    assert _marks(ledger) == [1, 2]


def test_the_head_goes_on_from_session_to_session(ledger: Store) -> None:
    with ledger.kept():
        for expected in (1, 2, 3):
            with ledger.writing() as session:
                assert session.next_seq() == expected
            with ledger.reading() as session:
                assert session.head.seq == expected
    with ledger.reading() as session:
        assert session.head.seq == 3


def test_a_session_that_fails_leaves_nothing_and_the_next_one_works(ledger: Store) -> None:
    def fails() -> None:
        with ledger.writing() as session:
            _mark(session, 2)
            session.next_seq()
            raise KeyError

    with ledger.kept():
        with ledger.writing() as session:
            _mark(session, 1)
        with pytest.raises(KeyError):
            fails()
        assert _marks(ledger) == [1]
        with ledger.writing() as session:
            assert session.next_seq() == 1


def test_a_session_within_a_session_is_still_a_mistake(ledger: Store) -> None:
    with ledger.kept(), ledger.reading(), pytest.raises(RuntimeError, match="already has a session"), ledger.writing():
        pass


def test_a_thread_that_waits_comes_in_between_two_sessions(ledger: Store) -> None:
    def write() -> None:
        with ledger.writing() as session:
            _mark(session, 7)

    other = threading.Thread(target=write)
    with ledger.kept():
        with ledger.reading():
            other.start()
            until(ledger.place.turnstile.wanted)  # type: ignore[attr-defined]  # an embedded file
        other.join(10)
        assert not other.is_alive()
        assert _marks(ledger) == [7]


_WRITES = """
import sys
from pathlib import Path
from ledger.keys import KeyReference
from ledger.store import embedded
with embedded(Path(sys.argv[1]), "lumen", KeyReference("file:" + sys.argv[2])).writing() as session:
    session.insert("progress", [{"stage": "elsewhere", "seq": 9}])
    if len(sys.argv) > 3:
        import os; os.kill(os.getpid(), 9)
"""


def test_another_process_comes_in_between_two_sessions(ledger: Store, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b64encode(ledger.place._key.secret))  # type: ignore[attr-defined]  # the fixture's own key
    with ledger.kept():
        with ledger.reading():
            other = subprocess.Popen([sys.executable, "-c", _WRITES, ledger.path, key])
            until(ledger.place.turnstile.wanted, longest=30)  # type: ignore[attr-defined]  # an embedded file
        assert other.wait(30) == 0
        assert _marks(ledger) == [9]


_DIES = """
import os, sys
from pathlib import Path
from ledger.keys import KeyReference
from ledger.store import embedded
store = embedded(Path(sys.argv[1]), "lumen", KeyReference("file:" + sys.argv[2]))
with store.kept():
    for number in (1, 2):
        with store.writing() as session:
            session.insert("progress", [{"stage": str(number), "seq": number}])
    os.kill(os.getpid(), 9)
"""


def test_what_was_committed_survives_whoever_kept_it(ledger: Store, tmp_path: Path) -> None:
    """The file is brought up to date when it is let go; until then its log has what was committed."""
    key = tmp_path / "key"
    key.write_bytes(b64encode(ledger.place._key.secret))  # type: ignore[attr-defined]  # the fixture's own key
    died = subprocess.run([sys.executable, "-c", _DIES, ledger.path, key], check=False)
    assert died.returncode == -9
    assert _marks(ledger) == [1, 2]


def _call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())


def test_nobody_calls_out_between_two_sessions_unless_apart(ledger: Store, openings: list[bool]) -> None:
    with ledger.kept():
        _marks(ledger)
        with pytest.raises(NetworkWhileLedgerOpen):
            _call()
        with ledger.apart():
            _call()
            _marks(ledger)
            _call()
        _marks(ledger)
    assert openings == [True, True, True]
    _call()


def test_a_copy_is_taken_in_between(ledger: Store) -> None:
    with ledger.kept():
        with ledger.writing() as session:
            _mark(session, 1)
        with ledger.snapshot() as session:
            assert [row["seq"] for row in session.rows("all_progress")] == [1]
        assert _marks(ledger) == [1]


def test_it_is_let_go_after_a_while(ledger: Store, openings: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LONGEST", 0.0)
    with ledger.kept():
        _marks(ledger)
        _marks(ledger)
    assert openings == [True, True]


def test_a_block_within_a_block_is_one(ledger: Store, openings: list[bool]) -> None:
    with ledger.kept():
        _marks(ledger)
        with ledger.kept():
            _marks(ledger)
        _marks(ledger)
    assert openings == [True]
