"""Reviews: nobody is paid, no insider, nobody twice (REV-03 to REV-05), answers give nothing away (REV-06, REV-09), surveys (SUR-01).

Blind to the score, every one of them: what holds an invitation back holds it back from a nine as from a two.
"""

from canonical.policy import ReviewMode
from pipelines.policy.asking import ALLOW, Asked, Finding, approval, block, delay, risk, rule
from pipelines.policy.facts import Text, known
from pipelines.policy.incentives import buys_removal, implies_a_patient, offers_value, threatens

_ASKED = "Already asked for a review on {date}."
_REVIEWED = "Has written a review already."
_UNFINISHED = "The visit is not finished."
_TREATMENT = "The survey names a treatment."
_REWARD = "The survey offers a reward for an answer."


@rule("REV-03")
def nothing_for_a_review(asked: Asked) -> Finding:
    """Nothing of value is offered for a review."""
    return block() if _pays(asked.facts.text) else ALLOW


def _pays(text: Text) -> bool:
    if text.offers_value is True or text.offers_value is False:
        return text.offers_value
    return offers_value(f"{text.subject} {text.body}")


@rule("REV-04")
def no_insiders(asked: Asked) -> Finding:
    """Whoever owns, works for or belongs to the practice is not asked for a review."""
    return block() if asked.facts.invitation.relationship else ALLOW


@rule("REV-05")
def once_and_in_peace(asked: Asked) -> Finding:
    """A review is asked for after a finished visit, once in a while, and not while a complaint is fresh."""
    invitation, rules = asked.facts.invitation, asked.settings.review_invites
    last = known(invitation.last_invited_at, "last_invited_at")
    if last is not None and asked.now - last < rules.ask_again_after:
        return block(_ASKED, date=last.date())
    if invitation.reviewed:
        return block(_REVIEWED)
    if not known(invitation.visit_finished, "visit.status"):
        return block(_UNFINISHED)
    since = known(invitation.complaint_since, "adverse_event_open")
    if since is None or asked.now - since >= rules.hold_at_most:
        return ALLOW  # a hold must never cost a person the invitation (R54)
    return delay(since + rules.hold_at_most)


@rule("REV-06")
def answers_to_nobody_in_particular(asked: Asked) -> Finding:
    """A public answer comes from an approved template, and never shows that the writer is a patient."""
    text, approved = asked.facts.text, asked.facts.public_reply.approved_template
    if approved is not True or not text.body or text.lexicon_term is not None or text.identifiers:
        return approval()
    return approval() if implies_a_patient(text.body) else ALLOW


@rule("REV-09")
def no_threat_and_no_trade(asked: Asked) -> Finding:
    """A public answer neither threatens nor offers anything for a review to go."""
    body = asked.facts.text.body
    if not body:
        return approval()
    return block() if threatens(body) or buys_removal(body) else ALLOW


@rule("SUR-01")
def a_survey_routes_nobody(asked: Asked) -> Finding:
    """A survey names no treatment, rewards no score, and shows the review page to all or to none."""
    text, invites = asked.facts.text, asked.settings.review_invites
    if text.lexicon_term is not None:
        return block(_TREATMENT)
    if _pays(text):
        return block(_REWARD)
    routes = known(asked.facts.survey.routes_by_answer, "survey_tool_config") or _links(text, asked)
    if not routes and invites.mode is not ReviewMode.PROMOTERS_ONLY:
        return ALLOW
    return risk() if invites.risk_taken(asked.facts.today) else block()


def _links(text: Text, asked: Asked) -> bool:
    link = asked.facts.profile.review_link
    return bool(link) and link in text.body
