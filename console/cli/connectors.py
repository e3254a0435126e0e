"""`glowline connectors`: what each connector can do, how we know, and what is missing."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from console.cli.output import Home, Json, show, table


def add_to(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command("connectors")(connectors)


def connectors(
    vendor: Annotated[
        str | None,
        typer.Argument(help="One connector, with its gaps; all in a table when left out.", show_default=False),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Every connector: what it reads, hears, does and looks up, how we know it works, what it lacks."""
    from connectors.kit.registry import manifest
    from console.cli.connectors_facts import all_facts

    del home  # connectors belong to the release, not to an installation
    if vendor is not None:
        manifest(vendor)  # says which there are, where there is no such one
    found = [one for one in all_facts() if vendor in {None, one.vendor}]
    show([asdict(one) for one in found], as_json, lambda console: _say(console, found, whole=vendor is not None))


def _say(console: Console, found: list[Any], *, whole: bool) -> None:
    from console.cli.connectors_facts import COLUMNS, cells, short_cells

    if not whole:
        made = table("vendor", *COLUMNS)
        for one in found:
            made.add_row(one.vendor, *map(escape, short_cells(one)))
        console.print(made)
        console.print("Which ones, how we know, and what is missing:  glowline connectors VENDOR")
        return
    for one in found:
        console.print(f"[bold]{escape(one.name)}[/bold]")
        for column, cell in zip(COLUMNS, cells(one), strict=True):
            console.print(f"  {column}: {escape(cell)}")
        for name, whose, why in one.gaps:
            console.print(f"  missing ({whose}) {name}: {escape(why)}")
