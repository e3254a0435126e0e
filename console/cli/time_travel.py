"""The clock of a demo installation. Where a practice is real, it stays."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show

_LAST_YEAR = 2100
"""Beyond it, sums of days and windows would leave the calendar, and every later command with them."""
clock_app = typer.Typer(help="Show or turn the business clock (demo installations only).", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(clock_app, name="clock")


@clock_app.command("show")
def show_clock(home: Home = None, as_json: Json = False) -> None:
    """What time it is for the practices."""
    from console.cli.opened import hub_at

    now = hub_at(home).clock.business_now()
    show({"business_now": now}, as_json, lambda console: console.print(now.isoformat()))


@clock_app.command("turn")
def turn(
    to: Annotated[str, typer.Argument(help="An instant with its zone, e.g. 2026-11-01T05:00:00Z")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Turn the business clock forward. Refused unless every practice is a demo."""
    now = turn_to(home, instant(to))
    show({"business_now": now}, as_json, lambda console: console.print(now.isoformat()))


class NoInstant(GlowlineError):
    """What was given as an instant is none, or lacks its zone."""


def instant(written: str) -> datetime:
    """An instant as people type it. Raises NoInstant, which also stands for a time without a zone: it could mean any."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise NoInstant(
            "an instant has a date, a time and a zone", next_step="Write it like this: 2026-11-01T05:00:00Z"
        )
    if found.year > _LAST_YEAR:
        raise NoInstant(f"the year {found.year} is further than this clock goes", next_step="Write one up to 2100.")
    return found


def turn_to(home: Path | None, to: datetime) -> datetime:
    """Turn the clock of the installation at `home`; returns what it shows now. Raises ClockStays, ClockWentBack."""
    from ledger.installation import turn_clock
    from pipelines.tick.opening import installation_ledger
    from settings.clock import SystemClock
    from settings.installation import home as default_home
    from settings.installation import load_installation

    store = installation_ledger(load_installation(home or default_home()))
    with store.writing() as session:
        return turn_clock(session, to, SystemClock(), who="cli").business_now()
