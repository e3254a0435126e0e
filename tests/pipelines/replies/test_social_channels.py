"""What is written on social channels: it stops like any text, and neither answers ours nor gives anything back (R22, R24, R34, R60)."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from canonical.conversations import Direction, MessageRecord
from canonical.practice import Channel
from tests.pipelines.replies.seeds import RUN, STAFF, TOMORROW, insert, intents, live, only, said, says, tasks, visit
from tests.receiver.folder import write
from tests.receiver.world import NOON, PATIENT, World, lay_out

SOCIAL = [Channel.IG_DM, Channel.MESSENGER]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A phone of the practice's own is listed."""
    home = lay_out(tmp_path)
    settings = yaml.safe_load((home / "lumen" / "practice.yaml").read_text())
    write(home / "lumen" / "practice.yaml", settings | {"staff_phones": [STAFF]})
    return World.at(home)


def writes(world: World, text: str, channel: Channel = Channel.IG_DM, contact: str = PATIENT) -> None:
    """Somebody writes to the practice on a channel, and a tool knows whose phone that is."""
    record = MessageRecord(
        vendor_id="ms1", channel=channel, direction=Direction.INBOUND, contact=contact, text=text, sent_at=NOON
    )
    row = {
        "version_id": "ver-1",
        "record_id": "rec-1",
        "ordinal": 1,
        "kind": "message",
        "connection_id": "twilio",
        "stream": "messages",
        "vendor_id": "ms1",
        "raw_id": "r-1",
        "body": record.model_dump_json(),
        "deleted": False,
        "recorded_at": NOON,
    }
    insert(world, "versions", row)
    world.practice().ear.read_replies(RUN)


@pytest.mark.parametrize("channel", SOCIAL)
def test_r34_a_stop_on_any_channel_stops_the_phone_and_is_written_back_where_it_came_from(
    world: World, channel: Channel
) -> None:
    writes(world, "STOP", channel)
    stopped = only(world.table("current_suppressions"))
    assert (stopped["scope"], stopped["source"]) == ("all", "twilio:reply")


def test_r34_the_same_word_by_text_is_heeded_by_its_tool_itself(world: World) -> None:
    writes(world, "STOP", Channel.SMS)
    assert only(world.table("current_suppressions"))["source"] == "twilio:keyword"


@pytest.mark.parametrize("channel", SOCIAL)
def test_row_7_1_what_needs_a_person_reaches_one(world: World, channel: Channel) -> None:
    live(world, "ana")
    writes(world, "Do you do facials?", channel)
    assert intents(world) == ["human"]
    assert only(tasks(world, "reply"))["person_id"] == "p-ana"


@pytest.mark.parametrize("channel,intent", [(Channel.SMS, "confirm"), *((one, "human") for one in SOCIAL)])
def test_r22_a_yes_there_confirms_no_visit(world: World, channel: Channel, intent: str) -> None:
    [ana] = live(world, "ana")
    said(world, visit(world, ana))
    writes(world, "YES", channel)
    assert intents(world) == [intent]
    assert len(world.table("confirmations")) == (intent == "confirm")


@pytest.mark.parametrize("channel,scores", [(Channel.SMS, 1), (Channel.IG_DM, 0)])
def test_r24_a_number_there_is_no_score(world: World, channel: Channel, scores: int) -> None:
    [ana] = live(world, "ana")
    visit(world, ana, NOON - timedelta(days=2), status="checked_out")
    said(world, "v-p-ana", row="6.1", starts=(), text="How was it, from 1 to 10?")
    writes(world, "10", channel)
    assert len(world.table("survey_answers")) == scores


def test_a_visit_is_still_asked_to_be_moved_there(world: World) -> None:
    [ana] = live(world, "ana")
    visit(world, ana, TOMORROW)
    writes(world, "I need to reschedule my appointment")
    assert only(tasks(world, "change_request"))["person_id"] == ana


def test_r34_a_start_there_gives_nothing_back_and_a_person_looks_into_it(world: World) -> None:
    live(world, "ana")
    says(world, "STOP")
    writes(world, "START")
    assert len(world.table("current_suppressions")) == 1
    assert intents(world) == ["stop", "start"]
    assert len(tasks(world, "reply")) == 1


def test_r60_nobody_orders_anything_there_on_a_listed_phone(world: World) -> None:
    writes(world, "gl-closed-today", contact=STAFF)
    assert world.table("control_words") == []
    assert world.table("current_pauses") == []


def test_r60_by_text_a_listed_phone_does(world: World) -> None:
    writes(world, "gl-closed-today", Channel.SMS, contact=STAFF)
    assert len(world.table("control_words")) == 1
