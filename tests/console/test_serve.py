"""`glowline serve` opens the door as a child, says where, and ends it when it is told to."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from tests.console.conftest import Lived
from tests.console.said import glowline

BEGIN = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from console.cli import main; main()"
"""As from a terminal: whatever a shell starts in the background ignores ctrl-c, and so would everything these tests start."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def served(copied: Lived) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    port = _free_port()
    command = [sys.executable, "-c", BEGIN, "serve", "--json", "--port", str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "GLOWLINE_HOME": str(copied.home)}
    ) as process:
        yield process, port
        if process.poll() is None:
            process.kill()


@pytest.mark.parametrize("written", ["{port: 0}", "{port: 99999}", "{port: -1}", f"{{host: {'x' * 70}}}"])
def test_an_address_that_is_none_is_said_before_anything_starts(copied: Lived, written: str) -> None:
    """From installation.yaml too: port 0 would be one that the machine chooses and nobody calls."""
    file = copied.home / "installation.yaml"
    file.write_text(f"{file.read_text()}\nreceiver: {written}\n")
    said = glowline("serve", home=copied.home)
    assert (said.code, said.out) == (1, "")
    assert "cannot be opened: " in said.err
    assert len(said.err.splitlines()) == 2


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("told_by", [signal.SIGTERM, signal.SIGINT])
def test_the_door_opens_answers_and_ends_with_its_parent(
    served: tuple["subprocess.Popen[str]", int], told_by: signal.Signals
) -> None:
    process, port = served
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert told["address"] == f"http://127.0.0.1:{port}"
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", "/nothing")
    assert line.getresponse().status == 404
    line.close()
    process.send_signal(told_by)
    assert process.wait(30) == 0
    assert not _is_there(told["pid"])


def test_a_port_that_is_taken_is_said_before_anything_starts(lived: Lived) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = glowline("serve", "--port", str(taken.getsockname()[1]), home=lived.home)
    assert said.code == 1
    assert "cannot be opened" in said.err
    assert "--port" in said.err.splitlines()[1]
