"""Why a row says nothing about a visit: the planner's own judgment."""

from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console

from console.cli.asking import NothingFound, visits_named
from console.cli.output import Home, Json, show, table

Row = dict[str, Any]


def add_to(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command("why-not")(why_not)


def why_not(
    visit: Annotated[str, typer.Option("--visit", help="A visit or inquiry, by our id or the vendor's.")],
    row: Annotated[str, typer.Option("--row", help="A row of the catalogue, e.g. 3.2; all when left out.")] = "",
    practice: Annotated[str | None, typer.Option(help="Only this practice.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Why a row says nothing about a visit now: the planner's own judgment, in a sentence."""
    from console.cli.opened import hub_at, practices_of
    from ledger.candidates import candidates_of
    from pipelines.lifecycle.explain import explain as judge
    from pipelines.tick.planning import HORIZON

    hub = hub_at(home)
    for one in practices_of(hub, practice):
        subjects = visits_named(one, visit)[:1] or [visit]
        with one.store.reading() as session:
            candidates = candidates_of(session, subjects)
        if subjects[0] not in {subject.subject_id for subject in candidates.subjects}:
            continue
        now = hub.clock.business_now()
        found = judge(
            candidates, one.config.journeys, one.config.practice, now, now + HORIZON, subject_id=subjects[0], row=row
        )
        if not found:
            message = f"no journey of {one.practice_id} has a row {row}"
            raise NothingFound(message, next_step="Rows are numbered like 3.1; `glowline why-not --visit V` lists all.")
        data = [{"step": each.step, "owed": each.owed is not None, "sentence": each.sentence} for each in found]
        show(data, as_json, partial(_say, data=data))
        return
    raise NothingFound(
        f"no ledger here knows {visit}",
        next_step="Use a visit id from `glowline plan` or `glowline explain`, or the booking tool's own.",
    )


def _say(console: Console, data: list[Row]) -> None:
    made = table("step", "")
    for each in data:
        made.add_row(str(each["step"]), str(each["sentence"]))
    console.print(made)
