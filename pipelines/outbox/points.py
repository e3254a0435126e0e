"""Named points of the send path, so that a test can end the process exactly there and a journal can judge what happened."""

import os
import signal
from collections import Counter
from enum import StrEnum

_KILL_AT = "GLOWLINE_KILL_AT"
"""Set only by tests, `claimed` or `begun:3`: the process ends itself without warning when it reaches that point (for the third time)."""
_met: Counter[str] = Counter()


class Point(StrEnum):
    """Where a process may die on the way from a decision to an outcome."""

    BEFORE_CLAIM = "before_claim"
    CLAIM_UNCOMMITTED = "claim_uncommitted"
    CLAIMED = "claimed"
    BEGUN = "begun"
    ANSWERED = "answered"
    OUTCOME_UNCOMMITTED = "outcome_uncommitted"
    OUTCOME_RECORDED = "outcome_recorded"


def reached(point: Point) -> None:
    """Say that execution is here. Nothing happens, unless a test asked for the end."""
    wanted, _, time = os.environ.get(_KILL_AT, "").partition(":")
    if wanted != point:
        return
    _met[wanted] += 1
    if _met[wanted] == int(time or 1):
        os.kill(os.getpid(), signal.SIGKILL)
