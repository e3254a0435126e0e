"""Whoever is not told is called: visits whose message did not reach anybody come onto the call list, in time (R57)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from canonical.actions import ActionState
from canonical.practice import Location, Practice
from canonical.tasks import Task
from ledger.call_list import Known, Waiting, open_calls, read_known, read_waiting, tasks_as_they_stand
from ledger.progress import advance, reached
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import close_task, open_tasks
from pipelines.oversight.calling import BESIDE, SHORTEST_PATIENCE, Untold, call_id, has_heard, is_asked
from pipelines.oversight.logistics import FAMILIES, Family, is_logistics
from pipelines.oversight.standstill import STOPS, watch_standstill

Row = dict[str, Any]
S = ActionState
STAGE: Final = "untold"
TOLD, MOVED, OVER = "told", "visit_changed", "visit_began"
_BY_ITSELF = frozenset({TOLD, MOVED})
"""Calls that closed because they had become needless; they open again where one is needed again. Others were dealt with."""


@dataclass(frozen=True, slots=True)
class _Call:
    task: Task
    presses: bool


def watch_untold(store: Store, practice: Practice, now: datetime) -> Counter[str]:
    """Open a call for each visit whose message is not going to be told in time, and close those that became needless; counts.

    Reads open actions and what was settled since last time. Run it after the outbox: what has just gone needs no call.
    """
    with store.reading() as session:
        waiting, calls = read_waiting(session, STAGE, now), open_calls(session)
        found = [row for row in (*waiting.open, *waiting.settled) if is_logistics(row["row"], row["channel"])]
        known = read_known(session, {row["subject_id"] for row in (*found, *calls)})
        wanted = list(_wanted(practice, found, known, now))
        there = tasks_as_they_stand(session, (one.task.task_id for one in wanted))
        before = reached(session, STAGE)
    fresh = [one for one in wanted if _may_open(there.get(one.task.task_id))]
    needless = list(_needless(store.practice_id, calls, known, now))
    counts = Counter(opened=len(fresh), closed=len(needless))
    counts["stops"] = watch_standstill(store, waiting, now)
    if fresh or needless or waiting.reached > before:
        with store.writing(business_now=now) as session:
            _write(session, fresh, needless, waiting, now)
    return +counts


def _wanted(practice: Practice, found: Iterable[Row], known: Known, now: datetime) -> Iterator[_Call]:
    for row in found:
        untold = _untold(row, known)
        place = _place(practice, untold) if untold else None
        if untold is None or place is None or not (untold.hopeless or now >= untold.opens_at(place)):
            continue
        if not is_asked(untold.family, untold.visit, now) or untold.visit["person_id"] in known.flagged:
            continue
        if not has_heard(untold.family, untold.visit, known.heard[row["subject_id"]], untold.due_at - BESIDE):
            yield _Call(untold.task(practice.practice_id, place, now), untold.presses(place, now))


def _untold(row: Row, known: Known) -> Untold | None:
    visit = known.visits.get(row["subject_id"])
    if visit is None or _is_of_another_time(row, visit):
        return None
    return Untold(row["row"], FAMILIES[row["row"]], row["due_at"], visit, _is_hopeless(row))


def _is_of_another_time(row: Row, visit: Row) -> bool:
    """The visit was moved since: another message tells of it, or does not."""
    return row["anchor_at"] is not None and row["anchor_at"] != visit["start_at"]


def _is_hopeless(row: Row) -> bool:
    """What was settled in vain, or forbidden by a rule that nobody mends for everybody at once."""
    state = S(row["state"])
    if state is S.BLOCKED:
        return not set(str(row.get("reason", "")).split("+")) <= STOPS
    return "reason" not in row


def _place(practice: Practice, untold: Untold) -> Location | None:
    return practice.location(untold.visit["location_id"]) or (practice.locations[0] if practice.locations else None)


def _may_open(there: Row | None) -> bool:
    return there is None or there["closed_by"] in _BY_ITSELF


def _needless(practice_id: str, calls: Iterable[Row], known: Known, now: datetime) -> Iterator[tuple[str, str]]:
    """Open calls nobody needs to make any more, with the reason."""
    for call in calls:
        visit = known.visits.get(call["subject_id"])
        family = next(
            (f for f in Family if call_id(practice_id, call["subject_id"], f, call["expires_at"]) == call["task_id"]),
            None,
        )
        if family is None:  # somebody else has put it there
            continue
        if call["expires_at"] <= now:
            yield call["task_id"], OVER
        elif visit is None:
            continue
        elif visit["start_at"] != call["expires_at"] or not is_asked(family, visit, now):
            yield call["task_id"], MOVED
        elif has_heard(family, visit, known.heard[call["subject_id"]], call["opened_at"] - SHORTEST_PATIENCE):
            yield call["task_id"], TOLD


def _write(
    session: Session, fresh: list[_Call], needless: list[tuple[str, str]], waiting: Waiting, now: datetime
) -> None:
    for presses in (True, False):
        open_tasks(session, [one.task for one in fresh if one.presses is presses], urgent=presses)
    for task, why in needless:
        close_task(session, task, by=why, now=now)
    advance(session, STAGE, waiting.reached)
