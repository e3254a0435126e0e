"""Which mails a sync asks about: ours of the last days whose end nobody has told yet, and no other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from canonical.ids import RunId
from emulators.kit.running import running
from emulators.paubox import PauboxEmulator
from emulators.paubox.messages import Message, read
from pipelines.normalize.stage import normalize
from pipelines.receipts import take_receipts
from pipelines.tick.sync import WAITED_FOR, sync
from tests.receiver.world import NOON, Hand, World, lay_out

OFFICE, PATIENT = "office@clinic.example", "ana.ruiz@example.com"


@pytest.fixture
def paubox() -> Iterator[PauboxEmulator]:
    with running(PauboxEmulator(auto_progress=False)) as emulator:
        yield emulator


@pytest.fixture
def world(tmp_path: Path, paubox: PauboxEmulator) -> World:
    secret = tmp_path / "paubox"
    secret.write_text(paubox.key)
    mail = {
        "vendor": "paubox",
        "account": "lumen-paubox",
        "secret": f"file:{secret}",
        "settings": {"base_url": f"{paubox.url}/v1/email"},
        "streams": ["receipts"],
    }
    tools = {"mail": mail, "twilio": {"vendor": "twilio", "account": "none", "secret": "env:NONE", "streams": []}}
    return World.at(lay_out(tmp_path / "home", "lumen", lumen={"connections": tools}), Hand(NOON))


def sent(world: World, paubox: PauboxEmulator, *, hours_ago: float = 1, connection: str = "mail") -> Message:
    """A mail that Paubox took some hours ago, and the attempt that the ledger keeps of it."""
    asked = {"recipients": [PATIENT], "headers": {"from": OFFICE, "subject": "s"}, "content": {"text/plain": "t"}}
    message = read(asked, str(UUID(paubox.token())), paubox.domains, NOON)
    paubox.messages[message.tracking_id] = message
    attempt, at = f"att_{message.tracking_id}", NOON - timedelta(hours=hours_ago)
    with world.practice().store.writing(business_now=NOON) as session:
        row = {"attempt_id": attempt, "action_id": f"act_{attempt}", "connection_id": connection, "vendor": "paubox"}
        session.insert("attempts", [row | {"claimed_at": at}])
        outcome = {"outcome": "sent", "vendor_id": message.tracking_id, "how": "answer", "happened_at": at}
        session.insert("attempt_outcomes", [{"attempt_id": attempt} | outcome])
    return message


def asked_about(world: World, paubox: PauboxEmulator) -> int:
    """How many receipts one sync asked for."""
    before = len(paubox.journal.entries())
    [polled] = sync(world.practice(), "run", only=["mail"]).polled.values()
    assert polled.problem is None
    assert polled.complete
    return len(paubox.journal.entries()) - before


def test_a_sync_asks_for_each_of_our_mails_whose_end_is_open(world: World, paubox: PauboxEmulator) -> None:
    assert asked_about(world, paubox) == 0
    sent(world, paubox)
    sent(world, paubox, hours_ago=WAITED_FOR.total_seconds() / 3600 - 1)
    sent(world, paubox, hours_ago=WAITED_FOR.total_seconds() / 3600 + 1)
    sent(world, paubox, connection="another")
    assert asked_about(world, paubox) == 2
    assert asked_about(world, paubox) == 2


def test_what_was_told_to_its_end_is_not_asked_again(world: World, paubox: PauboxEmulator) -> None:
    first, second = sent(world, paubox), sent(world, paubox)
    paubox.do("advance", id=first.tracking_id, status="hard bounced")
    paubox.do("advance", id=second.tracking_id, status="soft bounced")
    assert asked_about(world, paubox) == 2
    practice = world.practice()
    normalize(practice.store, practice.config, now=NOON, run_id=RunId("run"), catalogue=practice.catalogue)
    assert take_receipts(practice.store, "lumen", NOON, "run") == {"bounced": 1, "sent": 1}
    assert asked_about(world, paubox) == 1
