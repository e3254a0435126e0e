"""`glowline erase`: forgetting somebody who asks for it, with what goes, what stays and until when said before (R35, DEL-01, DEL-02)."""

import re
from getpass import getuser
from typing import Annotated, Any

import typer
from rich.console import Console

from console.cli.output import Home, Json, show

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.#/-]{0,39}")


def add_to(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command("erase")(erase)


def _one_word(why: str) -> str:
    """The audit keeps it for good, so nothing that could describe somebody goes in (DEL-04)."""
    if why and not _REFERENCE.fullmatch(why):
        raise typer.BadParameter("one word of letters, digits and dashes, such as ticket-118")
    return why


def erase(
    person: Annotated[str, typer.Argument(help="The person's id, as `explain` says it.")],
    practice: Annotated[str, typer.Option("--practice", help="The practice.")],
    why: Annotated[
        str, typer.Option(help="The request's number or letter, for the record: one word, no name.", callback=_one_word)
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what of a person goes and what must stay, then stop everything to them, ask the other tools, and erase. Cannot be undone.

    With --json and without --yes nothing is done: the plan is printed.
    """
    from console.cli.opened import hub_at, practices_of
    from pipelines.erasure.stage import forget, request_id

    one = next(practices_of(hub_at(home), practice))
    now = one.hub.clock.business_now()
    request = request_id(person, now)
    held, plan = _plan(one, person, request, now, why)
    if as_json and not yes:
        return show(_as_data(plan, held), as_json, _nothing)
    if not as_json:
        show(None, as_json, lambda console: _say(console, plan, held))
    if not yes and not typer.confirm("Erase? This cannot be undone."):
        raise typer.Exit(1)
    _, approved = _plan(one, person, request, now, why, approved_by=getuser())
    done = forget(one.store, one.config.practice, held, approved, who=getuser(), now=now)
    answer = _answer(one, approved, held)
    found = _as_data(approved, held) | {
        "erased": done.erased.counts,
        "in_flight": done.erased.in_flight,
        "stopped": done.stopped,
        "asked": done.asked,
        "answer": answer,
    }
    return show(found, as_json, lambda console: _say_done(console, found))


def _plan(one: Any, person: str, request: str, now: Any, why: str, *, approved_by: str = "") -> tuple[Any, Any]:  # noqa: ANN401 - imported late
    """What is held and what becomes of it. Looking at it is an event too (C6)."""
    from pipelines.erasure.plan import Terms, plan_of
    from pipelines.erasure.stage import asked_on, look

    zone = one.bench.zone
    with one.store.reading() as session:
        held = look(session, person)
        received = asked_on(session, held) or now
    if not approved_by:
        _record_look(one, person, request, now, why)
    terms = Terms(
        request_id=request,
        received_on=received.astimezone(zone).date(),
        today=now.astimezone(zone).date(),
        zone=zone,
        practice_state=one.config.practice.state,
        retention=one.config.policy.retention,
        approved_by=approved_by,
    )
    return held, plan_of(held, terms)


def _record_look(one: Any, person: str, request: str, now: Any, why: str) -> None:  # noqa: ANN401 - imported late
    from console.cli.audited import looked_at

    refs = {"request": request} | ({"why": why} if why else {})
    with one.store.writing(business_now=now) as session:
        looked_at(session, [person], now, page="erase", **refs)


def _answer(one: Any, plan: Any, held: Any) -> str:  # noqa: ANN401 - imported late
    from pipelines.erasure.answer import answer_to

    practice = one.config.practice
    return answer_to(plan, practice.name, held.language or practice.default_language, one.config.policy.retention.basis)


def _as_data(plan: Any, held: Any) -> dict[str, Any]:  # noqa: ANN401 - imported late
    return {
        "person": plan.person_id,
        "request": plan.request_id,
        "subject": plan.subject,
        "deadline": plan.deadline,
        "parts": [
            {
                "class": part.record_class.value,
                "what": part.what,
                "rows": part.rows,
                "goes": part.goes,
                "until": part.until,
                "rule": part.answer.rule,
                "why": part.answer.reason,
            }
            for part in plan.parts
        ],
        "tools": held.tools,
    }


def _say(console: Console, plan: Any, held: Any) -> None:  # noqa: ANN401 - imported late
    console.print(f"{plan.person_id}, a {plan.subject} (request {plan.request_id})", markup=False)
    for part in plan.parts:
        fate = "goes" if part.goes else f"stays until {part.until}" if part.until else "stays"
        console.print(f"  {fate}: {part.what} ({part.rows:,})", markup=False)
        if not part.goes:
            console.print(f"      {part.answer.rule}: {part.answer.reason}", markup=False)
    for connection, ids in held.tools.items():
        known = f" It knows them as: {', '.join(ids)}." if ids else ""
        console.print(f"  {connection} must erase it too, and a task asks for that.{known}", markup=False)
    if plan.deadline:
        console.print(f"  Washington deadline {plan.deadline} (DEL-03).", markup=False)
    console.print("  Nothing is sent to them any more from now on.", markup=False)


def _say_done(console: Console, found: dict[str, Any]) -> None:
    gone = sum(found["erased"].values())
    console.print(
        f"[green]✓[/green] {gone:,} rows erased; {found['stopped']} contact points stopped; {found['asked']} tools asked."
    )
    if found["in_flight"]:
        console.print(f"  {found['in_flight']} messages were on their way; they settle by themselves.", markup=False)
    console.print("  The answer to the person:", markup=False)
    console.print(f"  {found['answer']}", markup=False)


def _nothing(console: Console) -> None:
    del console
