"""Who writes on Instagram is answered in their thread (rows 1.1, 1.4, 7.2; META-01 to META-03), and of patients nothing is said there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from canonical.ids import ConnectionId, PracticeId, RunId
from pipelines.accept.routing import Owner
from pipelines.accept.stage import Hint
from pipelines.tick.rereading import read_again
from tests.console.said import glowline
from tests.practices.studio import CARLA, INSTAGRAM, Studio, opened_studio

ASKED = "2026-11-16 10:30"


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    with opened_studio(tmp_path, monkeypatch) as made:
        yield made


def bodies(studio: Studio) -> list[str]:
    """What was said in threads, oldest first."""
    return [str(told["message"]["text"]) for told in studio.ads.said]


def verdicts(studio: Studio, step: str) -> dict[str, set[str]]:
    """By outcome: the rules that said it of a step, whenever they were asked."""
    actions = [*studio.table("open_actions"), *studio.table("closed_actions")]
    ours = {one["action_id"] for one in actions if one["step"] == step}
    found: dict[str, set[str]] = {}
    for one in studio.table("verdicts"):
        for answer in json.loads(one["answers"]) if one["action_id"] in ours else ():
            found.setdefault(answer["outcome"], set()).add(answer["rule"])
    return found


def test_1_1_who_writes_on_instagram_is_answered_there_once_and_nothing_in_it_is_about_them(studio: Studio) -> None:
    studio.ads.write(ASKED, "Do you do lips? I am Carla, 212 555 0188")
    studio.run_at("2026-11-16 10:31", "2026-11-16 10:36", "2026-11-16 11:40")
    [told] = studio.ads.said
    assert told["recipient"] == {"id": CARLA}
    assert told["messaging_type"] == "RESPONSE"
    assert "tag" not in told
    [text] = bodies(studio)
    assert "Juniper" in text
    assert "https://go.example/b/juniper" in text
    assert "This is an automated message." in text  # AI-02
    assert not {word for word in ("Carla", "carla.d", "lips", "0188") if word in text}
    assert ["Call back a new inquiry" in one for one in studio.desk()] == [True]
    assert "BAA-01" not in verdicts(studio, "1.1-answer").get("block", set())


def test_1_4_at_night_the_answer_says_when_we_are_there_again(studio: Studio) -> None:
    studio.ads.write("2026-11-16 22:30", "Are you open tomorrow?")
    studio.run_at("2026-11-16 22:31", "2026-11-16 22:36")
    [text] = bodies(studio)
    assert "We answer you here after" in text
    assert studio.steps() == ["1.3-alert", "1.4-answer-closed"]


def test_7_1_what_they_write_next_is_somebodys_task_and_an_answer_by_hand_ends_the_promise_r56(studio: Studio) -> None:
    studio.ads.write(ASKED, "Do you have time on Friday?")
    studio.run_at("2026-11-16 10:31", "2026-11-16 10:36")
    studio.ads.write("2026-11-16 10:40", "Or on Monday?")
    studio.run_at("2026-11-16 10:41", "2026-11-16 10:42")
    [task] = [one for one in studio.table("current_tasks") if one["kind"] == "reply"]
    assert task["closed_at"] is None
    studio.ads.write("2026-11-16 10:50", "Monday at ten?", by=INSTAGRAM)
    studio.run_at("2026-11-16 10:51", "2026-11-16 11:45", "2026-11-16 12:30")
    [inquiry] = studio.table("current_inquiries")
    assert inquiry["called_at"] is not None
    assert "1.5-escalate" not in studio.steps()
    assert len(bodies(studio)) == 1


def test_our_own_answer_shown_in_the_thread_is_nobodys_call_and_no_foreign_text_r41(studio: Studio) -> None:
    studio.ads.write(ASKED, "Do you have time on Friday?")
    studio.run("2026-11-16 10:31")
    [text] = bodies(studio)
    studio.ads.write("2026-11-16 10:31", text, by=INSTAGRAM)
    studio.ads.threads[CARLA][0]["id"] = "sent-1"
    studio.run_at("2026-11-16 10:36", "2026-11-16 11:00")
    [inquiry] = studio.table("current_inquiries")
    assert inquiry["called_at"] is None
    assert studio.table("foreign_messages") == []


def test_7_2_a_stop_in_a_thread_is_a_stop_there_and_nothing_follows(studio: Studio) -> None:
    studio.ads.write(ASKED, "How much is it?")
    studio.run_at("2026-11-16 10:31", "2026-11-16 10:36")
    studio.ads.write("2026-11-16 10:40", "STOP")
    studio.run_at("2026-11-16 10:41", "2026-11-16 10:43")
    [suppressed] = studio.table("current_suppressions")
    assert (suppressed["scope"], suppressed["lifted"]) == ("all", False)
    assert [text.rpartition(" message. ")[2] for text in bodies(studio)[1:]] == [
        "You will get no more messages from Juniper here. For anything else, please call (212) 555-0161."
    ]
    assert studio.table("opt_out_copies") == []  # no other tool knows this thread
    assert {one["kind"] for one in studio.table("current_tasks")} == set()  # nobody has to decide what a STOP was
    before = bodies(studio)
    studio.ads.write("2026-11-18 12:00", "Hello again")
    studio.run_at("2026-11-18 12:01", "2026-11-18 12:10")
    assert bodies(studio) == before
    assert "TCPA-13" in verdicts(studio, "1.1-answer")["block"]


def test_meta_01_an_answer_that_is_a_day_late_is_not_given(studio: Studio) -> None:
    studio.ads.write(ASKED, "Do you have time on Friday?")
    studio.meta.fault = "503"
    studio.run_at("2026-11-16 10:31", "2026-11-17 10:20")
    studio.meta.fault = None
    studio.run_at("2026-11-17 10:31", "2026-11-17 11:00")
    assert bodies(studio) == []
    assert studio.desk() != []


def called_about(studio: Studio) -> list[str]:
    """Meta calls about Carla's thread; the streams in which something lands."""
    hint = Hint(Owner(PracticeId("studio"), ConnectionId("ads")), "conversations", f"instagram/{CARLA}")
    read_again(studio.opened(), [hint], RunId("run-call"))
    return sorted(str(one["stream"]) for one in studio.table("raw") if one["connection_id"] == "ads")


def test_a_call_about_a_thread_brings_the_inquiry_and_what_was_said_since(studio: Studio) -> None:
    studio.ads.write(ASKED, "Do you have time on Friday?")
    studio.ads.write("2026-11-16 10:40", "Or on Monday?")
    assert called_about(studio) == ["conversations", "direct_messages"]


def test_what_the_practice_does_not_read_is_not_landed_because_meta_calls(studio: Studio) -> None:
    settings = studio.home / "studio" / "connections.yaml"
    settings.write_text(settings.read_text().replace("[leads, conversations, direct_messages]", "[leads]"))
    studio.ads.write(ASKED, "Do you have time on Friday?")
    assert called_about(studio) == []


def test_all_that_was_said_and_asked_for_is_explained_down_to_the_line_that_began_it(studio: Studio) -> None:
    studio.ads.write(ASKED, "Do you have time on Friday?")
    studio.profile.write("2026-11-16 10:20", "Friendly.", author="Invented Person 1")
    studio.run("2026-11-16 10:31")
    studio.ads.write("2026-11-16 10:40", "Or on Monday?")
    studio.run("2026-11-16 10:41")
    studio.ads.write("2026-11-16 10:50", "STOP")
    studio.run_at("2026-11-16 10:51", "2026-11-16 10:53")
    found: dict[str, set[str]] = {}
    for one in (*studio.table("closed_actions"), *studio.table("open_actions")):
        story = glowline("explain", one["action_id"], "--json", home=studio.home).data["story"]
        found.setdefault(one["step"], set()).add(story["source"]["vendor_id"] if story["source"] else "")
    assert found["1.1-answer"] == found["1.3-alert"] == {"t-9911223344556677/m0"}
    assert found["7.1-task"] >= {"m1"}
    assert found["7.2-confirmation"] == {"m2"}
    assert found["7.4-review-answer"] == {"accounts/700/locations/701/reviews/r0"}
    [answer] = [one["action_id"] for one in studio.table("closed_actions") if one["step"] == "1.1-answer"]
    told = glowline("explain", answer, home=studio.home).out
    assert told.startswith("Message on Instagram to ••• 6677")
    assert "no meta agreement covers messaging: nothing about a patient went along (BAA-01)" in told
