"""`glowline serve`: the door as a process of its own, ended by its id when this one is told to end."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show

_PORTS = range(1, 65536)
_LOOK_EVERY = 0.1
"""Seconds between two looks whether the port answers."""
_LONGEST_END = 30.0
"""Seconds the door may take to finish what is under way."""


class DoorClosed(GlowlineError):
    """The door's process ended by itself."""


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="Instead of the one in installation.yaml.", show_default=False)] = "",
    port: Annotated[
        int | None, typer.Option(help="Instead of the one in installation.yaml.", show_default=False, min=1, max=65535)
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Open the public webhook port, with the worker that carries what comes through it, until ctrl-c or SIGTERM."""
    from console.cli.opened import hub_at

    settings = hub_at(home).installation
    at = (host or settings.receiver.host, settings.receiver.port if port is None else port)
    _must_be_free(at)
    with _door(settings.folder, at) as child:
        _until_it_answers(child, at)
        found = {"address": f"http://{at[0]}:{at[1]}", "public_url": settings.receiver.public_url, "pid": child.pid}
        show(found, as_json, lambda console: console.print(f"Listening at {found['address']}; ctrl-c ends it."))
        sys.stdout.flush()
        _must_end_well(child.wait())


def _must_be_free(at: tuple[str, int]) -> None:
    if at[1] not in _PORTS:  # 0 would let the machine choose a port that nobody calls
        raise DoorClosed(f"{at[0]}:{at[1]} cannot be opened: a port is 1 to 65535", next_step="Correct `receiver:`.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(at)
        except (OSError, ValueError) as trouble:  # a ValueError where the host is no name that could be looked up
            message = f"{at[0]}:{at[1]} cannot be opened: {getattr(trouble, 'strerror', 'that is no host')}"
            raise DoorClosed(message, next_step="End what listens there, or choose another with --port.") from None


@contextmanager
def _door(folder: Path, at: tuple[str, int]) -> Iterator["subprocess.Popen[bytes]"]:
    """The child, in a session of its own: a ctrl-c reaches this process, and the child is told once, in order."""
    command = [sys.executable, "-m", "receiver", "--home", str(folder), "--host", at[0], "--port", str(at[1])]
    before = signal.signal(signal.SIGTERM, _told_to_end)
    child = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own interpreter, no shell
    try:
        yield child
    except KeyboardInterrupt:
        pass
    finally:
        child.terminate()
        child.wait(_LONGEST_END)
        signal.signal(signal.SIGTERM, before)


def _told_to_end(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _until_it_answers(child: "subprocess.Popen[bytes]", at: tuple[str, int]) -> None:
    while child.poll() is None:
        with suppress(OSError), socket.create_connection(at, timeout=1):
            return
        with suppress(subprocess.TimeoutExpired):
            child.wait(_LOOK_EVERY)
    _must_end_well(child.returncode)


def _must_end_well(code: int) -> None:
    if code:
        raise DoorClosed(f"the door's process ended with {code}", next_step="What it said stands above.")
