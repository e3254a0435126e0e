"""Visits and inquiries, step by step: read what is new, decide with no ledger open, write unless somebody was faster."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.ids import content_hash
from canonical.practice import Practice
from canonical.progress import at_work
from canonical.visits import CompletionGrade
from ledger.people import by_ids
from ledger.progress import advance, forget, marks, newest_version
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks
from ledger.visits import OPEN_FOR, complete_reads, must_prune, newest_link, prune_open_visits, write_visits
from pipelines.resolve.evidence import PSEUDONYM, Named
from pipelines.visits.asked import InquiryCounts
from pipelines.visits.decide import Decision, VisitCounts, decide, grouped, needed
from pipelines.visits.derive import Change, Seen
from pipelines.visits.desk import Query, Situation, completed, read_version, situation
from pipelines.visits.house import House
from pipelines.visits.inquiries import update_inquiries

__all__ = ["InquiryCounts", "VisitCounts", "update_inquiries", "update_visits"]

Row = dict[str, Any]
STAGE = "visits"
LINKS = "visits.links"
_SETTINGS = "visits.settings."
MOST = 1_000
"""Versions per step: what one write then holds the ledger for stays under a quarter of a second."""
FEW = 50
"""So few versions are read and looked into while the ledger is open once; more are read with it closed."""


@dataclass(frozen=True)
class _Desk:
    """What every step of one run is decided with."""

    store: Store
    house: House
    named: Named
    now: datetime
    run_id: str


@dataclass(frozen=True)
class _Step:
    """Versions and joins to deal with, and the marks of both before this step and after it."""

    rows: tuple[Row, ...]
    keys: frozenset[str]
    before: tuple[int, int]
    after: tuple[int, int]


def update_visits(store: Store, practice: Practice, now: datetime, run_id: str) -> VisitCounts:
    """Bring visits up to the newest versions of appointments and to who is who now.

    Run it after `resolve`: an appointment becomes a visit when its patient is known. Reads only what came since the last
    run, unless places, providers, services or precedences were configured anew: then open visits are derived once more.
    Raises a `LedgerError` as the store does; what was written before it stands.
    """
    with store.reading() as session:
        desk = _Desk(store, House(practice), Named(session.key(PSEUDONYM)), now, run_id)
        step, known = _next(session), marks(session)
        begun, settled = known[STAGE] > 0, known[_SETTINGS + _fingerprint(practice)] > 0
        looked = _looked(session, desk, step) if step and len(step.rows) + len(step.keys) <= FEW else None
        late = step is None and _changed_by_time(session, now)
    total = VisitCounts()
    while step is not None:
        done, step = _take(desk, step, looked)
        total, looked = total + done, None
        at_work(STAGE, total.read)
    if late:
        with store.writing(business_now=now) as session:
            total += _by_the_calendar(session, now)
    if settled:
        return total
    return total + (_look_again(desk) if begun else _settled(desk))


def _next(session: Session) -> _Step | None:
    """Who is who first, so that appointments find their patients; what is left of a lot goes to new versions."""
    before = _marks(session)
    until, linked = newest_version(session, before[0]), newest_link(session, before[1])
    if (until, linked) == before:
        return None
    found = session.rows("keys_linked_after", since=before[1], until=linked, most=MOST) if linked > before[1] else []
    keys = frozenset(row["join_key"] for row in found)
    if len(found) == MOST:
        return _Step((), keys, before, (before[0], found[-1]["seq"]))
    rows = (
        session.rows("new_appointment_versions", since=before[0], until=until, most=MOST) if until > before[0] else []
    )
    until = rows[-1]["seq"] if len(rows) == MOST else until
    return _Step(tuple(rows), keys, before, (until, linked))


def _marks(session: Session) -> tuple[int, int]:
    found = marks(session)
    return found[STAGE], found[LINKS]


_Looked = tuple[Situation, Seen]


def _looked(session: Session, desk: _Desk, step: _Step) -> _Looked:
    fresh = [read_version(row, desk.named) for row in step.rows]
    query = Query(fresh, step.keys, horizon=desk.now - OPEN_FOR)
    return situation(session, query), Seen(desk.now, complete_reads(session))


def _take(desk: _Desk, step: _Step, looked: _Looked | None) -> tuple[VisitCounts, _Step | None]:
    """Decide one lot and write it, unless somebody was faster. Gives the next lot with the counts."""
    if looked is None:
        fresh = [read_version(row, desk.named) for row in step.rows]
        looked = _asked(desk, Query(fresh, step.keys, horizon=desk.now - OPEN_FOR))
    decision = _decided(desk, *looked)
    with desk.store.writing(business_now=desk.now) as session:
        if _marks(session) != step.before:
            return VisitCounts(), _next(session)
        for mark, before, after in zip((STAGE, LINKS), step.before, step.after, strict=True):
            if after > before:
                advance(session, mark, after)
        done, following = _written(session, decision, desk.now), _next(session)
        return (done if following else done + _by_the_calendar(session, desk.now)), following


def _asked(desk: _Desk, query: Query) -> _Looked:
    with desk.store.reading() as session:
        return situation(session, query), Seen(desk.now, complete_reads(session))


def _decided(desk: _Desk, seen_now: Situation, seen: Seen) -> Decision:
    groups = grouped(seen_now, desk.house)
    wanted = needed(seen_now, groups) - seen_now.visits.keys()
    if wanted:
        with desk.store.reading() as session:
            completed(session, seen_now, wanted)
    return decide(seen_now, groups, desk.house, seen)


def _written(session: Session, decision: Decision, now: datetime) -> VisitCounts:
    session.insert("appointment_records", decision.words)
    session.insert("visit_records", [row | {"recorded_at": now} for row in decision.places])
    write_visits(session, decision.versions, decision.retired, now)
    if not decision.tasks:
        return decision.counts
    asked = {row["task_id"] for row in by_ids(session, "tasks_ever_opened", [task.task_id for task in decision.tasks])}
    opened = open_tasks(session, [task for task in decision.tasks if task.task_id not in asked])
    return decision.counts + VisitCounts(tasks=opened)


def _look_again(desk: _Desk) -> VisitCounts:
    """Once after a change of settings: the open visits of everybody, a lot at a time."""
    total, after = VisitCounts(), ""
    while True:
        with desk.store.reading() as session:
            persons = [row["person_id"] for row in session.rows("persons_of_open_visits", after=after, most=MOST)]
        decision = _decided(desk, *_asked(desk, Query(persons=persons)))
        with desk.store.writing(business_now=desk.now) as session:
            total += _written(session, decision, desk.now)
        if len(persons) < MOST:
            return total + _settled(desk)
        after = persons[-1]


def _settled(desk: _Desk) -> VisitCounts:
    """Leave the mark that every open visit was judged by today's settings; what there was to count is counted."""
    with desk.store.writing(business_now=desk.now) as session:
        forget(session, _SETTINGS)
        advance(session, _SETTINGS + _fingerprint(desk.house.practice), 1)
    return VisitCounts()


def _fingerprint(practice: Practice) -> str:
    """A hash of the settings that say what a vendor's names mean."""
    parts = {
        "locations": [[one.location_id, one.name] for one in practice.locations],
        "default": [[practice.default_location or ""]],
        "providers": [[one.provider_id, one.display_name, *one.names] for one in practice.providers],
        "services": [[one.service_id, one.name, one.kind, one.family, *one.names] for one in practice.services],
        "connections": [
            [one.connection_id, json.dumps(one.locations, sort_keys=True), *one.system_of_record]
            for one in practice.connections
        ],
    }
    return content_hash(json.dumps(parts, sort_keys=True).encode())[:16]


def _changed_by_time(session: Session, now: datetime) -> bool:
    return bool(session.rows("visits_to_complete", now=now)) or must_prune(session, now)


def _by_the_calendar(session: Session, now: datetime) -> VisitCounts:
    """Visits that time alone changes: completed by the calendar (R14), or too old to ask for anything."""
    rows = session.rows("visits_to_complete", now=now)
    write_visits(session, [_completed(row) for row in rows], (), now)
    pruned = prune_open_visits(session, now) if must_prune(session, now) else 0
    return VisitCounts(completed=len(rows), pruned=pruned)


def _completed(row: Row) -> Row:
    return row | {
        "completion": str(CompletionGrade.DERIVED),
        "change": str(Change.STATUS),
        "ordinal": row["ordinal"] + 1,
    }
