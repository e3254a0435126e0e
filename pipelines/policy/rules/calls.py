"""Voices and missed calls: a synthetic voice needs consent (AI-01), a missed call is weak consent (TCPA-21)."""

from pipelines.policy.asking import ALLOW, Asked, Finding, approval, block, rule
from pipelines.policy.facts import known
from pipelines.policy.rules.contact import consent_for

_MOBILE = "mobile"


@rule("AI-01")
def speaks_with_consent(asked: Asked) -> Finding:
    """A synthetic voice calls only who agreed, says who calls, and says how to make it stop."""
    voice = asked.facts.voice
    if voice.kind == "human":
        return ALLOW
    if voice.identifies_itself and voice.offers_opt_out and consent_for(asked):
        return ALLOW
    return block()


@rule("TCPA-21")
def missed_call_is_weak(asked: Asked) -> Finding:
    """A text after a missed call needs a person's yes, unless it is switched on and the mobile number has agreed."""
    permission = asked.facts.permission
    known(permission.consents, "consent.express_event_id")
    stopped = known(permission.suppressions, "suppression_row")
    line = known(asked.facts.recipient.line_type, "line_type")
    if asked.settings.missed_call_textback and line == _MOBILE and not stopped and consent_for(asked):
        return ALLOW
    return approval()
