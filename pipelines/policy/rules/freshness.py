"""What is said must still be true: fresh facts (FRESH-01), a time that has not run out (EXP-01)."""

from datetime import datetime, timedelta

from canonical.actions import Answer, Outcome, Purpose, SubjectKind
from canonical.clock import rfc3339
from pipelines.policy.engine import Asked, allow, answer, not_asked, rule
from pipelines.policy.facts import Unknown

_NOT_ASKED = frozenset({Purpose.REQUESTED_REPLY, Purpose.OPT_OUT_CONFIRMATION, Purpose.INTERNAL})
_NEXT_LOOK = timedelta(minutes=5)
"""When a complete read is waited for, nobody knows its instant: the next tick looks again."""


@rule("FRESH-01")
def fresh(asked: Asked) -> Answer:
    """An anchor older than the step's greatest age waits for the next complete read."""
    freshness = asked.facts.freshness
    if asked.action.labels.purpose in _NOT_ASKED or asked.action.subject_kind is not SubjectKind.VISIT:
        return not_asked(asked)
    if freshness.reread == "unchanged":
        return allow(asked)
    newest = _newest(freshness.read_at, freshness.webhook_at)
    if freshness.reread != "failed" and newest is not None and asked.now - newest <= freshness.max_age:
        return allow(asked)
    when = rfc3339(newest) if newest else "no time we know of"
    return answer(asked, Outcome.DELAY_UNTIL, until=asked.now + _NEXT_LOOK, stream=freshness.stream or "The stream", time=when)


def _newest(*instants: datetime | Unknown | None) -> datetime | None:
    return max((i for i in instants if isinstance(i, datetime)), default=None)


@rule("EXP-01")
def in_time(asked: Asked) -> Answer:
    """Nothing is sent once it is too late to be true or useful (R32)."""
    if asked.now <= asked.action.expires_at:
        return allow(asked)
    action = asked.action
    return answer(asked, Outcome.BLOCK, due=rfc3339(action.due_at), expires_at=rfc3339(action.expires_at))
