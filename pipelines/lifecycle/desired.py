"""What should be said, from the facts alone: the same answer at every tick until a fact changes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canonical.actions import Action
from canonical.owed import Candidates, Subject
from canonical.plan import Journeys, Step, Timing
from canonical.practice import Practice
from canonical.subjects import InquiryFacts, VisitFacts
from pipelines.lifecycle import event_steps, inquiry_steps, visit_steps
from pipelines.lifecycle.drafts import Draft
from pipelines.lifecycle.moment import Moment
from pipelines.lifecycle.reasons import Why, Withheld
from pipelines.lifecycle.together import together
from pipelines.lifecycle.watermark import LIVE_01

Key = tuple[str, str]
"""(subject, step)."""


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything owed before the horizon, and the reason for everything that is not."""

    now: datetime
    owed: dict[Key, Action]
    withheld: dict[Key, Withheld]
    held: Counter[tuple[str, str]]
    """What LIVE-01 and OWN-01 hold back, by (rule, row)."""


def desired(
    candidates: Candidates, journeys: Journeys, practice: Practice, now: datetime, horizon: datetime
) -> Desired:
    """The actions that the facts ask for before `horizon` (UTC). Pure; nothing is compared with the ledger here."""
    moment = Moment(now, horizon, journeys, practice)
    answers = [
        judged(step, subject, moment) for subject in candidates.subjects for step in moment.steps_about(subject.kind)
    ]
    drafts = together([answer for answer in answers if isinstance(answer, Draft)], now)
    withheld = [answer for answer in answers if isinstance(answer, Withheld)]
    later = [draft for draft in drafts if not draft.planned and draft.due_at >= horizon]
    owed = [draft for draft in drafts if draft.planned or draft.due_at < horizon]
    withheld += [
        Withheld(d.step.key, d.subject_id, Why.NOT_YET, due_at=d.due_at, expires_at=d.expires_at) for d in later
    ]
    return Desired(
        now,
        {(draft.subject_id, draft.step.key): draft.action(moment) for draft in owed},
        {(answer.subject_id, answer.step): answer for answer in withheld},
        candidates.held + _held_by_the_morning(withheld, candidates, moment),
    )


def judged(step: Step, subject: Subject, moment: Moment) -> Draft | Withheld:
    """One step's answer for one subject, before bundling and horizon."""
    if isinstance(subject.facts, VisitFacts):
        return visit_steps.judge(step, subject, subject.facts, moment)
    if isinstance(subject.facts, InquiryFacts):
        return inquiry_steps.judge(step, subject, subject.facts, moment)
    return event_steps.judge(step, subject, subject.facts, moment)


def _held_by_the_morning(
    withheld: Sequence[Withheld], candidates: Candidates, moment: Moment
) -> Counter[tuple[str, str]]:
    """Of mornings no range can say the due time: what starts before `live_from` is counted there, the rest here."""
    starts = {one.subject_id: one.facts.start_at for one in candidates.subjects if isinstance(one.facts, VisitFacts)}
    held: Counter[tuple[str, str]] = Counter()
    for answer in withheld:
        step = moment.steps[answer.step]
        if answer.why is not Why.NOT_LIVE or step.timing is not Timing.MORNING_OF or step.live_from is None:
            continue
        start = starts[answer.subject_id]
        if start >= step.live_from and start + step.expires > moment.now:
            held[LIVE_01, step.row] += 1
    return held
