"""A small installation that has lived for two days, shared by all who only look, copied for whoever changes it."""

import contextlib
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.cli.time_travel import turn_to
from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from ledger.migration import INSTALLATION_ID
from pipelines.tick.opening import open_hub
from settings.installation import load_installation
from tests.proofs.town import SENDER, Town, founded

ANA, BEA = "+12125550142", "+12125550143"
SPOILED = "9.37E+12"
"""An id as a spreadsheet leaves it."""
TOLD_AT = datetime(2026, 11, 11, 15, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Lived:
    """The installation and the ids of what happened in it."""

    folder: Path
    vendor: TwilioEmulator
    visit: str
    action: str
    attempt: str
    message: str
    """The vendor's id of the one text that went out."""

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def names(self) -> dict[str, str]:
        """What `{…}` in a command stands for."""
        return {"visit": self.visit, "action": self.action, "attempt": self.attempt, "message": self.message}

    def audit(self, tag: str) -> int:
        """How many entries of that kind the practice's audit holds."""
        with open_hub(self.home).store("lumen").reading() as session:
            rows = session._cursor.execute("SELECT body FROM audit").fetchall()
        return sum(tag.encode() in bytes(body) for (body,) in rows)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Ana has been reminded; Bea gave no consent; one row's id was spoiled; it is 10:02 on the day after."""
    folder = tmp_path_factory.mktemp("lived")
    account = Account().add(Sender(SENDER))
    with (
        running(TwilioEmulator(account, state=folder / "vendor")) as twilio,
        founded(folder, twilio, account) as town,
    ):
        town.book(town.person("Ana Reyes", ANA), "2026-11-13 10:00")
        town.book(town.person("Bea Quill", BEA, consent=False), "2026-11-13 09:30")
        spoiled = town.book(town.person("Cleo Voss", "+12125550144"), "2026-11-13 12:00")
        town.calendar[spoiled]["appointment_id"] = SPOILED
        town.run_at("2026-11-11 10:01")
        _turn(town)
        (attempt,) = town.table("attempts")
        (outcome,) = town.table("attempt_outcomes")
        (row,) = [one for one in town.table("transitions") if one["action_id"] == attempt["action_id"]][:1]
        with town.opened().store.reading() as session:
            story = session.one("story_of_action", action_id=row["action_id"]) or {}
        yield Lived(
            folder, twilio, story["subject_id"], attempt["action_id"], attempt["attempt_id"], outcome["vendor_id"]
        )


def _turn(town: Town) -> None:
    assert load_installation(town.home).key_for(INSTALLATION_ID)
    turn_to(town.home, datetime(2026, 11, 11, 15, 2, tzinfo=UTC))


@pytest.fixture
def copied(lived: Lived, tmp_path: Path) -> Iterator[Lived]:
    """The same installation in a folder of its own, to be changed at will."""
    with copy_of(lived, tmp_path / "copied") as copy:
        yield copy


@contextlib.contextmanager
def copy_of(lived: Lived, folder: Path) -> Iterator[Lived]:
    """The installation and its vendor once more: what one of them sends is no foreign text for the other."""
    shutil.copytree(lived.folder, folder, ignore=shutil.ignore_patterns("vendor"))
    with running(_twin(lived.vendor, folder / "vendor")) as vendor:
        for file in (folder / "home").rglob("*.yaml"):
            text = file.read_text().replace(str(lived.folder), str(folder))
            file.write_text(text.replace(lived.vendor.url, vendor.url))
        yield replace(lived, folder=folder, vendor=vendor)


def _twin(vendor: TwilioEmulator, state: Path) -> TwilioEmulator:
    state.mkdir()
    twin = TwilioEmulator(*deepcopy(list(vendor.accounts.values())), state=state)
    twin.messages, twin.opted_out = deepcopy(vendor.messages), deepcopy(vendor.opted_out)
    twin.clock.set(vendor.clock.now(), frozen=True)
    return twin
