"""What a visit's text is filled with beside its time, by id: never a value about a person."""

from canonical.owed import Subject
from canonical.plan import Anchor, Need, Step
from canonical.subjects import VisitFacts
from pipelines.lifecycle.after_steps import stopped
from pipelines.lifecycle.due import Slot, slot
from pipelines.lifecycle.memory import occurrences
from pipelines.lifecycle.moment import Moment
from pipelines.lifecycle.needs import Case, deposit_due, unmet
from pipelines.lifecycle.reasons import Why
from pipelines.lifecycle.together import SAME_MINUTE
from pipelines.lifecycle.watermark import held_by

_LINK = "create_payment_link"


def parameters(step: Step, subject: Subject, visit: VisitFacts, place: Slot, moment: Moment) -> dict[str, str]:
    """`service`, `delay_minutes`, `campaign`, `guardian`, `amount_cents` of a deposit, and `carries`: the rows whose content this text has to bring along."""
    facts: dict[str, str] = {"service": visit.service_id} if visit.service_id else {}
    if moment.is_minor(subject.person):
        facts["guardian"] = "1"
    if step.anchor is Anchor.VISIT_DELAYED:
        facts["delay_minutes"] = str(visit.around.delay_minutes)
    if {Need.CAMPAIGN, Need.CAMPAIGN_TEXT} & set(step.needs) and moment.campaign:
        facts["campaign"] = moment.campaign.campaign_id
    if step.command == _LINK:
        facts["amount_cents"] = str(deposit_due(Case(visit, subject.person, moment)))
    carried = sorted(set(_carried(step, subject, visit, place, moment)))
    return facts | ({"carries": ",".join(carried)} if carried else {})


def _carried(step: Step, subject: Subject, visit: VisitFacts, place: Slot, moment: Moment) -> list[str]:
    """Rows that are due in the same minute (R6), and rows whose own time had passed when the visit was booked (R13)."""
    found = []
    for key in (*step.absorbs, *step.folds):
        other = moment.steps.get(key)
        if other is None or held_by(other) or not _is_wanted(other, subject, visit, moment):
            continue
        its = slot(other, visit, subject, moment)
        past = key in step.folds and its is Why.PAST
        if past or (isinstance(its, Slot) and key in step.absorbs and abs(its.due_at - place.due_at) <= SAME_MINUTE):
            found.append(other.row)
    return found


def _is_wanted(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> bool:
    never_said = not occurrences(subject, step.key)
    return never_said and not unmet(step, subject, visit, moment) and not stopped(step, visit, subject)
