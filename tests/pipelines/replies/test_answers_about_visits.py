"""Confirm, late, change: what an answer about a visit does, and to which (rows 3.6, 7.1; R20, R22, R23)."""

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.tasks import close_task
from tests.pipelines.replies.seeds import TOMORROW, insert, intents, live, only, pauses, said, says, tasks, visit, watch
from tests.receiver.world import NOON, World, lay_out


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(lay_out(tmp_path))


def test_row_3_6_a_yes_confirms_the_visit_at_the_start_it_was_told_and_asks_nobody(world: World) -> None:
    [ana] = live(world, "ana")
    v = visit(world, ana)
    said(world, v)
    says(world, "YES")
    given = only(world.table("confirmations"))
    assert (given["visit_id"], given["person_id"], given["start_at"]) == (v, ana, TOMORROW)
    assert (given["confirmed_at"], intents(world)) == (NOON, ["confirm"])
    assert not tasks(world)
    assert not pauses(world)


def test_row_3_6_a_visit_that_moves_before_the_answer_is_confirmed_where_it_was_told_to_be(world: World) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana, TOMORROW + timedelta(days=1)))
    says(world, "see you tomorrow!")
    assert only(world.table("confirmations"))["start_at"] == TOMORROW


def test_r5_one_text_about_two_visits_is_confirmed_for_both(world: World) -> None:
    ana, ben = live(world, "ana", "ben")
    later = TOMORROW + timedelta(minutes=30)
    said(world, visit(world, ana), visit(world, ben, later), starts=(TOMORROW, later))
    says(world, "👍")
    assert [(row["person_id"], row["start_at"]) for row in world.table("confirmations")] == [
        (ana, TOMORROW),
        (ben, later),
    ]


@pytest.mark.parametrize("text", ["YES", "1", "y", "👍🏽"])
def test_r22_a_yes_to_nothing_we_said_confirms_nothing(world: World, text: str) -> None:
    [ana] = live(world, "ana")
    visit(world, ana)
    says(world, text)
    assert world.table("confirmations") == []


def test_r22_a_yes_is_bound_to_the_last_thing_we_said_and_not_to_one_before(world: World) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana), ago=90)
    said(world, row="7.2", starts=(), ago=5)
    says(world, "YES")
    assert intents(world) == ["human"]


def test_r22_a_text_that_was_refused_said_nothing(world: World) -> None:
    [ana] = live(world, "ana")
    v = visit(world, ana)
    said(world, v)
    insert(world, "attempt_outcomes", {"attempt_id": f"at-3.2-{v}-60", "outcome": "refused", "happened_at": NOON})
    says(world, "YES")
    assert world.table("confirmations") == []


@pytest.mark.parametrize("text", ["see you Monday", "Yes see you at 4", "see you today"])
def test_r22_a_yes_to_another_day_or_hour_is_read_by_a_person(world: World, text: str) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana))
    says(world, text)
    assert intents(world) == ["human"]


def test_r22_a_cancelled_visit_is_not_confirmed(world: World) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana, status="cancelled"))
    says(world, "YES")
    assert world.table("confirmations") == []


@pytest.mark.parametrize(
    "offer, intent", [("Reply C to confirm", "confirm"), ("C to change it", "change"), ("", "human")]
)
def test_r23_c_means_what_the_last_text_offered(world: World, offer: str, intent: str) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana), text=offer)
    says(world, "C")
    assert intents(world) == [intent]


def test_r22_late_tells_the_desk_at_once_which_visit_and_by_how_much(world: World) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana, NOON + timedelta(hours=1)), starts=(NOON + timedelta(hours=1),))
    says(world, "so sorry running 10 min late")
    task = only(tasks(world))
    assert (task["kind"], task["urgent"], task["due_at"], task["person_id"]) == ("late_patient", True, NOON, ana)
    assert task["title"] == "Somebody will be about 10 minutes late for the visit of Thu 12 Nov, 13:00"
    assert pauses(world) == []


def test_r22_minutes_alone_are_late_only_while_somebody_is_waited_for(world: World) -> None:
    [ana] = live(world, "ana")
    visit(world, ana)
    says(world, "10 min")
    insert(world, "open_visits", {"visit_id": "v-2", "person_id": ana, "status": "booked", "start_at": NOON})
    says(world, "10 min", number=2)
    assert intents(world) == ["human", "late"]


def test_r20_a_wish_to_move_holds_that_visit_and_follow_ups_and_is_due_in_a_quarter_of_an_hour(world: World) -> None:
    [ana] = live(world, "ana")
    v = visit(world, ana)
    visit(world, ana, TOMORROW + timedelta(days=20), name="later")
    said(world, v)
    says(world, "can we move it to friday?")
    task = only(tasks(world))
    assert (task["kind"], task["due_at"] - NOON) == ("change_request", timedelta(minutes=15))
    assert "Fri 13 Nov, 14:00" in task["title"]
    assert pauses(world) == [("follow_up", ana), ("visit", v)]


def test_r20_a_wish_to_move_at_night_is_due_a_quarter_after_opening(world: World) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana))
    world.hand.now = NOON + timedelta(hours=11)
    says(world, "need to reschedule")
    assert only(tasks(world))["due_at"] == NOON + timedelta(hours=21, minutes=15)


def test_r20_of_several_visits_none_is_held_by_guess(world: World) -> None:
    [ana] = live(world, "ana")
    visit(world, ana)
    visit(world, ana, TOMORROW + timedelta(days=20), name="later")
    says(world, "I need to reschedule")
    assert "not clear which" in only(tasks(world))["title"]
    assert pauses(world) == [("follow_up", ana)]


@pytest.mark.parametrize(
    "text, first",
    [
        ("my kid has a fever and i need to reschedule", "red_flag"),
        ("running late, can we move it to 3?", "late_patient"),
    ],
)
def test_r20_a_wish_to_move_behind_something_more_urgent_is_not_lost(world: World, text: str, first: str) -> None:
    [ana] = live(world, "ana")
    v = visit(world, ana)
    said(world, v)
    says(world, text)
    assert sorted(row["kind"] for row in tasks(world)) == sorted([first, "change_request"])
    assert ("visit", v) in pauses(world)


def test_r20_what_waited_is_let_go_when_the_task_is_closed(world: World) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana))
    says(world, "need to reschedule")
    assert watch(world) == {}
    task = only(tasks(world))["task_id"]
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        close_task(session, task, by="user:u-1", now=NOON)
    assert watch(world) == {"released": 2}
    assert pauses(world) == []


def test_r20_a_visit_that_was_moved_meanwhile_may_be_spoken_of_again(world: World) -> None:
    """The notice of the new time is what they wait for, and must not be held with the rest."""
    [ana] = live(world, "ana")
    v = visit(world, ana)
    said(world, v)
    says(world, "need to reschedule")
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        row = only(session.rows("open_visits_by_id", ids=v))
        session.run("forget_open_visits", ids=v)
        session.insert("open_visits", [row | {"changed_at": NOON + timedelta(minutes=3)}])
    watch(world)
    assert pauses(world) == [("follow_up", ana)]


@pytest.mark.parametrize(
    "changed,held",
    [(timedelta(), False), (-timedelta(minutes=1), True), (None, True)],
    ids=["with", "before", "never"],
)
def test_r20_what_counts_is_when_they_asked_and_not_when_we_read_it(
    world: World, changed: timedelta | None, held: bool
) -> None:
    """A tool that was out brings the wish, and the calendar its answer, in one look."""
    [ana] = live(world, "ana")
    v = visit(world, ana)
    said(world, v)
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        row = only(session.rows("open_visits_by_id", ids=v))
        session.run("forget_open_visits", ids=v)
        session.insert("open_visits", [row | {"changed_at": None if changed is None else NOON + changed}])
    says(world, "need to reschedule")
    watch(world)
    assert (("visit", v) in pauses(world)) is held


def test_r20_thanks_on_monday_leaves_tuesdays_reminder_alone(world: World) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana))
    says(world, "thanks!")
    assert pauses(world) == [("follow_up", ana)]


def test_row_2_1_somebody_who_asked_says_that_they_want_to_come(world: World) -> None:
    live(world, "lea")
    inquiry = {"inquiry_id": "q-1", "person_id": "p-lea", "source": "form", "received_at": NOON - timedelta(hours=3)}
    insert(world, "inquiries", inquiry | {"closed": False, "suspected_spam": False, "recorded_at": NOON})
    says(world, "Yes I'd like to book!")
    noted = only(world.table("interests"))
    assert (noted["inquiry_id"], noted["interested_at"], noted["source"]) == ("q-1", NOON, "reply:twilio")
    assert tasks(world) == []


def test_r3_interest_of_somebody_who_booked_meanwhile_is_read_by_a_person(world: World) -> None:
    live(world, "lea")
    inquiry = {"inquiry_id": "q-1", "person_id": "p-lea", "received_at": NOON - timedelta(hours=3), "booked_at": NOON}
    insert(world, "inquiries", inquiry | {"closed": False, "suspected_spam": False, "recorded_at": NOON})
    says(world, "I'd like to book")
    assert intents(world) == ["human"]
