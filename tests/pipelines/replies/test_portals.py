"""What people write in a portal or a chat, where a message names neither phone nor address (rows 7.1, 7.2, 7.3; R1, R34)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from canonical.conversations import Direction, MessageRecord
from canonical.ids import Prefix, keyed_id
from canonical.practice import Channel
from ledger.tasks import close_task
from tests.pipelines.replies.seeds import RUN, Row, insert, intents, live, only, pauses, phone, said, tasks, visit
from tests.receiver.world import NOON, OTHER, World, lay_out

LUMA, ANA = "luma", "00000000000000000000a1a1"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Ana shares her phone with her mother, and has a mail address of her own."""
    world = World.at(lay_out(tmp_path))
    ana, _ = live(world, "ana", "mother")
    known_as(world, ana, ANA)
    point = mail(world)
    insert(world, "contact_points", {"contact_point_id": point, "kind": "email", "value": "ana@example.com"})
    insert(world, "person_contacts", {"person_id": ana, "contact_point_id": point, "rank": 1, "ended": False})
    return world


def mail(world: World) -> str:
    with world.hub.store("lumen").reading() as session:
        return keyed_id(Prefix.CONTACT_POINT, session.key("pseudonym"), "email", "ana@example.com")


def known_as(world: World, person: str, vendor_id: str) -> None:
    """The tool's own record of somebody is theirs."""
    with world.hub.store("lumen").reading() as session:
        key = keyed_id(Prefix.JOIN_KEY, session.key("pseudonym"), LUMA, vendor_id)
    record = f"r-{vendor_id}"
    insert(world, "record_keys", {"record_id": record, "join_key": key})
    insert(world, "person_links", {"record_id": record, "person_id": person, "undone": False})


def writes(
    world: World, text: str, number: int = 1, who: str = ANA, contact: str = "", version: int = 1, at: datetime = NOON
) -> None:
    """Somebody writes in the portal, and it is read."""
    message = MessageRecord(
        vendor_id=f"m-{number}",
        channel=Channel.SMS if contact else Channel.PORTAL,
        direction=Direction.INBOUND,
        contact=contact,
        person_vendor_id=who,
        text=text,
        sent_at=at,
    )
    row: Row = {"version_id": f"ve-{number}-{version}", "record_id": f"rec-{number}", "raw_id": f"raw-{number}"}
    row |= {"kind": "message", "connection_id": LUMA, "body": message.model_dump_json(), "deleted": False}
    insert(world, "versions", row | {"recorded_at": world.hand.now})
    world.practice().ear.read_replies(RUN)


def stopped(world: World) -> set[str]:
    return {row["contact_point_id"] for row in world.table("current_suppressions") if row["scope"] == "all"}


def test_row_7_1_what_somebody_writes_in_a_portal_reaches_people_with_whom_it_is_from(world: World) -> None:
    writes(world, "Can I bring my sister?")
    assert (only(tasks(world))["kind"], only(tasks(world))["person_id"]) == ("reply", "p-ana")
    reply = only(world.table("replies"))
    assert (reply["person_id"], reply["channel"], reply["intent"]) == ("p-ana", "portal", "human")
    assert pauses(world) == [("follow_up", "p-ana")]  # the mother, who has not written, is not kept waiting


def test_row_7_2_a_stop_in_a_portal_stops_every_way_of_reaching_them_and_is_confirmed_once(world: World) -> None:
    writes(world, "Please stop texting me")
    assert stopped(world) == {phone(world), mail(world)}
    ids = "\x1f".join(row["suppression_id"] for row in world.table("current_suppressions"))
    told = [row["told_us"] for row in world.rows("suppressions_to_plan", ids=ids)]
    assert sorted(told) == [False, True]


def test_row_7_3_a_possible_complication_in_a_portal_pages_a_clinician(world: World) -> None:
    writes(world, "my lip is swollen and I have trouble breathing")
    task = only(tasks(world, "red_flag"))
    assert (task["urgent"], task["person_id"]) == (True, "p-ana")


def test_a_yes_in_a_portal_answers_no_text_of_ours(world: World) -> None:
    visit(world, "p-ana")
    said(world, "v-p-ana", text="Reply C to confirm")
    writes(world, "C")
    assert intents(world) == ["human"]
    assert world.table("confirmations") == []


def test_a_wish_to_move_the_visit_means_the_writers_own(world: World) -> None:
    visit(world, "p-ana")
    visit(world, "p-mother", start=NOON + timedelta(days=3))
    writes(world, "I need to reschedule")
    assert only(tasks(world, "change_request"))["person_id"] == "p-ana"
    assert ("visit", "v-p-ana") in pauses(world)
    assert ("visit", "v-p-mother") not in pauses(world)


def test_the_tools_id_is_not_asked_where_a_phone_is_named(world: World) -> None:
    writes(world, "STOP", contact=OTHER)
    assert stopped(world) == {phone(world, OTHER)}
    assert only(world.table("replies"))["person_id"] is None


def test_start_in_a_portal_gives_nothing_back_by_itself(world: World) -> None:
    writes(world, "STOP")
    writes(world, "START", number=2)
    assert stopped(world) == {phone(world), mail(world)}
    assert len(tasks(world, "reply")) == 1


@pytest.mark.parametrize(
    "text, kinds",
    [
        ("Can I bring my sister?", ["reply"]),
        ("STOP", ["opt_out_review"]),
        ("stop texting me, my lip is swollen and I have trouble breathing", ["opt_out_review", "red_flag"]),
        ("delete all my data", ["deletion"]),
    ],
)
def test_whoever_cannot_be_reached_here_is_told_of_all_the_same(world: World, text: str, kinds: list[str]) -> None:
    writes(world, text, who="somebody-new")
    assert sorted(row["kind"] for row in tasks(world)) == kinds
    assert all("luma" in row["title"] or row["kind"] == "red_flag" for row in tasks(world))
    assert (stopped(world), world.table("replies")) == (set(), [])


def test_nobody_is_told_twice_of_the_same_message(world: World) -> None:
    writes(world, "Hello?", who="somebody-new")
    task = only(tasks(world))
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        close_task(session, task["task_id"], by="desk", now=NOON)
    writes(world, "Hello?", who="somebody-new", version=2)
    assert tasks(world) == []


def test_a_stop_of_somebody_who_is_known_by_then_is_carried_out(world: World) -> None:
    writes(world, "STOP", who="new")
    [late] = live(world, "late", number=OTHER)
    known_as(world, late, "new")
    writes(world, "STOP", who="new", version=2)
    assert stopped(world) == {phone(world, OTHER)}


def test_what_was_written_long_ago_by_somebody_unknown_is_nobodys_errand(world: World) -> None:
    writes(world, "Hello?", who="somebody-new", at=NOON - timedelta(days=3))
    assert tasks(world) == []


def test_somebody_who_works_here_asks_nobody(world: World) -> None:
    insert(world, "persons", {"person_id": "p-ana", "flags": "staff", "recorded_at": NOON})
    writes(world, "Hello?")
    assert tasks(world) == []
