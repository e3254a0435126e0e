"""kill -9 of whoever carries an inquiry, at every file operation in turn: it is answered once, or doubted and never twice."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from canonical.ids import ConnectionId, RunId
from connectors.kit.webhooks import Incoming
from emulators.kit.running import running
from emulators.twilio import Account, Sender, TwilioEmulator
from pipelines.tick.doorway import take_in
from pipelines.tick.sequence import carry, tick
from tests.dying import nursery
from tests.receiver.folder import write
from tests.receiver.street import FORM_SECRET, connect
from tests.receiver.world import LUMEN, NOON, PUBLIC, World, call, lay_out
from tests.seeds import drawn

SAMPLE, ALL = sorted(drawn("moments of a lane").sample(range(1, 230), 6)), range(1, 2000)


def carry_what_lies_there(home: str) -> None:
    """What the worker does with one nudge, in a process that may be killed at any moment."""
    world = World.at(Path(home))
    take_in(world.hub, world.spool, RunId("run-dying"))
    carry(world.practice(), "run-dying")


def form(phone: str) -> Incoming:
    url = f"{PUBLIC}/hooks/webform/lumen/form/{FORM_SECRET}"
    body = urlencode({"name": "Ana Field", "phone": phone, "message": "Friday?"}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Incoming(url=url, headers=headers, body=body, settings={"tool": "html"}, received_at=NOON)


def somebody_asks(world: World, phone: str) -> None:
    world.spool.write(call(form(phone)).model_copy(update={"vendor": "webform", "connection_id": ConnectionId("form")}))


def finish(world: World) -> None:
    """Whoever comes next: the sweep, and a tick after the lease of a claim that nobody ended."""
    world.hand.machine = None
    world.hand.machine = world.hand.machine_now() + timedelta(minutes=2)
    take_in(world.hub, world.spool, RunId("run-next"))
    tick(world.practice(), "run-next")


@pytest.mark.parametrize("moments", [SAMPLE, pytest.param(ALL, marks=pytest.mark.soak)], ids=["drawn", "every one"])
def test_an_inquiry_whose_worker_is_killed_is_answered_once_or_in_doubt_and_never_twice(
    tmp_path: Path, moments: Sequence[int]
) -> None:
    killed = answered = doubted = 0
    with (
        running(TwilioEmulator(Account().add(Sender(LUMEN)))) as twilio,
        nursery(f"{__name__}:carry_what_lies_there") as dying,
    ):
        twilio.turn_clock(NOON, frozen=True)
        home = lay_out(tmp_path, base_url=twilio.url)
        write(home / "secrets" / "form", FORM_SECRET)
        connect(home, "lumen", twilio.url)
        world = World.at(home)
        for n, moment in enumerate(moments):
            phone = f"+1{(646, 917, 718, 347)[n // 100]}555{n % 100 + 100:04d}"
            somebody_asks(world, phone)
            died = dying.killed_at(moment, str(home))
            killed += died
            finish(world)
            assert world.spool.names() == ()
            accepted = len(twilio.journal.accepted(recipient=phone))
            in_doubt = len(world.table("open_attempts"))
            assert accepted <= 1, f"answered twice after a kill at moment {moment}"
            answered, doubted = answered + accepted, max(doubted, in_doubt)
            assert answered + in_doubt == n + 1, f"forgotten after a kill at moment {moment}"
            if not died and moments is ALL:
                break
        assert {row["state"] for row in world.table("closed_actions") if row["step"] == "1.1-answer"} == {"sent"}
        waiting = [row for row in world.table("open_actions") if row["step"] == "1.1-answer"]
        assert {row["state"] for row in waiting} <= {"ambiguous"}
    assert killed >= 1
    assert doubted <= 12, "only the few moments between a claim and its request end in doubt"
