"""Forms and payments, step by step: read what is new, decide with no ledger open, write unless somebody was faster."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.policy import Attestation
from canonical.practice import Practice
from ledger.paperwork import newest_move, papers_concerned, standing
from ledger.progress import advance, marks, newest_version
from ledger.session import Session
from ledger.store import Store
from ledger.visits import owners
from pipelines.paperwork.consents import Desk as Permissions
from pipelines.paperwork.consents import take_consents
from pipelines.paperwork.decide import Decided, PaperCounts, decide
from pipelines.paperwork.deposits import return_deposits
from pipelines.paperwork.papers import Paper, Reader
from pipelines.resolve.evidence import PSEUDONYM, Named

Row = dict[str, Any]
STAGE = "paperwork"
MOVES = "paperwork.moves"
"""How far changes of persons and visits were followed, so that what waited for them is found again."""
MOST = 1_000


@dataclass(frozen=True)
class _Desk:
    store: Store
    practice: Practice
    reader: Reader
    permissions: Permissions
    now: datetime


@dataclass(frozen=True)
class _Step:
    """What is new, and the marks before and after."""

    rows: tuple[Row, ...]
    visits: frozenset[str]
    """Visits that changed."""
    before: tuple[int, int]
    after: tuple[int, int]


def update_paperwork(
    store: Store,
    practice: Practice,
    now: datetime,
    run_id: str,  # noqa: ARG001 - every stage takes the run
    *,
    attestations: Sequence[Attestation] = (),
) -> PaperCounts:
    """Bring forms and payments up to their newest versions, to who is who, and to which appointment is which visit.

    Run it after `resolve` and `update_visits`. What comes before its person or visit waits, and is found when these come.
    `attestations` give the words of the practice's forms. Raises a `LedgerError` as the store does; what was written stands.
    """
    with store.reading() as session:
        named = Named(session.key(PSEUDONYM))
        step = _next(session)
    permissions = Permissions(practice.brand, named, tuple(attestations), now)
    desk = _Desk(store, practice, Reader(practice, named), permissions, now)
    total = PaperCounts()
    while step is not None:
        done, step = _take(desk, step)
        total += done
    return total


def _marks(session: Session) -> tuple[int, int]:
    found = marks(session)
    return found[STAGE], found[MOVES]


def _next(session: Session) -> _Step | None:
    """New papers, and those that changes of persons and visits concern. Before there is any paper, no change concerns one."""
    before = _marks(session)
    until, moved = newest_version(session, before[0]), newest_move(session, before[1])
    if (until, moved) == before:
        return None
    rows = session.rows("new_papers", since=before[0], until=until, most=MOST) if until > before[0] else []
    until = rows[-1]["seq"] if len(rows) == MOST else until
    follows = moved > before[1] and bool(session.rows("any_papers"))
    moves = session.rows("moves_after", since=before[1], until=moved, most=MOST) if follows else []
    moved = moves[-1]["seq"] if len(moves) == MOST else moved
    fresh = {row["version_id"] for row in rows}
    again = [row for row in papers_concerned(session, moves) if row["version_id"] not in fresh] if moves else []
    visits = frozenset(row["id"] for row in moves if row["what"] == "visit")
    return _Step((*again, *rows), visits, before, (until, moved))


def _take(desk: _Desk, step: _Step) -> tuple[PaperCounts, _Step | None]:
    """Decide one lot and write it, unless somebody was faster. Gives the next lot with the counts."""
    papers = [desk.reader.read(row) for row in step.rows]
    decided = _decided(desk, papers) if papers else None
    with desk.store.writing(business_now=desk.now) as session:
        if _marks(session) != step.before:
            return PaperCounts(), _next(session)
        for mark, before, after in zip((STAGE, MOVES), step.before, step.after, strict=True):
            if after > before:
                advance(session, mark, after)
        return _written(session, desk, decided, step.visits), _next(session)


def _decided(desk: _Desk, papers: Sequence[Paper]) -> Decided:
    with desk.store.reading() as session:
        theirs = owners(session, {paper.person_key for paper in papers if paper.person_key})
        seen = standing(
            session,
            papers=(paper.paper_id for paper in papers),
            appointments=(paper.said.appointment_vendor_id for paper in papers),
            references=(getattr(paper.said, "reference", "") for paper in papers),
            persons=set(theirs.values()),
        )
    return decide(papers, seen, theirs)


def _written(session: Session, desk: _Desk, decided: Decided | None, visits: frozenset[str]) -> PaperCounts:
    counts, touched = PaperCounts(), set(visits)
    if decided is not None:
        session.insert("intakes", [row | {"recorded_at": desk.now} for row in decided.intakes])
        session.insert("payments", [row | {"recorded_at": desk.now} for row in decided.payments])
        touched |= decided.visits
        consents = take_consents(session, decided.changed, desk.permissions)
        written = PaperCounts(intakes=len(decided.intakes), payments=len(decided.payments), consents=consents)
        counts = decided.counts + written
    return counts + PaperCounts(tasks=return_deposits(session, desk.practice, touched, desk.now))
