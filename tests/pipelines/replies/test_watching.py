"""What nobody answers goes to more people, and what people write themselves is not talked over (R20, R21, R25, R58)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from canonical.ids import ConnectionId
from canonical.raw import Page, RawRecord
from ledger.raw import land
from ledger.streams import Stream
from ledger.tasks import close_task
from pipelines.accept.arrival import arrival_of
from pipelines.replies.unanswered import close_answered, staffed_time
from tests.pipelines.replies.seeds import RUN, insert, live, only, pauses, phone, said, says, tasks, visit, watch
from tests.pipelines.replies.test_what_replies_do import log_line
from tests.receiver.folder import write
from tests.receiver.world import LUMEN, NIGHT, NOON, PATIENT, World, lay_out, sid

ON_CALL = ["+12125550171", "+12125550172", "+12125550173"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    home = lay_out(tmp_path)
    settings = yaml.safe_load((home / "lumen" / "practice.yaml").read_text())
    write(home / "lumen" / "practice.yaml", settings | {"on_call": ON_CALL, "manager": "mel@lumen.example"})
    world = World.at(home)
    live(world, "ana")
    return world


def close(world: World, task: str) -> None:
    with world.hub.store("lumen").writing(business_now=world.hand.now) as session:
        assert close_task(session, task, by="user:u-1", now=world.hand.now)


def titles(world: World) -> list[str]:
    return sorted(row["title"] for row in tasks(world, "unanswered"))


def test_r21_a_reply_is_escalated_once_after_half_an_hour_and_to_the_manager_after_four(world: World) -> None:
    says(world, "Can I bring my sister?")
    world.hand.pass_(minutes=29)
    assert watch(world) == {}
    world.hand.pass_(minutes=1)
    assert [watch(world), watch(world)] == [{"escalated": 1}, {}]
    world.hand.pass_(hours=3, minutes=30)
    assert [watch(world), watch(world)] == [{"escalated": 1}, {}]
    assert titles(world) == [
        "A reply has waited too long for an answer",
        "A reply still waits for an answer: the manager decides who gives it",
    ]
    assert all(row["urgent"] for row in tasks(world, "unanswered"))


def test_r21_the_clock_stands_while_the_practice_is_closed(world: World) -> None:
    world.hand.now = NIGHT
    says(world, "Can I bring my sister?")
    world.hand.pass_(hours=10)
    assert watch(world) == {}, "23:00 to 09:00"
    world.hand.pass_(minutes=30)
    assert watch(world) == {"escalated": 1}


def test_r21_both_waits_are_settings_of_the_practice(world: World) -> None:
    settings = yaml.safe_load((world.home / "lumen" / "practice.yaml").read_text())
    write(world.home / "lumen" / "practice.yaml", settings | {"escalate_after": "5min", "manager_after": "10min"})
    world = World.at(world.home, world.hand)
    says(world, "Hello?")
    world.hand.pass_(minutes=10)
    assert watch(world) == {"escalated": 2}


def test_r21_an_answer_ends_the_escalation_and_what_it_held(world: World) -> None:
    says(world, "Can I bring my sister?")
    world.hand.pass_(minutes=45)
    watch(world)
    close(world, only(tasks(world, "reply"))["task_id"])
    assert watch(world) == {"settled": 1, "released": 1}
    assert not tasks(world)
    assert not pauses(world)
    world.hand.pass_(hours=1)
    assert watch(world) == {}


def test_r20_closing_the_task_lets_go_at_once(world: World) -> None:
    says(world, "Can I bring my sister?")
    task = only(tasks(world))["task_id"]
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        assert close_answered(session, task, by="user:u-1", now=NOON)
        assert not close_answered(session, task, by="user:u-1", now=NOON)
    assert pauses(world) == []


def test_r20_another_open_question_on_that_phone_goes_on_holding(world: World) -> None:
    visit(world, "p-ana")
    said(world, "v-p-ana")
    says(world, "Can I bring my sister?")
    says(world, "or can we move it?", number=2)
    close(world, only(tasks(world, "reply"))["task_id"])
    assert watch(world) == {}
    assert pauses(world) == [("follow_up", "p-ana"), ("visit", "v-p-ana")]


def test_row_7_3_a_red_flag_pages_the_first_on_call_at_any_hour(world: World) -> None:
    world.hand.now = NIGHT
    says(world, "my lips are swelling")
    page = only(tasks(world))
    assert page["title"] == "A reply may describe a complication: read it now (number 1 of 3 on call)"
    assert (page["urgent"], page["due_at"]) == (True, NIGHT)


def test_r25_a_page_nobody_reads_goes_to_the_next_in_fifteen_minutes_and_at_last_to_the_manager(world: World) -> None:
    world.hand.now = NIGHT
    says(world, "my lips are swelling")
    seen = []
    for _ in range(4):
        world.hand.pass_(minutes=15)
        watch(world)
        seen.append((len(tasks(world, "red_flag")), len(tasks(world, "unanswered"))))
    assert seen == [(2, 0), (3, 0), (3, 1), (3, 1)]
    assert {row["subject_id"] for row in tasks(world)} == {row["reply_id"] for row in world.table("replies")}


def test_r25_whoever_reads_the_page_ends_it_for_all(world: World) -> None:
    says(world, "my lips are swelling")
    world.hand.pass_(minutes=50)
    watch(world)
    close(world, tasks(world, "red_flag")[-1]["task_id"])
    assert watch(world) == {"settled": 3}
    world.hand.pass_(hours=2)
    assert watch(world) == {}


def test_row_7_3_a_red_flag_pause_never_ends_by_itself(world: World) -> None:
    says(world, "can I bring my sister?")
    says(world, "my lips are swelling", number=2)
    for task in tasks(world):
        close(world, task["task_id"])
    assert watch(world) == {"released": 1}
    world.hand.pass_(days=30)
    assert pauses(world) == [("follow_up", "p-ana")]


def test_r20_somebody_treated_lately_is_read_first(world: World) -> None:
    """No list holds every word for a complication: what they write is urgent, whatever it says."""
    visit(world, "p-ana", NOON - timedelta(days=5), status="checked_out")
    says(world, "quick question")
    task = only(tasks(world))
    assert (task["kind"], task["urgent"]) == ("reply", True)
    assert "within two weeks" in task["title"]


def test_r21_time_counts_only_in_opening_hours(world: World) -> None:
    place = world.practice().config.practice.locations[0]
    friday = NOON + timedelta(days=1, hours=5, minutes=30)  # 17:30, half an hour before closing
    monday = NOON + timedelta(days=4, hours=-2)  # 10:00; Saturday was 10:00 to 15:00
    assert staffed_time(place, friday, monday) == timedelta(hours=6, minutes=30)
    assert staffed_time(place, monday, friday) == timedelta()


def outbound(number: int, minutes_ago: int, **more: str) -> bytes:
    line = json.loads(log_line(number, "Hi Ana, Dana here", minutes_ago))
    line |= {"direction": "outbound-api", "from": LUMEN, "to": PATIENT, "status": "delivered"} | more
    return json.dumps(line).encode()


def logged(world: World, *bodies: bytes) -> None:
    stream, now = Stream(ConnectionId("twilio"), "messages"), world.hand.now
    records = tuple(
        RawRecord(
            connection_id=stream.connection_id,
            stream="messages",
            vendor_id=json.loads(body)["sid"],
            body=body,
            origin="page 0",
        )
        for body in bodies
    )
    with world.hub.store("lumen").writing(business_now=now) as session:
        land(session, arrival_of(stream, Page(records=records, cursor=""), frozenset(), now=now, run_id=RUN))
    world.practice().ear.understand(RUN)


def test_r58_a_text_of_the_staff_withholds_follow_ups_for_a_day(world: World) -> None:
    logged(world, outbound(1, 30))
    assert watch(world) == {"kept_out": 1}
    pause = only(world.table("current_pauses"))
    assert (pause["scope"], pause["value"], pause["until"]) == (
        "follow_up",
        "p-ana",
        NOON + timedelta(hours=23, minutes=30),
    )
    assert watch(world) == {}


@pytest.mark.parametrize("ago", [121, 60 * 24 * 30])
def test_r58_an_older_text_of_the_staff_withholds_nothing(world: World, ago: int) -> None:
    logged(world, outbound(1, ago))
    assert watch(world) == {}
    assert pauses(world) == []


def test_r58_what_the_vendor_answers_by_itself_is_none_of_the_staff(world: World) -> None:
    logged(world, outbound(1, 30, direction="outbound-reply"))
    assert watch(world) == {}
    assert pauses(world) == []


def test_r58_a_text_of_ours_is_none_of_the_staff(world: World) -> None:
    at = NOON - timedelta(minutes=30)
    insert(world, "attempts", {"attempt_id": "at-1", "contact_point_id": phone(world), "claimed_at": at})
    insert(world, "attempt_outcomes", {"attempt_id": "at-1", "outcome": "sent", "vendor_id": sid(1), "happened_at": at})
    logged(world, outbound(1, 30))
    assert watch(world) == {}


def test_r58_a_text_that_may_be_ours_is_not_taken_for_theirs(world: World) -> None:
    """The vendor's log was read between our request and its answer: its id is not known here yet."""
    at = NOON - timedelta(minutes=29)
    insert(world, "attempts", {"attempt_id": "at-1", "contact_point_id": phone(world), "claimed_at": at})
    logged(world, outbound(1, 30))
    assert watch(world) == {}


def test_r58_the_talk_goes_on_holding_when_the_reply_is_closed(world: World) -> None:
    says(world, "Can I bring my sister?", number=2)
    logged(world, outbound(1, 5))
    watch(world)
    close(world, only(tasks(world))["task_id"])
    assert watch(world) == {"released": 1}
    assert pauses(world) == [("follow_up", "p-ana")]
    world.hand.pass_(hours=24)
    assert pauses(world) == []
