"""`glowline switch-on`: what a row would say, before it is switched on; from stage 5.3 on a second person is asked (R44)."""

from getpass import getuser
from typing import Annotated, Any

import typer
from rich.console import Console

from console.cli.output import Home, Json, show


def add_to(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command("switch-on")(switch_on)


def switch_on(
    row: Annotated[str, typer.Argument(help="As the catalogue numbers it: 3.1.")],
    practice: Annotated[str, typer.Option("--practice", help="The practice.")],
    ask: Annotated[bool, typer.Option("--ask", help="From row 5.3 on: ask a second person for their yes.")] = False,
    who: Annotated[str, typer.Option(help="Who wants it; else whoever is signed in here.")] = "",
    segment_cents: Annotated[float, typer.Option(help="What one segment of a text costs, in cents.", min=0)] = 0,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what the row would say: how many, the first twenty, the cost, who is newly reached. Nothing is sent or switched."""
    from console.cli.opened import hub_at, practices_of

    one = next(practices_of(hub_at(home), practice))
    found = _found(one, row, ask=ask, who=who or getuser(), segment_cents=segment_cents)

    def say(console: Console) -> None:
        console.print(
            f"[bold]Row {row}[/bold] would say {found['messages']} things to {found['people']} people within two weeks,"
        )
        console.print(
            f"  {found['first_day']} on the first day; {found['newly_reached']} people have never heard from this practice."
        )
        cost = f", about {found['cents'] / 100:.2f} in all" if found["cents"] else ""
        console.print(f"  {found['segments']} segments of text{cost}. As things stand: {_stands(found['stands'])}.")
        for each in found["first"]:
            console.print(
                f"  {each['due_at']:%a %d %b %H:%M}Z {each['channel']:<13} {each['contact']}  “{each['body']}”",
                markup=False,
            )
        for line in _next(row, practice, found):
            console.print(line, markup=False)

    show(found, as_json, say)


def _found(one: Any, row: str, *, ask: bool, who: str, segment_cents: float) -> dict[str, Any]:  # noqa: ANN401 - imported late
    from canonical.clock import rfc3339
    from console.cli.audited import looked_at
    from console.cli.story import hidden
    from pipelines.oversight.canaries import needs_second_person
    from pipelines.oversight.switching_on import ask_to_switch_on, would_say
    from pipelines.tick.planning import HORIZON

    now, second = one.hub.clock.business_now(), needs_second_person(row)
    with one.store.writing(business_now=now) as session:
        found = would_say(session, one.bench, row, now, HORIZON)
        item = ask_to_switch_on(session, row, found, who=who, now=now) if ask and second else ""
        looked_at(session, sorted({each.person_id for each in found.first if each.person_id}), now, page="switch-on")
    first = [
        {"due_at": each.due_at, "channel": each.channel, "contact": hidden(each.contact), "body": each.body}
        for each in found.first
    ]
    return {
        "row": row,
        "messages": found.in_all,
        "first_day": found.first_day,
        "people": found.people,
        "newly_reached": found.newly_reached,
        "segments": found.segments,
        "cents": round(found.segments * segment_cents, 2),
        "stands": dict(found.stands),
        "first": first,
        "second_person": second,
        "approval": item,
        "live_from": rfc3339(now),
    }


def _stands(stands: dict[str, int]) -> str:
    return (
        ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(stands.items()))
        or "nothing to decide"
    )


def _next(row: str, practice: str, found: dict[str, Any]) -> list[str]:
    write = f'In rows.yaml: "{row}": {{owner: glowline, live_from: "{found["live_from"]}"}}'
    if found["approval"]:
        return [
            f"Next: somebody else runs glowline approvals approve {found['approval']} --practice {practice}",
            f"  then {write}",
        ]
    if found["second_person"]:
        return [f"Next: glowline switch-on {row} --practice {practice} --ask, because a second person must say yes"]
    return [f"Next: {write}"]
