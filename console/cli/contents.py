"""Commands that show what is there: quarantine, practices, connectors."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from console.cli.output import Home, Json, show, table


class Stage(StrEnum):
    """Where a record was set aside."""

    border = "border"
    normalize = "normalize"


quarantine_app = typer.Typer(help="Input nobody understood: kept, explained, replayable.", no_args_is_help=True)
practices_app = typer.Typer(help="The practices of this installation.", no_args_is_help=True)
Practice = Annotated[str, typer.Argument(help="The practice.")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(quarantine_app, name="quarantine")
    app.add_typer(practices_app, name="practices")
    app.command("connectors")(connectors)


@quarantine_app.command("list")
def quarantine_list(
    practice: Annotated[str | None, typer.Argument(show_default=False)] = None, home: Home = None, as_json: Json = False
) -> None:
    """What was set aside, by reason, with the first place to look."""
    from dataclasses import asdict

    from console.cli.opened import hub_at, practices_of
    from ledger.quarantine import reasons

    found: list[dict[str, Any]] = []
    for one in practices_of(hub_at(home), practice):
        with one.store.reading() as session:
            found += [{"practice": str(one.practice_id), **asdict(reason)} for reason in reasons(session)]

    def say(console: Console) -> None:
        for row in found:
            console.print(
                f"[bold]{row['marks']:,}[/bold] {row['practice']} {row['connection_id']}/{row['stream']}: {escape(row['problem'])}  ({row['code']}, first {row['first_origin']})"
            )
            console.print(f"    Next: {escape(row['next_step'])}")
        if not found:
            console.print("[green]✓[/green] Nothing is set aside.")

    show(found, as_json, say)


@quarantine_app.command("show")
def quarantine_show(
    practice: Practice,
    connection: Annotated[str, typer.Argument()],
    stream: Annotated[str, typer.Argument()],
    stage: Annotated[Stage, typer.Option(help="Where they were set aside.")] = Stage.normalize,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=100_000)] = 50,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Each record that was set aside: where it stood and why. Its content stays in the ledger."""
    from dataclasses import asdict

    from canonical.ids import ConnectionId
    from console.cli.opened import hub_at, must_know, practices_of
    from ledger.quarantine import open_marks
    from ledger.streams import Stream

    one = next(practices_of(hub_at(home), practice))
    must_know(one, connection, stream)
    with one.store.reading() as session:
        marks = open_marks(session, Stream(ConnectionId(connection), stream), stage, most + 1)

    def say(console: Console) -> None:
        for mark in marks[:most]:
            console.print(f"{mark.origin}  {mark.problem}\n    Next: {mark.next_step}", markup=False)
        if len(marks) > most:
            console.print(f"These are the first {most}; there are more: --most N shows N.")

    show([asdict(mark) for mark in marks[:most]], as_json, say)


@quarantine_app.command("replay")
def quarantine_replay(
    practice: Practice,
    connection: Annotated[str, typer.Argument()],
    stream: Annotated[str, typer.Argument()],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Try everything of a stream once more, after its mapping was mended. What maps now is released."""
    from dataclasses import asdict

    from canonical.ids import ConnectionId, RunId
    from console.cli.opened import hub_at, must_know, practices_of
    from ledger.streams import Stream
    from pipelines.normalize import replay
    from pipelines.tick.sequence import run_id

    hub = hub_at(home)
    one = next(practices_of(hub, practice))
    must_know(one, connection, stream)
    now = hub.clock.business_now()
    run = RunId(run_id(one.practice_id, "replay", hub.clock.machine_now()))
    done = replay(one.store, one.config, Stream(ConnectionId(connection), stream), now=now, run_id=run).total
    show(
        asdict(done),
        as_json,
        lambda console: console.print(f"{done.mapped:,} mapped and released · {done.quarantined:,} still set aside"),
    )


@practices_app.command("list")
def practices_list(home: Home = None, as_json: Json = False) -> None:
    """Every practice, with what is open and what was read. No patient is on it."""
    from console.cli.opened import hub_at, practices_of

    found = [_summary(one) for one in practices_of(hub_at(home), None)]

    def say(console: Console) -> None:
        made = table("practice", "open actions", "open tasks", "set aside", "entries", "sealed at")
        for row in found:
            made.add_row(
                row["practice"],
                f"{row['open_actions']:,}",
                f"{row['open_tasks']:,}",
                f"{row['quarantined']:,}",
                f"{row['entries']:,}",
                str(row["checkpoint_at"] or "never"),
            )
        console.print(made)

    show(found, as_json, say)


def _summary(one: Any) -> dict[str, Any]:  # noqa: ANN401 - imported late
    from ledger.quarantine import reasons

    with one.store.reading() as session:
        return {
            "practice": str(one.practice_id),
            "open_actions": sum(row["actions"] for row in session.rows("count_open_actions")),
            "open_tasks": len(session.rows("open_tasks")),
            "quarantined": sum(reason.marks for reason in reasons(session)),
            "entries": session.head.audit.seq,
            "checkpoint_at": session.head.checkpoint_at,
        }


@practices_app.command("show")
def practices_show(practice: Practice, home: Home = None, as_json: Json = False) -> None:
    """One practice: its streams and their age, its rows and owners, what is held and why."""
    from console.cli.opened import hub_at, practices_of

    one = next(practices_of(hub_at(home), practice))
    with one.store.reading() as session:
        streams = session.rows("stream_reads")
        states = session.rows("count_open_actions")
    rows = [{"row": row.row, "owner": row.owner, "live_from": row.live_from} for row in one.config.practice.rows]
    found = _summary(one) | {"streams": streams, "states": states, "rows": rows}

    def say(console: Console) -> None:
        console.print(
            f"[bold]{one.config.practice.name}[/bold]  {found['entries']:,} audit entries · {found['open_tasks']:,} open tasks"
        )
        for stream in streams:
            console.print(
                f"  {stream['connection_id']}/{stream['stream']}  last read completely {stream['complete_read_at'] or 'never'}"
            )
        for state in states:
            console.print(f"  {state['actions']:,} actions {state['state']}")
        made = table("row", "owner", "live from")
        for row in rows:
            made.add_row(str(row["row"]), str(row["owner"]), str(row["live_from"] or ""))
        console.print(made)

    show(found, as_json, say)


@practices_app.command("totals")
def practices_totals(practice: Practice, home: Home = None, as_json: Json = False) -> None:
    """Everything a practice ever read, sent and held, and the equation that accounts for it."""
    from console.cli.opened import hub_at, practices_of
    from ledger.actions import conservation
    from pipelines.tick.conservation import terms

    one = next(practices_of(hub_at(home), practice))
    with one.store.reading() as session:
        found: dict[str, Any] = {
            "read": session.rows("totals_of_raw"),
            "attempts": session.rows("totals_of_attempts"),
            "reasons": session.rows("totals_of_reasons"),
            "doubts": session.rows("totals_of_doubt"),
            "flow": terms(conservation(session, 0), 0),
        }

    def say(console: Console) -> None:
        for row in found["attempts"]:
            console.print(f"  {row['attempts']:,} {row['vendor']} {row['command']}: {row['outcome']}")
        for row in found["reasons"]:
            console.print(f"  {row['actions']:,} {row['state']}: {row['reason']}")
        console.print("  " + " · ".join(f"{number:,} {name}" for name, number in found["flow"].items() if number))

    show(found, as_json, say)


@practices_app.command("migrate")
def practices_migrate(
    practice: Annotated[str | None, typer.Argument(show_default=False)] = None, home: Home = None, as_json: Json = False
) -> None:
    """Bring ledgers to this release's schema; a copy is verified before it takes the old file's place."""
    from console.cli.opened import hub_at, named
    from ledger.migrating import migrate

    hub, found = hub_at(home), {}
    for one in named(hub, practice):
        found[str(one)] = migrate(hub.store(one), hub.clock.business_now())

    def say(console: Console) -> None:
        for name, applied in found.items():
            console.print(f"[green]✓[/green] {name}: {', '.join(applied) or 'nothing to do'}")

    show(found, as_json, say)


def connectors(home: Home = None, as_json: Json = False) -> None:
    """Every connector: how we know it works, what it offers, what it lacks."""
    from connectors.kit.registry import manifest, vendors

    del home  # connectors belong to the release, not to an installation

    found: list[dict[str, Any]] = [
        {
            "vendor": vendor,
            "evidence": described.evidence.value,
            "streams": sorted(described.streams),
            "commands": sorted(described.commands),
            "gaps": sorted(described.gaps),
        }
        for vendor in vendors()
        for described in (manifest(vendor),)
    ]

    def say(console: Console) -> None:
        made = table("vendor", "evidence", "reads", "does", "gaps")
        for row in found:
            made.add_row(
                row["vendor"],
                row["evidence"],
                ", ".join(row["streams"]),
                ", ".join(row["commands"]),
                str(len(row["gaps"])),
            )
        console.print(made)

    show(found, as_json, say)
