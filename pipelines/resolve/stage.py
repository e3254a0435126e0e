"""Resolve, step by step: read new versions, decide with no ledger open, write what follows if nobody was faster."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.ids import content_hash
from canonical.policy import Attestation
from canonical.practice import Practice
from canonical.progress import at_work
from ledger.people import by_ids, newest_cut, newest_mark
from ledger.progress import advance, forget, marks, newest_version, reached
from ledger.session import Session
from ledger.store import Store
from ledger.tasks import open_tasks
from pipelines.resolve.decide import Decision, ResolveCounts, decide
from pipelines.resolve.evidence import PSEUDONYM, Named
from pipelines.resolve.greeting import Lexicon, is_given_name
from pipelines.resolve.profile import House
from pipelines.resolve.situation import Situation, read_version, situation

Row = dict[str, Any]
STAGE = "resolve"
CUTS = "resolve.cuts"
MARKS = "resolve.marks"
_SETTINGS = "resolve.settings."
MOST = 1_000
"""Versions per step: what one write then holds the ledger for stays under a quarter of a second."""
FEW = 50
"""So few versions are read and looked into while the ledger is open once; more are read with it closed."""


@dataclass(frozen=True)
class _Desk:
    """What every step of one run is decided with."""

    store: Store
    house: House
    attestations: tuple[Attestation, ...]
    now: datetime
    run_id: str


def resolve(
    store: Store,
    practice: Practice,
    attestations: Sequence[Attestation],
    now: datetime,
    run_id: str,
    *,
    lexicon: Iterable[str] = (),
) -> ResolveCounts:
    """Bring persons, contact points, households, consents and suppressions up to the newest versions.

    Reads only versions that came since the last run, unless settings that decide about people have changed: then every
    record is looked at once more. `lexicon` are words no greeting may contain, beside those of the practice's services.
    Raises a `LedgerError` as the store does; what was written before it stands.
    """
    with store.reading() as session:
        desk = _Desk(store, house_of(practice, session, lexicon), tuple(attestations), now, run_id)
        step, settled = _next(session), _is_settled(session, desk)
        seen = _seen(session, desk, step) if step and len(step.rows) <= FEW else None
    total = ResolveCounts()
    while step is not None:
        done, step = _take(desk, step, seen)
        total, seen = total + done, None
        at_work(STAGE, total.read)
    if settled is None and total.read:
        _settle(desk)
    return total + _look_again(desk) if settled is False else total


def house_of(practice: Practice, session: Session, lexicon: Iterable[str] = ()) -> House:
    """The practice's settings with the key that makes its ids."""
    named = {word for service in practice.services for text in (service.name, *service.names) for word in text.split()}
    explicit = {word for service in practice.services for word in service.lexicon} | set(lexicon)
    words = explicit | {word for word in named if not is_given_name(word)}
    return House(practice, Named(session.key(PSEUDONYM)), Lexicon(frozenset(words)))


def _is_settled(session: Session, desk: _Desk) -> bool | None:
    """Whether every record was judged by today's settings; None when there are no records that others could have judged."""
    if reached(session, _SETTINGS + _fingerprint(desk)):
        return True
    return False if session.rows("records_after", after="", most=1) else None


@dataclass(frozen=True)
class _Step:
    """Versions, cuts and words of the desk to deal with, and the marks as they stood when these were read."""

    rows: tuple[Row, ...]
    again: frozenset[str]
    """Records that somebody has taken from their person since, or whose person the desk has marked (R60)."""
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    """The marks of versions, of cuts and of words, before this step and after it."""


def _seen(session: Session, desk: _Desk, step: _Step) -> Situation:
    return situation(session, [read_version(row, desk.house) for row in step.rows], step.again)


def _take(desk: _Desk, step: _Step, seen: Situation | None) -> tuple[ResolveCounts, _Step | None]:
    """Decide one lot with no ledger open and write it, unless somebody was faster. Gives the next lot with the counts."""
    if seen is None:
        fresh = [read_version(row, desk.house) for row in step.rows]
        with desk.store.reading() as session:
            seen = situation(session, fresh, step.again)
    decision = decide(seen, desk.house, desk.attestations, desk.now, desk.run_id)
    with desk.store.writing(business_now=desk.now) as session:
        if _marks(session) != step.before or newest_cut(session) != step.after[1]:
            return ResolveCounts(), _next(session)
        for mark, before, after in zip((STAGE, CUTS, MARKS), step.before, step.after, strict=True):
            if after > before:
                advance(session, mark, after)
        return _written(session, decision), _next(session)


def _marks(session: Session) -> tuple[int, int, int]:
    found = marks(session)
    return found[STAGE], found[CUTS], found[MARKS]


def _next(session: Session) -> _Step | None:
    before = _marks(session)
    until, cut, word = newest_version(session, before[0]), newest_cut(session), newest_mark(session)
    if (until, cut, word) == before:
        return None
    rows = session.rows("new_people_versions", since=before[0], until=until, most=MOST)
    again = session.rows("records_cut_after", since=before[1])
    again += session.rows("records_marked_after", since=before[2])
    until = rows[-1]["seq"] if len(rows) == MOST else until
    return _Step(tuple(rows), frozenset(row["record_id"] for row in again), before, (until, cut, word))


def _written(session: Session, decision: Decision) -> ResolveCounts:
    """Append what was decided; a question that was ever asked is not asked again."""
    for table, rows in decision.rows.items():
        session.insert(table, rows)
    session.audit(*decision.audit)
    if not decision.tasks:
        return decision.counts
    asked = {row["task_id"] for row in by_ids(session, "tasks_ever_opened", [task.task_id for task in decision.tasks])}
    opened = open_tasks(session, [task for task in decision.tasks if task.task_id not in asked])
    return decision.counts + ResolveCounts(tasks=opened)


def _look_again(desk: _Desk) -> ResolveCounts:
    """Once after a change of settings: every record as it stands, a lot at a time; done over from the start if cut off."""
    total, after = ResolveCounts(), ""
    while True:
        with desk.store.reading() as session:
            again = [row["record_id"] for row in session.rows("records_after", after=after, most=MOST)]
            seen = situation(session, (), again)
        decision = decide(seen, desk.house, desk.attestations, desk.now, desk.run_id)
        with desk.store.writing(business_now=desk.now) as session:
            total += _written(session, decision)
        if len(again) < MOST:
            _settle(desk)
            return total
        after = again[-1]


def _settle(desk: _Desk) -> None:
    with desk.store.writing(business_now=desk.now) as session:
        forget(session, _SETTINGS)
        advance(session, _SETTINGS + _fingerprint(desk), 1)


def _fingerprint(desk: _Desk) -> str:
    """A hash of the settings that decide about people."""
    practice = desk.house.practice
    decisive = {
        "attestations": [attestation.model_dump(mode="json") for attestation in desk.attestations],
        "brand": practice.brand,
        "lexicon": sorted(desk.house.lexicon.words),
        "ours": sorted(desk.house.staff_phones | desk.house.mail_domains),
        "ranks": [[c.connection_id, *c.system_of_record] for c in practice.connections],
    }
    return content_hash(json.dumps(decisive, sort_keys=True).encode())[:16]
