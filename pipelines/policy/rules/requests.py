"""Answers to somebody's own act: one on-topic reply (TCPA-20), one plain confirmation of an opt-out (TCPA-15)."""

from datetime import timedelta

from pipelines.policy.asking import ALLOW, Asked, Finding, approval, block, rewrite, rule
from pipelines.policy.facts import Unknown, recorded
from pipelines.policy.promotion import sells
from pipelines.policy.rewrites import LATE

AT_ONCE = timedelta(minutes=60)
STILL_USEFUL = timedelta(hours=24)
CONFIRM_WITHIN = timedelta(minutes=5)
_TOO_OLD = "The inquiry is older than a day, or nobody knows its time: a person answers it."


@rule("TCPA-20")
def one_answer_to_a_request(asked: Asked) -> Finding:
    """An inquiry is answered once, on its topic, and within the hour; later it is a text like any other, then a task."""
    occasion = asked.facts.occasion
    if isinstance(occasion.event_at, Unknown) or occasion.event_at is None:
        return block(_TOO_OLD)
    age = asked.now - occasion.event_at
    if age > STILL_USEFUL:
        return block(_TOO_OLD)
    if occasion.replies_sent > 0 or not occasion.on_topic:
        return approval()
    return ALLOW if age <= AT_ONCE else rewrite(LATE)


@rule("TCPA-15")
def one_plain_confirmation(asked: Asked) -> Finding:
    """An opt-out is confirmed once, within five minutes, without a word that sells."""
    occasion = asked.facts.occasion
    waited = asked.now - recorded(occasion.revoked_at, "seconds_since_revocation")
    if occasion.confirmations_sent > 0 or waited > CONFIRM_WITHIN or sells(asked.facts.text.body):
        return block()
    return ALLOW
