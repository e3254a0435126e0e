"""The finished text: nothing from behind the door (PHI-03, UNENC-01), and a sender who can be told to stop (TCPA-17)."""

from canonical.actions import Purpose
from canonical.practice import Channel
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, approval, rewrite, rule
from pipelines.policy.facts import Unknown
from pipelines.policy.rewrites import NEUTRAL, SENDER_AND_STOP

_SECURE = Channel.SECURE_EMAIL


@rule("PHI-03")
def says_only_the_minimum(asked: Asked) -> Finding:
    """A text that could name a treatment becomes the neutral one; without a neutral one, a person decides."""
    text = asked.facts.text
    if asked.action.channel is _SECURE:
        return NOT_ASKED
    if text.lexicon_term is None and not text.identifiers:
        return ALLOW
    term = text.lexicon_term or text.identifiers[0]
    if text.neutral_exists and text.variant != "neutral":
        return rewrite(NEUTRAL, term=term)
    return approval(term=term)


@rule("UNENC-01")
def details_need_a_warning(asked: Asked) -> Finding:
    """Details go unencrypted only to who was told the risk and still prefers it; everybody else gets a link."""
    text = asked.facts.text
    if text.lexicon_term is None and not text.identifiers:
        return ALLOW
    channel = asked.action.channel
    if channel is _SECURE:
        return NOT_ASKED
    return ALLOW if asked.facts.permission.warned_at is not None else rewrite(NEUTRAL, channel=channel.value)


@rule("TCPA-17")
def names_its_sender(asked: Asked) -> Finding:
    """Every text says who writes; a contact's first one also says how to stop and where to ask."""
    text, first = asked.facts.text, asked.facts.programme.first_message
    if text.has_brand and (first is False or text.has_stop_and_help):
        return ALLOW
    opens = isinstance(first, Unknown) or first
    if asked.action.labels.purpose is Purpose.OPT_OUT_CONFIRMATION:
        opens = False  # it answers a STOP: to invite another one would mock the person
    if text.has_brand and (text.has_stop_and_help or not opens):
        return ALLOW
    return rewrite(SENDER_AND_STOP)
