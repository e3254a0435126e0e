"""Why this message, why not that one: a sentence first, and whoever looks at a person leaves a trace."""

import json
import re

import pytest

from tests.console.conftest import ANA, TOLD_AT, Lived
from tests.console.said import glowline, told

SENTENCE = "Because Ana R.'s visit on Fri 13 Nov, 10:00 was 48 hours away (row 3.1), and nothing forbade it."
VIEWED = "person:record:viewed"


@pytest.mark.parametrize("by", ["action", "attempt", "message", "visit"])
def test_any_id_along_the_way_leads_to_the_same_sentence(lived: Lived, by: str) -> None:
    said = glowline("explain", lived.names[by], home=lived.home)
    assert said.code == 0, said
    assert re.fullmatch(
        r"Text to ••• 0142 · 2026-11-11 10:01 EST · (accepted by the vendor|delivered)", said.lines[0]
    ), said.lines[0]  # delivered, once another test has read the vendor's list
    assert said.lines[1] == SENTENCE


def test_the_last_four_digits_are_enough_where_the_practice_is_named(lived: Lived) -> None:
    assert glowline("explain", ANA[-4:], "--practice", "lumen", home=lived.home).lines[1] == SENTENCE
    alone = glowline("explain", ANA[-4:], home=lived.home)
    assert (alone.code, alone.out) == (1, "")


def test_the_chain_walks_back_to_the_vendors_bytes(lived: Lived) -> None:
    out = glowline("explain", lived.action, home=lived.home).out
    for link in ("schedule/appointments A0001", "appointments.csv:2", "sha256", "mapping @", "journeys @", "policy @"):
        assert link in out
    assert "twilio BAA signed 2026-01-14, in force that day" in out
    assert "contacts file v4, 2026-09-01" in out
    assert f"attempt {lived.attempt}, claimed 2026-11-11 10:01 EST → sent {lived.message}" in out
    assert ANA not in out


def test_a_machine_gets_the_same_story(lived: Lived) -> None:
    story = told("explain", lived.attempt, home=lived.home)["story"]
    assert story["action"]["action_id"] == lived.action
    assert story["action"]["claimed_at"] == TOLD_AT.isoformat()
    assert story["source"]["vendor_id"] == "A0001"
    assert {one["rule"] for one in json.loads(story["action"]["answers"])} > {"BAA-01", "TCPA-02", "AUD-01"}


def test_what_was_held_is_explained_by_what_held_it(lived: Lived) -> None:
    held = [row for row in told("plan", home=lived.home)["practices"]["lumen"]["actions"] if row["state"] == "blocked"]
    assert held
    said = glowline("explain", held[0]["action_id"], home=lived.home)
    assert "not sent: policy forbids it" in said.lines[0]
    assert "it was held: " in said.lines[1]
    assert "decided by" in said.out
    assert "TCPA-02" in said.out


def test_what_is_only_planned_has_a_story_too(lived: Lived) -> None:
    planned = [
        row for row in told("plan", home=lived.home)["practices"]["lumen"]["actions"] if row["state"] == "planned"
    ]
    assert len(planned) > 1
    for row in planned:
        said = glowline("explain", row["action_id"], home=lived.home)
        assert said.code == 0, said
        assert said.lines[0].endswith("· planned")
        assert said.lines[1].endswith("and it has not been decided yet.")


def test_looking_at_a_person_is_an_event_and_a_plan_is_not(lived: Lived) -> None:
    before = lived.audit(VIEWED)
    glowline("plan", home=lived.home)
    glowline("why-not", "--visit", lived.visit, home=lived.home)
    glowline("practices", "show", "lumen", home=lived.home)
    assert lived.audit(VIEWED) == before
    glowline("explain", lived.action, home=lived.home)
    glowline("explain", lived.action, "--json", home=lived.home)
    assert lived.audit(VIEWED) == before + 2


def test_the_plan_names_initials_and_what_is_held_back(lived: Lived) -> None:
    said = glowline("plan", "lumen", home=lived.home)
    assert "  Thursday 12 November\n" in said.out
    assert "    10:00  3.2  sms           A. R." in said.out
    assert "Ana" not in said.out
    assert "Reyes" not in said.out
    assert "  Not planned, from before the row was switched on (LIVE-01): 2.5 2 · 2.7 1" in said.lines
    assert "Rules not built yet" not in said.out


def test_why_not_says_what_is_owed_and_what_is_not(lived: Lived) -> None:
    found = {row["step"]: row for row in told("why-not", "--visit", lived.visit, home=lived.home)}
    assert found["3.2-reminder-24h"]["owed"]
    assert not found["3.1-reminder-48h"]["owed"]
    assert found["3.1-reminder-48h"]["sentence"].startswith("Already said")
    (text, mail) = told("why-not", "--visit", lived.visit, "--row", "2.8", home=lived.home)
    assert text["sentence"] == mail["sentence"] == "The visit is booked; this step is for a cancelled one."


def test_brackets_in_a_text_are_shown_as_they_are(copied: Lived) -> None:
    """A text is not markup: whatever stands in brackets was sent, so it is shown."""
    glowline("pause", "set", "lumen", "--why", "see [/ticket 7]", home=copied.home)
    assert "see [/ticket 7]" in glowline("pause", "list", home=copied.home).out


def test_the_booking_tools_own_id_is_enough_for_why_not(lived: Lived) -> None:
    found = told("why-not", "--visit", "A0001", home=lived.home)
    assert found == told("why-not", "--visit", lived.visit, home=lived.home)
