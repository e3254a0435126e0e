"""`glowline oversight`: a month of what was held, what came too late and who had to be called (R55, R57)."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show


class NotAMonth(GlowlineError):
    """What was given is no month."""


def add_to(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command("oversight")(oversight)


def oversight(
    practice: Annotated[str | None, typer.Argument(help="One practice; all when left out.", show_default=False)] = None,
    month: Annotated[str, typer.Option(help="As 2026-11; else the current one.")] = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """One month: what should not have gone and by how much, calls, surges and approvals. Counts only; no patient is on it."""
    from console.cli.opened import hub_at, practices_of

    found = {str(one.practice_id): _of(one, month) for one in practices_of(hub_at(home), practice)}

    def say(console: Console) -> None:
        for name, part in found.items():
            console.print(f"[bold]{name}[/bold]  {part['month']}")
            for row in part["should_not_have_gone"]:
                lag = f"{row['lag_seconds'] / 60:.0f} min after the fact (median)"
                console.print(f"  {row['messages']} should not have gone: {row['kind'].replace('_', ' ')}, {lag}")
            calls = " · ".join(f"{row['tasks']} {row['closed_by'].replace('_', ' ')}" for row in part["calls"])
            console.print(f"  Calls: {calls or 'none'}", markup=False)
            asked = " · ".join(f"{row['approvals']} {row['rule']} {row['decided']}" for row in part["approvals"])
            console.print(f"  Approvals: {asked or 'none'}", markup=False)
            console.print(f"  Surges held: {len(part['surges'])}")

    show(found, as_json, say)


def _of(one: Any, month: str) -> dict[str, Any]:  # noqa: ANN401 - imported late
    zone = one.bench.zone
    since, until = _span(month or f"{one.hub.clock.business_now().astimezone(zone):%Y-%m}", zone)
    with one.store.reading() as session:
        return {
            "month": f"{since.astimezone(zone):%Y-%m}",
            "should_not_have_gone": session.rows("late_truths_between", since=since, until=until),
            "calls": session.rows("tasks_between", kind="call_list", since=since, until=until),
            "approvals": session.rows("approvals_between", since=since, until=until),
            "surges": session.rows("surges_between", since=since, until=until),
        }


def _span(month: str, zone: Any) -> tuple[datetime, datetime]:  # noqa: ANN401 - a ZoneInfo
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    except ValueError:
        raise NotAMonth(f"'{month}' is no month", next_step="Write it as 2026-11.") from None
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.astimezone(UTC), following.astimezone(UTC)
