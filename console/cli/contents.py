"""Commands that show what is there: practices."""

from typing import Annotated, Any

import typer
from rich.console import Console

from console.cli.output import Home, Json, show, table

practices_app = typer.Typer(help="The practices of this installation.", no_args_is_help=True)
Practice = Annotated[str, typer.Argument(help="The practice.")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(practices_app, name="practices")


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
