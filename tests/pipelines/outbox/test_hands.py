"""What a gone process leaves behind proves only what it can: on this start of the machine, as the very file it wrote."""

import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from canonical.delivery import SendResult
from canonical.ids import AttemptId
from pipelines.outbox import hands as module
from pipelines.outbox.hands import FIRST, LONGEST, MOST, Hands, Pace, hands_of

ONE, TWO, THREE = (AttemptId(f"at-{number}") for number in (1, 2, 3))
_DIES = """
import os, signal, sys
from pathlib import Path
from canonical.delivery import SendResult
from pipelines.outbox.hands import Hands
hand = Hands(Path(sys.argv[1])).take(["at-1", "at-2", "at-3"])
hand.begin("at-1")
hand.answered("at-1", SendResult(vendor_id="SM1", status="queued"))
hand.begin("at-2")
print("begun", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def left(tmp_path: Path) -> Hands:
    """A process claimed three, sent the first, began the second, and was killed."""
    with Popen([sys.executable, "-c", _DIES, str(tmp_path)], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert not Hands(tmp_path).proves_unbegun(THREE), "its owner lives"
        assert Hands(tmp_path).proves_sent(ONE) is None
        os.kill(process.pid, signal.SIGKILL)
    return Hands(tmp_path)


def test_a_gone_process_proves_what_it_sent_and_what_it_never_began(left: Hands) -> None:
    assert [left.proves_unbegun(one) for one in (ONE, TWO, THREE, "at-4")] == [False, False, True, False]
    assert left.proves_sent(ONE) == SendResult(vendor_id="SM1", status="queued")
    assert left.proves_sent(TWO) is None


def test_a_copy_proves_nothing(left: Hands, tmp_path: Path) -> None:
    """Whoever restores a backup gets copies: what was begun after it was taken is not in them."""
    restored = tmp_path / "restored"
    shutil.copytree(tmp_path, restored)
    assert not Hands(restored).proves_unbegun(THREE)
    assert Hands(restored).proves_sent(ONE) is None


def test_after_another_start_of_the_machine_nothing_is_proved(
    left: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written last may not have reached the disk when the power failed."""
    other = tmp_path / "boot_id"
    other.write_text("another-start\n")
    monkeypatch.setattr(module, "_BOOT", other)
    assert not left.proves_unbegun(THREE)
    assert left.proves_sent(ONE) is None
    monkeypatch.setattr(module, "_BOOT", tmp_path / "none")
    assert not left.proves_unbegun(THREE)


def test_a_begun_in_any_hand_is_no_proof(left: Hands) -> None:
    again = left.take([THREE])
    again.begin(THREE)
    assert not left.proves_unbegun(THREE)
    again.lay_down()
    assert left.proves_unbegun(THREE)


def test_a_line_that_was_cut_off_announced_nothing_that_was_done(left: Hands, tmp_path: Path) -> None:
    [file] = tmp_path.iterdir()
    with file.open("ab") as half:
        half.write(b'{"begun": "at-')
    assert left.proves_unbegun(THREE)


def test_where_a_line_cannot_be_read_nothing_of_that_hand_is_proved(left: Hands, tmp_path: Path) -> None:
    """A `begun` may have been in it."""
    [file] = tmp_path.iterdir()
    with file.open("ab") as more:
        more.write(b"\0\0\0\n")
    assert not left.proves_unbegun(THREE)
    assert left.proves_sent(ONE) is None
    file.write_bytes(b"\xff\n[1]\n")
    assert not left.proves_unbegun(THREE)


def test_a_file_of_somebody_else_stops_nobody(left: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refused)
    assert not left.proves_unbegun(THREE)
    left.clear(frozenset())
    assert len(list(tmp_path.iterdir())) == 1


def test_a_ledger_has_its_own_hands_and_a_strangers_folder_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MEMORY", tmp_path)
    one, other = hands_of("/one/ledger.duckdb"), hands_of("/other/ledger.duckdb")
    assert one.folder == other.folder
    assert one.ledger != other.ledger
    assert one.folder is not None
    assert one.folder.stat().st_mode & 0o777 == 0o700
    one.folder.chmod(0o777)
    assert hands_of("/one/ledger.duckdb").folder is None
    one.folder.rmdir()
    one.folder.symlink_to(tmp_path)
    assert hands_of("/one/ledger.duckdb").folder is None


def test_what_is_settled_is_cleared_and_what_is_under_way_stays(left: Hands, tmp_path: Path) -> None:
    mine = left.take([AttemptId("at-9")])
    left.clear(frozenset({"at-2"}))
    assert len(list(tmp_path.iterdir())) == 2
    left.clear(frozenset())
    assert len(list(tmp_path.iterdir())) == 1, "the living owner's stays"
    mine.lay_down()
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_kept_and_nothing_proved() -> None:
    hand = Hands().take([ONE])
    hand.begin(ONE)
    hand.answered(ONE, SendResult(vendor_id="SM1"))
    hand.lay_down()
    assert not Hands().proves_unbegun(ONE)
    Hands().clear(frozenset())


def test_hands_grow_while_the_vendor_is_quick_and_shrink_to_what_fitted() -> None:
    pace, sizes = Pace(), []
    for _ in range(4):
        sizes.append(pace.size)
        pace.after(pace.size, LONGEST / 10, whole=True)
    assert sizes == [FIRST, 2 * FIRST, MOST, MOST]
    pace.after(MOST, LONGEST * 0.8, whole=True)
    assert pace.size == MOST
    pace.after(3, LONGEST * 1.1, whole=False)
    assert pace.size == 3
    pace.after(0, timedelta(0), whole=False)
    assert pace.size == 1
