"""`glowline quarantine`: what was set aside, why, and what became of it."""

from collections.abc import Sequence
from enum import StrEnum
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show


class Stage(StrEnum):
    """Where a record was set aside."""

    border = "border"
    normalize = "normalize"


quarantine_app = typer.Typer(help="Input nobody understood: kept, explained, replayable.", no_args_is_help=True)
Practice = Annotated[str, typer.Argument(help="The practice.")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(quarantine_app, name="quarantine")


class NothingThere(GlowlineError):
    """Nothing is set aside at a place that somebody named. Nothing was changed."""


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
                f"[bold]{row['marks']:,}[/bold] {row['practice']} {row['connection_id']}/{row['stream']}: {escape(row['problem'])}  ({row['code']}, first {escape(row['first_origin'])})"
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
    stage: Annotated[Stage | None, typer.Option(help="Only what was set aside there.", show_default=False)] = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=100_000)] = 50,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Each record that was set aside: where it stood and why. Its content stays in the ledger."""
    from dataclasses import asdict

    from ledger.quarantine import open_marks

    one, there = _opened(home, practice, connection, stream)
    with one.store.reading() as session:
        stages = [stage] if stage else list(Stage)
        marks = [mark for each in stages for mark in open_marks(session, there, each, most + 1)]

    def say(console: Console) -> None:
        for mark in marks[:most]:
            console.print(f"{mark.origin}  {mark.problem}  ({mark.raw_id})\n    Next: {mark.next_step}", markup=False)
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

    from pipelines.normalize import replay
    from pipelines.tick.sequence import run_id

    one, there = _opened(home, practice, connection, stream)
    clock = one.hub.clock
    run = run_id(one.practice_id, "replay", clock.machine_now())
    done = replay(one.store, one.config, there, now=clock.business_now(), run_id=run).total
    show(
        asdict(done),
        as_json,
        lambda console: console.print(f"{done.mapped:,} mapped and released · {done.quarantined:,} still set aside"),
    )


@quarantine_app.command("dismiss")
def quarantine_dismiss(
    practice: Practice,
    connection: Annotated[str, typer.Argument()],
    stream: Annotated[str, typer.Argument()],
    at: Annotated[
        list[str], typer.Option("--at", help="Where it stood, or its id, as `quarantine show` says; may be repeated.")
    ],
    why: Annotated[
        str, typer.Option(help="Why nothing more will come of it, for whoever reads the ledger. No patient's name.")
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Close what was set aside and will never be read: corrected in another file, or nothing at all. Its bytes stay."""
    from ledger.quarantine import dismiss

    one, there = _opened(home, practice, connection, stream)
    now = one.hub.clock.business_now()
    with one.store.writing(business_now=now) as session:
        done = dismiss(session, there, at, f"dismissed by {getuser()}: {why}", now)
        _must_be_exact(at, done)
    told = {"dismissed": len(done), "origins": sorted({mark.origin for mark in done})}
    show(told, as_json, lambda console: console.print(f"{len(done):,} dismissed. The bytes stay in the ledger."))


def _opened(home: Path | None, practice: str, connection: str, stream: str) -> tuple[Any, Any]:
    """The practice and the stream: one that the connection reads, or one in which something is set aside.

    Calls nobody understood have a stream of their own. Raises SettingsError for any other.
    """
    from canonical.ids import ConnectionId
    from console.cli.opened import hub_at, must_know, practices_of
    from ledger.quarantine import reasons
    from ledger.streams import Stream

    one = next(practices_of(hub_at(home), practice))
    with one.store.reading() as session:
        set_aside = {(reason.connection_id, reason.stream) for reason in reasons(session)}
    must_know(one, connection, "" if (connection, stream) in set_aside else stream)
    return one, Stream(ConnectionId(connection), stream)


def _must_be_exact(places: Sequence[str], met: Sequence[Any]) -> None:
    """Every place is one mark. All calls of a form come from one address: who closes one must not close the others."""
    for place in places:
        there = [mark.raw_id for mark in met if place in {mark.origin, mark.raw_id}]
        if not there:
            raise NothingThere(
                f"nothing is set aside at {place}; nothing was changed",
                next_step="Take the place, or the id behind it, from `glowline quarantine show`.",
            )
        if len(there) > 1:
            raise NothingThere(
                f"{len(there)} are set aside at {place}; nothing was changed",
                next_step=f"Name each by its id, such as {there[0]}.",
            )
