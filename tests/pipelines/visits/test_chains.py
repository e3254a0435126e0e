"""R12, R41: a visit is a chain of appointments, and keeps its id."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.practice import Practice
from canonical.visits import Appointment, AppointmentStatus
from ledger.store import Store
from pipelines.visits.chains import chained
from pipelines.visits.desk import Word, booked
from pipelines.visits.house import House
from pipelines.visits.words import Said
from tests.pipelines.resolve.landed import DAY, HOUR, MINUTE, NOW, connection, place, practice
from tests.pipelines.visits.world import World, appointment, cancelled, moved, statuses

START = NOW + 10 * DAY


@pytest.fixture
def world(ledger: Store) -> World:
    one = World(ledger)
    one.patients("book", "Liz Kim")
    return one


def test_r12_a_cancel_and_a_booking_within_a_day_after_it_are_one_visit(world: World) -> None:
    old = appointment("a1", START, booked_at=NOW - DAY)
    world.book("book", old)
    visit = world.visit()["visit_id"]
    world.now += HOUR
    world.book("book", cancelled(old, world.now))
    world.now += 20 * HOUR
    counts = world.book("book", appointment("a2", START + DAY, booked_at=world.now))
    assert (counts.visits_new, counts.rebooked) == (0, 1)
    row = world.visit()
    assert (row["visit_id"], row["status"], row["start_at"]) == (visit, "booked", START + DAY)
    assert (row["changed_at"], row["moved_at"], row["booked_at"]) == (world.now, world.now, NOW - DAY)
    assert world.changes(visit) == ["booked", "cancelled", "rebooked"]


def test_r12_a_booking_within_a_day_before_the_cancel_is_the_same_visit(world: World) -> None:
    old = appointment("a1", START, booked_at=NOW - 9 * DAY)
    new = appointment("a2", START + DAY, booked_at=NOW + HOUR)
    world.book("book", old)
    visit = world.visit()["visit_id"]
    world.now += 2 * HOUR
    counts = world.book("book", new, cancelled(old, world.now))
    assert (counts.visits_new, counts.moved, counts.retired) == (0, 1, 0)
    assert (world.visit()["visit_id"], world.visit()["start_at"]) == (visit, START + DAY)


def test_r12_two_visits_that_turn_out_to_be_one_go_on_as_the_one_people_were_told_of(world: World) -> None:
    old = appointment("a1", START, booked_at=NOW - 9 * DAY)
    world.book("book", old)
    first = world.visit()["visit_id"]
    world.now += HOUR
    world.book("book", appointment("a2", START + DAY, booked_at=world.now))
    second = world.visit_of("book", "a2")
    world.said(first, second)
    world.now += HOUR
    counts = world.book("book", cancelled(old, world.now))
    assert counts.retired == 1
    assert [row["visit_id"] for row in world.visits()] == [second]
    assert world.visit_of("book", "a1") == world.visit_of("book", "a2") == second
    assert world.changes(first)[-1] == "none", "a visit that goes on elsewhere is not cancelled"


def test_r12_two_visits_of_which_nobody_was_told_go_on_as_the_older(world: World) -> None:
    old = appointment("a1", START, booked_at=NOW - 9 * DAY)
    world.book("book", old)
    first = world.visit()["visit_id"]
    world.now += HOUR
    world.book("book", appointment("a2", START + DAY, booked_at=world.now))
    world.book("book", cancelled(old, world.now))
    assert world.visit()["visit_id"] == first


@pytest.mark.parametrize(
    "how",
    [{"booked_at": NOW + 26 * HOUR}, {"service": "Facial"}, {"person_vendor_id": "p2"}],
    ids=["two days later", "another family of services", "another person"],
)
def test_r12_a_booking_that_is_too_late_or_for_something_or_someone_else_is_a_new_visit(
    ledger: Store, how: dict[str, object]
) -> None:
    world = World(ledger)
    world.patients("book", "Liz Kim", "Rose Kim")
    old = appointment("a1", START, booked_at=NOW - DAY)
    world.book("book", old)
    world.now += HOUR
    world.book("book", cancelled(old, world.now))
    world.now += 30 * HOUR
    usual = {"booked_at": NOW + 2 * HOUR, "person_vendor_id": "p1", **how}
    world.book("book", Appointment.model_validate(appointment("a2", START + DAY).model_dump() | usual))
    assert sorted(statuses(world.visits())) == ["booked", "cancelled"]


def test_r12_a_series_booked_at_once_does_not_swallow_the_session_that_is_cancelled(world: World) -> None:
    sessions = [appointment(f"a{n}", START + n * 7 * DAY, booked_at=NOW - HOUR + n * MINUTE) for n in range(6)]
    world.book("book", *sessions)
    world.now += MINUTE
    world.book("book", cancelled(sessions[2], world.now))
    assert statuses(world.visits()) == ["booked", "booked", "cancelled", "booked", "booked", "booked"]


def test_r12_a_vendors_own_link_makes_one_visit_whatever_else_differs(world: World) -> None:
    old = appointment("a1", START, booked_at=NOW - 9 * DAY)
    world.book("book", old)
    world.now += HOUR
    gone = old.model_copy(update={"status": AppointmentStatus.RESCHEDULED, "rescheduled_to": "a2"})
    counts = world.book("book", gone, appointment("a2", START + 40 * DAY, service="Facial", rescheduled_from="a1"))
    assert (counts.moved, counts.visits_new) == (1, 0)
    assert world.visit()["start_at"] == START + 40 * DAY


def test_r12_an_appointment_taken_back_is_the_same_visit(world: World) -> None:
    one = appointment("a1", START, booked_at=NOW - DAY)
    world.book("book", one)
    world.book("book", cancelled(one, NOW + MINUTE))
    counts = world.book("book", one.model_copy(update={"updated_at": NOW + HOUR}))
    assert counts.rebooked == 1
    assert world.visit()["status"] == "booked"


def _two_tools(**of_luma: object) -> Practice:
    return practice(
        connections=(connection("luma"), connection("book", system_of_record=("appointment",))),
        locations=(place("downtown", "Lumen Downtown"), place("uptown", "Lumen Uptown", "+12125550102")),
    )


@pytest.fixture
def two_tools(ledger: Store) -> World:
    world = World(ledger, _two_tools())
    world.patients("book", "Liz Kim")
    world.patients("luma", "Liz Kim")
    return world


def test_r41_one_visit_seen_through_two_tools_is_one_visit(two_tools: World) -> None:
    two_tools.book("book", appointment("a1", START, location="downtown"))
    counts = two_tools.book(
        "luma", appointment("x1", START + 3 * MINUTE, location="Lumen Downtown", service="Tox 20 units")
    )
    assert counts.visits_new == 0
    assert two_tools.visit_of("luma", "x1") == two_tools.visit_of("book", "a1")
    assert two_tools.visit()["start_at"] == START


@pytest.mark.parametrize(
    "other",
    [
        appointment("x1", START + 6 * MINUTE, location="downtown"),
        appointment("x1", START, location="uptown"),
    ],
    ids=["six minutes later", "another place"],
)
def test_r41_another_minute_or_place_is_another_visit(two_tools: World, other: object) -> None:
    two_tools.book("book", appointment("a1", START, location="downtown"))
    two_tools.book("luma", other)  # type: ignore[arg-type]  # a plain dict of appointment fields
    assert len(two_tools.visits()) == 2


def test_r41_the_system_of_record_has_the_word_whoever_came_first(two_tools: World) -> None:
    mirror = appointment("x1", START, location="downtown")
    record = appointment("a1", START, location="downtown")
    two_tools.book("luma", mirror)
    two_tools.book("book", record)
    two_tools.now += HOUR
    assert two_tools.book("luma", cancelled(mirror, two_tools.now)).cancelled == 0
    assert two_tools.visit()["status"] == "booked"
    assert two_tools.book("book", moved(record, START + DAY, two_tools.now)).moved == 1
    two_tools.book("luma", moved(mirror, START + 2 * DAY, two_tools.now))
    assert two_tools.visit()["start_at"] == START + DAY, "what a mirror says later is still a mirror's word"
    two_tools.book("book", cancelled(moved(record, START + DAY), two_tools.now + HOUR))
    assert two_tools.visit()["status"] == "cancelled"


def test_r41_two_services_at_one_hour_in_two_tools_are_two_visits(two_tools: World) -> None:
    two_tools.book("book", appointment("a1", START), appointment("a2", START, service="Facial", provider="Bea Lund"))
    two_tools.book("luma", appointment("x1", START, service="Facial", provider="Bea Lund"), appointment("x2", START))
    assert len(two_tools.visits()) == 2
    assert two_tools.visit_of("luma", "x2") == two_tools.visit_of("book", "a1")
    assert two_tools.visit_of("luma", "x1") == two_tools.visit_of("book", "a2")


@pytest.mark.parametrize("gone_first", [False, True])
def test_r41_five_hundred_future_visits_under_new_ids_are_the_same_visits_unchanged(
    ledger: Store, gone_first: bool
) -> None:
    world = World(ledger)
    world.patients("book", *(f"{chr(65 + n % 26)}{chr(97 + n // 26)}m Kim" for n in range(100)))
    starts = [START + timedelta(hours=2 * n) for n in range(500)]
    old = [appointment(f"a{n}", at, who=f"p{n % 100 + 1}", booked_at=NOW - 9 * DAY) for n, at in enumerate(starts)]
    new = [one.model_copy(update={"vendor_id": f"n{n}"}) for n, one in enumerate(old)]
    world.book("book", *old)
    before = {row["visit_id"]: (row["start_at"], row["status"], row["changed_at"]) for row in world.visits()}
    world.now += HOUR
    if gone_first:
        world.landing.put("book", *old, at=world.now, deleted=True)
    counts = world.book("book", *new)
    if not gone_first:
        counts += world.book("book", *old, deleted=True)
    assert (counts.visits_new, counts.moved, counts.cancelled, counts.retired) == (0, 0, 0, 0)
    assert {row["visit_id"]: (row["start_at"], row["status"], row["changed_at"]) for row in world.visits()} == before


def test_r41_a_tool_that_stamps_the_day_of_its_filling_on_every_visit_books_none_of_them_again(world: World) -> None:
    old = appointment("a1", START, booked_at=NOW - 9 * DAY)
    world.book("book", old)
    world.now += HOUR
    world.book("book", old.model_copy(update={"vendor_id": "n1", "booked_at": world.now}), cancelled(old, world.now))
    row = world.visit()
    assert (row["status"], row["booked_at"], row["walk_in"]) == ("booked", NOW - 9 * DAY, False)


def test_r41_a_tool_that_replaces_another_keeps_the_visits(ledger: Store) -> None:
    world = World(ledger, practice(connections=(connection("book"), connection("crm"))))
    world.patients("book", "Liz Kim")
    world.book("book", appointment("a1", START))
    visit = world.visit()["visit_id"]
    world.patients("new", "Liz Kim")
    world.practice = practice(connections=(connection("new", system_of_record=("appointment",)), connection("book")))
    world.book("new", appointment("n1", START))
    world.book("book", appointment("a1", START), deleted=True)
    assert (world.visit()["visit_id"], world.visit()["status"]) == (visit, "booked")


def test_r12_the_same_slot_booked_again_a_month_later_is_a_new_visit(world: World) -> None:
    old = appointment("a1", START + 60 * DAY)
    world.book("book", old)
    world.book("book", cancelled(old, NOW))
    world.now += 30 * DAY
    world.book("book", appointment("a2", START + 60 * DAY, booked_at=world.now))
    assert statuses(world.visits()) in (["cancelled", "booked"], ["booked", "cancelled"])


def _word(number: int, said: Said, connection_id: str) -> Word:
    name = f"{connection_id}{number}"
    return Word(f"rec-{name}", f"ver-{name}", connection_id, "appointment", name, "k-1", said, None)


@st.composite
def calendars(draw: st.DrawFn) -> list[Word]:
    """One person's appointments in two tools, close together in every way."""
    words = []
    for number in range(draw(st.integers(1, 7))):
        start = START + draw(st.sampled_from((0, 3, 60, 24 * 60))) * MINUTE
        status = draw(st.sampled_from(("booked", "cancelled", "rescheduled", "completed", "no_show")))
        gone = status in {"cancelled", "rescheduled"}
        made = NOW - draw(st.integers(0, 40)) * HOUR
        said = Said(
            start=start,
            status=AppointmentStatus(status),
            first_seen_at=made,
            seen_at=NOW,
            changed_at=made,
            service=draw(st.sampled_from(("Botox", "Facial"))),
            booked_at=made,
            cancelled_at=NOW - draw(st.integers(0, 10)) * HOUR if gone and draw(st.booleans()) else None,
            rescheduled_from=draw(st.sampled_from(("", "book0", "luma1"))),
        )
        words.append(_word(number, said, draw(st.sampled_from(("book", "luma")))))
    return words


@given(calendars(), st.randoms())
def test_every_appointment_is_in_one_chain_in_whatever_order_they_come(words: list[Word], random: object) -> None:
    house = House(_two_tools())
    shuffled = list(words)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random that shuffles
    shapes = [
        sorted(
            sorted(one.record_id for one in chain.records)
            for chain in chained((booked(w, house) for w in some), {}).chains
        )
        for some in (words, shuffled)
    ]
    assert shapes[0] == shapes[1]
    assert sorted(name for chain in shapes[0] for name in chain) == sorted({word.record_id for word in words})


@given(calendars())
def test_a_chain_never_holds_two_standing_appointments_of_one_tool_that_differ(words: list[Word]) -> None:
    house = House(_two_tools())
    unlinked = [replace(word, said=_without_links(word.said)) for word in words]
    for chain in chained((booked(word, house) for word in unlinked), {}).chains:
        for encounter in chain.encounters:
            standing = [one for one in encounter if one.said.status not in {"cancelled", "rescheduled"}]
            told = {(one.connection_id, one.said.service) for one in standing}
            assert len({tool for tool, _ in told}) == len(told)


def _without_links(said: Said) -> Said:
    import msgspec  # noqa: PLC0415 - only this helper needs it

    return msgspec.structs.replace(said, rescheduled_from="")
