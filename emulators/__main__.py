"""`python -m emulators`: the pretend vendors as one process, until SIGTERM."""

import argparse
import asyncio
import contextlib
import importlib
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from emulators.kit.clock import Clock
from emulators.kit.emulator import Emulator
from emulators.kit.journal import Journal

SHARED = "kit"
"""The folder that is no vendor's."""


def vendors() -> tuple[str, ...]:
    """Every pretend vendor, by name: each folder with a package in it. Nothing is imported."""
    folders = (path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
    return tuple(sorted(set(folders) - {SHARED}))


def emulator(vendor: str) -> type[Emulator]:
    """The one class named `…Emulator` that the vendor's package exports."""
    package = importlib.import_module(f"emulators.{vendor}")  # noqa: TID251 - an emulator is found by its folder's name
    [name] = (name for name in package.__all__ if name.endswith("Emulator"))
    return cast("type[Emulator]", getattr(package, name))


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    known = ",".join(vendors())
    parser = argparse.ArgumentParser(prog="python -m emulators", description=__doc__)
    parser.add_argument(
        "--port-file", type=Path, required=True, help="where to write URLs, ports and credentials (JSON)"
    )
    parser.add_argument("--only", default=known, help=f"some of {known}; the others are not even imported")
    parser.add_argument("--state", type=Path, required=True, help="folder for the journal, mail and certificates")
    arguments = parser.parse_args(given)
    arguments.only = [name for name in arguments.only.split(",") if name]
    unknown = sorted(set(arguments.only) - set(vendors()))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(vendors())}")
    return arguments


def _publish(path: Path, emulators: Sequence[Emulator]) -> None:
    """The port file appears at once and whole, readable by its owner only."""
    described = {"pid": os.getpid()} | {each.vendor: each.describe_ports() for each in emulators}
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(described, indent=2) + "\n")
    beside.rename(path)


async def _serve(port_file: Path, emulators: Sequence[Emulator]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as running:
        for each in emulators:
            await each.start()
            running.push_async_callback(each.stop)
        await asyncio.to_thread(_publish, port_file, emulators)
        await stop.wait()
    await asyncio.to_thread(port_file.unlink, missing_ok=True)


def main(given: Sequence[str] | None = None) -> None:
    """Start them, say where they are, and wait. They share one clock and one journal, `journal.jsonl`."""
    arguments = _arguments(given)
    clock = Clock()
    with Journal(arguments.state / "journal.jsonl") as journal:
        emulators = [emulator(name)(clock=clock, journal=journal, state=arguments.state) for name in arguments.only]
        asyncio.run(_serve(arguments.port_file, emulators))


if __name__ == "__main__":
    main()
