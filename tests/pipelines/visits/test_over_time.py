"""Whatever a calendar does, every appointment is one visit, the open table is the newest word, and an id keeps its meaning."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.visits import Appointment
from ledger.people import by_ids
from tests.ledger_fixture import fresh_ledger
from tests.pipelines.resolve.landed import DAY, HOUR, NOW, connection, practice, record_id
from tests.pipelines.visits.world import World, appointment, cancelled, moved

START = NOW + 10 * DAY
Event = tuple[str, int, int]


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Events over four appointments: what happens, to which, and how many hours it moves."""
    kinds = st.sampled_from(("book", "move", "cancel", "delete", "come back", "nothing"))
    return draw(st.lists(st.tuples(kinds, st.integers(0, 3), st.integers(-48, 48)), min_size=2, max_size=9))


class Calendar:
    """One tool's appointments as they stand, and how they change."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.standing: dict[int, Appointment] = {}

    def happen(self, event: Event) -> None:
        kind, which, hours = event
        one = self.standing.get(which)
        if kind == "book" and one is None:
            one = appointment(f"a{which}", START + which * 3 * DAY, booked_at=self.world.now)
        elif one is None or kind in {"book", "nothing"}:
            self.world.tick()
            return
        self._land(which, kind, one, hours)

    def _land(self, which: int, kind: str, one: Appointment, hours: int) -> None:
        now: datetime = self.world.now
        if kind == "move":
            one = moved(one, one.start + timedelta(hours=hours), now)
        elif kind == "cancel":
            one = cancelled(one, now)
        elif kind == "come back":
            one = appointment(one.vendor_id, one.start, booked_at=one.booked_at, updated_at=now)
        self.standing[which] = one
        self.world.book("book", one, deleted=kind == "delete")


@settings(max_examples=8)
@given(stories())
def test_every_appointment_is_one_visit_and_the_open_table_is_the_newest_word(story: list[Event]) -> None:
    with TemporaryDirectory() as folder:
        world = World(fresh_ledger(Path(folder)), practice(connections=(connection("book"),)))
        world.patients("book", "Liz Kim")
        calendar = Calendar(world)
        for event in story:
            calendar.happen(event)
            _the_books_agree(world, calendar)
            world.now += 7 * HOUR


def _the_books_agree(world: World, calendar: Calendar) -> None:
    ids = {record_id("book", "appointment", one.vendor_id): one for one in calendar.standing.values()}
    with world.store.reading() as session:
        places = {row["record_id"]: row["visit_id"] for row in by_ids(session, "appointments_by_id", ids)}
        opened = {row["visit_id"]: row for row in session.rows("open_visits_by_start")}
        newest = {row["visit_id"]: row for row in by_ids(session, "visits_by_id", set(places.values()))}
    assert places.keys() == ids.keys()
    assert opened == newest, "the open table holds the newest version of every visit that has an appointment"
    for visit_id, row in opened.items():
        assert places[row["record_id"]] == visit_id, "a visit is carried by an appointment of its own"
        assert row["start_at"] == ids[row["record_id"]].start


@settings(max_examples=8)
@given(stories())
def test_a_visit_once_seen_is_the_same_visit_or_goes_on_in_another(story: list[Event]) -> None:
    with TemporaryDirectory() as folder:
        world = World(fresh_ledger(Path(folder)), practice(connections=(connection("book"),)))
        world.patients("book", "Liz Kim")
        calendar = Calendar(world)
        seen: dict[str, str] = {}
        for event in story:
            calendar.happen(event)
            now = {one.vendor_id: world.visit_of("book", one.vendor_id) for one in calendar.standing.values()}
            gone = {before for name, before in seen.items() if now[name] != before}
            assert not gone & {row["visit_id"] for row in world.visits()}, "an id that lost its appointments is retired"
            seen = now
            world.now += 7 * HOUR
