"""Practices that send from one number: a STOP to it stops all of them, and a START gives back to all what it took."""

from pathlib import Path
from typing import Any

import pytest

from canonical.ids import Prefix, RunId, keyed_id
from tests.receiver.folder import write
from tests.receiver.world import LUMEN, NOON, OTHER, PATIENT, SOLIS, World, call, inbound, lay_out

RUN = RunId("run-test")
BOTH = ("lumen", "solis")


@pytest.fixture
def world(tmp_path: Path) -> World:
    home = lay_out(tmp_path, *BOTH)
    for file in ("senders", "locations"):
        text = (home / "solis" / f"{file}.yaml").read_text()
        write(home / "solis" / f"{file}.yaml", text.replace(SOLIS, LUMEN))
    world = World.at(home)
    for practice in BOTH:
        world.declare(practice)
        knows(world, practice, PATIENT)
    return world


def knows(world: World, practice: str, number: str) -> None:
    """The practice has written to that phone."""
    with world.hub.store(practice).writing() as session:
        point = keyed_id(Prefix.CONTACT_POINT, session.key("pseudonym"), "phone", number)
        known = {"contact_point_id": point, "kind": "phone", "value": number, "recorded_at": NOON}
        session.insert("contact_points", [known])
        session.insert("attempts", [{"attempt_id": f"at-{number}", "contact_point_id": point, "claimed_at": NOON}])


def says(world: World, text: str, number: int = 1, sender: str = PATIENT) -> None:
    incoming = inbound(text, number=number, sender=sender).model_copy(update={"received_at": world.hand.now})
    world.spool.write(call(incoming))


def stopped(world: World, practice: str) -> list[Any]:
    return [(row["scope"], row["source"].split(":")[0]) for row in world.table("current_suppressions", practice)]


def test_a_stop_to_a_shared_number_stops_whoever_listens_next(world: World) -> None:
    says(world, "STOP")
    world.practice("solis").ear.listen(RUN)
    world.practice("lumen").ear.listen(RUN)
    assert sorted(stopped(world, "lumen") + stopped(world, "solis")) == [("all", "shared"), ("all", "twilio")]


def test_somebody_a_practice_meets_later_is_stopped_there_too(world: World) -> None:
    knows(world, "lumen", OTHER)
    says(world, "STOP", sender=OTHER)
    for practice in BOTH:
        world.practice(practice).ear.listen(RUN)
    assert stopped(world, "solis") == []
    knows(world, "solis", OTHER)
    world.practice("solis").ear.listen(RUN)
    assert stopped(world, "solis") == [("all", "shared")]


def test_a_start_gives_back_at_every_practice_and_sells_at_none(world: World) -> None:
    says(world, "STOP")
    for practice in BOTH:
        world.practice(practice).ear.listen(RUN)
    world.hand.pass_(minutes=1)
    says(world, "START", number=2)
    for practice in BOTH * 2:
        world.practice(practice).ear.listen(RUN)
    assert {scope for practice in BOTH for scope, _ in stopped(world, practice)} == {"marketing"}


def test_doubtful_words_stay_with_the_practice_that_reads_them(world: World) -> None:
    says(world, "no")
    for practice in BOTH:
        world.practice(practice).ear.listen(RUN)
    assert sorted(len(stopped(world, practice)) for practice in BOTH) == [0, 1]


def test_numbers_of_its_own_tell_nobody(tmp_path: Path) -> None:
    world = World.at(lay_out(tmp_path, *BOTH))
    for practice in BOTH:
        world.declare(practice)
    says(world, "STOP")
    world.practice("lumen").ear.listen(RUN)
    assert world.installation("shared_opt_outs") == []
