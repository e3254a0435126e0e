"""What the call list is made from: messages about visits that have not reached anybody, and the calls that are open (R57)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.people import SILENCING
from canonical.tasks import TaskKind
from ledger.people import by_ids
from ledger.progress import reached
from ledger.session import Session

Row = dict[str, Any]
_UNDER_WAY = frozenset({"claimed", "ambiguous"})
_NOT_THEIR_OWN_CARRIER = frozenset({"bounced", "rejected"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages that did not reach anybody, since last time."""

    open: tuple[Row, ...]
    """Due, and still open, each with `reason`, the code that decided it last."""
    settled: tuple[Row, ...]
    """Gone from the open table without having told anybody anything."""
    reached: int
    """The mark up to which `settled` is complete."""


def read_waiting(session: Session, stage: str, now: datetime) -> Waiting:
    """What is due and open, and what was settled in vain after the mark of `stage`."""
    since = reached(session, stage)
    still = session.rows("untold_open", now=now)
    still += _riders(session, {row["action_id"]: row for row in still if row["state"] in _UNDER_WAY})
    held = [row["action_id"] for row in still if row["state"] == "blocked"]
    why = {row["action_id"]: row["reason"] for row in session.rows("last_reasons", ids=held)} if held else {}
    newest = session.one("newest_remembered", since=since)
    upto = int(newest["seq"]) if newest and newest["seq"] else since
    return Waiting(
        tuple(row | {"reason": why.get(row["action_id"], "")} for row in still), _settled(session, since), upto
    )


def _riders(session: Session, carriers: Mapping[str, Row]) -> list[Row]:
    """What rides in messages of which nobody knows whether they arrive: its visit is another's, and as untold as theirs."""
    if not carriers:
        return []
    theirs = {
        row["action_id"]: carriers[row["absorbed_by"]]
        for row in session.rows("remembered_absorbed", ids=sorted(carriers))
    }
    closed = by_ids(session, "closed_by_id", theirs.keys())
    return [row | {"state": theirs[row["action_id"]]["state"], "not_before": None} for row in closed]


def _settled(session: Session, since: int) -> tuple[Row, ...]:
    """Also what rode in a message that bounced: a report names the carrier alone."""
    found = session.rows("untold_settled", since=since)
    ids = {row["action_id"] for row in found}
    carriers = sorted(row["action_id"] for row in found if row["state"] in _NOT_THEIR_OWN_CARRIER)
    if carriers:
        ids |= {row["action_id"] for row in session.rows("remembered_absorbed", ids=carriers)}
    return tuple(by_ids(session, "closed_by_id", ids))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the visits of a call list."""

    visits: Mapping[str, Row]
    heard: Mapping[str, list[Row]]
    """By visit: everything said about it, as remembered."""
    flagged: frozenset[str]
    """Persons with a mark that stops everything about them (R8, R37)."""


def read_known(session: Session, visits: Collection[str]) -> Known:
    """Read the visits that are open, with what was said about them and to whom they belong."""
    found = {row["visit_id"]: row for row in by_ids(session, "open_visits_by_id", visits)}
    heard: dict[str, list[Row]] = defaultdict(list)
    for row in _with_their_carriers(session, by_ids(session, "remembered_of_subjects", found.keys())):
        heard[row["subject_id"]].append(row)
    persons = {row["person_id"] for row in found.values() if row["person_id"]}
    marks = by_ids(session, "flags_of_persons", persons)
    return Known(
        found, heard, frozenset(row["person_id"] for row in marks if SILENCING & set((row["flags"] or "").split(",")))
    )


def _with_their_carriers(session: Session, past: list[Row]) -> list[Row]:
    """What rode in another's message, with where that message has come by now: a report names the carrier alone."""
    carriers = sorted({row["absorbed_by"] for row in past if row["absorbed_by"]})
    found = session.rows("remembered_by_id", ids=carriers) if carriers else []
    states = {row["action_id"]: row["state"] for row in found}
    return [row | {"carrier_state": states.get(row["absorbed_by"], row["carrier_state"])} for row in past]


def open_calls(session: Session) -> list[Row]:
    """The calls somebody still has to make."""
    return session.rows("open_tasks_of_kind", kind=TaskKind.CALL_LIST.value)


def tasks_as_they_stand(session: Session, ids: Iterable[str]) -> dict[str, Row]:
    """Some tasks by id, those that were closed included."""
    wanted = sorted(set(ids))
    return {row["task_id"]: row for row in session.rows("tasks_by_id", ids=wanted)} if wanted else {}
