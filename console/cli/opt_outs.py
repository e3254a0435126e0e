"""`glowline opt-outs`: words that may have meant stop, and what a person says they meant (TCPA-11)."""

from getpass import getuser
from typing import Annotated, Any

import typer
from rich.console import Console

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show

opt_outs_app = typer.Typer(help="Words that may have meant stop: nothing goes until you decide.", no_args_is_help=True)


class NothingHeld(GlowlineError):
    """A decision was made about a contact point on which nothing waits for one. Nothing was changed."""


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(opt_outs_app, name="opt-outs")


@opt_outs_app.command("list")
def opt_outs_list(
    practice: Annotated[str | None, typer.Argument(help="One practice; all when left out.", show_default=False)] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """What somebody wrote, where it came from and since when everything to them is held. Looking is audited."""
    from console.cli.opened import hub_at, practices_of

    found = [row for one in practices_of(hub_at(home), practice) for row in _held(one)]

    def say(console: Console) -> None:
        for row in found:
            since = f"{row['since']:%Y-%m-%d %H:%M}Z"
            console.print(f"{row['practice']}  {row['contact']}  {since}  “{row['said']}”", markup=False)
            decide = f"glowline opt-outs decide {row['practice']} {row['contact_point']}"
            console.print(f"    Next: {decide} --stops, or --harmless", markup=False)
        if not found:
            console.print("[green]✓[/green] Nobody's words wait for a decision.")

    show(found, as_json, say)


def _held(one: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - imported late
    """What is held in one practice. Looking at what a patient wrote is an event too (C6)."""
    from console.cli.audited import looked_at
    from console.cli.story import hidden

    now = one.hub.clock.business_now()
    with one.store.reading() as session:
        rows = session.rows("held_opt_outs")
    if not rows:
        return []
    with one.store.writing(business_now=now) as session:
        looked_at(session, (row["contact_point_id"] for row in rows), now, page="opt-outs")
    return [
        {
            "practice": str(one.practice_id),
            "contact_point": row["contact_point_id"],
            "contact": hidden(row["contact"]),
            "since": row["effective_at"],
            "said": row["said"] or "",
        }
        for row in rows
    ]


@opt_outs_app.command("decide")
def opt_outs_decide(
    practice: Annotated[str, typer.Argument(help="The practice.")],
    contact_point: Annotated[str, typer.Argument(help="As `opt-outs list` names it.")],
    stops: Annotated[
        bool, typer.Option("--stops/--harmless", help="They meant stop, or they did not.", show_default=False)
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say what the words meant. A stop is copied to every other tool; harmless words let everything go on."""
    from canonical.ids import ContactPointId
    from console.cli.opened import hub_at, practices_of
    from pipelines.replies.review import decide_opt_out

    one = next(practices_of(hub_at(home), practice))
    now = one.hub.clock.business_now()
    with one.store.writing(business_now=now) as session:
        contact = ContactPointId(contact_point)
        decided = decide_opt_out(session, one.config.practice, contact, stops=stops, who=getuser(), now=now)
    if not decided:
        raise NothingHeld(
            f"nothing waits for a decision on {contact_point}", next_step="Take the id from `glowline opt-outs list`."
        )
    meant = "It is an opt-out now." if stops else "It was none; messages go on."
    show({"decided": True, "stops": stops}, as_json, lambda console: console.print(meant))
