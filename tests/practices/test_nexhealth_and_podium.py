"""A practice on NexHealth and Podium: what stands in the calendar of one is said through the inbox of the other.

The folder is the one that is shipped as an example; everything between it and the two vendors' interfaces is the real thing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typing_extensions import override

from emulators.kit.emulator import Emulator
from emulators.kit.running import running
from emulators.nexhealth import Institution, NexHealthEmulator
from emulators.podium import PodiumEmulator
from tests.practices.example import BOOKED, DUE, DUE_ON_THE_23RD, Example, placed
from tests.proofs.town import GO_LIVE, TownClock, local

ANA = "+12125550142"
KEY = "an-invented-nexhealth-key"


@dataclass(kw_only=True)
class FrontDesk(Example):
    """The practice, its calendar and its inbox."""

    name = "front-desk"
    nexhealth: NexHealthEmulator
    podium: PodiumEmulator

    @property
    @override
    def vendors(self) -> tuple[Emulator, ...]:
        return (self.nexhealth, self.podium)

    def ana(self) -> int:
        """Ana, as the health record knows her: a phone of ten digits."""
        born = {"birth_date": "1984-02-29", "email": "ana@example.com"}
        return int(self.nexhealth.do("patient", first_name="Ana", last_name="Ruiz", phone="2125550142", **born)["id"])

    def book(self, patient: int, start: str) -> int:
        """The desk books."""
        return int(self.nexhealth.do("book", patient=patient, start=local(start).isoformat())["id"])

    def texts(self) -> list[str]:
        """What Podium took for Ana, oldest first."""
        found = self.podium.do("messages", to=ANA)["messages"]
        return [one["body"] for one in found if one["items"][0]["sourceType"] == "outbound"]

    def says(self, text: str) -> None:
        """Ana answers."""
        self.podium.do("inbound", from_=ANA, body=text)

    def appointment(self, number: int) -> dict[str, Any]:
        """What the calendar says of a visit."""
        return next(one for one in self.nexhealth.do("appointments")["appointments"] if one["id"] == number)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FrontDesk]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    institution = Institution("mercer", KEY)
    with (
        running(NexHealthEmulator(institution, rate=None, state=tmp_path / "nexhealth")) as nexhealth,
        running(PodiumEmulator(state=tmp_path / "podium")) as podium,
    ):
        app = {"client_id": podium.tokens.client_id, "client_secret": podium.tokens.client_secret}
        monkeypatch.setenv("FRONT_DESK_NEXHEALTH", KEY)
        monkeypatch.setenv("FRONT_DESK_NEXHEALTH_URL", nexhealth.url)
        monkeypatch.setenv("FRONT_DESK_PODIUM", json.dumps(app))
        monkeypatch.setenv("FRONT_DESK_PODIUM_URL", podium.url)
        monkeypatch.setenv("FRONT_DESK_PODIUM_TOKENS", f"{podium.url}/oauth/token")
        home = placed(tmp_path, "front-desk")
        made = FrontDesk(home=home, clock=TownClock(GO_LIVE), nexhealth=nexhealth, podium=podium)
        made.found()
        connected(made)
        yield made


def connected(desk: FrontDesk) -> None:
    """Somebody has connected Podium: its refresh token is in the sealed store."""
    store = desk.hub.tools.secrets.store
    assert store is not None
    tokens = {"access_token": "", "refresh_token": desk.podium.tokens.refresh_token, "expires_at": 0.0, "kept": {}}
    store.write("podium/mercer-podium", SecretStr(json.dumps(tokens)))


REMINDERS = ["3.1-reminder-48h", "3.2-reminder-24h", "4.1-morning-of"]


def booked(desk: FrontDesk, start: str = "2026-11-20 10:00") -> int:
    """Ana has been booked, and the settle window is over."""
    desk.turn(BOOKED[0])
    visit = desk.book(desk.ana(), start)
    desk.run_at(*BOOKED)
    return visit


def test_a_booking_in_nexhealth_is_reminded_of_by_text_through_podium(desk: FrontDesk) -> None:
    booked(desk)
    desk.run_at(*DUE)
    assert [step for step in desk.steps() if step[0] in "34"] == REMINDERS
    assert len(desk.texts()) == len(desk.steps())
    assert all("10:00 AM" in text for text in desk.texts())


def test_a_visit_that_moves_is_told_truly_and_the_old_time_never_again(desk: FrontDesk) -> None:
    visit = booked(desk)
    to = local("2026-11-23 15:00").isoformat()
    after = desk.told_of(lambda: desk.nexhealth.do("move", id=visit, start=to), desk.texts, *DUE_ON_THE_23RD)
    assert after
    assert all("3:00 PM" in text for text in after)
    assert "2.7" in {step.partition("-")[0] for step in desk.steps()}


def test_a_visit_that_is_cancelled_is_spoken_of_once_and_then_no_more(desk: FrontDesk) -> None:
    visit = booked(desk)
    desk.told_of(lambda: desk.nexhealth.do("cancel", id=visit), desk.texts)
    assert not {"3.2-reminder-24h", "4.1-morning-of"} & set(desk.steps())


def test_a_block_of_the_calendar_is_nobodys_visit_r18(desk: FrontDesk) -> None:
    desk.turn(BOOKED[0])
    desk.ana()
    desk.nexhealth.do("block", start=local("2026-11-20 12:00").isoformat(), end=local("2026-11-20 13:00").isoformat())
    desk.run_at(*BOOKED, DUE[0])
    assert desk.texts() == []
    assert desk.table("current_visits") == []


def test_a_yes_stands_in_the_calendar_and_nobody_is_asked_again(desk: FrontDesk) -> None:
    visit = booked(desk)
    desk.run("2026-11-18 10:05")
    assert desk.appointment(visit)["confirmed"] is False
    desk.turn("2026-11-18 10:30")
    desk.says("YES")
    desk.run_at("2026-11-18 10:31", "2026-11-18 10:35")
    assert desk.appointment(visit)["confirmed"] is True
    assert "3.6-confirmed" in desk.steps()
    [patched] = desk.nexhealth.journal.entries(method="PATCH")
    assert (patched.accepted, patched.vendor_id) == (True, str(visit))


def test_a_yes_to_two_visits_of_a_day_stands_at_both(desk: FrontDesk) -> None:
    visits = [booked(desk), booked(desk, "2026-11-20 15:00")]
    desk.run("2026-11-18 10:05")
    desk.turn("2026-11-18 10:30")
    desk.says("YES")
    desk.run_at("2026-11-18 10:31", "2026-11-18 10:35")
    assert [desk.appointment(visit)["confirmed"] for visit in visits] == [True, True]
    assert desk.steps().count("3.6-confirmed") == 2


def test_a_stop_is_heard_in_podium_written_back_and_nothing_follows(desk: FrontDesk) -> None:
    booked(desk)
    desk.run("2026-11-18 10:05")
    desk.turn("2026-11-18 10:30")
    desk.says("please stop texting me")
    desk.run_at("2026-11-18 10:31", "2026-11-18 10:41", "2026-11-18 10:51")
    before = desk.texts()
    desk.run_at(*DUE[1:])
    assert desk.texts() == before
    [told] = [entry for entry in desk.podium.journal.entries(method="POST") if entry.path.endswith("/opt_out")]
    assert told.accepted


def test_an_answer_that_is_lost_doubles_nothing(desk: FrontDesk) -> None:
    booked(desk)
    desk.podium.fail("drop", method="POST", path="^/v4/messages$")
    desk.run_at("2026-11-18 10:05", "2026-11-18 10:15", "2026-11-18 10:25")
    assert len(desk.texts()) == 2
    desk.run_at(*DUE[1:])
    assert len(desk.texts()) == 4
    assert [step for step in desk.steps() if step[0] in "34"] == REMINDERS


def test_a_yes_whose_answer_is_lost_is_simply_said_once_more(desk: FrontDesk) -> None:
    visit = booked(desk)
    desk.run("2026-11-18 10:05")
    desk.turn("2026-11-18 10:30")
    desk.says("YES")
    desk.nexhealth.fail("drop", method="PATCH")
    desk.run_at("2026-11-18 10:31", "2026-11-18 10:35", "2026-11-18 10:45")
    assert desk.appointment(visit)["confirmed"] is True
    assert desk.steps().count("3.6-confirmed") == 1


def test_nexhealth_being_away_sends_nothing_that_may_be_stale_and_catches_up(desk: FrontDesk) -> None:
    visit = booked(desk)
    desk.turn("2026-11-17 09:00")
    desk.nexhealth.do("move", id=visit, start=local("2026-11-27 10:00").isoformat())
    desk.nexhealth.begin_outage("status", 503)
    desk.run("2026-11-18 10:05")
    assert all("Nov 20" not in text for text in desk.texts()[1:])
    desk.nexhealth.end_outage()
    desk.run_at("2026-11-18 14:05", "2026-11-25 10:05")
    assert "3.1-reminder-48h" in desk.steps()
