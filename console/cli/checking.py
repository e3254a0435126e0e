"""`glowline check`: everything that would go wrong later, said now, each with what to do."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from console.cli.findings import Finding
from console.cli.output import Home, Json, show

EXPIRY_NOTICE = (60, 30, 14, 7, 1)
"""Days before an agreement ends at which somebody should hear of it (R47)."""


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command("check")(check)


def check(
    practice: Annotated[str | None, typer.Argument(help="One practice; all when left out.", show_default=False)] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Call no vendor.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Keys, ledgers, checkpoints, settings, texts, agreements, senders, and of each connection its credentials, scopes, webhook and mode. Exit code 1 when something must be mended."""
    from dataclasses import asdict

    from console.cli.opened import hub_at, named

    hub = hub_at(home)
    names = named(hub, practice)
    own, *found = _installation(hub, names)
    for name in names if own.good else ():  # without the installation's ledger nobody knows what day it is
        found += _practice(hub, name, offline=offline)
    found.insert(0, own)
    show([asdict(one) for one in found], as_json, lambda console: _say(console, found))
    if any(not one.good and not one.only_warns for one in found):
        raise typer.Exit(1)


def _installation(hub: Any, names: Sequence[str]) -> list[Finding]:  # noqa: ANN401 - imported late
    """What every practice stands on: the installation's own ledger, first, the key that signs, and where checkpoints go."""
    from canonical.problems import LedgerError
    from ledger.audit_log import entries_of
    from ledger.keys import read_key
    from pipelines.tick.opening import installation_ledger

    found = []
    for what, look, good in (
        ("ledger", lambda: entries_of(installation_ledger(hub.installation)), "opens"),
        ("signing key", lambda: read_key(hub.installation.key_for("signing")), "is there"),
    ):
        try:
            look()
            found.append(Finding("installation", what, good=True, says=good))
        except LedgerError as wrong:
            found.append(Finding("installation", what, good=False, says=str(wrong), next_step=wrong.next_step))
    folder = hub.installation.checkpoints
    shut = [place for place in (folder, *(folder / name for name in names)) if not _can_be_written(place)]
    says = f"{shut[0]} is no folder that can be written" if shut else f"can be written to {folder}"
    step = "Mount it, mend its owner, or name another under `checkpoints:`; without it nothing is delivered."
    return [*found, Finding("installation", "checkpoints", good=not shut, says=says, next_step=step if shut else "")]


def _can_be_written(folder: Path) -> bool:
    """Whether notes can be written there; a folder that does not exist yet is made with the first of them."""
    place = next(place for place in (folder, *folder.parents) if place.exists())
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def _practice(hub: Any, name: str, *, offline: bool) -> list[Finding]:  # noqa: ANN401 - imported late
    from canonical.problems import GlowlineError
    from console.cli.connections_checked import connections, senders
    from console.cli.ground import ground
    from console.cli.sharing_accounts import sharing

    try:
        one = hub.open(name)
        found = [
            Finding(
                name,
                "settings",
                good=True,
                says=f"{len(one.config.journeys.steps)} steps, {len(one.config.messages)} texts",
            )
        ]
        found += [
            Finding(name, "text", good=False, says=f"{w.place}: {w.message}", only_warns=True)
            for w in one.bench.templates.warnings
        ]
    except GlowlineError as problem:
        return [Finding(name, "settings", good=False, says=str(problem), next_step=problem.next_step)]
    found += _ledger(one)
    found += _mappings(one)
    found += _agreements(one)
    found += senders(one)
    found += ground(one)
    found += sharing(one)
    return found + ([] if offline else connections(one))


def _ledger(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    """Whether the ledger opens, its audit can be signed with the key that signed before, and the notes have a place."""
    from canonical.problems import GlowlineError
    from ledger.audit_log import can_sign, entries_of

    store = one.store
    try:
        if not store.path.exists():
            _must_begin(one)
            return [Finding(one.practice_id, "ledger", good=True, says="begins with the first command")]
        entries = entries_of(store)
        can_sign(store, one.hub.sealing.signer(store), store.checkpoints)
    except GlowlineError as wrong:
        return [Finding(one.practice_id, "ledger", good=False, says=str(wrong), next_step=wrong.next_step)]
    return [Finding(one.practice_id, "ledger", good=True, says=f"opens; {entries:,} audit entries")]


def _must_begin(one: Any) -> None:  # noqa: ANN401 - imported late
    """Return when a ledger can begin: the practice never had one, and its key can be read or made."""
    from canonical.problems import LedgerForeign
    from ledger.installation import practices
    from ledger.keys import read_key
    from pipelines.tick.opening import installation_ledger

    with installation_ledger(one.hub.installation).reading() as session:
        known = {each.practice_id for each in practices(session)}
    if one.practice_id in known:
        raise LedgerForeign(
            f"its ledger is gone from {one.store.path.parent}",
            next_step="Restore it from a backup and run `glowline audit adopt`; a new one would send again what was sent.",
        )
    reference = one.hub.installation.key_for(one.practice_id)
    kind, _, place = reference.partition(":")
    if kind != "file" or Path(place).exists():
        read_key(reference)


def _mappings(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    """A mapping that does not compile would set aside, or not even read, all of its stream."""
    from canonical.problems import SettingsError

    found = []
    for connection in one.config.practice.connections:
        for stream in connection.streams:
            try:
                one.catalogue.of(connection, stream)
            except SettingsError as wrong:
                what = f"mapping {connection.connection_id}/{stream}"
                found.append(Finding(one.practice_id, what, good=False, says=str(wrong), next_step=wrong.next_step))
    return found


def _agreements(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    today: date = one.hub.clock.business_now().astimezone(one.bench.zone).date()
    return [_agreement(one.practice_id, agreement, today) for agreement in one.config.agreements.agreements]


def _agreement(practice: str, agreement: Any, today: date) -> Finding:  # noqa: ANN401 - imported late
    what = f"agreement {agreement.vendor}"
    if not agreement.in_force(today):
        return Finding(
            practice,
            what,
            good=False,
            says="not in force: nothing about a patient goes there",
            next_step="Enter the signed agreement in vendors.yaml.",
        )
    left = (agreement.expires_on - today).days if agreement.expires_on else None
    soon = left is not None and left <= EXPIRY_NOTICE[0]
    says = "in force" + (f", {left} days left" if left is not None else ", open-ended")
    return Finding(
        practice, what, good=not soon, says=says, next_step="Renew it before it ends." if soon else "", only_warns=True
    )


def _say(console: Console, found: list[Finding]) -> None:
    for one in found:
        mark = "[green]✓[/green]" if one.good else "[yellow]![/yellow]" if one.only_warns else "[red]✗[/red]"
        console.print(f"{mark} {one.practice}  {one.what}: {escape(one.says)}")
        if one.next_step:
            console.print(f"    Next: {escape(one.next_step)}")
