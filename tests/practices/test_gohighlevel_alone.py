"""One practice on GoHighLevel alone: it books, texts, moves and stops there, and nothing else is connected.

The folder is the one that is shipped as an example; everything between it and the vendor's interface is the real thing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typing_extensions import override

from emulators.gohighlevel import GoHighLevelEmulator, Place, public_key
from emulators.kit.emulator import Emulator
from emulators.kit.running import running
from receiver.worker import Worker
from tests.practices.example import BOOKED, DUE, Example, placed
from tests.proofs.town import GO_LIVE, TownClock, local
from tests.receiver.serving import serving
from tests.receiver.world import Hand, World
from tests.waiting import until

LOCATION = "locSolo0000000000001"
ANA, DEE = "+12125550142", "+12125550149"


@dataclass(kw_only=True)
class Solo(Example):
    """The practice, and the vendor at its other end."""

    name = "solo"
    vendor: GoHighLevelEmulator

    @property
    @override
    def vendors(self) -> tuple[Emulator, ...]:
        return (self.vendor,)

    def ana(self, start: str) -> tuple[str, str]:
        """Ana, who books over the booking page now: her contact and her appointment."""
        person = self.vendor.do("contact", firstName="Ana", lastName="Ruiz", phone=ANA, email="ana@example.com")["id"]
        return person, self.vendor.do("book", contact=person, start=local(start).isoformat())["id"]

    def texts(self, phone: str = ANA) -> list[str]:
        """What the vendor accepted for that phone, oldest first."""
        found = self.vendor.do("messages")["messages"]
        return [str(one["body"]) for one in found if one["direction"] == "outbound" and one.get("to") == phone]

    def muted(self, phone: str = ANA) -> bool:
        """Whether HighLevel itself would refuse to text that phone."""
        found = self.vendor.do("contacts")["contacts"]
        settings = [one.get("dndSettings") or {} for one in found if one["phone"] == phone]
        return all(one.get("SMS", {}).get("status") == "active" for one in settings)


@pytest.fixture
def solo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Solo]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    with running(GoHighLevelEmulator(Place(LOCATION, name="Solo"), burst=None, state=tmp_path / "vendor")) as vendor:
        vendor.turn_clock(GO_LIVE, frozen=True)
        secret = {"token": f"pit-{LOCATION}", "webhook_key": public_key()}
        monkeypatch.setenv("SOLO_HIGHLEVEL", json.dumps(secret))
        monkeypatch.setenv("SOLO_HIGHLEVEL_URL", vendor.url)
        monkeypatch.setenv("SOLO_HIGHLEVEL_LOCATION", LOCATION)
        made = Solo(home=placed(tmp_path, "solo"), clock=TownClock(GO_LIVE), vendor=vendor)
        made.found()
        yield made


def booked(solo: Solo, start: str = "2026-11-20 10:00") -> str:
    """Ana has booked, and the confirmation is out."""
    solo.run(BOOKED[0])
    _, visit = solo.ana(start)
    solo.run_at(*BOOKED)
    return visit


def test_a_booking_is_confirmed_and_reminded_of_by_text_through_highlevel(solo: Solo) -> None:
    booked(solo)
    assert len(solo.texts()) == 1
    assert "10:00 AM" in solo.texts()[0]
    solo.run_at(*DUE)
    assert solo.steps() == ["2.5-confirmation", "3.1-reminder-48h", "3.2-reminder-24h", "4.1-morning-of"]
    assert len(solo.texts()) == 4
    assert {one["status"] for one in solo.table("receipts")} == {"delivered"}


def test_a_visit_that_moves_is_told_truly_and_the_old_time_never_again(solo: Solo) -> None:
    visit = booked(solo)
    solo.run("2026-11-17 11:00")
    solo.vendor.do("change", id=visit, start=local("2026-11-23 15:00").isoformat())
    solo.run_at("2026-11-17 11:20", "2026-11-17 11:45")
    assert "3:00 PM" in solo.texts()[-1]
    before = len(solo.texts())
    solo.run_at(*DUE)
    assert len(solo.texts()) == before
    solo.run_at("2026-11-21 15:05", "2026-11-22 15:05")
    assert len(solo.texts()) > before
    assert all("3:00 PM" in text for text in solo.texts()[before:])


def test_a_visit_that_is_deleted_is_spoken_of_no_more(solo: Solo) -> None:
    visit = booked(solo)
    solo.vendor.do("delete", id=visit)
    solo.run_at("2026-11-17 11:00", *DUE)
    assert not any("reminder" in step or "morning" in step for step in solo.steps())


def test_a_stop_is_heard_written_back_and_nothing_follows(solo: Solo) -> None:
    booked(solo)
    solo.run("2026-11-17 09:55")
    solo.vendor.do("reply", from_=ANA, body="please stop texting me")
    assert not solo.muted()
    solo.run_at("2026-11-17 10:00", "2026-11-17 10:10", "2026-11-17 10:20")
    before = solo.texts()
    solo.run_at(*DUE)
    assert solo.texts() == before
    assert solo.muted()


def test_an_answer_that_is_lost_doubles_nothing(solo: Solo) -> None:
    solo.run(BOOKED[0])
    solo.ana("2026-11-20 10:00")
    solo.vendor.fail("drop", method="POST", path="/conversations/messages$")
    solo.run_at(*BOOKED, "2026-11-16 10:30", "2026-11-16 11:00")
    assert len(solo.texts()) == 1
    solo.run_at(*DUE)
    assert len(solo.texts()) == 4
    assert solo.steps()[0] == "2.5-confirmation"


def test_a_yes_is_written_back_into_the_calendar(solo: Solo) -> None:
    visit = booked(solo)
    solo.vendor.do("change", id=visit, status="new")
    solo.run("2026-11-18 10:05")
    solo.vendor.do("reply", from_=ANA, body="Yes")
    solo.run_at("2026-11-18 10:15", "2026-11-18 10:20")
    [appointment] = solo.vendor.do("appointments")["appointments"]
    assert appointment["appointmentStatus"] == "confirmed"


def test_a_form_is_answered_at_once_and_becomes_a_tagged_lead(solo: Solo) -> None:
    solo.run("2026-11-16 10:00")
    solo.vendor.do("submit", name="Dee Park", phone=DEE, message="When can I come?")
    solo.run("2026-11-16 10:01")
    assert len(solo.texts(DEE)) == 1
    solo.run_at("2026-11-16 10:06", "2026-11-16 10:11")
    assert len(solo.texts(DEE)) == 1
    [contact] = solo.vendor.do("contacts")["contacts"]
    assert contact["tags"] == ["new lead"]


def test_a_task_that_the_desk_finishes_is_noticed_where_no_call_tells_of_it(solo: Solo) -> None:
    """R21, R56: a private integration has no webhooks, and the clock of row 1.5 must stop all the same."""
    solo.run("2026-11-16 10:00")
    solo.vendor.do("submit", name="Dee Park", phone=DEE, message="When can I come?")
    solo.run_at("2026-11-16 10:01", "2026-11-16 10:06", "2026-11-16 10:11")
    [asked] = solo.table("inquiries")[-1:]
    assert asked["called_at"] is None
    [dee] = [one["id"] for one in solo.vendor.do("contacts")["contacts"] if one["phone"] == DEE]
    due = local("2026-11-16 17:00").isoformat()
    [place] = solo.vendor.places.values()
    place.tasks["tkDesk"] = {"id": "tkDesk", "contactId": dee, "title": "Call", "dueDate": due, "completed": False}
    solo.vendor.do("finish", id="tkDesk")
    solo.run_at("2026-11-16 10:16", "2026-11-16 10:21")
    assert solo.table("inquiries")[-1]["called_at"] is not None


def test_a_stop_on_instagram_stops_the_texts_and_is_written_back(solo: Solo) -> None:
    """Rows 7.1 and 7.2, R34: on any channel."""
    booked(solo)
    solo.run("2026-11-17 09:55")
    [ana] = [one["id"] for one in solo.vendor.do("contacts")["contacts"]]
    solo.vendor.do("write", contact=ana, kind="TYPE_INSTAGRAM", body="STOP")
    solo.run_at("2026-11-17 10:00", "2026-11-17 10:10", "2026-11-17 10:20")
    before = solo.texts()
    solo.run_at(*DUE)
    assert solo.texts() == before
    assert solo.muted()


def test_a_stop_is_heard_at_the_door_long_before_a_poll(solo: Solo) -> None:
    booked(solo)
    world = World.at(solo.home, Hand(now=solo.clock.business))
    with serving(world, Worker(world.hub, world.spool, wake_every=0.3)) as door:
        solo.vendor.do("hook", url=f"http://127.0.0.1:{door.number}/hooks/gohighlevel/solo/highlevel")
        solo.vendor.do("reply", from_=ANA, body="STOP")
        until(lambda: world.table("suppressions", "solo"), longest=60)
        solo.vendor.settle()
    assert {one.status for one in solo.vendor.webhooks.log} == {204}
    before = solo.texts()
    solo.run_at(*DUE)
    assert solo.texts() == before


def test_a_door_that_cannot_keep_a_call_says_so_in_the_vendors_words(
    solo: Solo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HighLevel comes again on 429 and on nothing else; a 503 would lose the call."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    world = World.at(solo.home, Hand(now=solo.clock.business))
    with serving(world) as door:
        solo.vendor.do("hook", url=f"http://127.0.0.1:{door.number}/hooks/gohighlevel/solo/highlevel")
        with monkeypatch.context() as broken:
            broken.setattr("pipelines.accept.spool.os.fsync", full)
            solo.vendor.do("contact", firstName="Ana", phone=ANA)
            solo.vendor.run(solo.vendor.webhooks.settle)
    assert [one.status for one in solo.vendor.webhooks.log] == [429]
