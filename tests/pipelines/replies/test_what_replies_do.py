"""What people write back, from the vendor's bytes to what it changes (R20–R26, R34)."""

import json
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from canonical.ids import Prefix, RunId, content_hash, keyed_id
from canonical.raw import Page, RawRecord
from ledger.lists import listed
from ledger.raw import land
from ledger.streams import Stream
from pipelines.accept.arrival import arrival_of
from tests.receiver.world import LUMEN, NOON, OTHER, PATIENT, World, call, inbound, lay_out, sid

RUN = RunId("run-test")
Row = dict[str, Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(lay_out(tmp_path))


def says(world: World, text: str, number: int = 1, sender: str = PATIENT) -> None:
    incoming = inbound(text, number=number, sender=sender).model_copy(update={"received_at": world.hand.now})
    world.spool.write(call(incoming))
    world.practice().ear.listen(RUN)


def only(rows: list[Row]) -> Row:
    [row] = rows
    return row


def kinds(world: World) -> list[str]:
    return sorted(row["kind"] for row in world.table("current_tasks"))


def phone(world: World, number: str = PATIENT) -> str:
    with world.hub.store("lumen").reading() as session:
        return keyed_id(Prefix.CONTACT_POINT, session.key("pseudonym"), "phone", number)


def live(world: World, *names: str, contact: str = PATIENT, ahead: bool = False) -> list[str]:
    """People on a phone, each with a visit ahead if asked for."""
    people = [f"p-{name}" for name in names]
    point = phone(world, contact)
    visit = {"status": "booked", "start_at": NOON + timedelta(days=2)}
    with world.hub.store("lumen").writing() as session:
        session.insert(
            "person_contacts", [{"person_id": p, "contact_point_id": point, "rank": 0, "ended": False} for p in people]
        )
        session.insert(
            "contact_points", [{"contact_point_id": point, "kind": "phone", "value": contact, "recorded_at": NOON}]
        )
        if ahead:
            session.insert("open_visits", [visit | {"visit_id": f"v-{p}", "person_id": p} for p in people])
    return people


def agreed(world: World, *, kind: str = "provided_number", category: str = "informational") -> None:
    row = {
        "consent_id": f"c-{category}",
        "contact_point_id": phone(world),
        "brand": "lumen",
        "category": category,
        "kind": kind,
        "granted": True,
        "given_at": NOON - timedelta(days=9),
        "recorded_at": NOON,
        "source": "tablet",
    }
    with world.hub.store("lumen").writing() as session:
        session.insert("consents", [row])


def wrote_to(world: World, person: str | None, minutes: int = 60) -> None:
    row = {
        "attempt_id": f"at-{person}",
        "contact_point_id": phone(world),
        "person_id": person,
        "command": "send_sms",
        "claimed_at": NOON - timedelta(minutes=minutes),
    }
    with world.hub.store("lumen").writing() as session:
        session.insert("attempts", [row])


def test_stop_stops_everything_for_the_phone_and_brand_at_once(world: World) -> None:
    says(world, "STOP")
    stopped = only(world.table("current_suppressions"))
    assert (stopped["scope"], stopped["brand"], stopped["person_id"]) == ("all", "lumen", None)
    assert (stopped["word"], stopped["source"], stopped["provisional"]) == ("stop", "twilio:keyword", False)
    assert stopped["effective_at"] == NOON
    assert only(world.table("replies"))["intent"] == "stop"


def test_plain_words_stop_too_and_are_told_apart_from_words_the_vendor_heeds(world: World) -> None:
    says(world, "please stop texting me")
    assert only(world.table("current_suppressions"))["source"] == "twilio:reply"


def test_the_vendors_own_stop_counts_whatever_the_text_says(world: World) -> None:
    body = inbound("Unsub").body + b"&OptOutType=STOP"
    incoming = inbound("x").model_copy(update={"body": body, "received_at": NOON})
    world.spool.write(call(incoming))
    world.practice().ear.listen(RUN)
    assert only(world.table("replies"))["intent"] == "stop"


def test_the_opt_out_names_whoever_lost_reminders_and_how_many(world: World) -> None:
    live(world, "mother", "daughter", "visitor", ahead=True)
    says(world, "STOP")
    task = only([row for row in world.table("current_tasks") if row["kind"] == "opted_out"])
    assert "3 people" in task["title"]
    assert task["person_id"] is None


def test_an_opt_out_of_nobody_with_visits_ahead_asks_nobody_to_call(world: World) -> None:
    says(world, "STOP")
    assert kinds(world) == []


def test_stop_twice_is_one_opt_out(world: World) -> None:
    says(world, "STOP")
    says(world, "STOP", number=2)
    assert len(world.table("suppressions")) == 1
    assert len(world.table("replies")) == 2


def test_cancel_stops_by_law_and_asks_at_once_whether_the_visit_was_meant(world: World) -> None:
    says(world, "CANCEL")
    assert only(world.table("current_suppressions"))["scope"] == "all"
    task = only(world.table("current_tasks"))
    assert (task["kind"], task["urgent"]) == ("may_mean_appointment", True)
    assert task["due_at"] == NOON + timedelta(minutes=15)


def test_words_that_may_mean_stop_hold_everything_until_a_person_decides(world: World) -> None:
    says(world, "Cancel my appointment tomorrow")
    held = only(world.table("current_suppressions"))
    assert (held["scope"], held["provisional"]) == ("all", True)
    assert kinds(world) == ["may_mean_appointment", "opt_out_review"]


def test_a_clear_stop_after_a_doubtful_one_is_no_longer_doubtful(world: World) -> None:
    says(world, "no")
    says(world, "STOP", number=2)
    assert not only(world.table("current_suppressions"))["provisional"]


def test_help_suppresses_nothing_and_opens_nothing(world: World) -> None:
    says(world, "HELP")
    assert only(world.table("replies"))["intent"] == "help"
    assert world.table("suppressions") == world.table("tasks") == []


def test_start_gives_back_informational_texts_only_as_new_evidence_that_quotes_the_text(world: World) -> None:
    agreed(world)
    agreed(world, kind="written", category="marketing")
    says(world, "STOP")
    world.hand.pass_(minutes=5)
    says(world, "START", number=2)
    assert [row["scope"] for row in world.table("current_suppressions")] == ["marketing"]
    given = only([row for row in world.table("consents") if row["source"] == "twilio:start"])
    assert (given["category"], given["kind"], given["granted"]) == ("informational", "express", True)
    assert given["wording_sha256"] == content_hash(b"START")
    assert given["given_at"] == NOON + timedelta(minutes=5)


def test_start_without_a_former_permission_gives_none(world: World) -> None:
    says(world, "STOP")
    says(world, "START", number=2)
    assert world.table("consents") == []


def test_start_of_somebody_who_never_stopped_changes_nothing(world: World) -> None:
    agreed(world)
    says(world, "START")
    assert len(world.table("consents")) == 1
    assert world.table("suppressions") == []


def test_a_start_that_was_sent_before_the_stop_does_not_undo_it(world: World) -> None:
    says(world, "STOP")
    world.hand.now = NOON - timedelta(minutes=3)
    says(world, "START", number=2)
    assert only(world.table("current_suppressions"))["scope"] == "all"


def test_yes_is_no_start(world: World) -> None:
    says(world, "STOP")
    says(world, "YES", number=2)
    assert only(world.table("current_suppressions"))["scope"] == "all"


def test_a_wrong_number_kills_the_pair_voids_its_consents_and_asks_for_the_right_one(world: World) -> None:
    [maria] = live(world, "maria")
    agreed(world)
    says(world, "wrong number")
    pair = only(world.table("current_suppressions"))
    assert (pair["scope"], pair["person_id"]) == ("person_on_phone", maria)
    assert not only(world.table("current_consents"))["granted"]
    assert only(world.table("current_tasks"))["kind"] == "fix_contact"


def test_a_wrong_number_on_a_shared_phone_is_about_whoever_we_wrote_to_and_the_others_keep_theirs(world: World) -> None:
    live(world, "mother", "daughter")
    agreed(world)
    wrote_to(world, "p-mother", minutes=90)
    wrote_to(world, "p-daughter", minutes=10)
    says(world, "wrong person")
    assert only(world.table("current_suppressions"))["person_id"] == "p-daughter"
    assert only(world.table("current_consents"))["granted"]


def test_a_wrong_number_on_a_shared_phone_of_which_nobody_knows_whom_it_means_holds_all(world: World) -> None:
    live(world, "mother", "daughter")
    says(world, "wrong number")
    held = only(world.table("current_suppressions"))
    assert (held["scope"], held["provisional"]) == ("all", True)


def test_a_wrong_number_of_a_stranger_stops_the_phone(world: World) -> None:
    says(world, "wrong number")
    held = only(world.table("current_suppressions"))
    assert (held["scope"], held["provisional"]) == ("all", False)


@pytest.mark.parametrize(
    "text",
    [
        "I can't breathe well since the shot",
        "My lips are really swollen",
        "the skin is turning white",
        "severe pain, is this normal?",
        "I have a fever",
        "my eyelid is drooping",
        "blurry vision today",
        "me cuesta respirar",
    ],
)
def test_a_possible_complication_goes_to_a_clinician_first(world: World, text: str) -> None:
    live(world, "ana")
    says(world, text)
    task = only(world.table("current_tasks"))
    assert (task["kind"], task["urgent"], task["due_at"]) == ("red_flag", True, NOON)
    assert only(world.table("current_pauses"))["until"] is None


def test_an_alarm_that_also_says_stop_is_both(world: World) -> None:
    says(world, "stop texting me, I have a fever and chills")
    assert only(world.table("replies"))["intent"] == "red_flag"
    assert only(world.table("current_suppressions"))["scope"] == "all"
    assert kinds(world) == ["red_flag"]


def test_everything_else_is_read_by_a_human_and_pauses_only_what_would_talk_over_it(world: World) -> None:
    [ana] = live(world, "ana")
    says(world, "Can I bring my sister?")
    assert only(world.table("replies"))["intent"] == "human"
    task = only(world.table("current_tasks"))
    assert (task["kind"], task["person_id"], task["due_at"]) == ("reply", ana, NOON + timedelta(minutes=30))
    pause = only(world.table("current_pauses"))
    assert (pause["scope"], pause["value"]) == ("follow_up", ana)
    assert pause["until"] == NOON + timedelta(days=2, hours=3)  # Saturday's closing, 15:00 in New York


def test_an_answer_at_night_is_due_after_the_opening(world: World) -> None:
    world.hand.now = NOON + timedelta(hours=11)
    says(world, "Can I bring my sister?")
    assert only(world.table("current_tasks"))["due_at"] == NOON + timedelta(hours=21, minutes=30)


def test_several_texts_in_a_row_are_one_errand_and_pause_longer(world: World) -> None:
    live(world, "ana")
    says(world, "Hi")
    world.hand.pass_(days=1)
    says(world, "Hello?", number=2)
    assert kinds(world) == ["reply"]
    assert only(world.table("current_pauses"))["until"] > NOON + timedelta(days=3)


def test_a_reaction_is_recorded_and_nothing_else(world: World) -> None:
    says(world, 'Liked "See you tomorrow at 9. Reply STOP to stop, HELP for help."')
    assert only(world.table("replies"))["intent"] == "tapback"
    assert world.table("tasks") == world.table("suppressions") == []


@pytest.mark.parametrize("text", ["?", "", "See you then", "YES", "10 min", "9", "C"])
def test_what_answers_nothing_we_said_reaches_a_human(world: World, text: str) -> None:
    says(world, text)
    assert only(world.table("replies"))["intent"] == "human"


def logged(world: World, *texts: tuple[int, str, int]) -> None:
    """Messages as the vendor's log has them: number, text, minutes ago."""
    stream = Stream(world.practice().connection("twilio").connection_id, "messages")
    records = tuple(
        RawRecord(
            connection_id=stream.connection_id,
            stream="messages",
            vendor_id=sid(n),
            body=log_line(n, text, ago),
            origin="page 0",
        )
        for n, text, ago in texts
    )
    now = world.hand.now
    with world.hub.store("lumen").writing(business_now=now) as session:
        land(session, arrival_of(stream, Page(records=records, cursor=""), frozenset(), now=now, run_id=RUN))
    world.practice().ear.listen(RUN)


def log_line(number: int, text: str, minutes_ago: int) -> bytes:
    at = format_datetime(NOON - timedelta(minutes=minutes_ago))
    known = {
        "sid": sid(number),
        "direction": "inbound",
        "from": PATIENT,
        "to": LUMEN,
        "body": text,
        "status": "received",
    }
    dates = dict.fromkeys(("date_sent", "date_created", "date_updated"), at)
    empty = dict.fromkeys(("error_code", "error_message", "messaging_service_sid", "price", "price_unit"))
    rest = {
        "account_sid": f"AC{0:032x}",
        "api_version": "2010-04-01",
        "num_media": "0",
        "num_segments": "1",
        "uri": "/x",
    }
    return json.dumps(known | dates | empty | rest | {"subresource_uris": {"media": "/y"}}).encode()


def test_a_stop_that_only_the_log_tells_counts_from_when_it_was_sent(world: World) -> None:
    logged(world, (1, "STOP", 40))
    assert only(world.table("current_suppressions"))["effective_at"] == NOON - timedelta(minutes=40)


def test_a_text_told_by_webhook_and_by_the_log_is_one_reply(world: World) -> None:
    says(world, "Can I bring my sister?")
    logged(world, (1, "Can I bring my sister?", 0))
    assert len(world.table("replies")) == 1
    assert len(world.table("tasks")) == 1


def test_old_answers_found_in_a_log_stop_what_they_stopped_and_bother_nobody(world: World) -> None:
    live(world, "ana", ahead=True)
    logged(world, (1, "Can I bring my sister?", 60 * 24 * 30), (2, "STOP", 60 * 24 * 20))
    assert world.table("tasks") == world.table("pauses") == []
    assert only(world.table("current_suppressions"))["scope"] == "all"


def test_a_sender_that_is_no_phone_is_counted_and_changes_nothing(world: World) -> None:
    says(world, "Your code is 1234", sender="72166")
    assert world.table("replies") == []


def test_what_was_said_is_in_no_table_but_the_vendors_bytes_and_their_version(world: World) -> None:
    says(world, "STOP xylophone my cousin")
    names = [row["table_name"] for row in world.table("duckdb_tables() WHERE database_name = current_database()")]
    found = {name for name in names for row in world.table(name) for value in row.values() if "xylophone" in str(value)}
    assert found == {"raw", "versions"}


def test_another_phone_is_not_stopped(world: World) -> None:
    says(world, "STOP")
    assert phone(world, OTHER) not in {row["contact_point_id"] for row in world.table("current_suppressions")}


def test_a_number_that_is_somebody_elses_is_no_way_to_a_person_and_mail_takes_over(world: World) -> None:
    """R26: the planner no longer finds the phone for that person; for the others on it, it does."""
    maria, ben = live(world, "maria", "ben")
    wrote_to(world, maria, minutes=10)
    says(world, "wrong number")
    with world.hub.store("lumen").reading() as session:
        found = session.rows("contacts_to_plan", persons=listed([maria, ben]))
    assert [row["person_id"] for row in found] == [ben]
