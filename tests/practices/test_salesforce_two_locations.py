"""A practice on Salesforce with two locations in two zones: each patient hears from their own desk, by their own clock.

The folder is the one that is shipped as an example; everything between it and the two vendors' interfaces is the real thing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from typing_extensions import override

from emulators.kit.emulator import Emulator
from emulators.kit.running import running
from emulators.salesforce import Org, SalesforceEmulator
from emulators.twilio.account import Account, Sender
from emulators.twilio.emulator import TwilioEmulator
from tests.practices.example import Example, placed
from tests.proofs.town import GO_LIVE, TownClock, local

NAME = "two-locations"
CHICAGO = ZoneInfo("America/Chicago")
MERCER, LAKEVIEW = "+12125550110", "+13125550110"
ANA, BEN, CY = "+12125550142", "+13125550143", "+13125550144"


def chicago(text: str) -> datetime:
    """A Chicago wall-clock time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


@dataclass(kw_only=True)
class TwoDesks(Example):
    """The practice, its org and its telephone."""

    name = NAME
    salesforce: SalesforceEmulator
    twilio: TwilioEmulator
    places: dict[str, str] = field(default_factory=dict)
    works: dict[str, str] = field(default_factory=dict)

    @property
    @override
    def vendors(self) -> tuple[Emulator, ...]:
        return (self.salesforce, self.twilio)

    def make(self, kind: str, **fields: Any) -> str:  # noqa: ANN401 - whatever a field holds
        """Somebody makes a record in the org."""
        return str(self.salesforce.do("create", type=kind, fields=fields)["ids"][0])

    def patient(self, name: str, phone: str) -> str:
        """A patient, as Health Cloud has them: an account that is a person."""
        given, _, family = name.partition(" ")
        return self.make(
            "Account", FirstName=given, LastName=family, PersonMobilePhone=phone, PersonBirthdate="1984-02-29"
        )

    def book(self, patient: str, start: datetime, place: str, work: str = "Visit") -> str:
        """A desk books."""
        at = {"SchedStartTime": f"{start:%Y-%m-%dT%H:%M:%S}.000+0000"}
        end = start.timestamp() + 1800
        at["SchedEndTime"] = f"{datetime.fromtimestamp(end, UTC):%Y-%m-%dT%H:%M:%S}.000+0000"
        ids = {"ServiceTerritoryId": self.places[place], "WorkTypeId": self.works[work]}
        return self.make("ServiceAppointment", AccountId=patient, ParentRecordId=patient, **ids, **at)

    def change(self, record: str, **fields: Any) -> None:  # noqa: ANN401 - whatever a field holds
        """Somebody changes a record in the org."""
        self.salesforce.do("change", id=record, fields=fields)

    def held(self, kind: str) -> list[dict[str, Any]]:
        """What the org has of an object."""
        return list(self.salesforce.do("objects", type=kind)["results"])

    def texts(self, phone: str) -> list[tuple[str, str]]:
        """What Twilio took for somebody, oldest first: sender and words."""
        found = self.twilio.do("messages")["messages"]
        return [(m["from"], m["body"]) for m in found if m["direction"] == "outbound-api" and m["to"] == phone]

    def words(self, phone: str) -> str:
        """The last of them."""
        return self.texts(phone)[-1][1]


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoDesks]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    account = Account().add(Sender(MERCER), Sender(LAKEVIEW))
    with (
        running(SalesforceEmulator(Org(person_accounts=True), state=tmp_path / "salesforce")) as salesforce,
        running(TwilioEmulator(account, state=tmp_path / "twilio")) as twilio,
    ):
        client = salesforce.org.client
        app = {"client_id": client[0], "client_secret": client[1]}
        monkeypatch.setenv("TWO_LOCATIONS_SALESFORCE", json.dumps(app))
        monkeypatch.setenv("TWO_LOCATIONS_SALESFORCE_TOKENS", f"{salesforce.url}/services/oauth2/token")
        keys = {"account_sid": account.sid, "auth_token": account.auth_token}
        monkeypatch.setenv("TWO_LOCATIONS_TWILIO", json.dumps(keys))
        monkeypatch.setenv("TWO_LOCATIONS_TWILIO_URL", twilio.url)
        home = placed(tmp_path, NAME)
        made = TwoDesks(home=home, clock=TownClock(GO_LIVE), salesforce=salesforce, twilio=twilio)
        made.found()
        furnished(made)
        connected(made)
        yield made


def furnished(desks: TwoDesks) -> None:
    """What an administrator made in the org: our fields, the territories, the work types."""
    for kind in ("Lead", "Task"):
        desks.salesforce.do("field", type=kind, name="Glowline_Id__c", external_id=True)
    desks.salesforce.do("field", type="Lead", name="Preferred_Location__c")
    for kind, name in (("Lead", "No_Texts__c"), ("Account", "No_Texts__pc")):
        desks.salesforce.do("field", type=kind, name=name, field_type="boolean")
    for name in ("Linden Mercer", "Linden Lakeview"):
        desks.places[name.split()[1]] = desks.make("ServiceTerritory", Name=name)
    for name in ("Visit", "Consult"):
        desks.works[name] = desks.make("WorkType", Name=name)


def connected(desks: TwoDesks) -> None:
    """Somebody has connected Salesforce: its refresh token is in the sealed store."""
    store = desks.hub.tools.secrets.store
    assert store is not None
    kept = {"instance_url": desks.salesforce.url}
    tokens = {"access_token": "", "refresh_token": desks.salesforce.org.refresh_token, "kept": kept}
    store.write("salesforce/linden-org", SecretStr(json.dumps(tokens)))


@pytest.fixture
def booked(desks: TwoDesks) -> tuple[str, str]:
    """Ana at Mercer and Ben at Lakeview, both at three in the afternoon of the place; their appointments' ids."""
    ana, ben = desks.patient("Ana Ruiz", ANA), desks.patient("Ben Cole", BEN)
    desks.turn(local("2026-11-16 10:00"))
    visits = (
        desks.book(ana, local("2026-11-24 15:00"), "Mercer"),
        desks.book(ben, chicago("2026-11-24 15:00"), "Lakeview"),
    )
    desks.run_at(local("2026-11-16 10:01"), local("2026-11-16 10:10"))
    return visits


def heard(desks: TwoDesks) -> tuple[int, int]:
    """How many texts Ana and Ben have had."""
    return len(desks.texts(ANA)), len(desks.texts(BEN))


def test_each_hears_from_their_own_desk_in_the_hours_of_their_own_place(
    desks: TwoDesks, booked: tuple[str, str]
) -> None:
    assert heard(desks) == (1, 1)
    assert "Tue, Nov 24 at 3:00 PM, 12 Mercer St, New York" in desks.words(ANA)
    assert "Tue, Nov 24 at 3:00 PM, 3200 N Clark St, Chicago" in desks.words(BEN)
    assert {sender for sender, _ in desks.texts(ANA)} == {MERCER}
    assert {sender for sender, _ in desks.texts(BEN)} == {LAKEVIEW}


def test_r11_reminders_and_the_morning_of_follow_the_clock_of_the_place(
    desks: TwoDesks, booked: tuple[str, str]
) -> None:
    desks.run_at(local("2026-11-22 15:05"))
    assert heard(desks) == (2, 1)
    desks.run_at(chicago("2026-11-22 15:05"))
    assert heard(desks) == (2, 2)
    desks.run_at(local("2026-11-23 15:05"), chicago("2026-11-23 15:05"))
    assert heard(desks) == (3, 3)
    desks.run_at(local("2026-11-24 08:05"))
    assert heard(desks) == (4, 3)
    desks.run_at(chicago("2026-11-24 08:05"))
    assert heard(desks) == (4, 4)
    assert sorted(desks.steps()) == sorted(
        ["2.5-confirmation", "3.1-reminder-48h", "3.2-reminder-24h", "4.1-morning-of"] * 2
    )


def test_a_visit_that_moves_to_the_other_city_is_told_from_there_at_its_time(
    desks: TwoDesks, booked: tuple[str, str]
) -> None:
    ana, _ = booked
    desks.turn(local("2026-11-18 11:00"))
    start = f"{chicago('2026-11-25 09:30'):%Y-%m-%dT%H:%M:%S}.000+0000"
    desks.change(ana, ServiceTerritoryId=desks.places["Lakeview"], SchedStartTime=start, SchedEndTime=None)
    desks.run_at(local("2026-11-18 11:01"), local("2026-11-18 11:20"))
    sender, words = desks.texts(ANA)[-1]
    assert sender == LAKEVIEW
    assert "Wed, Nov 25 at 9:30 AM, 3200 N Clark St, Chicago" in words


def test_r9_somebody_else_who_treats_is_told_once_although_the_appointment_itself_did_not_change(
    desks: TwoDesks,
) -> None:
    okafor, lin = (desks.make("ServiceResource", Name=name) for name in ("Ngozi Okafor", "Lin Abara"))
    ana = desks.patient("Ana Ruiz", ANA)
    desks.turn(local("2026-11-16 10:00"))
    visit = desks.book(ana, local("2026-11-24 15:00"), "Mercer")
    made = desks.make("AssignedResource", ServiceAppointmentId=visit, ServiceResourceId=okafor)
    desks.run_at(local("2026-11-16 10:01"), local("2026-11-16 10:10"))
    assert len(desks.texts(ANA)) == 1
    desks.turn(local("2026-11-18 11:00"))
    desks.change(made, ServiceResourceId=lin)
    desks.run_at(local("2026-11-18 11:01"), local("2026-11-18 11:20"), local("2026-11-18 11:40"))
    assert desks.steps()[1:] == ["2.7-change-notice"]
    assert len(desks.texts(ANA)) == 2


def test_a_visit_that_is_cancelled_or_deleted_in_the_org_is_not_reminded_of(
    desks: TwoDesks, booked: tuple[str, str]
) -> None:
    ana, ben = booked
    desks.turn(local("2026-11-18 11:00"))
    desks.change(ana, Status="Canceled")
    desks.salesforce.do("delete", id=ben)
    desks.run_at(local("2026-11-18 11:01"), local("2026-11-18 11:20"))
    assert "cancelled at Linden" in desks.words(ANA)
    before = heard(desks)
    desks.run_at(local("2026-11-22 16:05"), local("2026-11-23 16:05"), local("2026-11-24 09:05"))
    assert heard(desks) == before


def test_a_yes_by_text_stands_in_the_org_and_is_not_asked_for_again(desks: TwoDesks, booked: tuple[str, str]) -> None:
    _, ben = booked
    desks.run_at(chicago("2026-11-22 15:05"))
    desks.turn(chicago("2026-11-22 15:30"))
    desks.twilio.do("inbound", from_=BEN, to=LAKEVIEW, body="YES")
    desks.run_at(chicago("2026-11-22 15:31"), chicago("2026-11-22 15:40"))
    status = {one["Id"]: one["Status"] for one in desks.held("ServiceAppointment")}
    assert status[ben] == "Confirmed"
    assert set(status.values()) == {"Confirmed", "Scheduled"}


def test_r34_a_stop_at_one_desk_ends_the_texts_of_both(desks: TwoDesks, booked: tuple[str, str]) -> None:
    desks.turn(local("2026-11-18 11:00"))
    desks.twilio.do("inbound", from_=ANA, to=LAKEVIEW, body="STOP")
    desks.run_at(local("2026-11-18 11:01"))
    before = len(desks.texts(ANA))
    desks.run_at(local("2026-11-22 16:05"), local("2026-11-23 16:05"), local("2026-11-24 09:05"))
    assert len(desks.texts(ANA)) == before
    assert len(desks.texts(BEN)) == 4


def test_r34_a_stop_stands_in_the_org_as_well_and_pauses_no_calls(desks: TwoDesks, booked: tuple[str, str]) -> None:
    desks.turn(local("2026-11-18 11:00"))
    desks.twilio.do("inbound", from_=ANA, to=LAKEVIEW, body="STOP")
    desks.run_at(local("2026-11-18 11:01"), local("2026-11-18 11:10"))
    told = {one["LastName"]: one for one in desks.held("Account")}
    assert (told["Ruiz"]["No_Texts__pc"], told["Cole"]["No_Texts__pc"]) == (True, False)
    assert not any(one["PersonDoNotCall"] or one["PersonHasOptedOutOfEmail"] for one in told.values())
    kept = desks.table("suppressions")
    desks.run_at(local("2026-11-18 11:20"))
    assert {row["contact_point_id"] for row in desks.table("suppressions")} == {row["contact_point_id"] for row in kept}


def test_a_new_lead_is_answered_by_the_desk_it_asked_for_and_becomes_the_patient_it_is_converted_to(
    desks: TwoDesks,
) -> None:
    desks.run_at(local("2026-11-16 10:01"))
    desks.turn(local("2026-11-16 10:02"))
    who = {"FirstName": "Cy", "LastName": "Vega", "Company": "[not provided]", "MobilePhone": CY}
    lead = desks.make("Lead", **who, Preferred_Location__c="Linden Lakeview")
    desks.run_at(local("2026-11-16 10:03"))
    assert [sender for sender, _ in desks.texts(CY)] == [LAKEVIEW]
    desks.turn(local("2026-11-16 11:00"))
    desks.salesforce.do("convert", id=lead)
    account = desks.held("Account")[-1]["Id"]
    desks.book(account, chicago("2026-11-24 11:00"), "Lakeview", "Consult")
    desks.run_at(local("2026-11-16 11:01"), local("2026-11-16 11:10"))
    assert "Tue, Nov 24 at 11:00 AM" in desks.words(CY)
    assert len(desks.table("current_persons")) == 1
