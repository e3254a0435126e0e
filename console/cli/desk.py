"""The front desk's own words: hold, resume, running late (R45, row 4.3). The same as by tag or text (R60)."""

from getpass import getuser
from typing import Annotated, Any

import typer
from rich.console import Console

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show

Practice = Annotated[str, typer.Option("--practice", help="The practice.")]
What = Annotated[
    str,
    typer.Argument(help="A person's or a visit's id, the booking tool's id of a visit, or a phone's last four digits."),
]
Who = Annotated[str, typer.Option(help="Who says so; else whoever is signed in here.")]


class NotMeant(GlowlineError):
    """It is not clear what is meant. Nothing was changed."""


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command("hold")(hold)
    app.command("resume")(resume)
    app.command("late")(late)


def hold(
    what: What,
    practice: Practice,
    why: Annotated[str, typer.Option(help="Said to whoever asks why a message is held.")] = "",
    who: Who = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Nothing more goes to this person, or about this visit, until somebody says resume."""
    from console.cli.opened import hub_at, practices_of
    from ledger.pauses import extend_pause
    from pipelines.replies.control_words import HELD

    one = next(practices_of(hub_at(home), practice))
    now, by = one.hub.clock.business_now(), who or getuser()
    with one.store.writing(business_now=now) as session:
        scope, value = _meant(session, what)
        extend_pause(session, scope, value, who=by, why=why or HELD, now=now, until=None)
    found = {"held": True, "scope": scope.value, "value": value}
    show(
        found,
        as_json,
        lambda console: console.print(
            f"Held: {scope.value} {value}. Next: glowline resume {value} --practice {practice}"
        ),
    )


def resume(what: What, practice: Practice, who: Who = "", home: Home = None, as_json: Json = False) -> None:
    """What was held may go. What has expired meanwhile stays unsent; more than fifty at once are shown first."""
    from console.cli.opened import hub_at, practices_of
    from ledger.pauses import release_pause

    one = next(practices_of(hub_at(home), practice))
    now, by = one.hub.clock.business_now(), who or getuser()
    with one.store.writing(business_now=now) as session:
        scope, value = _meant(session, what)
        there = [
            row for row in session.rows("pauses_in_force", now=now) if (row["scope"], row["value"]) == (scope, value)
        ]
        ended = [
            row
            for row in there
            if row["who"] != _BY_ITSELF and release_pause(session, row["pause_id"], who=by, now=now)
        ]
    left = [row["pause_id"] for row in there if row not in ended]
    if not ended and not left:
        raise NotMeant(f"{scope.value} {value} is not held", next_step=f"Run: glowline pause list {practice}")
    found = {"resumed": len(ended), "still_held": left, "scope": scope.value, "value": value}

    def say(console: Console) -> None:
        console.print(
            f"Resumed: {scope.value} {value}."
            if ended
            else f"Not resumed: {scope.value} {value} is held by glowline itself."
        )
        for pause in left:
            console.print(f"  Still held. Next: glowline pause release {practice} {pause}")

    show(found, as_json, say)


_BY_ITSELF = "glowline"


def _meant(session: Any, what: str) -> Any:  # noqa: ANN401 - imported late; a scope and its value
    """The visit or the person that is meant. Raises NotMeant unless it is one."""
    from canonical.pauses import PauseScope

    visits = [row["visit_id"] for row in session.rows("visits_named", named=what)]
    people = [row["person_id"] for row in session.rows("persons_named", named=what)]
    if len(visits) == 1:
        return PauseScope.VISIT, visits[0]
    if len(people) == 1 and not visits:
        return PauseScope.PERSON, people[0]
    several = (
        f"{what} may mean {len(visits) + len(people)} of them"
        if visits or people
        else f"nobody and no visit is called {what}"
    )
    raise NotMeant(several, next_step="Take the id from `glowline explain` or `glowline plan`.")


def late(
    practice: Practice,
    provider: Annotated[str, typer.Option(help="Who runs late.")],
    minutes: Annotated[int, typer.Option(help="By how much.", min=1, max=240)],
    location: Annotated[str, typer.Option(help="Where; needed where there are several.")] = "",
    who: Who = "",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """A provider runs late: whoever is booked with them today and has not begun is told, once for each delay (row 4.3)."""
    from datetime import timedelta

    from console.cli.opened import hub_at, practices_of
    from ledger.delays import Delay, announce_delay

    one = next(practices_of(hub_at(home), practice))
    place, known = _where(one.config.practice, location), _provider(one.config.practice, provider)
    now = one.hub.clock.business_now()
    day = now.astimezone(place.tz).date()
    with one.store.writing(business_now=now) as session:
        since = now - timedelta(minutes=10)
        told = session.rows("delays_lately", provider_id=known, day=day, since=since)
        same = next((row["delay_id"] for row in told if row["minutes"] == minutes), None)
        made = Delay(place.location_id, known, minutes, day, now, who or getuser(), f"cli:{now.isoformat()}")
        delay = same or announce_delay(session, made, now)
    found = {"delay": delay, "anew": same is None, "provider": known, "minutes": minutes}
    said = (
        f"{known} runs {minutes} minutes late today."
        if same is None
        else "That was announced minutes ago; nobody is told twice."
    )
    show(found, as_json, lambda console: console.print(said))


def _where(practice: Any, location: str) -> Any:  # noqa: ANN401 - imported late
    places = [one for one in practice.locations if not location or one.location_id == location]
    if len(places) != 1:
        known = ", ".join(one.location_id for one in practice.locations)
        raise NotMeant(f"'{location}' names no one location", next_step=f"Say --location with one of: {known}.")
    return places[0]


def _provider(practice: Any, provider: str) -> Any:  # noqa: ANN401 - imported late
    known = {str(one.provider_id): one.provider_id for one in practice.providers}
    if provider not in known:
        raise NotMeant(
            f"there is no provider '{provider}'", next_step=f"Known: {', '.join(sorted(known)) or 'none yet'}."
        )
    return known[provider]
