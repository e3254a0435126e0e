"""A score and what it asks of people (rows 6.1, 6.4; R24). Nothing here decides who is asked for a review."""

from collections.abc import Sequence

from canonical.ids import PersonId, VisitId
from canonical.opening import business_days_later
from canonical.surveys import SurveyAnswer
from canonical.tasks import TaskKind
from ledger.scores import person_of_visit, record_score, tasks_about_score
from ledger.tasks import close_task
from pipelines.replies.errands import ACT_WITHIN, Errands

LOW, MIDDLING = 6, 8
"""Up to which score somebody is called at once, and up to which somebody follows up (row 6.4)."""


def keep_score(errands: Errands, people: Sequence[PersonId]) -> None:
    """Keep the score, and ask for the follow-up it calls for. A correction takes the place of the task before it."""
    answer, session, now = errands.answer, errands.session, errands.now
    visit, score = answer.thread.surveyed, answer.understood.score
    asked = answer.asked.person_id if answer.asked else None
    if visit is None or score is None:
        return
    person = person_of_visit(session, visit) or asked or next(iter(people), None)
    if person is None:
        return
    given = SurveyAnswer(
        visit_id=VisitId(visit), person_id=PersonId(person), score=score, answered_at=answer.received_at
    )
    for task in tasks_about_score(session, given.visit_id):
        close_task(session, task["task_id"], by="corrected", now=now)
    record_score(session, given, answer.reply_id, now)
    _follow_up(errands, given)


def _follow_up(errands: Errands, given: SurveyAnswer) -> None:
    if given.score <= LOW:
        title = f"A visit was given {given.score} of 10: the provider calls them, before it becomes a review"
        errands.open(TaskKind.LOW_SCORE, title, errands.staffed(ACT_WITHIN), urgent=True, person=given.person_id)
    elif given.score <= MIDDLING:
        title = f"A visit was given {given.score} of 10: somebody follows up in person"
        due = business_days_later(errands.place, errands.now, 1)
        errands.open(TaskKind.MIDDLING_SCORE, title, due, person=given.person_id)
