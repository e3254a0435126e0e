"""What the facts ask for, carried into the ledger: compile, look, judge, compare, write."""

from collections import Counter
from datetime import datetime, timedelta

from canonical.owed import Change
from ledger.actions import apply_changes, recall
from ledger.candidates import read_candidates
from ledger.planning import record_held
from ledger.progress import advance, reached
from ledger.store import Store
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.diff import diff
from pipelines.lifecycle.ranges import compile_plan
from settings.practice import PracticeConfig

STAGE = "lifecycle"
HORIZON = timedelta(days=14)
"""How far ahead actions are written down. What is due later is planned when it comes into reach."""
MOST = 500
"""Changes per transaction: no hold over a quarter of a second."""


def plan_owed(store: Store, config: PracticeConfig, now: datetime, run_id: str) -> Counter[str]:
    """Bring the open actions to what the facts ask for now; counts by kind of change, and `held` by the plan itself."""
    journeys, practice = config.journeys, config.practice
    with store.reading() as session:
        since = reached(session, STAGE)
        returned = bool(session.rows("returned_visits", since=since))
    if returned:
        with store.writing(business_now=now) as session:
            recall(session, since)
    with store.reading() as session:
        newest = session.head.seq
        candidates = read_candidates(session, compile_plan(journeys, now, now + HORIZON, practice, thrifty=True), since)
    wanted = desired(candidates, journeys, practice, now, now + HORIZON)
    changes = diff(wanted, candidates)
    counts = _write(store, changes, now, run_id)
    with store.writing(business_now=now) as session:
        record_held(session, wanted.held, now=now, run_id=run_id)
        advance(session, STAGE, newest)
    return counts + Counter(held=sum(wanted.held.values()))


def _write(store: Store, changes: list[Change], now: datetime, run_id: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for start in range(0, len(changes), MOST):
        with store.writing(business_now=now) as session:
            counts += apply_changes(session, changes[start : start + MOST], now, run_id)
    return counts
