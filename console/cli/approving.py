"""`glowline approvals`: what waits for a yes, what it would say, and the yes or no itself (R50)."""

from getpass import getuser
from typing import Annotated, Any

import typer
from rich.console import Console

from console.cli.output import Home, Json, show

approvals_app = typer.Typer(help="What waits for a yes. Nobody's silence sends anything.", no_args_is_help=True)
Practice = Annotated[str, typer.Option("--practice", help="The practice.")]
Item = Annotated[str, typer.Argument(help="As `approvals list` names it.")]
Who = Annotated[str, typer.Option(help="Who decides; else whoever is signed in here.")]
Count = Annotated[
    int | None, typer.Option(help="How many messages it is about; asked for above 50.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(approvals_app, name="approvals")


@approvals_app.command("list")
def approvals_list(
    practice: Annotated[str | None, typer.Argument(help="One practice; all when left out.", show_default=False)] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """What waits: how many messages, under which rule, since when, and when it is dropped if nobody answers."""
    from console.cli.opened import hub_at, practices_of
    from ledger.approvals import undecided

    found: list[dict[str, Any]] = []
    for one in practices_of(hub_at(home), practice):
        now, zone = one.hub.clock.business_now(), one.bench.zone
        with one.store.reading() as session:
            items = undecided(session)
        found += [_item(item, str(one.practice_id), now) | {"zone": str(zone)} for item in items]

    def say(console: Console) -> None:
        for row in found:
            age = f"waits for {_spoken(row['age'])}"
            console.print(
                f"{row['approval']}  {row['practice']}: {row['messages']} messages ({row['rule']}), {age}", markup=False
            )
            console.print(f"    {row['why']}", markup=False)
            console.print(f"    Dropped at {row['expires_at']:%Y-%m-%d %H:%M}Z unless somebody says yes.", markup=False)
            console.print(
                f"    Next: glowline approvals show {row['approval']} --practice {row['practice']}", markup=False
            )
        if not found:
            console.print("[green]✓[/green] Nothing waits for a yes.")

    show(found, as_json, say)


def _item(item: Any, practice: str, now: Any) -> dict[str, Any]:  # noqa: ANN401 - imported late
    return {
        "approval": item.approval_id,
        "practice": practice,
        "rule": item.rule,
        "why": item.why,
        "messages": len(item.action_ids),
        "asked_at": item.asked_at,
        "asked_by": item.asked_by,
        "age": now - item.asked_at,
        "expires_at": item.expires_at,
        "decided": item.decided,
        "decided_by": item.decided_by,
    }


def _spoken(age: Any) -> str:  # noqa: ANN401 - a timedelta
    minutes = int(age.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours


@approvals_app.command("show")
def approvals_show(item: Item, practice: Practice, home: Home = None, as_json: Json = False) -> None:
    """One item with its first twenty messages as they would be sent. Looking is audited."""
    from console.cli.opened import hub_at, practices_of

    one = next(practices_of(hub_at(home), practice))
    found = _shown(one, item)

    def say(console: Console) -> None:
        console.print(f"[bold]{found['messages']} messages[/bold] ({found['rule']})")
        console.print(found["why"], markup=False)
        for row in found["first"]:
            console.print(f"  {row['row']:<4} {row['channel']:<13} {row['contact']}  “{row['body']}”", markup=False)
        more = found["messages"] - len(found["first"])
        if more > 0:
            console.print(f"  and {more} more")
        count = f" --count {found['messages']}" if found["messages"] > 50 else ""  # noqa: PLR2004 - R50
        decide = f"glowline approvals approve {item} --practice {practice}{count}"
        console.print(f"Next: {decide}, or glowline approvals drop {item} --practice {practice}", markup=False)

    show(found, as_json, say)


def _shown(one: Any, item: str) -> dict[str, Any]:  # noqa: ANN401 - imported late
    from console.cli.audited import looked_at
    from console.cli.story import hidden
    from ledger.approvals import approval_by_id
    from pipelines.oversight.approvals import NotApproved
    from pipelines.oversight.preview import preview

    now = one.hub.clock.business_now()
    with one.store.writing(business_now=now) as session:
        found = approval_by_id(session, item)
        if found is None:
            raise NotApproved(f"{item} is not known here", next_step="Run: glowline approvals list")
        first = preview(session, found.action_ids, one.bench, now)
        looked_at(session, sorted({row.person_id for row in first if row.person_id}), now, page="approvals")
    kept = [
        {
            "action": row.action_id,
            "row": row.row,
            "channel": row.channel,
            "contact": hidden(row.contact),
            "body": row.body,
        }
        for row in first
    ]
    return _item(found, str(one.practice_id), now) | {"first": kept}


@approvals_app.command("approve")
def approvals_approve(
    item: Item, practice: Practice, who: Who = "", count: Count = None, home: Home = None, as_json: Json = False
) -> None:
    """Say yes: its messages are decided again and go where nothing else forbids them. What has expired stays unsent."""
    from console.cli.opened import hub_at, practices_of
    from pipelines.oversight.approvals import approve

    one = next(practices_of(hub_at(home), practice))
    now = one.hub.clock.business_now()
    with one.store.writing(business_now=now) as session:
        found = approve(session, item, who=who or getuser(), now=now, count=count)
    said = {"approved": True, "messages": len(found.action_ids), "rule": found.rule}
    show(said, as_json, lambda console: console.print(f"Approved: {said['messages']} messages ({found.rule})."))


@approvals_app.command("drop")
def approvals_drop(item: Item, practice: Practice, who: Who = "", home: Home = None, as_json: Json = False) -> None:
    """Say no: its messages are never sent; whoever should have heard of a visit comes onto the call list."""
    from console.cli.opened import hub_at, practices_of
    from pipelines.oversight.approvals import drop

    one = next(practices_of(hub_at(home), practice))
    now = one.hub.clock.business_now()
    with one.store.writing(business_now=now) as session:
        found = drop(session, item, who=who or getuser(), now=now)
    said = {"dropped": True, "messages": len(found.action_ids)}
    show(said, as_json, lambda console: console.print(f"Dropped: {said['messages']} messages."))
