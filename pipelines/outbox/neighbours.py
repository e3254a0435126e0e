"""What a phone heard a moment ago: the next text about something else waits until half an hour has passed (R6).

Bundles join what is due in one minute. This is for what falls due while the last text is still in somebody's hand: two visits of
a family that change a quarter of an hour apart, a reminder just before a cancellation.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from canonical.actions import Action, Purpose
from pipelines.lifecycle.together import SAME_MINUTE
from pipelines.outbox.history import History
from pipelines.outbox.route import TO_PEOPLE

HEARD_LATELY: Final = "heard_lately"
"""Why such a text waits."""
_ANSWERS = frozenset({Purpose.REQUESTED_REPLY, Purpose.OPT_OUT_CONFIRMATION, Purpose.MISSED_CALL_TEXTBACK})
_AT_ONCE = ("1.", "2.5", "4.3", "7.")
"""Rows that answer what somebody has just done, and the delay that begins now: nothing waits because of them, nor they."""


def speaks_again_at(spoken: Sequence[Action], history: History, now: datetime) -> datetime | None:
    """When these actions may be said to their contact point; None = now. What would be too late by then is said now."""
    if spoken[0].channel not in TO_PEOPLE or any(
        _is_answer(one.row, one.labels.purpose) or one.urgent for one in spoken
    ):
        return None
    carrier = spoken[0]
    heard = [
        row["claimed_at"]
        for row in history.said.get(str(carrier.contact_point_id), ())
        if row["channel"] == carrier.channel and not _is_answer(row["row"], row["purpose"])
    ]
    again = max(heard) + SAME_MINUTE if heard else now
    return again if now < again < min(one.expires_at for one in spoken) else None


def _is_answer(row: str, purpose: str) -> bool:
    return purpose in _ANSWERS or row.startswith(_AT_ONCE)
