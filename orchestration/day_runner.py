"""A long-lived process that executes real Dagster runs on request: `python -m orchestration.day_runner`.

It reads one command per line from standard input and answers each with one line, both JSON:

    {"job": "day", "config": {...}, "tags": {"day": "2026-11-03"}}
    {"job": "day", "run_id": "…", "success": true, "failed": [], "checks": {"freshness": true}, "stages": {"outbox": {"sent": 3}}}

What cannot be read or executed is answered with {"error": "…", "next_step": "…"}. The process ends with its input. It needs
DAGSTER_HOME, and GLOWLINE_HOME for the installation. Importing Dagster costs more than a second and a run in process a
fraction of one, which is why one process does them all.
"""

import json
import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final

import dagster as dg

from canonical.problems import GlowlineError
from orchestration.installed import Installed
from orchestration.running import Ran, execute

SETTINGS: Final = Path(__file__).with_name("dagster.yaml")
NEXT: Final = 'Send one JSON object per line, such as {"job": "day"}.'


class CommandRefused(GlowlineError):
    """A line that is no command."""


def answers(lines: Iterator[str], instance: dg.DagsterInstance, installed: Installed) -> Iterator[dict[str, Any]]:
    """One answer for each line that is not empty."""
    for line in lines:
        if line.strip():
            try:
                yield _answer(_command(line), instance, installed)
            except GlowlineError as problem:
                yield {"error": str(problem), "next_step": problem.next_step}


def _command(line: str) -> dict[str, Any]:
    try:
        command = json.loads(line)
    except json.JSONDecodeError:
        command = None
    if not isinstance(command, dict) or not isinstance(command.get("job"), str):
        raise CommandRefused("that line is no command", next_step=NEXT)
    return command


def _answer(command: dict[str, Any], instance: dg.DagsterInstance, installed: Installed) -> dict[str, Any]:
    ran = execute(command["job"], instance, installed, config=command.get("config"), tags=command.get("tags"))
    return told(ran)


def told(ran: Ran) -> dict[str, Any]:
    """A run as the answer has it: ids and counts."""
    return {
        "job": ran.job,
        "run_id": ran.run_id,
        "success": ran.success,
        "failed": ran.failed,
        "checks": ran.checks,
        "stages": ran.counts,
    }


def furnish(home: Path) -> None:
    """Make the folder, with our dagster.yaml in it, so that `make dev` finds there what it would have put there."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SETTINGS, home / "dagster.yaml")


@contextmanager
def held_open(home: Path) -> Iterator[None]:
    """One connection to each of Dagster's databases that stays.

    SQLite folds its log into the file whenever the last connection closes, and Dagster opens one for every event.
    """
    with ExitStack() as held:
        for path in home.rglob("*.db"):
            connection = held.enter_context(closing(sqlite3.connect(path)))
            connection.execute("BEGIN IMMEDIATE")  # until something is begun, no file is open
            connection.rollback()
        yield


def main(incoming: IO[str] = sys.stdin, outgoing: IO[str] = sys.stdout) -> None:
    """Serve until the input ends."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    home = os.environ.get("DAGSTER_HOME")
    if not home:
        sys.exit("DAGSTER_HOME is not set: name the folder that `make dev` reads, .demo/dagster unless told otherwise.")
    furnish(Path(home))
    with dg.DagsterInstance.get() as instance, held_open(Path(home)):
        for answer in answers(iter(incoming.readline, ""), instance, Installed()):
            outgoing.write(json.dumps(answer) + "\n")
            outgoing.flush()


if __name__ == "__main__":
    main()
