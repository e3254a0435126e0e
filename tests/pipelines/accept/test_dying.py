"""kill -9 at every file operation of a landing, one after the other: nothing is lost and nothing is doubled."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from canonical.ids import RunId
from pipelines.tick.doorway import take_in
from tests.dying import nursery
from tests.receiver.world import World, call, inbound, lay_out, sid
from tests.seeds import drawn


def land(home: str) -> None:
    world = World.at(Path(home))
    take_in(world.hub, world.spool, RunId("run-dying"))


SAMPLE, ALL = sorted(drawn("moments of a landing").sample(range(1, 60), 8)), range(1, 500)


@pytest.mark.parametrize("moments", [SAMPLE, pytest.param(ALL, marks=pytest.mark.soak)], ids=["drawn", "every one"])
def test_a_process_killed_at_any_point_of_a_landing_loses_and_doubles_nothing(
    tmp_path: Path, moments: Sequence[int]
) -> None:
    home = lay_out(tmp_path)
    world, killed = World.at(home), 0
    with nursery(f"{__name__}:land") as dying:
        for moment in moments:
            world.spool.write(call(inbound("STOP", number=moment)))
            died = dying.killed_at(moment, str(home))
            killed += died
            take_in(world.hub, world.spool, RunId("run-next"))
            assert world.spool.names() == ()
            assert [row["vendor_id"] for row in world.table("raw")].count(sid(moment)) == 1
            if not died and moments is ALL:
                break
    assert killed >= 1
