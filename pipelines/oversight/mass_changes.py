"""A provider is out sick: many visits change within minutes, and what they are told waits for one person's look (R17)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from canonical.pauses import PauseScope
from canonical.practice import Practice
from ledger.approvals import Question, approved_rules, ask_approval, waiting_for_approval
from ledger.pauses import extend_pause
from ledger.people import by_ids
from ledger.session import Session
from ledger.store import Store
from pipelines.oversight.approvals import BY_ITSELF, hold

Row = dict[str, Any]
RULE: Final = "R17"
MANY: Final = 5
WITHIN: Final = timedelta(minutes=30)
LOOK_BACK: Final = timedelta(hours=24)
BEFORE_THE_FIRST: Final = timedelta(hours=2)
TO_ANSWER: Final = timedelta(minutes=30)
"""So long, at least, somebody has to answer, however soon the first visit is."""
NO_WIN_BACK: Final = timedelta(days=14)
_WHY = "the house cancelled the visit (R17)"


@dataclass(frozen=True, slots=True)
class _Mass:
    """Visits of one provider, or of one day at one location, that changed together."""

    what: str
    visits: tuple[Row, ...]


def hold_mass_changes(store: Store, practice: Practice, now: datetime, run_id: str) -> int:
    """Hold the notices of visits that changed in a mass, each mass under one item; how many were held.

    Run it between the planner and the policy. Notices that are cleared already and not claimed are held too.
    """
    with store.reading() as session:
        changed = session.rows("visits_changed_since", since=now - LOOK_BACK)
        if len(changed) < MANY:
            return 0
        masses = _masses(_as_they_were(session, changed), practice)
        held = {mass.what: _notices(session, mass) for mass in masses}
    if not any(held.values()):
        return 0
    with store.writing(business_now=now) as session:
        return sum(_hold(session, mass, now, run_id) for mass in masses)


def _as_they_were(session: Session, changed: Sequence[Row]) -> list[Row]:
    """With the start, the place and the provider from before: that is whose day it was."""
    before = {row["visit_id"]: row for row in by_ids(session, "visits_before", {row["visit_id"] for row in changed})}
    return [row | {"was": before.get(row["visit_id"], row)} for row in changed]


def _masses(changed: Sequence[Row], practice: Practice) -> list[_Mass]:
    """The largest first; a visit belongs to one of them."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in changed:
        for what in _whose(row["was"], practice):
            groups[what].append(row)
    found = [_Mass(what, tuple(_together(rows))) for what, rows in sorted(groups.items())]
    taken: set[str] = set()
    masses = []
    for mass in sorted(found, key=lambda one: (-len(one.visits), one.what.startswith("at "))):
        own = tuple(row for row in mass.visits if row["visit_id"] not in taken)
        if len(mass.visits) >= MANY and own:
            masses.append(_Mass(mass.what, own))
            taken |= {row["visit_id"] for row in own}
    return masses


def _whose(was: Mapping[str, Any], practice: Practice) -> Iterable[str]:
    if was["provider_id"]:
        yield f"of provider {was['provider_id']}"
    place = practice.location(was["location_id"])
    if place:
        yield f"at {place.location_id} on {was['start_at'].astimezone(place.tz):%a %d %b}"


def _together(rows: Sequence[Row]) -> list[Row]:
    """Those that have enough others within half an hour around them."""
    ordered = sorted(rows, key=lambda row: row["changed_at"])
    found: dict[str, Row] = {}
    for at, first in enumerate(ordered):
        near = [row for row in ordered[at:] if row["changed_at"] - first["changed_at"] <= WITHIN]
        if len(near) >= MANY:
            found |= {row["visit_id"]: row for row in near}
    return list(found.values())


def _notices(session: Session, mass: _Mass) -> list[Row]:
    """What has not been claimed and nobody was asked about."""
    rows = by_ids(session, "notices_of_visits", {row["visit_id"] for row in mass.visits})
    asked = waiting_for_approval(session)
    seen = approved_rules(session, (row["action_id"] for row in rows))
    return [row for row in rows if row["action_id"] not in asked and RULE not in seen.get(row["action_id"], {})]


def _hold(session: Session, mass: _Mass, now: datetime, run_id: str) -> int:
    rows = _notices(session, mass)
    if not rows:
        return 0
    ids = hold(session, rows, RULE, now=now, run_id=run_id)
    told = len({row["subject_id"] for row in rows})
    why = f"{len(mass.visits)} visits {mass.what} changed within {WITHIN.seconds // 60} minutes; {told} people are to be told."
    ask_approval(session, Question(RULE, why, ids, _expires(mass, now), title=f"Look before it goes: {why}"), now)
    for visit in mass.visits:
        if visit["change"] == "cancelled" and visit["person_id"]:
            _no_win_back(session, visit["person_id"], now)
    return len(ids)


def _expires(mass: _Mass, now: datetime) -> datetime:
    """Two hours before the earliest visit that somebody might still come to."""
    starts = [at for row in mass.visits for at in (row["start_at"], row["was"]["start_at"]) if at > now]
    return max(min(starts, default=now) - BEFORE_THE_FIRST, now + TO_ANSWER)


def _no_win_back(session: Session, person_id: str, now: datetime) -> None:
    """Nobody is wooed back whom we have just sent away."""
    until = now + NO_WIN_BACK
    extend_pause(session, PauseScope.FOLLOW_UP, person_id, who=BY_ITSELF, why=_WHY, now=now, until=until)
