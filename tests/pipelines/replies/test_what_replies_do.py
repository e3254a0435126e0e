"""What people write back, from the vendor's bytes to what it changes (R20–R26, R34)."""

from pathlib import Path
from typing import Any

import pytest

from canonical.ids import RunId
from tests.receiver.world import NOON, PATIENT, World, call, inbound, lay_out

RUN = RunId("run-test")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(lay_out(tmp_path))


def says(world: World, text: str, number: int = 1, sender: str = PATIENT) -> None:
    incoming = inbound(text, number=number, sender=sender).model_copy(update={"received_at": world.hand.now})
    world.spool.write(call(incoming))
    world.practice().ear.listen(RUN)


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    [row] = rows
    return row


def kinds(world: World) -> list[str]:
    return sorted(row["kind"] for row in world.table("current_tasks"))


def test_stop_stops_everything_for_the_phone_and_brand_at_once(world: World) -> None:
    says(world, "STOP")
    stopped = only(world.table("current_suppressions"))
    assert (stopped["scope"], stopped["brand"], stopped["person_id"]) == ("all", "lumen", None)
    assert (stopped["word"], stopped["source"], stopped["provisional"]) == ("stop", "twilio:keyword", False)
    assert stopped["effective_at"] == NOON
    assert only(world.table("replies"))["intent"] == "stop"
