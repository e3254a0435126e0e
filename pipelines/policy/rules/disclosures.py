"""Telling others about a patient: what California wants an authorization for (CMIA-01), what must be accounted for (ACC-01)."""

from canonical.actions import HipaaClass
from pipelines.policy.asking import ALLOW, Asked, Finding, approval, block, rule
from pipelines.policy.facts import UNKNOWN, Authorization, known

_CALIFORNIA = "CA"
_NO_DISCLOSURE = frozenset({"patient", "practice", "business_associate"})
"""To the patient, and inside the practice and what works for it."""
_IN_CARE = _NO_DISCLOSURE | {"provider"}
"""Whom California's 56.10(b) and (c) lets it be told to."""
_ROUTINE = frozenset({HipaaClass.TREATMENT, HipaaClass.OPERATIONS})


@rule("ACC-01")
def accounted_for(asked: Asked) -> Finding:
    """What is told to others outside care and operations needs a yes, and a line in the patient's accounting."""
    kind = asked.facts.push.recipient_kind
    if kind in _NO_DISCLOSURE or not asked.facts.subject_linked:
        return ALLOW
    if kind is not UNKNOWN and (asked.action.labels.hipaa in _ROUTINE or _authorized(asked)):
        return ALLOW
    return approval()


@rule("CMIA-01")
def california_wants_it_in_writing(asked: Asked) -> Finding:
    """A Californian's medical information goes outside their care only with an authorization."""
    if not asked.facts.subject_linked:
        return ALLOW
    kind = known(asked.facts.push.recipient_kind, "recipient_kind")
    if kind in _IN_CARE:
        return ALLOW
    state = asked.facts.recipient.address_state
    lives_in = asked.facts.practice_state if state is UNKNOWN else state
    return block() if lives_in == _CALIFORNIA and not _authorized(asked) else ALLOW


def _authorized(asked: Asked) -> bool:
    authorization = asked.facts.authorization
    return isinstance(authorization, Authorization) and authorization.ended_on(asked.now, asked.facts.today) is None
