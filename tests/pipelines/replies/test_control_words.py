"""The desk's control words, by text from a listed phone or by tag, and texts of the practice's own people (R8, R37, R60)."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from pipelines.replies.control_words import ASKED, DONE, KNOWN, Subject, obey
from pipelines.replies.desk_words import Control, ControlWord, parse
from tests.pipelines.replies.seeds import (
    STAFF,
    TOMORROW,
    insert,
    intents,
    live,
    only,
    pauses,
    says,
    tasks,
    visit,
    watch,
)
from tests.receiver.folder import write
from tests.receiver.world import NOON, OTHER, World, lay_out

TODAY = NOON + timedelta(hours=3)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Ana's phone ends in 0142, Ben's in 0143."""
    home = lay_out(tmp_path)
    settings = yaml.safe_load((home / "lumen" / "practice.yaml").read_text())
    write(home / "lumen" / "practice.yaml", settings | {"staff_phones": [STAFF]})
    write(home / "lumen" / "providers.yaml", {"kim": {"display_name": "Dr. Kim"}})
    world = World.at(home)
    live(world, "ana")
    live(world, "ben", number=OTHER)
    return world


def desk(world: World, text: str, number: int = 1) -> None:
    says(world, text, number=number, sender=STAFF)


def outcomes(world: World) -> list[tuple[str, str]]:
    return [(row["word"], row["outcome"]) for row in world.table("control_words")]


@pytest.mark.parametrize(
    "text, control, minutes, about",
    [
        ("gl-late-10", Control.LATE, 10, ""),
        ("late 10 0142", Control.LATE, 10, "0142"),
        ("GL Late 15 min for 0142", Control.LATE, 15, "0142"),
        ("gl-hold 0142", Control.HOLD, None, "0142"),
        ("Resume 0142", Control.RESUME, None, "0142"),
        ("wrong number 0142", Control.WRONG_NUMBER, None, "0142"),
        ("gl-deceased v-abc", Control.DECEASED, None, "v-abc"),
        ("no reviews for 0142", Control.NO_REVIEWS, None, "0142"),
        ("closed today downtown", Control.CLOSED_TODAY, None, "downtown"),
        ("gl-hodl 0142", None, None, ""),
    ],
)
def test_r60_words_as_the_desk_types_them(text: str, control: Control | None, minutes: int | None, about: str) -> None:
    assert parse(text, listed_phone=True) == ControlWord(control, minutes, about)


@pytest.mark.parametrize("text", ["VIP", "hold", "late fee", "global", ""])
def test_r60_a_tag_without_the_prefix_is_a_tag_like_any_other(text: str) -> None:
    assert parse(text) is None


def test_r60_late_names_the_provider_by_the_visit_of_today(world: World) -> None:
    visit(world, "p-ana", TODAY)
    visit(world, "p-ana", TOMORROW, name="other", provider_id="lee")
    desk(world, "late 10 0142")
    delay = only(world.table("delays"))
    assert (delay["provider_id"], delay["location_id"], delay["minutes"]) == ("kim", "downtown", 10)
    assert str(delay["day"]) == "2026-11-12"
    assert outcomes(world) == [("gl-late", DONE)]
    assert tasks(world) == []


@pytest.mark.parametrize("text", ["late 10", "late 0142", "late 10 9999", "late 500 0142", "gl-late"])
def test_r60_late_that_is_not_clear_does_nothing_and_says_what_to_write(world: World, text: str) -> None:
    visit(world, "p-ana", TODAY)
    desk(world, text)
    assert world.table("delays") == []
    task = only(tasks(world))
    assert (task["kind"], task["urgent"]) == ("control_word", True)
    assert "Write gl-late-10 and the last four digits" in task["title"]
    assert outcomes(world) == [("gl-late", ASKED)]


def test_r60_two_providers_on_one_day_are_ambiguous(world: World) -> None:
    visit(world, "p-ana", TODAY)
    visit(world, "p-ana", TODAY + timedelta(hours=1), name="other", provider_id="lee")
    desk(world, "late 10 0142")
    assert world.table("delays") == []
    assert only(tasks(world))["kind"] == "control_word"


def test_r60_late_may_name_the_provider(world: World) -> None:
    desk(world, "late 20 dr kim")
    assert only(world.table("delays"))["provider_id"] == "kim"


def test_r60_hold_and_resume_one_person(world: World) -> None:
    desk(world, "hold 0142")
    assert pauses(world) == [("person", "p-ana")]
    desk(world, "resume 0142", number=2)
    assert pauses(world) == []
    assert outcomes(world) == [("gl-hold", DONE), ("gl-resume", DONE)]


def test_r60_hold_one_visit_by_the_booking_tools_number(world: World) -> None:
    v = visit(world, "p-ana", record_id="rec-1")
    insert(world, "appointment_records", {"record_id": "rec-1", "vendor_id": "88121"})
    desk(world, "gl-hold 88121")
    assert pauses(world) == [("visit", v)]
    assert watch(world) == {}, "the desk's hold waits for the desk"


def test_r60_a_number_that_is_a_phone_and_a_visit_is_ambiguous(world: World) -> None:
    visit(world, "p-ben", record_id="rec-1")
    insert(world, "appointment_records", {"record_id": "rec-1", "vendor_id": "0142"})
    desk(world, "hold 0142")
    assert pauses(world) == []
    assert only(tasks(world))["kind"] == "control_word"


def test_r60_a_phone_of_two_people_names_neither(world: World) -> None:
    live(world, "ana", "mia")
    desk(world, "hold 0142")
    assert pauses(world) == []


def test_r45_a_staff_text_holds_everything_and_lets_it_go(world: World) -> None:
    desk(world, "gl-hold all")
    assert pauses(world) == [("practice", "")]
    desk(world, "gl-resume all", number=2)
    assert pauses(world) == []


def test_r26_a_wrong_number_told_by_the_desk_parts_the_pair(world: World) -> None:
    desk(world, "wrong number 0142")
    parted = only(world.table("current_suppressions"))
    assert (parted["scope"], parted["person_id"]) == ("person_on_phone", "p-ana")
    assert only(tasks(world))["kind"] == "fix_contact"


def test_r37_deceased_stops_everything_and_no_word_takes_it_back(world: World) -> None:
    desk(world, "gl-deceased 0142")
    assert pauses(world) == [("person", "p-ana")]
    assert only(world.table("current_pauses"))["until"] is None
    assert outcomes(world) == [("gl-deceased", "flagged:deceased")]
    flagged = only(tasks(world))
    assert (flagged["kind"], flagged["person_id"]) == ("flagged", "p-ana")
    desk(world, "resume 0142", number=2)
    assert pauses(world) == [("person", "p-ana")]


def test_r60_no_reviews_holds_only_reviews(world: World) -> None:
    desk(world, "no reviews 0142")
    assert pauses(world) == [("reviews", "p-ana")]


def test_r38_closed_today_holds_the_location_until_midnight_there(world: World) -> None:
    desk(world, "gl-closed-today")
    pause = only(world.table("current_pauses"))
    assert (pause["scope"], pause["value"]) == ("location", "downtown")
    assert pause["until"].isoformat() == "2026-11-13T05:00:00+00:00"
    assert only(tasks(world))["kind"] == "call_list"


def test_r11_which_of_two_locations_is_closed_is_never_guessed(world: World) -> None:
    places = yaml.safe_load((world.home / "lumen" / "locations.yaml").read_text())
    other = places["downtown"] | {"name": "Uptown", "sms_sender": "+12125550111"}
    senders = yaml.safe_load((world.home / "lumen" / "senders.yaml").read_text())
    write(world.home / "lumen" / "senders.yaml", senders | {"+12125550111": next(iter(senders.values()))})
    write(world.home / "lumen" / "locations.yaml", places | {"uptown": other})
    world = World.at(world.home, world.hand)
    desk(world, "closed today")
    assert pauses(world) == []
    desk(world, "closed today uptown", number=2)
    assert pauses(world) == [("location", "uptown")]


def test_r60_a_text_told_by_webhook_and_by_the_log_is_obeyed_once(world: World) -> None:
    desk(world, "hold 0142")
    desk(world, "resume 0142", number=2)
    desk(world, "hold 0142")
    assert pauses(world) == []
    assert len(world.table("control_words")) == 2


def test_r60_a_tag_says_who_is_meant_by_where_it_stands(world: World) -> None:
    config, said = world.practice().config.practice, parse("gl-late-10")
    v = visit(world, "p-ana", TODAY)
    assert said
    about = Subject(people=("p-ana",), visit_id=v)
    with world.hub.store("lumen").writing(business_now=NOON) as session:
        assert obey(session, config, said, about, "user:u-1", "hubspot:c-7", NOON) == DONE
        assert obey(session, config, said, about, "user:u-1", "hubspot:c-7", NOON) == KNOWN
    assert len(world.table("delays")) == 1
    assert only(world.table("control_words"))["connection_id"] == "hubspot"


@pytest.mark.parametrize("text", ["hey can you cover me tuesday?", "YES", "my lip is swollen lol", "9"])
def test_r8_a_text_of_the_staff_is_no_answer_of_a_patient(world: World, text: str) -> None:
    desk(world, text)
    assert world.table("replies") == world.table("tasks") == world.table("control_words") == []


def test_r8_a_stop_of_a_staff_phone_is_a_stop(world: World) -> None:
    desk(world, "STOP")
    assert only(world.table("current_suppressions"))["scope"] == "all"
    assert tasks(world) == []


@pytest.mark.parametrize("flag", ["test", "staff"])
def test_r8_what_made_up_people_and_our_own_write_is_read_and_nobodys_task(world: World, flag: str) -> None:
    number = "+12125550144"
    live(world, "t", number=number, flags=flag)
    says(world, "can I bring my sister?", sender=number)
    says(world, "my lips are swelling", number=2, sender=number)
    assert intents(world) == ["human", "red_flag"]
    assert tasks(world) == []


def test_r8_somebody_real_on_the_same_phone_is_answered(world: World) -> None:
    number = "+12125550144"
    live(world, "t", number=number, flags="test")
    live(world, "zoe", number=number)
    says(world, "can I bring my sister?", sender=number)
    assert only(tasks(world))["kind"] == "reply"


def test_r60_words_of_a_patient_are_no_control_words(world: World) -> None:
    says(world, "hold 0143")
    assert world.table("control_words") == []
    assert intents(world) == ["human"]
