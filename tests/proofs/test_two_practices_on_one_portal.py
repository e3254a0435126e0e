"""Two practices share one HubSpot portal and one Twilio account: each answers its own leads, and knows of no others."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.running import running
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from tests.proofs.town import GO_LIVE, SENDER, Town, founded, local
from tests.receiver.folder import write

NUMBERS = {"lumen": SENDER, "solis": "+12125550120"}
LEADS = {"lumen": "+12125550151", "solis": "+12125550152", "elsewhere": "+12125550153"}
KEY = "key-of-the-portal"
ROWS = ("1.1", "1.2", "1.3", "1.4")


@dataclass
class Street:
    """Both practices, and what they share."""

    towns: dict[str, Town]
    twilio: TwilioEmulator
    hubspot: HubSpotEmulator

    def run(self, at: str) -> None:
        """Both run at a local time."""
        self.hubspot.turn_clock(local(at), frozen=True)
        for town in self.towns.values():
            town.run(local(at))


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    account = Account().add(*(Sender(number) for number in NUMBERS.values()))
    portal = Portal(143553, search_limit=None, burst_limit=None).open_to(KEY)
    with (
        running(TwilioEmulator(account, state=tmp_path / "vendor")) as twilio,
        running(HubSpotEmulator(portal)) as hubspot,
        founded(tmp_path, twilio, account) as lumen,
        founded(tmp_path, twilio, account, practice="solis", number=NUMBERS["solis"]) as solis,
    ):
        hubspot.turn_clock(GO_LIVE, frozen=True)
        hubspot.do("property", type="contacts", name="clinic")
        for town in (lumen, solis):
            _connect(town, hubspot.url)
        yield Street({"lumen": lumen, "solis": solis}, twilio, hubspot)


def _connect(town: Town, url: str) -> None:
    folder, secret = town.home / town.practice, town.home / "secrets" / "hubspot"
    write(secret, json.dumps({"token": KEY}))
    crm = {
        "vendor": "hubspot",
        "account": "the-portal",
        "secret": f"file:{secret}",
        "settings": {"base_url": url},
        "select": {"clinic": town.practice},
        "streams": ["new_leads"],
    }
    register = yaml.safe_load((folder / "vendors.yaml").read_text())["twilio"]
    _add(folder / "connections.yaml", {"crm": crm})
    _add(folder / "vendors.yaml", {"hubspot": register | {"covered_products": ["crm"]}})
    _add(folder / "rows.yaml", {row: {"owner": "glowline", "live_from": GO_LIVE.isoformat()} for row in ROWS})


def _add(file: Path, more: dict[str, object]) -> None:
    write(file, yaml.safe_load(file.read_text()) | more)


def test_each_practice_answers_its_own_leads_and_holds_no_others(street: Street) -> None:
    street.run("2026-11-10 10:00")
    for clinic, phone in LEADS.items():
        lead = {
            "firstname": "Ana",
            "lastname": clinic.title(),
            "phone": phone,
            "lifecyclestage": "lead",
            "clinic": clinic,
        }
        street.hubspot.turn_clock(local("2026-11-10 10:20"), frozen=True)
        street.hubspot.do("create", type="contacts", properties=lead)
    for at in ("2026-11-10 10:21", "2026-11-10 10:23"):
        street.run(at)
    sent = {(entry["from"], entry["to"]) for entry in street.twilio.do("messages")["messages"]}
    assert sent == {(NUMBERS[clinic], LEADS[clinic]) for clinic in NUMBERS}
    for clinic, town in street.towns.items():
        leads = [str(row["body"]) for row in town.table("raw") if row["stream"] == "new_leads"]
        assert leads
        for other in LEADS.keys() - {clinic}:
            assert not any(LEADS[other] in body for body in leads), f"{clinic} holds a lead of {other}"
        assert {row["practice_id"] for row in town.table("ledger_head")} == {clinic}
