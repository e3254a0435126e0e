"""A plan's ranges against looking at everything: what is owed is the same, after any history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.actions import ActionState
from canonical.ids import ContactPointId, PersonId
from canonical.owed import ChangeKind
from canonical.subjects import PersonFacts, VisitFacts
from canonical.visits import AppointmentStatus, BookedBy
from ledger.candidates import candidates_of, read_candidates
from ledger.session import Session
from ledger.store import Store
from pipelines.lifecycle.desired import desired
from pipelines.lifecycle.diff import diff
from pipelines.lifecycle.ranges import compile_plan
from tests.journeys_fixture import INQUIRY_STEPS, PRACTICE, SPINE_STEPS, changed, journeys
from tests.ledger.calendar import imported, write_people, write_visits
from tests.ledger.ledger_world import LedgerWorld
from tests.pipelines.lifecycle.world import HORIZON, World, ny

SNAPSHOTS = Path(__file__).parent / "snapshots"
S = ActionState
BOTH = journeys(*SPINE_STEPS, *INQUIRY_STEPS)
NOW = ny("2026-11-09 10:00")


class _Undone(Exception):
    """Ends a session without leaving anything behind."""


@contextmanager
def undone(store: Store) -> Iterator[Session]:
    """A session whose changes are rolled back: one ledger serves all examples of a property."""
    try:
        with store.writing() as session:
            yield session
            raise _Undone
    except _Undone:
        return


VISITS = st.lists(
    st.tuples(
        st.integers(-30, 120),  # hours from now to the start
        st.sampled_from([0, 1, 3, 26, 60, 400]),  # hours since it was booked
        st.sampled_from([None, None, 0, 1, 30]),  # hours since its start moved
        st.sampled_from([*[AppointmentStatus.BOOKED] * 4, *AppointmentStatus]),
        st.sampled_from(["cp-a", "cp-a", "cp-b", "cp-c"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(visits=VISITS, live=st.sampled_from([-100, -10, 0, 5]), off=st.sampled_from(["", "3.1", "2.5"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ranges_miss_nothing_that_is_owed(
    ledger: Store,
    visits: list[tuple[int, int, int | None, AppointmentStatus, str, bool]],
    live: int,
    off: str,
) -> None:
    """The plan's candidates ask for exactly what all visits together ask for."""
    since = {"live_from": NOW + timedelta(hours=live)}
    rows: dict[str, dict[str, object]] = {row: {**since} for row in ("2.5", "2.7", "2.8", "3.1", "3.2", "4.1")}
    if off:
        rows[off]["owner"] = "off"
    of = journeys(*changed(*rows.items()))
    facts = [_any_visit(number, *parts) for number, parts in enumerate(visits)]
    people = [
        PersonFacts(one.person_id, phone_id=ContactPointId(parts[4])) for one, parts in zip(facts, visits, strict=True)
    ]
    horizon = NOW + timedelta(days=3)
    with undone(ledger) as session:
        write_people(session, people, NOW)
        write_visits(session, facts)
        ranged = read_candidates(session, compile_plan(of, NOW, horizon), 10**9)
        everything = candidates_of(session, [one.visit_id for one in facts])
    asked = desired(ranged, of, PRACTICE, NOW, horizon)
    wanted = desired(everything, of, PRACTICE, NOW, horizon)
    assert asked.owed == wanted.owed


def _any_visit(
    number: int, start: int, booked: int, moved: int | None, status: AppointmentStatus, phone: str, patient: bool
) -> VisitFacts:
    booked_at = NOW - timedelta(hours=booked)
    moved_at = None if moved is None else NOW - timedelta(hours=moved)
    changed_at = max(booked_at, moved_at or booked_at)
    return replace(
        imported(number, NOW + timedelta(hours=start, minutes=number)),
        person_id=PersonId(f"p-{number}"),
        status=status,
        booked_at=booked_at,
        moved_at=moved_at,
        changed_at=changed_at,
        recorded_at=changed_at,
        booked_by=BookedBy.PATIENT if patient else BookedBy.STAFF,
    )


def _story(world: World) -> World:
    """Booked, told, moved, moved back in doubt, cancelled before its notice, rebooked, reminded."""
    world.book("v-1", "2026-11-12 15:00")
    world.book("v-2", "2026-11-12 16:00")
    world.run(ny("2026-11-10 16:00"), timedelta(hours=2))
    world.move("v-1", "2026-11-13 09:00")
    world.run(ny("2026-11-10 16:30"), timedelta(minutes=10))
    world.move("v-1", "2026-11-12 15:00")
    world.answer = lambda action: S.AMBIGUOUS
    world.run(ny("2026-11-10 17:00"), timedelta(minutes=10))
    world.answer = lambda action: S.SENT
    doubtful = [key for key, live in world.open.items() if live.action.state is S.AMBIGUOUS]
    assert len(doubtful) == 1
    world.settle(doubtful[0], S.SENT)
    world.cancel("v-2")
    world.tick(ny("2026-11-10 17:03"))
    world.status("v-2", AppointmentStatus.BOOKED)
    world.run(ny("2026-11-12 12:00"), timedelta(hours=2))
    return world


def test_a_story_reads_the_same_from_a_ledger_and_from_memory(ledger: Store) -> None:
    memory = _story(World(NOW))
    with ledger.writing() as session:
        stored = _story(LedgerWorld(NOW, session=session))
    assert stored.texts == memory.texts
    assert [row for row, _ in stored.said("v-1")] == ["2.5", "3.1", "2.7", "2.7", "3.2", "4.1"]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["move", "move", "cancel", "rebook", "place", "outcome", "hold", "release", "wait"]),
        st.sampled_from(["v-1", "v-2"]),
        st.integers(0, 4),
        st.sampled_from([5, 70, 60 * 9, 60 * 26]),
        st.sampled_from([S.SENT, S.SENT, S.NOT_SENT, S.REFUSED]),
    ),
    max_size=7,
)


@given(events=EVENTS)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_step_the_plan_misses_nothing_that_looking_at_everything_would_change(
    ledger: Store, events: list[tuple[str, str, int, int, ActionState]]
) -> None:
    with undone(ledger) as session:
        world = LedgerWorld(NOW, session=session)
        world.book("v-1", "2026-11-12 15:00", person="mum", phone="cp-family")
        world.book("v-2", "2026-11-12 16:00", person="zoe", phone="cp-family")
        for what, visit, days, minutes, outcome in events:
            _happen(world, what, visit, days, outcome)
            world.run(world.now + timedelta(minutes=minutes), timedelta(minutes=max(minutes / 2, 5)))
            world.plan()
            everything = world.all_candidates()
            wanted = desired(everything, world.journeys, world.practice, world.now, world.now + HORIZON)
            missed = [change for change in diff(wanted, everything) if change.kind is not ChangeKind.REFRESH]
            assert missed == []


def _happen(world: World, what: str, visit: str, days: int, outcome: ActionState) -> None:
    deeds: dict[str, Callable[[], None]] = {
        "move": lambda: world.move(visit, f"{(world.now + timedelta(days=days)).date()} 16:00"),
        "cancel": lambda: world.cancel(visit),
        "rebook": lambda: world.status(visit, AppointmentStatus.BOOKED),
        "place": lambda: world.place(visit, "uptown" if days % 2 else "downtown"),
        "outcome": lambda: setattr(world, "answer", lambda action: outcome),
        "hold": lambda: setattr(world, "clears", lambda action: False),
        "release": lambda: setattr(world, "clears", lambda action: True),
        "wait": lambda: None,
    }
    deeds[what]()
