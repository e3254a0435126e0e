"""Opt-outs that a tool has not confirmed within the hour become somebody's task; the hub itself obeys them at once (TCPA-14)."""

from datetime import datetime, timedelta
from typing import Final

from canonical.actions import Outcome
from ledger.opt_outs import Unconfirmed, unconfirmed
from ledger.tasks import call_operator
from pipelines.policy.rules.copies import COPIED_WITHIN, OptOutCopies, copied_everywhere
from pipelines.tick.hub import PracticeHub

LOOK_BACK: Final = timedelta(days=30)
LIFE: Final = timedelta(days=14)
_TITLE: Final = "An opt-out is not confirmed by {}: enter it there by hand"


def watch_opt_outs(practice: PracticeHub, now: datetime) -> int:
    """Open a task for each tool that should know of an opt-out and has not confirmed it; how many were new."""
    with practice.store.reading() as session:
        found = unconfirmed(session, since=now - LOOK_BACK, before=now - COPIED_WITHIN)
    late = [one for one in found if _is_late(practice, one, now)]
    if not late:
        return 0
    with practice.store.writing(business_now=now) as session:
        return sum(
            call_operator(session, one.copy_id, _TITLE.format(one.connection_id), now, life=LIFE) for one in late
        )


def _is_late(practice: PracticeHub, one: Unconfirmed, now: datetime) -> bool:
    copies = OptOutCopies(revoked_at=one.recorded_at, acknowledged={one.connection_id: None})
    return copied_everywhere(copies, now, practice.bench.zone).outcome is not Outcome.ALLOW
