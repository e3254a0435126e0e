"""Commands that prove: the audit verified, exported, sealed; a restored ledger adopted."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show

audit_app = typer.Typer(help="Verify, export and seal the audit.", no_args_is_help=True)
Practice = Annotated[str | None, typer.Argument(help="One practice; all when left out.", show_default=False)]


NOT_PROVED = 2
"""Exit code: nothing contradicts the audit, and the checkpoints that would prove it are not at hand."""


class NotAccepted(GlowlineError):
    """Nobody has accepted a loss in their name."""


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(audit_app, name="audit")


@audit_app.command("verify")
def verify(practice: Practice = None, home: Home = None, as_json: Json = False) -> None:
    """Recompute every hash, check every signature, and compare with the newest checkpoint off the box.

    Exit code 1: something contradicts the audit. 2: nothing does, but the checkpoints that would prove it are not at hand.
    """
    from console.cli.opened import hub_at, practices_of

    hub, found = hub_at(home), {}
    for one in practices_of(hub, practice):
        notes = one.store.checkpoints.notes() if one.store.checkpoints else ()
        result = _proved(one, notes)
        found[str(one.practice_id)] = {
            "ok": result.ok,
            "proved": result.proved,
            "summary": result.summary,
            "entries": result.entries,
            "checkpoints": len(notes),
            "proved_through": result.proved_through,
            "unproved_after": result.unproved_after,
            "first_bad": result.first_bad_seq,
        }
    show(found, as_json, lambda console: _say_verified(console, found))
    if not all(result["ok"] for result in found.values()):
        raise typer.Exit(1)
    if not all(result["proved"] for result in found.values()):
        raise typer.Exit(NOT_PROVED)


def _proved(one: Any, notes: Any) -> Any:  # noqa: ANN401 - imported late
    """What the audit of one practice is worth. A damaged ledger is an answer too: the others are still asked."""
    from canonical.problems import LedgerDamaged
    from ledger.audit.findings import Code, Finding, Verification
    from ledger.audit.notes import KeyRing
    from ledger.audit_log import entries_of, verify

    try:
        entries_of(one.store)
        return verify(one.store, notes, KeyRing.of(one.hub.sealing.public_key(one.store)))
    except LedgerDamaged as damage:
        found = Finding(Code.LEDGER_DAMAGED, f"{damage}. {damage.next_step}")
        return Verification(entries=0, findings=(found,), proved_through=0)


def _say_verified(console: Console, found: dict[str, dict[str, object]]) -> None:
    for practice, result in found.items():
        good = "[green]✓[/green]" if result["proved"] else "[yellow]?[/yellow]"
        mark = good if result["ok"] else "[red]✗[/red]"
        console.print(f"{mark} {practice}  {result['summary']}")


@audit_app.command("export")
def export(
    practice: Annotated[str, typer.Argument(help="The practice.")],
    place: Annotated[Path, typer.Argument(help="A new folder, or a new .zip file.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a bundle that a stranger verifies offline with tools/verify_audit.py and nothing of ours."""
    from console.cli.opened import hub_at, practices_of
    from ledger.audit_log import export as write

    hub = hub_at(home)
    one = next(practices_of(hub, practice))
    notes = one.store.checkpoints.notes() if one.store.checkpoints else ()
    write(one.store, place, notes, [hub.sealing.public_key(one.store)])
    found = {"bundle": str(place), "checkpoints": len(notes)}
    show(
        found,
        as_json,
        lambda console: console.print(f"[green]✓[/green] {place}\nNext: python tools/verify_audit.py {place}"),
    )


@audit_app.command("adopt")
def adopt(
    practice: Annotated[str, typer.Argument(help="The practice whose backup was restored.")],
    yes: Annotated[bool, typer.Option("--yes", help="Accept the loss in your name.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a restored ledger writable again. What may have been sent since the backup goes to a person, never out again."""
    from dataclasses import asdict
    from getpass import getuser

    from console.cli.opened import hub_at, named
    from ledger.adopt import Evidence
    from ledger.adopt import adopt as accept
    from ledger.audit.notes import KeyRing

    hub = hub_at(home)
    (known,) = named(hub, practice)
    store = hub.store(known)
    if store.checkpoints is None or not yes:
        raise NotAccepted(
            f"{practice}: entries since the backup would be lost; nothing was changed",
            next_step="Say --yes to accept that in your name.",
        )
    evidence = Evidence(store.checkpoints.notes(), KeyRing.of(hub.sealing.public_key(store)))
    now = hub.clock.business_now()
    done = accept(store, evidence, hub.sealing.signer(store), store.checkpoints, user=getuser(), now=now)
    show(
        asdict(done),
        as_json,
        lambda console: console.print(
            f"[green]✓[/green] adopted; {done.dropped} actions were left to a person, none is sent again"
        ),
    )
