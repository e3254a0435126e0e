"""A STOP that is on the disk before a claim begins wins, wherever it lies: in the spool, in raw, or as a message nobody has read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from canonical.ids import ConnectionId, RunId
from canonical.raw import Page, RawRecord
from ledger.raw import land
from ledger.session import Session
from ledger.streams import Stream
from pipelines.accept.arrival import arrival_of
from pipelines.outbox.deliver import Outbox, deliver
from pipelines.tick.sequence import tick
from tests.pipelines.replies.test_what_replies_do import log_line
from tests.receiver.folder import write
from tests.receiver.street import FORM_SECRET, connect
from tests.receiver.test_dying import somebody_asks
from tests.receiver.world import PATIENT, World, call, inbound, lay_out

RUN = RunId("run-test")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An inquiry that is answered the next time somebody delivers. Nobody listens where its text would go."""
    home = lay_out(tmp_path)
    write(home / "secrets" / "form", FORM_SECRET)
    connect(home, "lumen", "http://127.0.0.1:9")
    world = World.at(home)
    somebody_asks(world, PATIENT)
    tick(world.practice(), "run-before", send=False)
    assert [row["step"] for row in world.rows("cleared_actions")] == ["1.1-answer"]
    return world


def in_the_spool(world: World) -> None:
    world.spool.write(call(inbound("please stop texting me").model_copy(update={"received_at": world.hand.now})))


def in_raw(world: World) -> None:
    stream, now = Stream(ConnectionId("twilio"), "messages"), world.hand.now
    record = RawRecord(
        connection_id=stream.connection_id,
        stream="messages",
        vendor_id=f"SM{1:032x}",
        body=log_line(1, "please stop texting me", 0),
        origin="page 0",
    )
    with world.hub.store("lumen").writing(business_now=now) as session:
        land(session, arrival_of(stream, Page(records=(record,), cursor=""), frozenset(), now=now, run_id=RUN))


def unread(world: World) -> None:
    in_raw(world)
    world.practice().ear.understand(RUN)


@dataclass
class _Interrupted:
    """A clock during whose first look somebody says stop."""

    world: World
    stop: Callable[[World], None]
    looked: int = 0

    def business_now(self) -> datetime:
        self.looked += 1
        if self.looked == 1:
            self.stop(self.world)
        return self.world.hand.now

    def machine_now(self) -> datetime:
        return self.world.hand.machine_now()


PLACES = pytest.mark.parametrize("stop", [in_the_spool, in_raw, unread])


@PLACES
def test_a_stop_before_the_claim_wins(world: World, stop: Callable[[World], None]) -> None:
    stop(world)
    deliver(world.practice().outbox, "run-deliver")
    assert world.table("attempts") == []
    assert [row["scope"] for row in world.table("current_suppressions")] == ["all"]


@PLACES
def test_a_stop_that_comes_after_we_listened_and_before_the_claim_wins_too(
    world: World, stop: Callable[[World], None]
) -> None:
    """The last thing before the claim's transaction is a look at the clock: the STOP arrives during that look."""
    outbox = world.practice().outbox
    outbox.ear.listen(RUN)
    clock = _Interrupted(world, stop)
    deliver(replace(outbox, clock=clock), "run-deliver")
    assert clock.looked > 1, "it listened once more"
    assert world.table("attempts") == []


def test_who_speaks_faster_than_we_listen_is_not_talked_over(world: World) -> None:
    class Chatter:
        def listen(self, run_id: RunId) -> None:
            """Something comes each time."""

        def unheard(self, session: Session) -> bool:
            return True

        def interrupted(self) -> bool:
            return True

    outbox: Outbox = replace(world.practice().outbox, ear=Chatter())
    assert not deliver(outbox, "run-deliver")
    assert world.table("attempts") == []
    assert [row["state"] for row in world.rows("cleared_actions")] == ["cleared"]


def test_without_a_stop_the_text_is_claimed(world: World) -> None:
    deliver(world.practice().outbox, "run-deliver", most=1)
    assert len(world.table("attempts")) == 1
