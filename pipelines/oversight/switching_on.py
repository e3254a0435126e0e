"""What switching a row on would say, before anybody switches it on: how many, the first twenty, to whom it is new (R44)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from canonical.actions import Action
from canonical.plan import Journeys
from canonical.problems import GlowlineError
from ledger.approvals import Question, ask_approval
from ledger.candidates import read_candidates
from ledger.session import Session
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.ranges import compile_plan
from pipelines.outbox.decide import decide_bundle
from pipelines.outbox.surroundings import read_surroundings
from pipelines.outbox.workbench import Workbench
from pipelines.oversight.canaries import RULE
from pipelines.oversight.preview import SHOWN, Preview, rendered
from pipelines.policy.facts import Ledger

FIRST_DAY: Final = timedelta(hours=24)
TO_ANSWER: Final = timedelta(days=7)


class NoSuchRow(GlowlineError):
    """No journey of this practice has a step of that row. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class WouldSay:
    """What a row would say from now on, with the facts as they stand."""

    in_all: int
    """Within reach of the plan."""
    first_day: int
    people: int
    newly_reached: int
    """People nothing was ever sent to."""
    segments: int
    """Of all texts, at what they say today."""
    stands: Counter[str]
    """How many the policy would let go now, or would hold, by state."""
    first: tuple[Preview, ...]


def would_say(session: Session, bench: Workbench, row: str, now: datetime, horizon: timedelta) -> WouldSay:
    """Plan as if the row were ours since now, without writing anything. Raises NoSuchRow."""
    switched = _switched(bench, row, now)
    journeys, practice = switched.config.journeys, switched.config.practice
    candidates = read_candidates(session, compile_plan(journeys, now, now + horizon), 0)
    wanted = desired(candidates, journeys, practice, now, now + horizon)
    owed = sorted((one for one in wanted.owed.values() if one.row == row), key=lambda one: (one.due_at, one.action_id))
    around = read_surroundings(session, owed, now, bench.zone)
    decided = [decide_bundle([a], around, switched, ledger=Ledger(), now=now, at_send=False)[0] for a in owed]
    heard = {str(a.contact_point_id) for a in owed if around.heard.get(str(a.contact_point_id), {}).get("ever")}
    return WouldSay(
        in_all=len(owed),
        first_day=sum(one.due_at < now + FIRST_DAY for one in owed),
        people=len({one.person_id for one in owed}),
        newly_reached=len({one.person_id for one in owed if str(one.contact_point_id) not in heard}),
        segments=sum(one.said.segments for one in decided if one.said),
        stands=Counter(one.state.value for one in decided),
        first=tuple(rendered(session, _first(owed), switched, now)),
    )


def ask_to_switch_on(session: Session, row: str, found: WouldSay, *, who: str, now: datetime) -> str:
    """Ask a second person; returns the item's id. What the row says waits until somebody other than `who` has said yes."""
    why = f"Row {row} is to be switched on: {found.in_all} messages to {found.people} people, {found.newly_reached} of them new."
    question = Question(
        f"{RULE}:{row}", why, (), now + TO_ANSWER, asked_by=who, title=f"Wanted, a yes: {why}", about=row
    )
    return ask_approval(session, question, now).approval_id


def _first(owed: list[Action]) -> list[Action]:
    return owed[:SHOWN]


def _switched(bench: Workbench, row: str, now: datetime) -> Workbench:
    journeys = bench.config.journeys
    known = sorted({step.row for step in journeys.steps})
    if row not in known:
        message = f"no step of {bench.config.practice.practice_id} belongs to row {row}"
        raise NoSuchRow(message, next_step=f"Rows with steps: {', '.join(known)}.")
    ours = {"owner": "glowline", "live_from": now}
    steps = tuple(step.model_copy(update=ours) if step.row == row else step for step in journeys.steps)
    changed: Journeys = journeys.model_copy(update={"steps": steps})
    return replace(bench, config=bench.config.model_copy(update={"journeys": changed}))
