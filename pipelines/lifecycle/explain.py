"""Why a row says nothing about a visit now, in a sentence: the same judgment that plans, asked about one subject."""

from dataclasses import dataclass
from datetime import datetime

from canonical.actions import Action
from canonical.owed import Candidates, Subject
from canonical.plan import Journeys, Step
from canonical.practice import Practice
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.memory import live_action
from pipelines.lifecycle.moment import Moment
from pipelines.lifecycle.reasons import SENTENCES, Withheld


@dataclass(frozen=True, slots=True)
class Explained:
    """One step's standing for one subject."""

    step: str
    sentence: str
    withheld: Withheld | None
    """None when the step is owed."""
    owed: Action | None = None


def explain(
    candidates: Candidates,
    journeys: Journeys,
    practice: Practice,
    now: datetime,
    horizon: datetime,
    *,
    subject_id: str,
    row: str = "",
) -> list[Explained]:
    """For one visit or inquiry of the candidates, every step of `row` (or of every row): owed, or why not.

    Siblings on the same phone belong in the candidates, because they move due times (R5). Instants are written in the
    subject's local time. Raises `KeyError` when the subject is not among the candidates.
    """
    subject = {one.subject_id: one for one in candidates.subjects}[subject_id]
    answer = desired(candidates, journeys, practice, now, horizon)
    moment = Moment(now, horizon, journeys, practice)
    found = []
    for step in journeys.steps:
        key = (subject_id, step.key)
        if row in {"", step.row} and (key in answer.owed or key in answer.withheld):
            found.append(_explained(step, subject, answer.owed.get(key), answer.withheld.get(key), moment))
    return found


def _explained(
    step: Step, subject: Subject, owed: Action | None, withheld: Withheld | None, moment: Moment
) -> Explained:
    if owed is not None or withheld is None:
        return Explained(step.key, _owed(step, subject, owed, moment), None, owed)
    sentence = SENTENCES[withheld.why].format(
        owner=step.owner,
        row=step.row,
        anchor=step.anchor.value,
        detail=withheld.detail or "unknown",
        live_from=_written(step.live_from, subject, moment),
        due=_written(withheld.due_at, subject, moment),
        expires=_written(withheld.expires_at, subject, moment),
    )
    return Explained(step.key, sentence, withheld)


def _owed(step: Step, subject: Subject, owed: Action | None, moment: Moment) -> str:
    live = live_action(subject, step.key)
    where = f"its action is {live.action.state.value}" if live else "its action will be planned at the next tick"
    return f"Owed: due {_written(owed.due_at if owed else None, subject, moment)}; {where}."


def _written(instant: datetime | None, subject: Subject, moment: Moment) -> str:
    if instant is None:
        return "an unknown time"
    zone = moment.zone(subject.facts.location_id)
    local = instant.astimezone(zone) if zone else instant
    return local.strftime("%a %d %b %Y, %H:%M %Z")
