"""The programs of the demo, each started as a stranger would start it, and ended by its own id."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import requests  # noqa: TID251 - the demo is outside; it talks to the emulators' control port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


class DemoFailed(Exception):
    """Something the demo shows is not so. It says what, and ends with exit code 1."""


@dataclass
class Programs:
    """Started programs and the environment they share."""

    environment: dict[str, str]
    logs: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, name: str, *command: str, answers: bool = True) -> subprocess.Popen[str]:
        """Start a program whose input is ours; its output too if it `answers`, else it goes to a log as its errors do."""
        log = (self.logs / f"{name}.log").open("w")
        made = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if answers else log,
            stderr=log,
            text=True,
        )
        self.started.append(made)
        return made

    def glowline(self, *arguments: str, may_fail: bool = False) -> Any:  # noqa: ANN401 - whatever the command prints as JSON
        """Run a command with --json and read its answer."""
        command = [sys.executable, "-c", "from console.cli import main; main()", *arguments, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode and not may_fail:
            message = f"glowline {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}"
            raise DemoFailed(message)
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def stop(self) -> None:
        """End what was started, newest first."""
        for one in reversed(self.started):
            if one.stdin:
                one.stdin.close()
            one.terminate()
        for one in self.started:
            one.wait(timeout=PATIENCE)


def ask(program: subprocess.Popen[str], line: str) -> dict[str, Any]:
    """Write a line, read a line. Raises DemoFailed when the program has ended instead."""
    if program.stdin is None or program.stdout is None:
        message = "that program does not listen"
        raise DemoFailed(message)
    program.stdin.write(line + "\n")
    program.stdin.flush()
    answer = program.stdout.readline()
    if not answer:
        message = f"a program of the demo ended with {program.wait()}: see .demo/logs"
        raise DemoFailed(message)
    found: dict[str, Any] = json.loads(answer)
    return found


def wait_for(path: Path) -> Mapping[str, Any]:
    """The JSON a starting program leaves behind."""
    pause = Event()
    for _ in range(int(PATIENCE / 0.05)):
        if path.exists():
            found: Mapping[str, Any] = json.loads(path.read_text())
            return found
        pause.wait(0.05)
    message = f"{path.name} did not appear: see .demo/logs"
    raise DemoFailed(message)


def environment(**more: str) -> dict[str, str]:
    """Ours, and what the demo's settings refer to. A dozen programs import the same modules: one of them compiles, the rest read that."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return ours | more | {"DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONWARNINGS": "ignore"}


_SHARED = frozenset({"health", "journal", "faults", "clock", "outage", "settle", "webhooks", "reset"})
"""Controls every emulator has; the others are the vendor's own."""


class Vendor:
    """An emulator, by its control port."""

    def __init__(self, control_url: str, name: str) -> None:
        """`control_url` stands in the port file."""
        self.url = control_url.rstrip("/")
        self.name = name

    def _place(self, what: str) -> str:
        return f"{self.url}/_emulator/" + (what if what.split("/", maxsplit=1)[0] in _SHARED else f"{self.name}/{what}")

    def do(self, what: str, **said: Any) -> Any:  # noqa: ANN401 - whatever the control takes and gives
        """POST a control."""
        answer = requests.post(self._place(what), json=said, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def see(self, what: str, **query: str) -> Any:  # noqa: ANN401 - whatever the view gives
        """GET a view."""
        answer = requests.get(self._place(what), params=query, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()
