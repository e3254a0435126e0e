"""Rows 6.1 to 6.3 in every review mode, and the weeks in which they must not fire (R19, R24, R36, R53, R54)."""

from datetime import date, timedelta
from typing import Any

import pytest

from canonical.policy import ReviewMode
from canonical.practice import ServiceKind
from pipelines.lifecycle.reasons import Why
from tests.pipelines.lifecycle.catalogue import LASER, ana, around, clinic, done
from tests.pipelines.lifecycle.world import World, local, ny

M = ReviewMode
HOURLY = timedelta(hours=1)


def asked(world: World) -> list[tuple[str, str]]:
    """Texts of rows 6.x, as (step, local time)."""
    return [(text.step, local(text.at)) for text in world.texts if text.row.startswith("6.")]


def played(mode: ReviewMode, score: int | None = None, **fields: object) -> World:
    """A visit on 10 November; where `score` is given, the answer comes three hours after the question."""
    world = clinic("2026-11-10 12:00", mode)
    ana(world, **fields)
    done(world, "v-1", "2026-11-10 10:00")
    world.run(ny("2026-11-12 14:00"), HOURLY)
    if score is not None:
        around(world, "v-1", score=score, scored_at=ny("2026-11-12 14:00"))
    world.run(ny("2026-11-30 12:00"), HOURLY)
    return world


def test_row_6_1_asks_two_days_after_and_never_in_everyone_r53() -> None:
    assert ("6.1-survey", "2026-11-12 11:00") in asked(played(M.SURVEY_THEN_EVERYONE))
    assert asked(played(M.EVERYONE)) == [("6.2-review", "2026-11-12 11:00")]
    assert asked(played(M.OFF)) == []


def test_row_6_1_waits_twenty_hours_after_the_check_in() -> None:
    world = clinic("2026-11-10 12:00", M.SURVEY_THEN_EVERYONE)
    ana(world)
    done(world, "v-1", "2026-11-10 10:00")
    world.clears = lambda action: action.row != "5.1" or world.now >= ny("2026-11-12 09:00")
    world.run(ny("2026-11-13 12:00"), HOURLY)
    assert [(text.row, local(text.at)) for text in world.texts] == [
        ("5.1", "2026-11-12 09:00"),
        ("6.1", "2026-11-13 05:00"),
    ]


@pytest.mark.parametrize("score", [1, 6, 8, 10])
def test_row_6_2_goes_to_every_answer_alike_score_blind_r53(score: int) -> None:
    world = played(M.SURVEY_THEN_EVERYONE, score)
    assert asked(world) == [("6.1-survey", "2026-11-12 11:00"), ("6.2-review-at-answer", "2026-11-12 15:00")]


def test_row_6_2_goes_at_the_follow_ups_date_without_an_answer_r53() -> None:
    world = played(M.SURVEY_THEN_EVERYONE)
    assert asked(world) == [("6.1-survey", "2026-11-12 11:00"), ("6.2-review-by-date", "2026-11-17 11:00")]
    absorbed = [past.step for _, past in world.past.values() if past.absorbed_by]
    assert absorbed == ["6.3-follow-up"]


@pytest.mark.parametrize("score, link", [(9, True), (10, True), (8, False), (3, False)])
def test_row_6_2_in_promoters_only_goes_to_nine_and_ten(score: int, *, link: bool) -> None:
    steps = [step for step, _ in asked(played(M.PROMOTERS_ONLY, score))]
    assert steps == ["6.1-survey", *(["6.2-review-promoter"] if link else [])]


def test_row_6_3_follows_up_once_where_nobody_answered() -> None:
    steps = asked(played(M.PROMOTERS_ONLY))
    assert steps == [("6.1-survey", "2026-11-12 11:00"), ("6.3-follow-up", "2026-11-17 11:00")]


def test_row_6_3_in_everyone_needs_a_tool_that_reports_openings() -> None:
    world = played(M.EVERYONE)
    assert world.desired().withheld["v-1", "6.3-review-follow-up"].why in {Why.UNMET, Why.EXPIRED}
    world = clinic("2026-11-10 12:00", M.EVERYONE)
    done(world, "v-1", "2026-11-10 10:00", around={"link_opened": False})
    world.run(ny("2026-11-30 12:00"), HOURLY)
    assert [step for step, _ in asked(world)] == ["6.2-review", "6.3-review-follow-up"]


def test_the_mode_sample_is_seeded_by_the_visit_and_by_nothing_else_r53() -> None:
    def chosen() -> set[str]:
        world = clinic("2026-11-10 12:00", M.SAMPLE)
        for number in range(60):
            name = f"p-{number}"
            done(world, f"v-{number}", "2026-11-10 10:00", person=name, phone=f"cp-{number}")
        world.run(ny("2026-11-13 12:00"), timedelta(hours=6))
        return {text.named[0][0] for text in world.texts if text.row == "6.2"}

    first = chosen()
    assert first == chosen()
    assert 15 < len(first) < 45


@pytest.mark.parametrize(
    "fields",
    [
        {"invited_at": ny("2026-06-01 12:00")},
        {"birth_date": date(2010, 5, 5)},
    ],
)
def test_row_6_2_is_silent_for_the_lately_invited_and_for_minors_r54_r36(fields: dict[str, Any]) -> None:
    assert asked(played(M.EVERYONE, **fields)) == []


def test_row_6_1_is_silent_for_whoever_was_asked_in_the_last_sixty_days_r54() -> None:
    world = clinic("2026-11-10 12:00", M.PROMOTERS_ONLY)
    ana(world, surveyed_at=ny("2026-10-01 12:00"))
    done(world, "v-1", "2026-11-10 10:00")
    world.run(ny("2026-11-20 12:00"), HOURLY)
    assert asked(world) == []


@pytest.mark.parametrize("kind", [ServiceKind.CONSULT, ServiceKind.PHONE, ServiceKind.PICKUP])
def test_row_6_2_is_silent_after_a_consult_r19(kind: ServiceKind) -> None:
    world = clinic("2026-11-10 12:00", M.EVERYONE)
    done(world, "v-1", "2026-11-10 10:00", kind=kind)
    world.run(ny("2026-11-20 12:00"), HOURLY)
    assert asked(world) == []


def test_row_6_2_of_a_series_comes_after_its_last_session_r19() -> None:
    world = clinic("2026-11-10 12:00", M.EVERYONE)
    series: dict[str, Any] = {"service_id": LASER, "kind": ServiceKind.SERIES_SESSION}
    done(world, "v-1", "2026-11-10 10:00", around={"sessions_done": 2}, **series)
    world.run(ny("2026-11-20 12:00"), HOURLY)
    assert asked(world) == []
    done(world, "v-2", "2026-11-20 10:00", around={"sessions_done": 3}, **series)
    world.run(ny("2026-11-23 12:00"), HOURLY)
    assert asked(world) == [("6.2-review", "2026-11-22 11:00")]


def test_an_open_complaint_stops_the_clock_and_costs_nobody_the_invitation_r54() -> None:
    """Held by policy until it is closed, ten days later: the invitation goes then, though its 72 hours have long passed."""
    world = clinic("2026-11-10 12:00", M.EVERYONE)
    opened, closed = ny("2026-11-12 09:00"), ny("2026-11-22 09:00")
    ana(world, attended=((opened, None),))
    done(world, "v-1", "2026-11-10 10:00")
    world.clears = lambda action: action.row != "6.2" or world.now >= closed
    world.run(closed, HOURLY)
    ana(world, attended=((opened, closed),))
    world.run(ny("2026-11-24 12:00"), HOURLY)
    assert [step for step, _ in asked(world)] == ["6.2-review"]


def test_a_hold_stops_the_clock_for_fourteen_days_at_most_r54() -> None:
    world = clinic("2026-11-10 12:00", M.EVERYONE)
    ana(world, attended=((ny("2026-11-11 09:00"), None),))
    done(world, "v-1", "2026-11-10 10:00")
    world.clears = lambda action: action.row != "6.2"
    world.run(ny("2026-12-10 12:00"), timedelta(hours=6))
    assert world.desired().withheld["v-1", "6.2-review"].why in {Why.DEAD, Why.EXPIRED, Why.SAID_ONCE}
