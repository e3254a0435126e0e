"""The same stages on DuckLake: what a cluster shares is asked with the same questions."""

from ledger.store import Store
from tests.pipelines.resolve.landed import DAY, HOUR, NOW
from tests.pipelines.visits.test_inquiries import asked
from tests.pipelines.visits.world import World, appointment, cancelled, moved


def test_people_visits_and_inquiries_come_out_the_same_on_a_lake(lake: Store, ledger: Store) -> None:
    seen = []
    for store in (lake, ledger):
        world = World(store)
        world.patients("book", "Liz Kim", "Rose Kim")
        one, other = appointment("a1", NOW + 9 * DAY, booked_at=NOW), appointment("a2", NOW + 10 * DAY, who="p2")
        world.book("book", one, other)
        world.now += HOUR
        world.book("book", moved(one, NOW + 11 * DAY), cancelled(other))
        world.ask("form", asked("q1"), asked("q2", "Rose Kim"))
        seen.append(
            (
                [(row["change"], row["status"], row["start_at"], row["ordinal"]) for row in world.visits()],
                [(row["same_as"], row["vendor_time"], row["location_id"]) for row in world.inquiries()],
            )
        )
    assert seen[0] == seen[1]
    assert [change for change, *_ in seen[0][0]] == ["cancelled", "moved"]
