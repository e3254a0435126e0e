"""What is said must still be true: fresh facts (FRESH-01), a time that has not run out (EXP-01)."""

from datetime import datetime, timedelta

from canonical.actions import Purpose, SubjectKind
from canonical.clock import rfc3339
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, block, delay, rule
from pipelines.policy.facts import Freshness, Unknown

_NO_ANCHOR = (Purpose.REQUESTED_REPLY, Purpose.OPT_OUT_CONFIRMATION, Purpose.INTERNAL)
_VISIT = SubjectKind.VISIT
_NEXT_LOOK = timedelta(minutes=5)
"""When a complete read is waited for, nobody knows its instant: the next tick looks again."""


@rule("FRESH-01")
def fresh(asked: Asked) -> Finding:
    """An anchor older than the step's greatest age waits for the next complete read."""
    action, freshness = asked.action, asked.facts.freshness
    if action.subject_kind is not _VISIT or action.labels.purpose in _NO_ANCHOR:
        return NOT_ASKED
    newest = _newest(freshness)
    if _still_true(freshness, newest, asked.now):
        return ALLOW
    when = rfc3339(newest) if newest else "no time we know of"
    return delay(asked.now + _NEXT_LOOK, stream=freshness.stream or "The stream", time=when)


def _still_true(freshness: Freshness, newest: datetime | None, now: datetime) -> bool:
    """A vendor that reads by id has the last word: changed or unreachable, the newest read counts no more."""
    if freshness.reread != "not_offered":
        return freshness.reread == "unchanged"
    return newest is not None and now - newest <= freshness.max_age


def _newest(freshness: Freshness) -> datetime | None:
    """A fact that came by a verified webhook is as fresh as its arrival."""
    read, arrived = freshness.read_at, freshness.webhook_at
    if isinstance(read, Unknown) or read is None:
        return arrived
    return read if arrived is None else max(read, arrived)


@rule("EXP-01")
def in_time(asked: Asked) -> Finding:
    """Nothing is sent once it is too late to be true or useful (R32)."""
    action = asked.action
    if asked.now <= action.expires_at:
        return ALLOW
    return block(due=rfc3339(action.due_at), expires_at=rfc3339(action.expires_at))
