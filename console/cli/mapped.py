"""Commands about mappings: what they say, what they did not understand, and mapping again."""

from typing import Annotated, Any

import typer
from rich.console import Console

from console.cli.output import Home, Json, show, table

mapping_app = typer.Typer(help="How a vendor's fields become ours.", no_args_is_help=True)
Practice = Annotated[str, typer.Argument(help="The practice.")]
Connection = Annotated[str, typer.Argument(help="The connection, as connections.yaml names it.")]
StreamName = Annotated[str, typer.Argument(help="The stream, e.g. appointments")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(mapping_app, name="mapping")


@mapping_app.command("show")
def mapping_show(
    vendor: Annotated[str, typer.Argument(help="e.g. files")],
    stream: StreamName,
    practice: Annotated[str | None, typer.Option(help="With this practice's own overrides.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The mapping as a table: our field, their field, how, and where that is written."""
    from dataclasses import asdict

    from mappings.catalogue import Catalogue
    from mappings.lineage import shown

    catalogue = Catalogue()
    if practice:
        from console.cli.opened import hub_at

        catalogue = hub_at(home).open(practice).catalogue
    rows = shown(catalogue.mapping(vendor, stream).spec)

    def say(console: Console) -> None:
        made = table("ours", "theirs", "how", "written at")
        for row in rows:
            made.add_row(row.ours, row.theirs, row.how, row.at)
        console.print(made)

    show([asdict(row) for row in rows], as_json, say)


@mapping_app.command("coverage")
def mapping_coverage(
    practice: Practice, connection: Connection, stream: StreamName, home: Home = None, as_json: Json = False
) -> None:
    """What the mapping does not understand of the newest records, counted: fields, words, places. Writes nothing."""
    from dataclasses import asdict

    from pipelines.normalize import coverage

    one, known = _stream(home, practice, connection, stream)
    rows = coverage(one.store, one.config, known)

    def say(console: Console) -> None:
        for row in rows:
            console.print(f"{row.count:,}  {row.what}  {row.field}  {row.detail}".rstrip(), markup=False)
            console.print(f"    Next: {row.next_step}", markup=False)
        if not rows:
            console.print("[green]✓[/green] Every field and every word is understood.")

    show([asdict(row) for row in rows], as_json, say)


@mapping_app.command("again")
def mapping_again(
    practice: Practice, connection: Connection, stream: StreamName, home: Home = None, as_json: Json = False
) -> None:
    """Map every record of a stream again, after its mapping or a code list was changed. What comes out the same stays."""
    from dataclasses import asdict

    from canonical.ids import RunId
    from pipelines.normalize import renormalize
    from pipelines.tick.sequence import run_id

    one, known = _stream(home, practice, connection, stream)
    run = RunId(run_id(one.practice_id, "map-again", one.hub.clock.machine_now()))
    done = renormalize(one.store, one.config, known, now=one.hub.clock.business_now(), run_id=run).total
    show(
        asdict(done),
        as_json,
        lambda console: console.print(
            f"{done.mapped:,} mapped · {done.quarantined:,} set aside. Next: glowline run tick {practice}"
        ),
    )


def _stream(home: Any, practice: str, connection: str, stream: str) -> tuple[Any, Any]:  # noqa: ANN401 - imported late
    from canonical.ids import ConnectionId
    from console.cli.opened import hub_at, must_know, practices_of
    from ledger.streams import Stream

    one = next(practices_of(hub_at(home), practice))
    must_know(one, connection, stream)
    return one, Stream(ConnectionId(connection), stream)
