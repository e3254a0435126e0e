"""R3, R4, R11, R43, R49: who asked, when, and whether it is the same question again."""

from datetime import UTC, datetime

import pytest

from canonical.inquiries import InquiryRecord, InquirySource
from ledger.store import Store
from pipelines.visits.asked import InquiryCounts
from pipelines.visits.spam import judge
from tests.pipelines.resolve.landed import DAY, HOUR, MINUTE, NOW, connection, patient, place, practice
from tests.pipelines.visits.world import PHONE, World, appointment

MAIL = "liz@kim.example"


def asked(vendor_id: str, name: str = "Liz Kim", **more: object) -> InquiryRecord:
    fields = {"vendor_id": vendor_id, "source": "web_form", "full_name": name, "phone": PHONE, "received_at": NOW}
    return InquiryRecord.model_validate(fields | more)


@pytest.fixture
def world(ledger: Store) -> World:
    return World(ledger)


def test_an_inquiry_says_who_from_where_and_when(world: World) -> None:
    counts = world.ask("form", asked("q1", email=MAIL, language="es-MX"))
    (row,) = world.inquiries()
    assert (row["source"], row["received_at"], row["vendor_time"], row["language"]) == ("web_form", NOW, True, "es")
    assert row["phone_id"].startswith("cp-")
    assert row["email_id"].startswith("cp-")
    assert row["person_id"].startswith("p-")
    assert (row["location_id"], row["suspected_spam"], row["same_as"], row["closed"]) == (
        "downtown",
        False,
        None,
        False,
    )
    assert (counts.read, counts.inquiries_new, counts.undated) == (1, 1, 0)


def test_r43_an_inquiry_without_the_vendors_time_says_so(world: World) -> None:
    counts = world.ask("form", asked("q1", received_at=None))
    (row,) = world.inquiries()
    assert (row["received_at"], row["vendor_time"], counts.undated) == (NOW, False, 1)


def test_r4_a_second_inquiry_from_the_same_contact_point_within_a_day_is_the_same_one(world: World) -> None:
    world.ask("form", asked("q1"))
    world.now += 23 * HOUR
    counts = world.ask("crm", asked("c7", "Elizabeth Kim", source="crm", received_at=world.now))
    first, second = world.inquiries()
    assert (second["same_as"], counts.repeated) == (first["inquiry_id"], 1)
    assert (first["source"], second["source"]) == ("web_form", "crm"), "both sources are kept"


def test_r4_after_a_day_it_is_a_new_question(world: World) -> None:
    world.ask("form", asked("q1"))
    world.now += 25 * HOUR
    world.ask("form", asked("q2", received_at=world.now))
    assert [row["same_as"] for row in world.inquiries()] == [None, None]


def test_r4_who_asks_every_evening_asks_anew_each_second_time(world: World) -> None:
    """The day is counted from the question that was answered, not from the last one that was not."""
    for number in range(4):
        world.ask("form", asked(f"q{number}", received_at=world.now))
        world.now += 20 * HOUR
    first, _, third, _ = world.inquiries()
    assert [row["same_as"] for row in world.inquiries()] == [None, first["inquiry_id"], None, third["inquiry_id"]]


def test_r4_a_question_after_one_that_looked_like_spam_is_no_repetition(world: World) -> None:
    """Nobody answers spam by itself, so what follows it must not be silenced by it."""
    world.ask("form", asked("q1", message="https://a.example https://b.example"))
    assert world.inquiries()[0]["suspected_spam"]
    world.now += 5 * MINUTE
    world.ask("form", asked("q2", received_at=world.now))
    assert [row["same_as"] for row in world.inquiries()] == [None, None]


def test_r4_different_names_on_one_phone_are_two_leads(world: World) -> None:
    world.ask("form", asked("q1"), asked("q2", "Rose Kim", received_at=NOW + MINUTE))
    first, second = world.inquiries()
    assert second["same_as"] is None
    assert first["person_id"] != second["person_id"]


def test_r4_three_in_one_lot_are_the_earliest_whatever_their_order(world: World) -> None:
    world.now += HOUR
    world.ask("form", *(asked(f"q{n}", received_at=NOW + minutes * MINUTE) for n, minutes in enumerate((20, 0, 10))))
    first, *others = world.inquiries()
    assert first["received_at"] == NOW
    assert [row["same_as"] for row in others] == [first["inquiry_id"]] * 2


def test_r4_an_earlier_one_that_arrives_later_is_the_one_we_know(world: World) -> None:
    world.now += HOUR
    world.ask("form", asked("q1", received_at=NOW + HOUR))
    world.ask("crm", asked("q0", received_at=NOW))
    late, known = world.inquiries()
    assert (late["same_as"], known["same_as"]) == (known["inquiry_id"], None)


def test_r3_a_booking_by_anyone_on_the_leads_phone_ends_the_question(world: World) -> None:
    world.ask("form", asked("q1"))
    world.now += HOUR
    world.landing.put("book", patient("p1", "Rose Kim", PHONE), at=world.now)
    world.landing.put("book", appointment("a1", NOW + 9 * DAY, booked_at=world.now), at=world.now)
    counts = world.ask("form")
    assert world.inquiries()[0]["booked_at"] == world.now
    assert counts.booked == 1
    assert world.ask("form") == InquiryCounts()


def test_r3_a_booking_made_before_the_question_does_not_answer_it(world: World) -> None:
    world.landing.put("book", patient("p1", "Liz Kim", PHONE), at=world.now)
    world.landing.put("book", appointment("a1", NOW + 9 * DAY, booked_at=NOW - HOUR), at=world.now)
    world.ask("form", asked("q1"))
    assert world.inquiries()[0]["booked_at"] is None


def test_r3_a_tool_that_knows_only_the_day_of_a_booking_answers_by_when_we_saw_it(world: World) -> None:
    world.ask("form", asked("q1"))
    world.now += HOUR
    world.landing.put("book", patient("p1", "Liz Kim", PHONE), at=world.now)
    midnight = datetime(2026, 11, 1, 4, tzinfo=UTC)
    world.landing.put("book", appointment("a1", NOW + 9 * DAY, booked_at=midnight, booked_day_only=True), at=world.now)
    world.ask("form")
    assert world.inquiries()[0]["booked_at"] == midnight


def test_r11_a_lead_without_a_place_gets_the_default_and_never_one_by_area_code(ledger: Store) -> None:
    places = (place("downtown", "Lumen Downtown"), place("uptown", "Lumen Uptown", "+12125550102"))
    world = World(ledger, practice(connections=(connection("form"),), locations=places))
    counts = world.ask("form", asked("q1"), asked("q2", location="lumen uptown", phone="+12125550117"))
    assert [row["location_id"] for row in world.inquiries()] in (["uptown", None], [None, "uptown"])
    assert counts.unknown_location == 1
    world.practice = world.practice.model_copy(update={"default_location": "downtown"})
    world.ask("form", asked("q3", phone="+13105550118", received_at=NOW + MINUTE))
    assert world.inquiries()[-1]["location_id"] == "downtown"


def test_what_was_found_out_about_an_inquiry_survives_its_next_version(world: World) -> None:
    world.ask("form", asked("q1"))
    (row,) = world.inquiries()
    row.pop("seq")
    with world.store.writing() as session:
        session.insert("inquiries", [row | {"called_at": NOW + MINUTE, "recorded_at": NOW + MINUTE}])
    counts = world.ask("form", asked("q1", campaign="spring"))
    assert (world.inquiries()[0]["called_at"], counts.changed, counts.inquiries_new) == (NOW + MINUTE, 1, 0)
    world.ask("form", asked("q1"), deleted=True)
    assert world.inquiries()[0]["closed"] is True


def test_a_lead_that_turns_out_to_be_a_patient_is_theirs(world: World) -> None:
    world.ask("form", asked("q1", email=MAIL, phone=""))
    before = world.inquiries()[0]["person_id"]
    world.landing.put("book", patient("p1", "Liz Kim", PHONE), at=world.now)
    world.ask("form")
    world.landing.put("crm", patient("c1", "Liz Kim", PHONE, emails=(MAIL,)), at=world.now)
    world.ask("form")
    assert world.inquiries()[0]["person_id"] == world.person_of("book", "p1") == before


SPAM = {
    "honeypot": asked("s", honeypot="x"),
    "two links": asked("s", message="buy https://a.example and www.b.example"),
    "a link for a name": asked("s", "visit http://a.example"),
    "a disposable address": asked("s", email="a@mailinator.com"),
    "gibberish and a bad number": asked("s", "XkQzRtPlMn Wvbnrtk", phone="+1000"),
    "one number over and over and gibberish": asked("s", "Bcdfghjkl", phone="+12222222222"),
}
HONEST = {
    "a plain question": asked("h", message="Do you have time on Friday?"),
    "a link to a picture": asked("h", message="like this one: https://pics.example/1"),
    "a slip in the number": asked("h", phone="212555"),
    "a name from elsewhere": asked("h", "Krzysztof Brzęczyszczykiewicz"),
    "another script": asked("h", "Анна Смирнова"),
    "capitals": asked("h", "MCKENNA DEANDRE"),
    "a message on Instagram": asked("h", "", phone="", source=InquirySource.INSTAGRAM, message="hi!"),
}


@pytest.mark.parametrize("what", SPAM)
def test_r49_what_nobody_meant_is_suspected_with_its_reasons(what: str) -> None:
    found = judge(SPAM[what])
    assert found.suspected, found
    assert found.reasons


@pytest.mark.parametrize("what", HONEST)
def test_r49_an_honest_question_is_not(what: str) -> None:
    assert not judge(HONEST[what]).suspected, judge(HONEST[what])


def test_r49_a_suspected_inquiry_is_kept_marked_and_stays_what_a_human_said(world: World) -> None:
    counts = world.ask("form", asked("q1", honeypot="x"))
    (row,) = world.inquiries()
    assert (row["suspected_spam"], row["spam_reason"], counts.suspected) == (True, "honeypot", 1)
    row.pop("seq")
    with world.store.writing() as session:
        session.insert("inquiries", [row | {"suspected_spam": False, "spam_reason": ""}])
    world.ask("form", asked("q1", honeypot="x", campaign="again"))
    assert world.inquiries()[0]["suspected_spam"] is False
