"""`python -m tools.doctor`: what this machine lacks for working on Glowline, and what to do about each.

It needs nothing but Python 3.11, so that it can also say why the rest does not start.
"""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
# The demo's ports: dagster's pages and the webhook door.
PORTS = {3000: "Dagster's pages (make dev)", 8440: "the webhook port (make serve)"}
ROOM = 2 * 1024**3  # bytes: the environment and one demo


@dataclass(frozen=True)
class Lack:
    """Something missing or wrong, and the next step."""

    what: str
    next_step: str


def python_version() -> Iterator[Lack]:
    """Python is 3.11."""
    running = platform.python_version()
    if not running.startswith("3.11."):
        yield Lack(f"this is Python {running}", "make PYTHON=<path to python3.11> setup")


def packages() -> Iterator[Lack]:
    """What is installed is what requirements/dev.txt names."""
    pins = PIN.findall((ROOT / "requirements" / "dev.txt").read_text())
    installed = {_flat(found.name): found.version for found in importlib.metadata.distributions()}
    absent = [name for name, _ in pins if _flat(name) not in installed]
    moved = [pin for pin in pins if installed.get(_flat(pin[0]), pin[1]) != pin[1]]
    if absent:
        yield Lack(f"{len(absent)} packages are not installed: {_some(absent)}", "make setup")
    if moved:
        named = _some([f"{name} is {installed[_flat(name)]}, not {version}" for name, version in moved])
        yield Lack(f"{len(moved)} packages have another version: {named}", "rm .venv/.runs .venv/.builds && make setup")


def _flat(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _some(things: list[str], most: int = 4) -> str:
    return ", ".join(things[:most]) + (", …" if len(things) > most else "")


def the_package_itself() -> Iterator[Lack]:
    """`glowline` is installed from this folder, and not from another checkout."""
    spec = importlib.util.find_spec("console")
    if spec is None or not spec.origin or not Path(spec.origin).is_relative_to(ROOT):
        yield Lack("`glowline` runs from another folder, or is not installed", "make setup")


def servers() -> Iterator[Lack]:
    """The servers that tests start are there."""
    if not [*Path("/usr/lib/postgresql").glob("*/bin/initdb")] and not shutil.which("initdb"):
        yield Lack("PostgreSQL is not installed; the tests of the shared catalogue would be skipped", "make servers")


def room() -> Iterator[Lack]:
    """There is space on the disk."""
    free = shutil.disk_usage(ROOT).free
    if free < ROOM:
        yield Lack(f"{free // 1024**2} MB are free, {ROOM // 1024**2} MB are wanted", "make room; `make clean` helps")


def locks() -> Iterator[Lack]:
    """The folder can hold file locks, which the ledger's turnstile and the rate budgets need."""
    probe = ROOT / ".cache" / "doctor"
    try:
        import fcntl  # noqa: PLC0415 - absent on Windows, which is one of the answers

        probe.parent.mkdir(exist_ok=True)
        with probe.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        probe.unlink()
    except (ImportError, OSError) as error:
        yield Lack(
            f"no file locks here ({type(error).__name__})", "move the checkout to a local disk of a Unix machine"
        )


def ports() -> Iterator[Lack]:
    """The ports that the demo and the door use are free."""
    for port, use in PORTS.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                yield Lack(f"port {port} is taken; {use} uses it", "stop what listens there, or choose another port")


def dagster_home() -> Iterator[Lack]:
    """A DAGSTER_HOME that is set is a folder one can write to."""
    home = os.environ.get("DAGSTER_HOME")
    if home and not os.access(home, os.W_OK):
        yield Lack("DAGSTER_HOME is set to a folder that cannot be written", "create it, or unset DAGSTER_HOME")


CHECKS: tuple[Callable[[], Iterator[Lack]], ...] = (
    python_version,
    packages,
    the_package_itself,
    servers,
    room,
    locks,
    ports,
    dagster_home,
)


def main() -> int:
    """Print each check with what it found; 1 where something is lacking."""
    well = True
    for check in CHECKS:
        lacks = [*check()]
        well = well and not lacks
        sys.stdout.write(f"{'✗' if lacks else '✓'} {(check.__doc__ or '').strip()}\n")
        sys.stdout.writelines(f"    {lack.what}\n      → {lack.next_step}\n" for lack in lacks)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
