"""A practice on HubSpot, Acuity, Twilio and Paubox: who books in one hears of it through the others.

The folder is the one that is shipped as an example; everything between it and the four vendors' interfaces is the real thing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from emulators.acuity import AcuityEmulator
from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.emulator import Emulator
from emulators.kit.running import running
from emulators.paubox import PauboxEmulator
from emulators.twilio import Account, Sender, TwilioEmulator
from tests.practices.example import BOOKED, DUE, DUE_ON_THE_23RD, Example, placed
from tests.proofs.town import GO_LIVE, TownClock, local

ANA, BEN, CLINIC, MAIL = "+12125550142", "+12125550143", "+12125550120", "ana@example.com"
CRM_KEY, NO_TEXTS = "key-harbor", "no_texts"
REMINDERS = ["3.1-reminder-48h", "3.1-reminder-48h-email", "3.2-reminder-24h", "4.1-morning-of"]


@dataclass(kw_only=True)
class Harbor(Example):
    """The practice and its four tools."""

    name = "classic"
    acuity: AcuityEmulator
    twilio: TwilioEmulator
    hubspot: HubSpotEmulator
    paubox: PauboxEmulator

    @property
    @override
    def vendors(self) -> tuple[Emulator, ...]:
        return (self.acuity, self.twilio, self.hubspot, self.paubox)

    def book(self, start: str = "2026-11-20 10:00") -> int:
        """Ana books on the practice's page, and the settle window passes."""
        self.turn(BOOKED[0])
        who = {"firstName": "Ana", "lastName": "Ruiz", "phone": "(212) 555-0142", "email": MAIL}
        number = int(self.acuity.do("book", **who, datetime=local(start).isoformat())["id"])
        self.run_at(*BOOKED)
        return number

    def texts(self) -> list[str]:
        """What Twilio took for Ana, oldest first."""
        found = self.twilio.do("messages", to=ANA)["messages"]
        return [str(one["body"]) for one in found if one["direction"] == "outbound-api"]

    def mails(self) -> list[dict[str, Any]]:
        """What Paubox took, oldest first."""
        return list(self.paubox.do("messages")["messages"])

    def says(self, text: str) -> None:
        """Ana answers."""
        self.twilio.do("inbound", from_=ANA, to=CLINIC, body=text)

    def notes(self, number: int) -> str:
        """What stands beside a visit in the calendar."""
        found = self.acuity.do("appointments")["appointments"]
        return str(next(one["notes"] for one in found if one["id"] == number))

    def crm(self, kind: str) -> list[dict[str, Any]]:
        """What the portal holds of one kind."""
        return [one["properties"] for one in self.hubspot.do("objects", type=kind)["results"]]


@pytest.fixture
def harbor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harbor]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    account = Account().add(Sender(CLINIC))
    portal = Portal(143553, search_limit=None, burst_limit=None).open_to(CRM_KEY)
    with (
        running(AcuityEmulator(state=tmp_path / "acuity")) as acuity,
        running(TwilioEmulator(account, state=tmp_path / "twilio")) as twilio,
        running(HubSpotEmulator(portal, state=tmp_path / "hubspot")) as hubspot,
        running(PauboxEmulator(state=tmp_path / "paubox")) as paubox,
    ):
        secrets = {
            "ACUITY": json.dumps({"user_id": acuity.account.user_id, "api_key": acuity.account.api_key}),
            "ACUITY_URL": acuity.url,
            "TWILIO": json.dumps({"account_sid": account.sid, "auth_token": account.auth_token}),
            "TWILIO_URL": twilio.url,
            "HUBSPOT": json.dumps({"token": CRM_KEY}),
            "HUBSPOT_URL": hubspot.url,
            "PAUBOX": json.dumps({"api_key": paubox.key}),
            "PAUBOX_URL": f"{paubox.url}/v1/email",
        }
        for name, value in secrets.items():
            monkeypatch.setenv(f"CLASSIC_{name}", value)
        made = Harbor(
            home=placed(tmp_path, "classic"),
            clock=TownClock(GO_LIVE),
            acuity=acuity,
            twilio=twilio,
            hubspot=hubspot,
            paubox=paubox,
        )
        made.found()
        for kind in ("contacts", "tasks", "communications", "notes"):
            hubspot.do("property", type=kind, name="glowline_id", unique=True)
        for name in ("glowline_source", NO_TEXTS):
            hubspot.do("property", type="contacts", name=name)
        yield made


def test_a_booking_in_acuity_is_confirmed_and_reminded_of_by_text_and_by_mail(harbor: Harbor) -> None:
    harbor.book()
    harbor.run_at(*DUE)
    assert [step for step in harbor.steps() if step[0] in "34"] == REMINDERS
    assert {"2.5-confirmation", "2.5-confirmation-email"} <= set(harbor.steps())
    assert all("10:00 AM" in text for text in harbor.texts())
    assert len(harbor.texts()) == 4
    assert len(harbor.mails()) == 2
    assert all(MAIL in json.dumps(mail) for mail in harbor.mails())


def test_a_visit_that_moves_in_acuity_is_told_truly_and_the_old_time_never_again(harbor: Harbor) -> None:
    visit = harbor.book()
    to = local("2026-11-23 15:00").isoformat()
    after = harbor.told_of(lambda: harbor.acuity.do("move", id=visit, datetime=to), harbor.texts, *DUE_ON_THE_23RD)
    assert after
    assert all("3:00 PM" in text for text in after)
    assert "2.7" in {step.partition("-")[0] for step in harbor.steps()}


def test_a_visit_that_is_cancelled_in_acuity_is_spoken_of_once_and_then_no_more(harbor: Harbor) -> None:
    visit = harbor.book()
    harbor.told_of(lambda: harbor.acuity.do("cancel", id=visit), harbor.texts)
    assert "2.8" in {step.partition("-")[0] for step in harbor.steps()}
    assert not {"3.2-reminder-24h", "4.1-morning-of"} & set(harbor.steps())


def test_acuity_being_away_sends_nothing_that_may_be_stale_and_catches_up(harbor: Harbor) -> None:
    visit = harbor.book()
    harbor.turn("2026-11-17 09:00")
    harbor.acuity.do("move", id=visit, datetime=local("2026-11-27 10:00").isoformat())
    harbor.acuity.begin_outage("status", 503)
    before = harbor.texts()
    harbor.run("2026-11-18 10:05")
    assert harbor.texts() == before
    assert "3.1-reminder-48h-email" not in harbor.steps()
    harbor.acuity.end_outage()
    harbor.run_at("2026-11-18 14:05", "2026-11-25 10:05", "2026-11-26 10:05")
    after = harbor.texts()[len(before) :]
    assert after
    assert all("Nov 27" in text for text in after)
    assert "3.1-reminder-48h-email" in harbor.steps()


def test_a_yes_stands_in_the_calendar_below_what_the_desk_wrote(harbor: Harbor) -> None:
    visit = harbor.book()
    harbor.acuity.account.appointments[visit].notes = "Prefers the back door."
    harbor.run("2026-11-18 10:05")
    harbor.turn("2026-11-18 10:30")
    harbor.says("YES")
    harbor.acuity.fail("drop", method="PUT")
    harbor.run_at("2026-11-18 10:31", "2026-11-18 10:35", "2026-11-18 10:45")
    assert harbor.steps().count("3.6-confirmed") == 1
    first, second = harbor.notes(visit).splitlines()
    assert (first, second.startswith("Confirmed by reply")) == ("Prefers the back door.", True)


def test_a_stop_is_heard_and_nothing_follows(harbor: Harbor) -> None:
    harbor.book()
    harbor.run("2026-11-18 10:05")
    harbor.turn("2026-11-18 10:30")
    harbor.says("please stop texting me")
    harbor.run_at("2026-11-18 10:31", "2026-11-18 10:41")
    before = harbor.texts()
    harbor.run_at(*DUE[1:])
    assert harbor.texts() == before


def test_r34_a_stop_stands_in_the_crm_as_well_and_a_tick_set_there_is_a_stop(harbor: Harbor) -> None:
    harbor.book()
    held = {"lastname": "Ruiz", "phone": "(212) 555-0142", "email": MAIL}
    harbor.hubspot.do("create", type="contacts", properties=held)
    harbor.hubspot.do("create", type="contacts", properties={"lastname": "Okoye", "phone": BEN, NO_TEXTS: "true"})
    harbor.turn("2026-11-18 10:30")
    harbor.says("STOP")
    harbor.run_at("2026-11-18 10:31", "2026-11-18 10:41")
    ticked = {one["lastname"]: one.get(NO_TEXTS) for one in harbor.crm("contacts")}
    assert ticked == {"Ruiz": "true", "Okoye": "true"}
    assert not any(one.get("hs_email_optout") for one in harbor.crm("contacts"))
    stopped = sorted(row["contact_point_id"] for row in harbor.table("suppressions"))
    assert len(set(stopped)) == 2  # Ana's by her own word, Ben's by the tick
    harbor.run_at("2026-11-18 10:51", "2026-11-18 11:01")
    assert sorted(row["contact_point_id"] for row in harbor.table("suppressions")) == stopped


def test_answers_that_are_lost_double_nothing(harbor: Harbor) -> None:
    harbor.book()
    harbor.twilio.fail("drop", method="POST", path="Messages")
    harbor.paubox.fail("drop", method="POST", path="messages")
    harbor.run_at("2026-11-18 10:05", "2026-11-18 10:15", "2026-11-18 10:25")
    harbor.run_at(*DUE[1:])
    assert len(harbor.texts()) == len(set(harbor.texts()))
    subjects = [(mail["subject"], mail["text"]) for mail in harbor.mails()]
    assert len(subjects) == len(set(subjects))
    assert "3.1-reminder-48h" in harbor.steps()


def test_a_lead_in_hubspot_is_answered_by_text_and_the_desk_has_a_task(harbor: Harbor) -> None:
    harbor.turn("2026-11-16 10:00")
    asked = {"firstname": "Ben", "lastname": "Okoye", "phone": BEN, "lifecyclestage": "lead"}
    harbor.hubspot.do("create", type="contacts", properties=asked)
    harbor.run_at("2026-11-16 10:01", "2026-11-16 10:02")
    assert {"1.1", "1.3"} <= {step.partition("-")[0] for step in harbor.steps()}
    [text] = harbor.twilio.do("messages", to=BEN)["messages"]
    assert "Ben" in text["body"]
    assert [task["hs_task_status"] for task in harbor.crm("tasks")] == ["NOT_STARTED"]
