"""Commands that begin things: an installation, a practice."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from console.cli.output import Home, Json, show


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command("init")(init)


def init(
    practice: Annotated[
        str | None, typer.Argument(help="A practice to add; only the installation when left out.", show_default=False)
    ] = None,
    vertical: Annotated[str, typer.Option(help="Which vertical the practice starts from.")] = "medspa",
    zone: Annotated[str, typer.Option(help="Time zone of its first location.")] = "America/New_York",
    state: Annotated[str, typer.Option(help="Two-letter state.")] = "NY",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Begin an installation here, or add a practice to it. Nothing that exists is overwritten."""
    from canonical.problems import GlowlineError
    from console.cli.drafts import draft_installation, draft_practice, must_be_fit, withdraw
    from pipelines.tick.founding import ensure_founded, found_installation
    from pipelines.tick.opening import open_hub
    from settings.installation import home as default_home

    place: Path = home or default_home()
    if practice:
        must_be_fit(practice, vertical=vertical, zone=zone)
    written = draft_installation(place)
    found_installation(place)
    hub = open_hub(place)
    drafts = draft_practice(place, practice, vertical=vertical, zone=zone, state=state) if practice else []
    try:
        founded = [one for one in ((practice,) if practice else hub.practices()) if ensure_founded(hub, one)]
    except GlowlineError:
        withdraw(drafts)  # half a practice would stand in the way of every command that asks all of them
        raise
    written += drafts
    found = {"home": str(place), "written": [str(path.relative_to(place)) for path in written], "ledgers": founded}
    show(found, as_json, lambda console: _say(console, found, practice))


def _say(console: Console, found: Mapping[str, Sequence[str]], practice: str | None) -> None:
    for name in found["written"]:
        console.print(f"  wrote {name}")
    for name in found["ledgers"]:
        console.print(f"  [green]✓[/green] {name} has its key and its encrypted ledger")
    console.print(
        "Next: " + (f"fill in {practice}/*.yaml, then glowline check {practice}" if practice else "glowline init NAME")
    )
