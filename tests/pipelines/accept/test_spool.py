"""The spool: on the disk before it is answered, sealed, and taken by one at a time."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.accept.spool import Spool, SpoolFull
from tests.receiver.world import NOON, call, inbound

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
WORDS = "Xq7 canary STOP"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", [KEY])


def test_what_was_written_comes_back_byte_for_byte(spool: Spool) -> None:
    written = call(inbound(WORDS))
    name = spool.write(written)
    with spool.taken(name) as taken:
        assert taken is not None
        assert taken.incoming.body == written.incoming.body
        assert (taken.vendor, taken.practice_id, taken.connection_id, taken.arrived_at) == (
            "twilio",
            "lumen",
            "twilio",
            NOON,
        )


def test_file_and_folder_reach_the_disk_before_a_call_counts_as_written(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    sync, rename = os.fsync, Path.rename

    def fsync(handle: int) -> None:
        happened.append("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        sync(handle)

    def renamed(self: Path, to: Path) -> Path:
        happened.append("renamed")
        return rename(self, to)

    monkeypatch.setattr("pipelines.accept.spool.os.fsync", fsync)
    monkeypatch.setattr(Path, "rename", renamed)
    spool.write(call(inbound(WORDS)))
    assert happened == ["file", "renamed", "folder"]


def test_nothing_readable_lies_on_the_disk(spool: Spool) -> None:
    spool.write(call(inbound(WORDS)))
    [file] = spool.folder.iterdir()
    assert b"canary" not in file.read_bytes()
    assert b"2125550142" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert spool.folder.stat().st_mode & 0o777 == 0o700


def test_calls_are_taken_in_the_order_they_came(spool: Spool) -> None:
    names = [spool.write(call(inbound(WORDS), at=NOON + timedelta(milliseconds=n))) for n in (3, 1, 2)]
    assert spool.names() == (names[1], names[2], names[0])


def test_two_takers_never_hold_one_file_and_the_second_finds_it_gone(spool: Spool) -> None:
    name = spool.write(call(inbound(WORDS)))
    second: list[object] = []

    def take() -> None:
        with spool.taken(name) as found:
            second.append(found)

    with spool.taken(name) as first:
        assert first is not None
        taker = threading.Thread(target=take)
        taker.start()
        assert not second
        spool.remove(name)
    taker.join(10)
    assert second == [None]


def test_a_file_whose_taker_let_go_is_taken_again(spool: Spool) -> None:
    name = spool.write(call(inbound(WORDS)))
    for _ in range(2):
        with spool.taken(name) as found:
            assert found is not None


def test_a_file_sealed_under_the_previous_key_still_opens(tmp_path: Path) -> None:
    name = Spool(tmp_path / "spool", [OTHER_KEY]).write(call(inbound(WORDS)))
    with Spool(tmp_path / "spool", [KEY, OTHER_KEY]).taken(name) as found:
        assert found is not None


@pytest.mark.parametrize("damage", ["another key", "one bit", "another name"])
def test_a_file_that_does_not_open_is_put_aside_and_stops_nobody(spool: Spool, damage: str) -> None:
    name = spool.write(call(inbound(WORDS)))
    path = spool.folder / name
    taker = Spool(spool.folder, [OTHER_KEY]) if damage == "another key" else spool
    if damage == "one bit":
        content = bytearray(path.read_bytes())
        content[40] ^= 1
        path.write_bytes(content)
    if damage == "another name":
        name = f"2{name[1:]}".replace("-", "-f", 1)
        path.rename(spool.folder / name)
    with taker.taken(name) as found:
        assert found is None
    assert spool.names() == ()
    assert (spool.folder / "unreadable" / name).exists()


def test_a_disk_that_is_full_is_an_error_and_leaves_nothing(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelines.accept.spool.os.fsync", full)
    with pytest.raises(SpoolFull, match="No space left on device"):
        spool.write(call(inbound(WORDS)))
    assert list(spool.folder.iterdir()) == []


def test_what_a_dead_writer_left_half_written_is_removed_and_a_living_one_is_left_alone(spool: Spool) -> None:
    old, young = spool.folder / ".a.call.part", spool.folder / ".b.call.part"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert spool.forget_unfinished(NOON - timedelta(hours=1)) == 1
    assert young.exists()


def test_a_call_prints_nothing_of_what_it_holds() -> None:
    written = call(inbound(WORDS))
    assert "canary" not in repr(written)
    assert "5550142" not in str(written)
