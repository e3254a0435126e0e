"""Commands that move things: sync, tick, deliver, reconcile. The same functions that Dagster and the receiver call."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from console.cli.output import Home, Json, busy, counted, show

Practice = Annotated[str | None, typer.Argument(help="One practice; all when left out.", show_default=False)]
Connections = Annotated[list[str] | None, typer.Option("--connection", help="Only this connection (may be repeated).")]

run_app = typer.Typer(help="Run one stage or the whole sequence by hand.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command("sync")(sync)
    app.command("deliver")(deliver)
    app.add_typer(run_app, name="run")


def sync(practice: Practice = None, connection: Connections = None, home: Home = None, as_json: Json = False) -> None:
    """Read every tool on from where it was. What is read lands first, byte for byte; nothing is sent."""
    from console.cli.opened import hub_at, must_know, practices_of
    from pipelines.tick import sequence
    from pipelines.tick.sync import sync as sync_one

    hub = hub_at(home)
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for one in practices_of(hub, practice):
        for name in connection or ():
            must_know(one, name)
        run = sequence.run_id(one.practice_id, "sync", hub.clock.machine_now())
        with busy(f"Reading the tools of {one.practice_id}"):
            synced = sync_one(one, run, connection)
        found[one.practice_id] = {
            f"{name}/{stream}": _polled(polled) for (name, stream), polled in synced.polled.items()
        }
    show(found, as_json, lambda console: _say_synced(console, found))
    if any(stream["problem"] for streams in found.values() for stream in streams.values()):
        raise typer.Exit(1)


def _polled(polled: Any) -> dict[str, Any]:  # noqa: ANN401 - imported late
    from dataclasses import asdict

    problem = polled.problem
    return asdict(polled.landed) | {
        "complete": polled.complete,
        "closes": polled.closes,
        "problem": str(problem) if problem else "",
        "next_step": problem.next_step if problem else "",
    }


def _say_synced(console: Console, found: dict[str, dict[str, dict[str, Any]]]) -> None:
    words = ("new", "changed", "unchanged", "repeated", "rejected")
    for practice, streams in found.items():
        console.print(f"[bold]{practice}[/bold]")
        for name, stream in streams.items():
            mark = "[red]✗[/red]" if stream["problem"] else "[green]✓[/green]"
            counts = counted([(word, stream[word]) for word in words])
            console.print(f"  {mark} {name}: {stream['read']:,} read = {counts}")
            if stream["problem"]:
                console.print(f"      {stream['problem']}\n      Next: {stream['next_step']}", markup=False)


def deliver(practice: Practice = None, home: Home = None, as_json: Json = False) -> None:
    """Send what policy has cleared, each once, after asking everything again."""
    from pipelines.outbox.deliver import deliver as send

    _each(practice, home, as_json, "deliver", lambda one, run: dict(send(one.outbox, run)))


@run_app.command("tick")
def run_tick(
    practice: Practice = None,
    no_send: Annotated[bool, typer.Option("--no-send", help="Decide, but claim nothing.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Run every stage once: normalize to receipts, then plan, decide and send; the sums must close."""
    from pipelines.tick.sequence import tick

    def one_tick(one: Any, run: str) -> dict[str, Any]:  # noqa: ANN401 - imported late
        return dict(tick(one, run, send=not no_send).conservation)

    _each(practice, home, as_json, "tick", one_tick)


@run_app.command("along")
def run_along(home: Home = None) -> None:
    """Demo installations: for every instant read from standard input, turn the clock, sync and tick; one JSON line each.

    A line `turn INSTANT` turns the clock and runs nothing.
    """
    import json
    import sys

    from console.cli.opened import hub_at, practices_of
    from console.cli.time_travel import instant, turn_to
    from pipelines.tick import sequence
    from pipelines.tick.clock import InstallationClock
    from pipelines.tick.sync import sync as sync_one

    hub = hub_at(home)
    for line in sys.stdin:
        *only_turn, at = line.split()
        now = turn_to(home, instant(at))
        if isinstance(hub.clock, InstallationClock):
            hub.clock.look_again()
        answer: dict[str, Any] = {"at": now.isoformat()}
        for one in practices_of(hub, None) if not only_turn else ():
            nonce = now.isoformat()
            synced = sync_one(one, sequence.run_id(one.practice_id, "sync", hub.clock.machine_now(), nonce))
            report = sequence.tick(one, sequence.run_id(one.practice_id, "tick", hub.clock.machine_now(), nonce))
            answer[str(one.practice_id)] = {"news": synced.news, **report.conservation}
        typer.echo(json.dumps(answer))


@run_app.command("reconcile")
def run_reconcile(practice: Practice = None, home: Home = None, as_json: Json = False) -> None:
    """Look up sends whose outcome is unknown. Nothing is ever sent again on a guess."""
    from pipelines.outbox.reconcile import reconcile

    _each(practice, home, as_json, "reconcile", lambda one, run: dict(reconcile(one.outbox, run)))


@run_app.command("checkpoint")
def run_checkpoint(practice: Practice = None, home: Home = None, as_json: Json = False) -> None:
    """Sign the audit as it stands and take the checkpoint off the box."""
    _each(practice, home, as_json, "checkpoint", lambda one, _: {"entries": one.hub.sealing.sign(one.store)})


def _each(
    practice: str | None, home: Path | None, as_json: bool, kind: str, work: Callable[[Any, str], dict[str, Any]]
) -> None:
    from console.cli.opened import hub_at, practices_of
    from pipelines.tick.sequence import run_id

    hub = hub_at(home)
    found: dict[str, dict[str, Any]] = {}
    for one in practices_of(hub, practice):
        with busy(f"{kind} {one.practice_id}"):
            found[str(one.practice_id)] = work(one, run_id(one.practice_id, kind, hub.clock.machine_now()))
    show(found, as_json, lambda console: _say_each(console, found))


def _say_each(console: Console, found: dict[str, dict[str, Any]]) -> None:
    for practice, counts in found.items():
        console.print(f"[bold]{practice}[/bold]  {counted(counts)}")
