"""The one question and its answer: what counts as a score, for how long, and whom it is told (rows 6.1, 6.4; R24)."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.replies.score import read_score
from tests.pipelines.replies.seeds import intents, live, only, said, says, tasks, visit
from tests.receiver.world import NOON, World, call, inbound, lay_out

ASKED = "How was it, from 1 to 10?"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Ana was here two days ago, and was asked an hour ago."""
    world = World.at(lay_out(tmp_path))
    [ana] = live(world, "ana")
    visit(world, ana, NOON - timedelta(days=2), status="checked_out")
    said(world, "v-p-ana", row="6.1", starts=(), text=ASKED)
    return world


def scores(world: World) -> list[int]:
    return [row["score"] for row in world.table("survey_answers")]


@pytest.mark.parametrize(
    "text, score",
    [("10", 10), ("9/10", 9), ("nueve!", 9), ("8 out of 10 😊", 8), ("1", 1), ("a 7", 7), ("Ten.", 10)],
)
def test_r24_a_number_alone_is_a_score(text: str, score: int) -> None:
    assert read_score(text) == score


@pytest.mark.parametrize(
    "text", ["0", "11", "8 or 9", "8-9", "7.5", "9?", "-1", "100", "9%", "8+", "10 stars", "", "!", "1st", "9 10"]
)
def test_r24_anything_else_is_no_score(text: str) -> None:
    assert read_score(text) is None


@given(st.text(max_size=12))
def test_r24_whatever_is_typed_a_score_lies_between_one_and_ten(text: str) -> None:
    assert read_score(text) in {None, *range(1, 11)}


def test_r24_a_score_is_kept_with_the_visit_it_is_about(world: World) -> None:
    says(world, "9/10")
    kept = only(world.table("survey_answers"))
    assert (kept["visit_id"], kept["person_id"], kept["score"], kept["answered_at"]) == ("v-p-ana", "p-ana", 9, NOON)
    assert intents(world) == ["bound_answer"]


@pytest.mark.parametrize("days, intent", [(4.9, "bound_answer"), (5.1, "human")])
def test_r24_a_score_counts_for_five_days(world: World, days: float, intent: str) -> None:
    world.hand.pass_(days=days, minutes=-60)
    says(world, "9")
    assert intents(world) == [intent]


def test_r24_a_number_after_another_question_is_no_score(world: World) -> None:
    visit(world, "p-ana", NOON + timedelta(days=1), name="next")
    said(world, "v-next", ago=10)
    says(world, "1")
    assert (scores(world), intents(world)) == ([], ["confirm"])


def test_r24_a_link_that_asks_nothing_stands_between_question_and_correction(world: World) -> None:
    says(world, "4")
    said(world, "v-p-ana", row="6.2", starts=(), text="Would you share it here? https://go.example/r/1", ago=1)
    says(world, "sorry I meant 9", number=2)
    assert scores(world) == [4, 9]


def test_r24_words_around_a_number_correct_only_what_was_there(world: World) -> None:
    says(world, "sorry I meant 9")
    assert (scores(world), intents(world)) == ([], ["human"])


@pytest.mark.parametrize(
    "score, kind, urgent",
    [(1, "low_score", True), (6, "low_score", True), (7, "middling_score", False), (8, "middling_score", False)],
)
def test_row_6_4_a_score_that_is_not_good_is_followed_up(world: World, score: int, kind: str, urgent: bool) -> None:
    says(world, str(score))
    task = only(tasks(world))
    assert (task["kind"], task["urgent"], task["person_id"]) == (kind, urgent, "p-ana")
    assert f"{score} of 10" in task["title"]


@pytest.mark.parametrize("score", [9, 10])
def test_row_6_4_a_good_score_is_nobodys_task(world: World, score: int) -> None:
    says(world, str(score))
    assert tasks(world) == []


def test_row_6_4_a_correction_takes_the_place_of_the_task(world: World) -> None:
    says(world, "4")
    says(world, "*5", number=2)
    assert "5 of 10" in only(tasks(world))["title"]
    says(world, "oops 10", number=3)
    assert tasks(world) == []
    closed = [row["closed_by"] for row in world.table("current_tasks")]
    assert closed == ["corrected", "corrected"]


def test_r24_both_in_one_breath_are_a_score_and_its_correction(world: World) -> None:
    """Two texts that are read in one go: the second corrects what the first has only just said."""
    for number, text in ((1, "6"), (2, "sorry 8")):
        incoming = inbound(text, number=number).model_copy(update={"received_at": NOON + timedelta(seconds=number)})
        world.spool.write(call(incoming))
    world.hand.pass_(seconds=10)
    says(world, "❤️", number=3)
    assert scores(world) == [6, 8]


def test_r53_a_score_decides_nothing_but_who_follows_up(world: World) -> None:
    says(world, "3")
    assert world.table("current_pauses") == world.table("open_actions") == []
