"""The record of a decision must be whole before anything follows from it (AUD-03)."""

from canonical.actions import Purpose
from pipelines.policy.asking import ALLOW, Asked, Finding, block, rule
from pipelines.policy.facts import NOBODYS, UNKNOWN

_AT_ANY_HOUR = (Purpose.REQUESTED_REPLY, Purpose.OPT_OUT_CONFIRMATION, Purpose.INTERNAL)
"""Answers to somebody's own act, and tasks: no hour holds them, so no local time is recorded as their reason."""


@rule("AUD-03")
def can_be_explained(asked: Asked) -> Finding:
    """A decision that could not name when opt-outs were checked, or what time it was for the person, is none."""
    facts, action = asked.facts, asked.action
    if facts.permission.checked_at is None:
        return block()
    if facts.recipient.zone is not UNKNOWN or action.channel in NOBODYS:
        return ALLOW
    return ALLOW if action.labels.purpose in _AT_ANY_HOUR else block()
