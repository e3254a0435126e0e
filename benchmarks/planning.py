"""What a tick's planning costs: a million appointments under every step, and twice the history.

    python -m benchmarks.planning            about two minutes, most of it writing the invented practices

Figures are processor time, the best of several rounds, because other work on the machine only ever adds; what is promised
is ratios. A first plan writes everything that falls due within three days; a later one finds almost nothing to do.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table as Printed

from canonical.owed import Candidates
from canonical.plan import Journeys
from ledger.actions import apply_changes
from ledger.candidates import read_candidates
from ledger.embedded import EmbeddedFile
from ledger.keys import LedgerKey
from ledger.named_queries import NamedQuery
from ledger.planning import subjects_query
from ledger.session import Session
from ledger.store import Store, create
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.diff import diff
from pipelines.lifecycle.ranges import compile_plan
from tests.journeys_fixture import PRACTICE, SPINE_STEPS, changed, journeys

NOW = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)
AHEAD = timedelta(days=3)
ROUNDS = 7
A_DAY = 140
"""Visits of a busy practice a day; a million are twenty years of it."""
VISITS_OF_A_PERSON = 6
ALLOWED = 1.2
"""How much slower a tick may be after the history has doubled."""
KEY = LedgerKey(b"benchmark" + bytes(23))
NOTHING_NEW = 10**12
"""A ledger number nothing has reached: the last plan has looked at everything."""
CONFIRMED, *REMINDED = [step.key for step in SPINE_STEPS if step.row in {"2.5", "3.1", "3.2", "4.1"}]


@dataclass(frozen=True)
class Span:
    """Visits on consecutive days: how many days before now they begin, and for how many they go on."""

    before: int
    days: int
    a_day: int = A_DAY

    @property
    def visits(self) -> int:
        """How many there are."""
        return self.days * self.a_day


def _ids(prefix: str, numbers: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.cast(numbers, pa.string()), "")


def _times(numbers: pa.Array, first: datetime, apart: timedelta) -> pa.Array:
    micros = pc.multiply(pc.cast(numbers, pa.int64()), int(apart.total_seconds() * 1_000_000))
    start = pa.scalar(int(first.timestamp() * 1_000_000), pa.int64())
    return pc.cast(pc.add(micros, start), pa.timestamp("us", "UTC"))


def _modulo(numbers: pa.Array, by: int) -> pa.Array:
    return pc.subtract(numbers, pc.multiply(pc.divide(numbers, by), by))


def _visits(span: Span) -> pa.Table:
    numbers = pa.array(range(span.visits), pa.int64())
    starts = _times(numbers, NOW - timedelta(days=span.before), timedelta(days=1) / span.a_day)
    booked = _times(numbers, NOW - timedelta(days=span.before + 21), timedelta(days=1) / span.a_day)
    long_ago = pa.scalar(NOW - timedelta(days=60), booked.type)
    booked = pc.if_else(pc.less(booked, pa.scalar(NOW, booked.type)), booked, long_ago)
    n = span.visits
    return pa.table(
        {
            "visit_id": _ids("v-", numbers),
            "ordinal": pa.repeat(pa.scalar(1, pa.int32()), n),
            "person_id": _ids("p-", _modulo(numbers, span.visits // VISITS_OF_A_PERSON)),
            "location_id": pa.repeat("downtown", n),
            "kind": pa.repeat("treatment", n),
            "status": pa.repeat("booked", n),
            "start_at": starts,
            "end_at": starts,
            "booked_at": booked,
            "booked_vendor_time": pa.repeat(pa.scalar(value=True), n),
            "booked_by": pa.repeat("staff", n),
            "changed_at": booked,
            "recorded_at": booked,
            "walk_in": pa.repeat(pa.scalar(value=False), n),
        }
    )


def _people(session: Session, visits: pa.Table) -> None:
    persons = pc.unique(visits["person_id"])
    contacts = pc.replace_substring(persons, "p-", "cp-")
    n = len(persons)
    stamp = pa.repeat(pa.scalar(NOW, pa.timestamp("us", "UTC")), n)
    session.insert_arrow("persons", pa.table({"person_id": persons, "zone": pa.repeat("", n), "recorded_at": stamp}))
    session.insert_arrow(
        "contact_points",
        pa.table({"contact_point_id": contacts, "kind": pa.repeat("phone", n), "recorded_at": stamp}),
    )
    theirs = {"person_id": persons, "contact_point_id": contacts, "rank": pa.repeat(pa.scalar(1, pa.int32()), n)}
    session.insert_arrow("person_contacts", pa.table(theirs | {"recorded_at": stamp}))


def _said(visits: pa.Table, step: str, table: str) -> pa.Table:
    """A message of one step about every visit, as the closed table or the memory has it."""
    n = visits.num_rows
    common = {
        "subject_id": visits["visit_id"],
        "action_id": pc.binary_join_element_wise(visits["visit_id"], step, "/"),
        "step": pa.repeat(step, n),
        "occurrence": pa.repeat(pa.scalar(1, pa.int32()), n),
        "state": pa.repeat("sent", n),
        "anchor_at": visits["start_at"],
        "location_id": visits["location_id"],
    }
    if table == "remembered":
        told = {"tells": pa.repeat("time", n), "told_at": visits["booked_at"], "closed_at": visits["booked_at"]}
        return pa.table(common | told)
    return pa.table(common | {"facts": pa.repeat('{"tells":"time"}', n), "claimed_at": visits["booked_at"]})


def _practice(folder: Path, history_days: int) -> Store:
    """A practice with so many days of visits behind it, all confirmed and reminded, and two months ahead."""
    store = _store(folder, f"history-{history_days}")
    every = _visits(Span(history_days, history_days + 60))
    with store.writing() as session:
        session.insert_arrow("visit_versions", every)
        for step in (CONFIRMED, *REMINDED):
            session.insert_arrow("closed_actions", _said(every, step, "closed_actions"))
        first = session.next_seq()
        kept = every.slice(max(0, (history_days - 100) * A_DAY))
        session.insert_arrow(
            "open_visits", kept.append_column("seq", pa.repeat(pa.scalar(first, pa.int64()), len(kept)))
        )
        for step, days in zip((CONFIRMED, *REMINDED), (160, 102, 101, 100), strict=True):
            session.insert_arrow("remembered", _said(kept.slice(0, days * A_DAY), step, "remembered"))
        _people(session, every)
    return store


def _million(folder: Path) -> Store:
    """A million appointments in the open table, three years back and ahead, all said about them that was due."""
    store = _store(folder, "million")
    with store.writing() as session:
        visits = _visits(Span(1_000, 2_000, a_day=500))
        first = session.next_seq()
        session.insert_arrow(
            "open_visits", visits.append_column("seq", pa.repeat(pa.scalar(first, pa.int64()), len(visits)))
        )
        for step, days in zip((CONFIRMED, *REMINDED), (60, 2, 1, 0), strict=True):
            session.insert_arrow("remembered", _said(visits.slice(900 * 500, (100 + days) * 500), step, "remembered"))
        _people(session, visits)
    return store


def _store(folder: Path, name: str) -> Store:
    path = folder / name / "ledger.duckdb"
    create(path, practice_id="lumen", key=KEY)
    return Store(EmbeddedFile(path, KEY), "lumen")


def _journeys() -> Journeys:
    live = {"live_from": NOW - timedelta(days=400)}
    return journeys(*changed(*((step.row, live) for step in SPINE_STEPS)))


def _look(session: Session) -> Candidates:
    return read_candidates(session, compile_plan(_journeys(), NOW, NOW + AHEAD), NOTHING_NEW)


def _judge(found: Candidates) -> int:
    return len(diff(desired(found, _journeys(), PRACTICE, NOW, NOW + AHEAD), found))


_JOINED = """
WITH steps(step, lead, ends) AS (VALUES ('3.1', 48, 1), ('3.2', 24, 1), ('4.1', 7, 1), ('2.5', 500, 0), ('2.7', 400, 0), ('2.8', 300, 0))
SELECT count(*) FROM open_visits v CROSS JOIN steps s
WHERE v.start_at - s.lead * INTERVAL 1 HOUR < $until AND v.start_at - s.ends * INTERVAL 1 HOUR >= $now AND v.status = 'booked'
"""


def _generic(session: Session) -> None:
    query = NamedQuery("generic_join", "Every visit against every step, due times computed.", _JOINED, "benchmarks")
    session.generated(query, {"now": NOW, "until": NOW + AHEAD})


def _ranges(session: Session) -> None:
    query, params = subjects_query(compile_plan(_journeys(), NOW, NOW + AHEAD), NOTHING_NEW)
    session.generated(query, params)


def _best(store: Store, work: Callable[[Session], object]) -> float:
    """Seconds of processor of the cheapest round, opening and closing the ledger included."""
    rounds = []
    for _ in range(ROUNDS):
        began = process_time()
        with store.reading() as session:
            work(session)
        rounds.append(process_time() - began)
    return min(rounds)


def _plan(store: Store) -> tuple[float, float]:
    """Seconds of a first plan without writing it, and of the plan after it was written."""
    first = _best(store, lambda session: _judge(_look(session)))
    with store.writing() as session:
        found = _look(session)
        changes = diff(desired(found, _journeys(), PRACTICE, NOW, NOW + AHEAD), found)
        apply_changes(session, changes, NOW, "benchmark")
    return first, _best(store, lambda session: _judge(_look(session)))


def main() -> None:
    """Print both tables; exits with 1 when doubling the history costs more than is allowed."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="glowline-planning-") as place:
        folder = Path(place)
        million = _million(folder)
        rows = [("open and close", _best(million, lambda _: None)), ("ranges", _best(million, _ranges))]
        rows += [("generic join", _best(million, _generic))]
        rows += list(zip(("first plan", "later plan"), _plan(million), strict=True))
        unit = rows[1][1]
        printed = Printed("1,000,000 open visits, 6 steps", "ms of processor", "times the ranges")
        for name, seconds in rows:
            printed.add_row(name, f"{seconds * 1000:.1f}", f"{seconds / unit:.2f}")
        console.print(printed)
        once, twice = _plan(_practice(folder, 730)), _plan(_practice(folder, 1460))
    printed = Printed("140 visits a day", "two years, ms", "four years, ms", "ratio")
    for name, short, long in zip(("first plan", "later plan"), once, twice, strict=True):
        printed.add_row(name, f"{short * 1000:.1f}", f"{long * 1000:.1f}", f"{long / short:.2f} (allowed {ALLOWED})")
    console.print(printed)
    if twice[1] / once[1] > ALLOWED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
