"""Delete me, a language, an alarm beside a stop, and what a pause of a visit or of reviews holds (R28, R35, R20, R60)."""

from datetime import timedelta
from pathlib import Path

import pytest

from canonical.actions import SubjectKind
from canonical.pauses import Pause, PauseScope
from pipelines.policy.rules.house import _holds
from pipelines.replies.offers import offered
from tests.pipelines.policy.world import an_action, some_facts
from tests.pipelines.replies.seeds import intents, live, only, pauses, says, tasks
from tests.receiver.world import NOON, World, lay_out


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(lay_out(tmp_path))
    live(world, "ana")
    return world


def test_r35_delete_me_stops_everything_at_once_and_is_due_in_one_business_day(world: World) -> None:
    says(world, "please delete all my data")
    stopped = only(world.table("current_suppressions"))
    assert (stopped["scope"], stopped["provisional"]) == ("all", False)
    task = only(tasks(world))
    assert (task["kind"], task["due_at"]) == ("deletion", NOON + timedelta(days=1, hours=6))  # Friday's closing
    assert intents(world) == ["delete_me"]


def test_r35_a_stop_that_also_asks_for_deletion_is_both(world: World) -> None:
    says(world, "STOP texting me and delete my data")
    assert intents(world) == ["stop"]
    assert [row["kind"] for row in tasks(world)] == ["deletion"]


def test_r35_an_alarm_that_also_asks_for_deletion_is_both(world: World) -> None:
    says(world, "my lips are swelling. delete all my records")
    assert intents(world) == ["red_flag"]
    assert sorted(row["kind"] for row in tasks(world)) == ["deletion", "red_flag"]
    assert only(world.table("current_suppressions"))["scope"] == "all"
    assert pauses(world) == [("follow_up", "p-ana")]


def test_r28_a_clear_language_is_kept_and_answered_by_nobody_but_a_person(world: World) -> None:
    says(world, "Hola, cuanto cuesta la consulta?")
    assert "in Spanish" in only(tasks(world))["title"]
    assert any(b'"language":"es"' in bytes(row["body"]) for row in world.table("audit"))
    assert world.table("open_actions") == []


@pytest.mark.parametrize(
    "text, found",
    [
        ("Reply C to confirm or call us", {"c": "confirm"}),
        ("Reply 1 to confirm, 2 to reschedule.", {"1": "confirm", "2": "change"}),
        ("Responda C para confirmar", {"c": "confirm"}),
        ("Reply “Y” to confirm", {"y": "confirm"}),
        ("C to confirm. C to change.", {}),
        ("See you Friday at 2", {}),
    ],
)
def test_r23_what_a_text_offers_is_read_from_the_text(text: str, found: dict[str, str]) -> None:
    assert offered(text) == found


@pytest.mark.parametrize(
    "scope, value, held, free",
    [
        (PauseScope.VISIT, "v-1", {"row": "3.2"}, {"row": "3.2", "subject_id": "v-2"}),
        (PauseScope.VISIT, "v-1", {"row": "5.1"}, {"row": "7.1", "subject_kind": SubjectKind.REPLY}),
        (PauseScope.REVIEWS, "p-1", {"row": "6.1"}, {"row": "5.1"}),
    ],
)
def test_r20_r60_a_pause_holds_what_it_names(
    scope: PauseScope, value: str, held: dict[str, object], free: dict[str, object]
) -> None:
    pause = Pause(pause_id="e-1", scope=scope, value=value, who="glowline", why="asked", set_at=NOON)
    about = {"subject_kind": SubjectKind.VISIT, "subject_id": "v-1", "person_id": "p-1"}
    assert _holds(pause, an_action(**about | held), some_facts())
    assert not _holds(pause, an_action(**about | free), some_facts())
