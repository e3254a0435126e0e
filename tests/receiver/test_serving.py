"""The door as a process: it begins, takes calls, and ends like a program that was asked to."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from canonical.problems import SettingsError
from receiver.run import serve
from tests.receiver.serving import Port
from tests.receiver.world import World, inbound, lay_out
from tests.waiting import until

SERVE = "import sys; from pathlib import Path; from receiver.run import serve; serve(Path(sys.argv[1]), port=int(sys.argv[2]))"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def answers(door: Port) -> bool:
    try:
        return door.ask("GET", "/health") == 200
    except OSError:
        return False


def test_a_door_that_is_told_to_stop_finishes_what_is_under_way(tmp_path: Path) -> None:
    home, number = lay_out(tmp_path), free_port()
    door = Port(number)
    with subprocess.Popen([sys.executable, "-c", SERVE, str(home), str(number)], stderr=subprocess.PIPE) as process:
        try:
            until(lambda: answers(door), longest=60)
            assert door.deliver(inbound("Can I bring my sister?")) == 204
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(60)
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert ended == 0
    world = World.at(home)
    landed = len(world.table("raw")) + len(world.spool.names())
    assert landed == 1, "answered is kept: in the ledger, or still in the spool"
    assert "Traceback" not in said


def test_a_door_without_an_installation_says_so_before_it_opens(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no installation here"):
        serve(tmp_path, port=free_port())
