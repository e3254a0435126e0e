"""From NexHealth's call to the ledger, through the door: a hint is read again, and a forged call is nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulators.kit.running import running
from emulators.nexhealth import Institution, NexHealthEmulator
from tests.connectors.nexhealth.office import KEY, SECRET
from tests.receiver.folder import write
from tests.receiver.street import Street, street, until
from tests.receiver.world import NOON

HOOK = "/hooks/nexhealth/lumen/calendar"


@dataclass
class Calendar:
    """The calendar from the desk's side, and the installation behind the door."""

    street: Street
    nexhealth: NexHealthEmulator

    def visits(self) -> list[dict[str, Any]]:
        return self.street.rows("current_visits")

    def settle(self) -> None:
        self.nexhealth.settle()
        self.street.settle()


@contextmanager
def opened(home: Path) -> Iterator[Calendar]:
    with running(NexHealthEmulator(Institution("mercer", KEY))) as nexhealth:
        nexhealth.clock.set(NOON, frozen=True)
        with street(home, "lumen") as here:
            _connect(home, nexhealth.url)
            address = f"{here.world.hub.installation.receiver.public_url}{HOOK}"
            nexhealth.do("endpoint", url=address, secret=SECRET)
            yield Calendar(here, nexhealth)


def _connect(home: Path, url: str) -> None:
    folder = home / "lumen"
    write(home / "secrets" / "calendar", json.dumps({"api_key": KEY, "webhook_secret": SECRET}))
    calendar = {
        "vendor": "nexhealth",
        "account": "mercer",
        "secret": f"file:{home / 'secrets' / 'calendar'}",
        "settings": {"base_url": url},
        "locations": {"101": "downtown"},
        "streams": ["patients", "appointments"],
    }
    connections = yaml.safe_load((folder / "connections.yaml").read_text())
    write(folder / "connections.yaml", connections | {"calendar": calendar})


@pytest.fixture
def calendar(tmp_path: Path) -> Iterator[Calendar]:
    with opened(tmp_path) as found:
        yield found


def test_a_booking_is_known_seconds_after_the_desk_made_it_with_the_name_of_its_service(calendar: Calendar) -> None:
    patient = calendar.nexhealth.do("patient", first_name="Ana", last_name="Ruiz", phone="2125550142")["id"]
    number = calendar.nexhealth.do("book", patient=patient, start="2026-11-16T15:00:00Z")["id"]
    until(calendar.visits)
    [visit] = calendar.visits()
    assert (visit["status"], visit["service_id"], visit["location_id"]) == ("booked", "visit", "downtown")
    calendar.nexhealth.do("cancel", id=number)
    until(lambda: calendar.visits()[0]["status"] == "cancelled")
    calendar.settle()
    assert calendar.street.rows("open_quarantine") == []


def test_a_forged_call_is_refused_and_asks_nothing(calendar: Calendar) -> None:
    body = json.dumps({"event_name": "appointment_updated", "data": {"appointment": {"id": 1}}}).encode()
    headers = {"content-type": "application/json", "timestamp": "2026-11-12T17:00:00Z", "signature": "0" * 64}
    assert calendar.street.door.post(HOOK, body, headers) in {401, 403}
    assert calendar.nexhealth.journal.entries(method="GET") == []
