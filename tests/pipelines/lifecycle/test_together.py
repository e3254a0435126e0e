"""What one phone reads together: R2, R5, R6, and one catch-up after an outage (R46)."""

from datetime import timedelta

from canonical.actions import ActionState
from canonical.practice import Channel
from pipelines.lifecycle.bundles import Bundle, bundle, unrelated
from pipelines.lifecycle.reasons import Why
from tests.journeys_fixture import SPINE_STEPS, UPTOWN, changed, journeys
from tests.pipelines.lifecycle.world import World, ny
from tests.pipelines.policy.world import an_action

S = ActionState
BOOKED = ny("2026-11-02 09:00")
FAMILY = "cp-family"


def _family() -> World:
    """A mother and two daughters on one phone, three visits on one morning, booked a week before."""
    world = World(ny("2026-11-02 09:00"))
    for visit, person, start in (("v-1", "mum", "10:00"), ("v-2", "zoe", "10:30"), ("v-3", "ada", "15:00")):
        world.book(visit, f"2026-11-12 {start}", person=person, phone=FAMILY)
    return world


def test_several_visits_of_one_phone_and_day_are_one_text_of_each_kind() -> None:
    """R5: the reminder goes when the earliest visit's is due, and names all three."""
    world = _family()
    world.run(ny("2026-11-12 18:00"), timedelta(minutes=30))
    assert world.rows() == ["2.5", "3.1", "3.2", "4.1"]
    assert [text.at for text in world.texts][1:3] == [ny("2026-11-10 10:00"), ny("2026-11-11 10:00")]
    assert {tuple(start[-5:] for _, start in text.named) for text in world.texts} == {("10:00", "10:30", "15:00")}


def test_the_first_of_three_moves_and_the_reminder_is_formed_anew() -> None:
    """R5: the bundle is recomputed once; the others keep their reminder, now at the second's hour."""
    world = _family()
    world.run(ny("2026-11-09 12:00"), timedelta(hours=1))
    world.move("v-1", "2026-11-20 10:00")
    world.run(ny("2026-11-11 08:00"), timedelta(minutes=30))
    assert world.rows() == ["2.5", "2.7", "3.1"]
    assert world.texts[-1].named == (("v-2", "2026-11-12 10:30"), ("v-3", "2026-11-12 15:00"))
    assert world.texts[-1].at == ny("2026-11-10 10:30")


def test_a_carrier_that_moves_before_the_claim_lets_go_of_the_others() -> None:
    """R5: nothing is absorbed until the claim, so a tick in which nothing may go yet binds nobody."""
    world = _family()
    world.run(ny("2026-11-09 12:00"), timedelta(hours=1))
    world.clears = lambda action: False
    world.run(ny("2026-11-10 10:30"), timedelta(minutes=30))
    world.move("v-1", "2026-11-20 10:00")
    world.clears = lambda action: True
    world.run(ny("2026-11-10 12:00"), timedelta(minutes=10))
    assert world.rows() == ["2.5", "2.7", "3.1"]
    assert world.texts[-1].named == (("v-2", "2026-11-12 10:30"), ("v-3", "2026-11-12 15:00"))


def test_one_of_three_is_cancelled_and_only_that_one_is_called_cancelled() -> None:
    world = _family()
    world.run(ny("2026-11-09 12:00"), timedelta(hours=1))
    world.cancel("v-2")
    world.run(ny("2026-11-12 18:00"), timedelta(minutes=30))
    assert [text.named for text in world.texts if text.cancelled] == [(("v-2", "2026-11-12 10:30"),)]
    assert world.said("v-1")[-1][0] == "4.1"
    assert [visit for visit, _ in world.texts[-1].named] == ["v-1", "v-3"]


def test_an_absorbed_action_counts_as_told_with_its_carrier() -> None:
    world = _family()
    world.run(ny("2026-11-09 12:00"), timedelta(hours=1))
    world.move("v-3", "2026-11-12 16:00")
    world.run(ny("2026-11-09 13:00"))
    assert world.said("v-3") == [("2.5", "2026-11-12 15:00"), ("2.7", "2026-11-12 16:00")]


def test_two_locations_on_one_day_are_one_text_with_both() -> None:
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.book("v-2", "2026-11-12 14:00", booked=BOOKED, place=UPTOWN.location_id)
    world.tick()
    world.tick(ny("2026-11-10 10:00"))
    assert [len(text.named) for text in world.texts] == [2, 2]


def test_a_visit_booked_beside_one_already_reminded_stands_alone() -> None:
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.run(ny("2026-11-10 10:30"))
    world.book("v-2", "2026-11-12 16:00")
    world.run(ny("2026-11-10 18:00"))
    assert world.said("v-2") == [("2.5", "2026-11-12 16:00"), ("3.1", "2026-11-12 16:00")]


def test_different_days_on_one_phone_stay_different_texts() -> None:
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.book("v-2", "2026-11-13 10:00", booked=BOOKED)
    world.run(ny("2026-11-11 12:00"), timedelta(minutes=30))
    assert [len(text.named) for text in world.texts if text.row in {"3.1", "3.2"}] == [1, 1, 1]


def test_two_texts_for_one_phone_are_half_an_hour_apart() -> None:
    """R6: different visits on different days cannot share a text, so the lesser waits."""
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.book("v-2", "2026-11-13 10:10", booked=BOOKED)
    world.run(ny("2026-11-11 12:00"))
    late = [text.at for text in world.texts if text.at >= ny("2026-11-11 00:00")]
    assert late == [ny("2026-11-11 10:00"), ny("2026-11-11 10:30")]


def test_a_reminder_due_in_the_minute_of_a_change_notice_is_carried_by_it() -> None:
    """R6: both would say the same time; the notice wins and the reminder is absorbed, and counts as said."""
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.run(ny("2026-11-10 09:58"), timedelta(minutes=2))
    world.place("v-1", UPTOWN.location_id)
    world.run(ny("2026-11-10 10:10"), timedelta(minutes=1))
    world.run(ny("2026-11-11 10:30"))
    assert world.rows() == ["2.5", "2.7", "3.2"]
    assert world.texts[1].at == ny("2026-11-10 10:03")
    absorbed = [past for _, past in world.past.values() if past.state is S.ABSORBED]
    assert [(past.step, past.carrier_state) for past in absorbed] == [("3.1-reminder-48h", S.SENT)]


def test_after_two_days_of_outage_a_person_gets_one_catch_up_message() -> None:
    """R46: 48 hours frozen, then one text with the truth; what expired stays dead."""
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 15:00", booked=BOOKED)
    world.book("v-2", "2026-11-11 15:00", person="bea", booked=BOOKED)
    world.run(ny("2026-11-10 10:00"))
    world.clears = lambda action: False
    world.run(ny("2026-11-12 10:00"), timedelta(hours=1))
    before = len(world.texts)
    world.clears = lambda action: True
    world.run(ny("2026-11-12 18:00"))
    caught_up = world.texts[before:]
    assert [(text.row, text.named) for text in caught_up] == [("4.1", (("v-1", "2026-11-12 15:00"),))]
    bea = [past for subject, past in world.past.values() if subject == "v-2"]
    assert {past.state for past in bea} == {S.SENT, S.EXPIRED}


def test_an_expired_step_is_never_sent_later_for_the_same_time() -> None:
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 15:00", booked=BOOKED)
    world.clears = lambda action: False
    world.run(ny("2026-11-12 14:30"), timedelta(hours=1))
    world.clears = lambda action: True
    world.visits["v-1"] = world.visits["v-1"]
    assert world.desired().withheld["v-1", "3.2-reminder-24h"].why in {Why.EXPIRED, Why.DEAD}
    world.run(ny("2026-11-12 15:30"))
    assert world.rows() == ["2.5"]


def test_a_visit_moved_after_its_reminder_expired_is_owed_a_new_one() -> None:
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 15:00", booked=BOOKED)
    world.tick()
    world.clears = lambda action: False
    world.run(ny("2026-11-12 14:30"), timedelta(hours=1))
    world.clears = lambda action: True
    world.move("v-1", "2026-11-17 10:00")
    world.run(ny("2026-11-17 12:00"), timedelta(minutes=30))
    assert [row for row, start in world.said("v-1") if start == "2026-11-17 10:00"] == ["2.7", "3.1", "3.2", "4.1"]
    again = [past for _, past in world.past.values() if past.step == "3.2-reminder-24h"]
    assert sorted((past.occurrence, past.state.value) for past in again) == [(1, "expired"), (2, "sent")]


def test_the_later_reminder_absorbs_what_it_says_it_absorbs() -> None:
    """Row 3.1 carries 3.3's instructions when both are due; without that word they wait their turn."""
    mail = {"channels": (Channel.SMS,)}
    steps = changed(("3.1", mail | {"absorbs": ("3.3-instructions",)}))
    details = steps[3].model_copy(
        update={"key": "3.3-instructions", "row": "3.3", "names_time": False, "absorbs": (), "priority": 20}
    )
    world = World(ny("2026-11-09 09:00"), journeys(*steps, details))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.run(ny("2026-11-10 12:00"))
    assert world.rows() == ["2.5", "3.1"]
    world = World(ny("2026-11-09 09:00"), journeys(*SPINE_STEPS, details))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.run(ny("2026-11-10 12:00"))
    assert world.rows() == ["2.5", "3.3", "3.1"]


def test_actions_without_a_contact_point_are_never_joined() -> None:
    world = World(ny("2026-11-09 09:00"))
    world.book("v-1", "2026-11-12 10:00", booked=BOOKED)
    world.book("v-2", "2026-11-12 11:00", person="bea", booked=BOOKED)
    world.plan()
    unknown = [live.action.model_copy(update={"contact_point_id": None}) for live in world.open.values()]
    assert len(bundle(unknown, world.journeys)) == len(unknown)


def test_what_is_claimed_together_shares_no_phone_person_or_visit_and_nobody_overtakes_a_relative() -> None:
    """B shares the person with A, C shares the phone with B: C waits for B, though it has nothing to do with A."""
    a, b, c, d = (
        Bundle(an_action(action_id=name, subject_id=f"v-{name}", person_id=person, contact_point_id=phone))
        for name, person, phone in (
            ("a", "p-1", "cp-1"),
            ("b", "p-1", "cp-2"),
            ("c", "p-3", "cp-2"),
            ("d", "p-4", None),
        )
    )
    assert unrelated([a, b, c, d], 9) == [a, d]
    assert unrelated([a, b, c, d], 1) == [a]
    assert unrelated([b, c, d], 9) == [b, d]
    assert unrelated([], 9) == []
