"""The kill switch (R45) and the keys."""

from datetime import datetime
from enum import StrEnum
from getpass import getuser
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from canonical.pauses import PauseScope
from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show, table

pause_app = typer.Typer(help="Stop and release sending, at seven levels, before the next claim.", no_args_is_help=True)
keys_app = typer.Typer(help="Keys of ledgers.", no_args_is_help=True)
Practice = Annotated[str, typer.Argument(help="The practice.")]


class Scope(StrEnum):
    """What a pause may cover on the command line."""

    practice = "practice"
    location = "location"
    row = "row"
    channel = "channel"
    vendor = "vendor"
    person = "person"
    agency = "agency"


class NotInForce(GlowlineError):
    """A pause that was to be released does not hold anything."""


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(pause_app, name="pause")
    app.add_typer(keys_app, name="keys")


@pause_app.command("set")
def pause_set(
    practice: Annotated[str, typer.Argument(help="The practice; `all` with --scope agency.")],
    why: Annotated[str, typer.Option(help="Said to whoever asks why a message is held.")],
    scope: Annotated[Scope, typer.Option(help="What is paused.")] = Scope.practice,
    value: Annotated[str, typer.Option(help="Which location, row, channel, vendor or person.")] = "",
    until: Annotated[datetime | None, typer.Option(help="Ends by itself at this UTC time.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Hold messages. STOP confirmations, red flags and reading go on."""
    from datetime import UTC

    from console.cli.opened import hub_at, practices_of
    from console.cli.pausing import must_hold
    from ledger.pauses import set_pause

    hub, found = hub_at(home), []
    chosen = list(practices_of(hub, None if scope is Scope.agency else practice))
    now, end = hub.clock.business_now(), until.replace(tzinfo=UTC) if until else None
    for one in chosen:
        must_hold(one, PauseScope(scope), value, end, now)
    for one in chosen:
        with one.store.writing(business_now=now) as session:
            before = {row["pause_id"] for row in session.rows("pauses_in_force", now=now)}
            pause = set_pause(session, PauseScope(scope), value, who=getuser(), why=why, now=now, until=end)
        anew = pause.pause_id not in before
        found.append(
            {"practice": str(one.practice_id), "pause": pause.pause_id, "scope": scope, "value": value, "anew": anew}
            | {"since": pause.set_at.isoformat(), "who": pause.who, "until": pause.until and pause.until.isoformat()}
        )
    show(found, as_json, lambda console: _say(console, found))


def _paused(row: dict[str, Any]) -> str:
    what = " ".join(filter(None, (row["scope"], row["value"])))
    if row["anew"]:
        return f"[green]✓[/green] {row['pause']}  {row['practice']}: {what} paused"
    lasts = f"until {row['until']}" if row["until"] else "until somebody releases it"
    already = f"was paused already, since {row['since']} by {escape(row['who'])}, {lasts}; nothing was changed"
    return f"[yellow]![/yellow] {row['pause']}  {row['practice']}: {what} {already}"


@pause_app.command("list")
def pause_list(
    practice: Annotated[str | None, typer.Argument(show_default=False)] = None, home: Home = None, as_json: Json = False
) -> None:
    """Pauses in force."""
    from console.cli.opened import hub_at, practices_of

    hub, found = hub_at(home), []
    for one in practices_of(hub, practice):
        with one.store.reading() as session:
            found += [
                {"practice": str(one.practice_id), **row}
                for row in session.rows("pauses_in_force", now=hub.clock.business_now())
            ]

    def say(console: Console) -> None:
        shown = table("pause", "practice", "what", "since", "who", "why")
        for row in found:
            shown.add_row(
                row["pause_id"],
                row["practice"],
                f"{row['scope']} {row['value']}",
                f"{row['set_at']:%Y-%m-%d %H:%M}",
                escape(row["who"]),
                escape(row["why"]),
            )
        console.print(shown if found else "Nothing is paused.")

    show(found, as_json, say)


@pause_app.command("release")
def pause_release(
    practice: Practice,
    pause: Annotated[str, typer.Argument(help="Id, from `pause list`.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let messages go on. What has expired meanwhile stays unsent."""
    from console.cli.opened import hub_at, practices_of
    from ledger.pauses import release_pause

    hub = hub_at(home)
    one = next(practices_of(hub, practice))
    now = hub.clock.business_now()
    with one.store.writing(business_now=now) as session:
        done = release_pause(session, pause, who=getuser(), now=now)
    if not done:
        raise NotInForce("that pause is not in force", next_step=f"Run: glowline pause list {practice}")
    show({"released": True}, as_json, lambda console: console.print("Released."))


def _say(console: Console, found: list[dict[str, Any]]) -> None:
    for row in found:
        console.print(_paused(row))


@keys_app.command("list")
def keys_list(home: Home = None, as_json: Json = False) -> None:
    """Where each key is kept, and whether it is there. Never what it is."""
    from canonical.problems import LedgerKeyMissing
    from ledger.keys import read_key
    from settings.installation import home as default_home
    from settings.installation import load_installation

    installation = load_installation(home or default_home())
    found = []
    for name in ("installation", "signing", *installation.practice_folders()):
        reference = installation.key_for(name)
        try:
            read_key(reference)
            there = True
        except LedgerKeyMissing:
            there = False
        found.append({"name": str(name), "reference": reference, "there": there})

    def say(console: Console) -> None:
        shown = table("key", "reference", "")
        for row in found:
            shown.add_row(
                str(row["name"]), str(row["reference"]), "[green]✓[/green]" if row["there"] else "[red]missing[/red]"
            )
        console.print(shown)

    show(found, as_json, say)


@keys_app.command("new")
def keys_new(as_json: Json = False) -> None:
    """Print a fresh key; store it where the reference points, never inside the data folder."""
    from ledger.keys import LedgerKey

    key = LedgerKey.fresh().text()
    show({"key": key}, as_json, lambda console: console.print(key))


@keys_app.command("rotate")
def keys_rotate(practice: Practice, home: Home = None, as_json: Json = False) -> None:
    """Re-key a practice's ledger: `key_references` names the new key, `previous_keys` the old one."""
    from console.cli.opened import hub_at, named
    from ledger.rotation import rotate

    hub = hub_at(home)
    (known,) = named(hub, practice)
    done = rotate(hub.store(known), hub.clock.business_now())
    show(
        {"rotated": done},
        as_json,
        lambda console: console.print("Re-keyed and verified." if done else "It opens with the current key already."),
    )
