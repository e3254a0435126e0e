"""`glowline connect`: somebody says yes on a vendor's page, and the tokens lie sealed before anything uses them."""

import ipaddress
import sys
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console

from console.cli.output import Home, Json, show, stderr

REDIRECT = "http://127.0.0.1:8602/connected"
PATIENCE = 600.0
"""Seconds in which somebody signs in, finds their second factor, and says yes."""


def add_to(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command("connect")(connect)


def connect(
    vendor: Annotated[str, typer.Argument(help="As connections.yaml names it.")],
    practice: Annotated[str, typer.Option("--practice", help="The practice.")],
    connection: Annotated[
        str, typer.Option(help="Which of its connections, where it has several of that vendor.")
    ] = "",
    redirect: Annotated[
        str, typer.Option(help="Where the vendor sends you back; its app must have it on its list.")
    ] = REDIRECT,
    paste: Annotated[
        bool, typer.Option("--paste", help="Your browser is on another machine: paste the address it shows afterwards.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Connect a vendor account: open the printed address, say yes there, and its tokens are kept sealed on this machine."""
    from connectors.kit.access import Access
    from connectors.kit.authorized import entry
    from connectors.kit.connecting import accept, consent
    from connectors.kit.registry import manifest
    from console.cli.opened import hub_at, practices_of

    hub = hub_at(home)
    one = next(practices_of(hub, practice))
    chosen = _chosen(one, vendor, connection)
    access = Access(chosen, manifest(vendor), hub.tools)
    asked, others = consent(access, redirect), _others(hub, one, chosen)
    kept = accept(access, asked, _answer(access, asked, paste=paste))
    _audit(one, chosen, entry(access))
    found = {
        "practice": practice,
        "connection": str(chosen.connection_id),
        "entry": entry(access),
        "renews": bool(kept.refresh_token),
        "kept": kept.kept,
        "also_used_by": others,
    }
    show(found, as_json, lambda console: _say(console, found))


def _chosen(one: Any, vendor: str, wanted: str) -> Any:  # noqa: ANN401 - imported late
    """The connection that is meant. Raises `SettingsError` where there is none, or more than one."""
    from canonical.problems import SettingsError

    of_vendor = {str(each.connection_id): each for each in one.config.practice.connections if each.vendor == vendor}
    if wanted in of_vendor or (len(of_vendor) == 1 and not wanted):
        return of_vendor.get(wanted) or next(iter(of_vendor.values()))
    known = ", ".join(of_vendor)
    says = (
        f"there is no connection '{wanted}' of {vendor}."
        if wanted
        else f"it has {len(of_vendor)} connections of {vendor}."
    )
    step = f"Say which:  --connection {known.replace(', ', ' | ')}" if known else "Add it to connections.yaml first."
    raise SettingsError(str(one.config.folder / "connections.yaml"), 0, says, next_step=step)


def _answer(access: Any, asked: Any, *, paste: bool) -> str:  # noqa: ANN401 - imported late
    """The address the vendor sent them back to. What is said meanwhile goes to stderr: stdout is for the result."""
    listener = None if paste or not _is_here(asked.redirect) else _listener(access, asked)
    console = stderr()
    console.print(f"Open this address and say yes:\n{asked.url}", soft_wrap=True, markup=False)
    if listener is None:
        console.print("Then paste the whole address that the browser shows, and press Enter:", markup=False)
        return sys.stdin.readline().strip()
    console.print(f"Waiting at {asked.redirect} …", soft_wrap=True, markup=False)
    came_back: str = listener.wait(PATIENCE)
    if not came_back:
        raise _stopped(access, f"nobody came back within {PATIENCE / 60:.0f} minutes.")
    return came_back


def _listener(access: Any, asked: Any) -> Any:  # noqa: ANN401 - imported late
    from console.cli.connect_listener import Listener

    try:
        return Listener(asked.redirect, asked.state)
    except OSError:
        problem = _stopped(access, f"nothing can listen at {asked.redirect}: another program does.")
    raise problem


def _stopped(access: Any, says: str) -> Exception:  # noqa: ANN401 - imported late
    from canonical.problems import NeedsOperator

    step = "Start once more with --paste, and paste the address that the browser shows after the yes."
    return NeedsOperator(access.where("connect"), says, next_step=step)


def _is_here(redirect: str) -> bool:
    parts = urlsplit(redirect)
    try:
        return parts.scheme == "http" and (
            parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
        )
    except ValueError:
        return False


def _audit(one: Any, chosen: Any, sealed: str) -> None:  # noqa: ANN401 - imported late
    """Who let the practice's connection in, as its own audit has it."""
    from console.cli.audited import did
    from ledger.audit.events import AuditTag

    now, refs = one.hub.clock.business_now(), {"vendor": chosen.vendor, "entry": sealed}
    with one.store.writing(business_now=now) as session:
        did(session, AuditTag.CONNECTION_AUTHORIZED, chosen.connection_id, now, **refs)


def _others(hub: Any, one: Any, chosen: Any) -> list[str]:  # noqa: ANN401 - imported late
    """Other connections of the same account, in any practice whose settings load: they use these tokens too."""
    from canonical.problems import GlowlineError

    found = []
    for practice in hub.practices():
        try:
            connections = hub.open(practice).config.practice.connections
        except GlowlineError:
            continue  # `glowline check` says what is wrong there
        found += [
            f"{practice}/{each.connection_id}"
            for each in connections
            if (each.vendor, each.account) == (chosen.vendor, chosen.account)
            and (practice, each.connection_id) != (one.practice_id, chosen.connection_id)
        ]
    return found


def _say(console: Console, found: dict[str, Any]) -> None:
    console.print(f"[green]✓[/green] {found['connection']} is connected; its tokens are sealed as {found['entry']}")
    for name, value in found["kept"].items():
        console.print(f"  {name}: {value}", markup=False)
    if found["also_used_by"]:
        console.print(f"  The same account is used by {', '.join(found['also_used_by'])}.", markup=False)
    console.print(f"Next: glowline check {found['practice']}")
