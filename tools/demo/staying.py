"""`make dev`: the demo's practice stays open. Vendors, door and Dagster run over what `make demo` left, until Ctrl-C."""

import signal
import sys
from datetime import datetime
from pathlib import Path
from threading import Event

from tools.demo.processes import DemoFailed, Programs
from tools.demo.stage import PORT, Stage, start_vendors

FOLDER = Path(__file__).resolve().parents[2] / ".demo"
PAGES = 3000
LOOK_EVERY = 0.5
"""Seconds between two looks whether every program still runs."""


def say(text: str) -> None:
    """A line for whoever watches."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Open everything and wait; 1 when there is no demo to open, or a program ended by itself."""
    if not (FOLDER / "home" / "data").is_dir():
        say("There is no demo to open yet. Run: make demo")
        return 1
    asked = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    stage = start_vendors(FOLDER)
    try:
        _open(stage)
        _wait(stage.programs, asked)
    except DemoFailed as failed:
        say(f"{failed}")
        return 1
    finally:
        stage.programs.stop()
    return 0


def _open(stage: Stage) -> None:
    """The vendors' clocks go on where the practice's stands; the accounts behind them are new and empty."""
    now = stage.programs.glowline("clock", "show")["business_now"]
    for vendor in (stage.twilio, stage.hubspot, stage.smtp):
        vendor.do("clock", now=datetime.fromisoformat(now).isoformat())
    stage.build_door()
    stage.open_door()
    workspace = ("--workspace", "workspace.yaml", "--host", "127.0.0.1", "--port", str(PAGES))
    stage.programs.start("pages", "dagster", "dev", *workspace, answers=False)
    settings = FOLDER / "environment.sh"
    settings.write_text("".join(f"export {name}='{value}'\n" for name, value in sorted(stage.settings.items())))
    say(f"Dagster   http://127.0.0.1:{PAGES}   every connection on its cadence, every practice with work")
    say(f"Door      http://127.0.0.1:{PORT}   webhooks land here and are answered at once")
    say(f"Vendors   {stage.twilio.url}   pretend Twilio, HubSpot and mail, all empty; no message leaves this machine")
    say("Commands  . .demo/environment.sh && .venv/bin/glowline practices show lumen")
    say("Ctrl-C ends all of it.")


def _wait(programs: Programs, asked: Event) -> None:
    while not asked.wait(LOOK_EVERY):
        for one in programs.started:
            if one.poll() is not None:
                message = f"{one.args!r} ended by itself: see .demo/logs"
                raise DemoFailed(message)


if __name__ == "__main__":
    sys.exit(main())
