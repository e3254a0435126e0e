"""A practice that keeps the reminders of Luma Health: Luma knows who comes and reminds of it, and everything else is said by us.

The folder is the one that is shipped as an example; everything between it and the three vendors' interfaces is the real thing.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from typing_extensions import override

from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.emulator import Emulator
from emulators.kit.running import running
from emulators.twilio import Account, Sender, TwilioEmulator
from tests.connectors.luma_health.test_luma_spec import check, operation, validate
from tests.connectors.wire.server import FakeWire, Reply, Seen
from tests.practices.example import BOOKED, DUE, EXAMPLES, Example, placed
from tests.proofs.town import GO_LIVE, TownClock, local
from tests.receiver.folder import write

NAME = "beside-luma"
ANA, BEN, CLINIC, LUMAS = "+12125550142", "+12125550143", "+12125550130", "+12125550131"
CRM_KEY, TOKEN = "key-alder", "an-invented-luma-token"
REMINDERS = ["3.1-reminder-48h", "3.2-reminder-24h", "4.1-morning-of"]
DOWNTOWN, VISIT, DOCTOR = f"{0xFA:024x}", f"{0xE0:024x}", f"{0xD0:024x}"
LISTS = ("patients", "appointments", "messages", "recalls", "patientForms", "feedbackResponses")

Row = dict[str, Any]


@dataclass
class Luma:
    """What the practice's Luma holds, and how it answers: lists in pages, with what is marked as deleted apart."""

    clock: TownClock
    held: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in LISTS})

    def put(self, kind: str, **fields: Any) -> str:  # noqa: ANN401 - whatever a field holds
        """Somebody, or Luma itself, makes a record; returns its id."""
        number = f"{1 + sum(len(rows) for rows in self.held.values()):024x}"
        times = {"createdAt": self.now(), "updatedAt": self.now()}
        self.held[kind][number] = {"_id": number, "deleted": 0, **times, **fields}
        return number

    def change(self, kind: str, number: str, **fields: Any) -> None:  # noqa: ANN401 - whatever a field holds
        """Somebody changes a record."""
        self.held[kind][number] |= {"updatedAt": self.now(), **fields}

    def now(self) -> str:
        """The time of day as Luma writes it."""
        return f"{self.clock.business:%Y-%m-%dT%H:%M:%S}.000Z"

    def answer(self, seen: Seen) -> Reply:
        """An answer as Luma's own document describes it."""
        if seen.path == "/auth/token":
            return _json({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json({"code": 401, "message": "Unauthorized"}, 401)
        kind, _, number = seen.path.strip("/").partition("/")
        if seen.method != "GET" or kind not in self.held:
            return _json({"code": 404, "message": "Not found"}, 404)
        if number:
            found = self.held[kind].get(number)
            return _json(found) if found else _json({"code": 404, "message": "Not found"}, 404)
        gone, page, limit = "deleted" in seen.query, int(seen.query["page"]), int(seen.query["limit"])
        rows = [row for row in self.held[kind].values() if bool(row["deleted"]) is gone]
        return _json({"response": rows[(page - 1) * limit : page * limit], "page": page, "size": len(rows)})


def _json(body: Row, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode())


@dataclass(kw_only=True)
class Alder(Example):
    """The practice and its three tools."""

    name = NAME
    luma: Luma
    wire: FakeWire
    twilio: TwilioEmulator
    hubspot: HubSpotEmulator

    @property
    @override
    def vendors(self) -> tuple[Emulator, ...]:
        return (self.twilio, self.hubspot)

    def patient(self, phone: str = ANA, name: str = "Ana Ruiz", **fields: Any) -> str:  # noqa: ANN401 - whatever a field holds
        """Somebody Luma knows, with a mobile phone."""
        given, _, family = name.partition(" ")
        who = {"type": "patient", "name": name, "firstname": given, "lastname": family, "state": "NY"}
        born = {"dateOfBirth": {"year": 1984, "month": 2, "day": 29}}
        reached = {"contact": [contact(phone)], "doNotContact": False}
        return self.luma.put("patients", **who, **born, **(reached | fields))

    def book(self, patient: str, start: str = "2026-11-20 10:00") -> str:
        """The desk books in Luma."""
        at = {"date": written(start), "duration": 30, "status": "unconfirmed", "source": "ui"}
        return self.luma.put("appointments", patient=patient, provider=DOCTOR, facility=DOWNTOWN, type=VISIT, **at)

    def luma_texts(self, at: str, text: str, phone: str = ANA) -> str:
        """Luma sends a text of its own at that time."""
        self.turn(at)
        sent = {"type": "outbound", "channel": "sms", "from": LUMAS, "to": phone, "status": "delivered"}
        more = {"recipientType": "patient", "visibility": "public", "automated": True, "secure": False}
        return self.luma.put("messages", **sent, **more, text=text)

    def texts(self, phone: str = ANA) -> list[str]:
        """What Twilio took for somebody, oldest first."""
        found = self.twilio.do("messages", to=phone)["messages"]
        return [str(one["body"]) for one in found if one["direction"] == "outbound-api"]

    def says(self, text: str) -> None:
        """Ana answers us."""
        self.twilio.do("inbound", from_=ANA, to=CLINIC, body=text)

    def crm(self, kind: str) -> list[Row]:
        """What the portal holds of one kind."""
        return [one["properties"] for one in self.hubspot.do("objects", type=kind)["results"]]

    def tasks(self, kind: str) -> list[Row]:
        """Tasks of ours of one kind."""
        return [task for task in self.table("current_tasks") if task["kind"] == kind]


def contact(phone: str, **fields: Any) -> Row:  # noqa: ANN401 - whatever a field holds
    """A mobile phone as Luma keeps it."""
    return {"type": "sms", "value": phone, "active": True, "archived": False, "archivedReason": "none", **fields}


def written(start: str) -> str:
    """A New York wall-clock time as Luma writes it."""
    return f"{local(start):%Y-%m-%dT%H:%M:%S}.000Z"


Opens = Callable[..., Alder]


@pytest.fixture
def opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Opens the example practice on the morning of go-live, 2026-11-01 08:00 in New York; by file, what is changed in it.

    At the end Luma has only been read, and everything it showed was understood.
    """
    with contextlib.ExitStack() as stack:
        clock, account = TownClock(GO_LIVE), Account().add(Sender(CLINIC))
        luma, portal = Luma(clock), Portal(143553, search_limit=None, burst_limit=None).open_to(CRM_KEY)
        wire = stack.enter_context(FakeWire(luma.answer, only_reads=only_reads).running())
        twilio = stack.enter_context(running(TwilioEmulator(account, state=tmp_path / "twilio")))
        hubspot = stack.enter_context(running(HubSpotEmulator(portal, state=tmp_path / "hubspot")))
        secrets = {
            "LUMA": json.dumps({"client_id": "an-invented-client", "client_secret": "an-invented-secret"}),
            "LUMA_URL": wire.url,
            "TWILIO": json.dumps({"account_sid": account.sid, "auth_token": account.auth_token}),
            "TWILIO_URL": twilio.url,
            "HUBSPOT": json.dumps({"token": CRM_KEY}),
            "HUBSPOT_URL": hubspot.url,
        }
        for name, value in secrets.items():
            monkeypatch.setenv(f"BESIDE_LUMA_{name}", value)
        opened: list[Alder] = []

        def open_it(**changes: Row) -> Alder:
            home = placed(tmp_path, NAME)
            changed(home, changes)
            made = Alder(home=home, clock=clock, luma=luma, wire=wire, twilio=twilio, hubspot=hubspot)
            made.found()
            furnished(made)
            opened.append(made)
            return made

        yield open_it
        assert wire.writes == []
        assert [one.table("open_quarantine") for one in opened] == [[]]


def only_reads(seen: Seen) -> bool:
    """Whether a request leaves Luma as it was; a token is asked for by POST."""
    return seen.method == "GET" or seen.path == "/auth/token"


def changed(home: Path, changes: dict[str, Row]) -> None:
    """The practice's files say something else, one layer deep: what is named takes the place of what stood there."""
    for file, more in changes.items():
        where = home / NAME / f"{file}.yaml"
        stood = yaml.safe_load(where.read_text(encoding="utf-8"))
        write(where, stood | {name: stood[name] | fields for name, fields in more.items()})


def furnished(alder: Alder) -> None:
    """What an administrator made in the portal: our properties."""
    for kind in ("contacts", "tasks", "communications", "notes"):
        alder.hubspot.do("property", type=kind, name="glowline_id", unique=True)
    alder.hubspot.do("property", type="contacts", name="glowline_source")


@pytest.fixture
def alder(opens: Opens) -> Alder:
    """The practice as it is shipped."""
    return opens()


def booked(alder: Alder) -> str:
    """Ana has been booked for the 20th at ten, and the settle window is over; the id of her appointment."""
    alder.turn(BOOKED[0])
    visit = alder.book(alder.patient())
    alder.run_at(*BOOKED)
    return visit


OURS = {row: {"owner": "glowline", "live_from": GO_LIVE.isoformat()} for row in ("3.1", "3.2", "4.1")}
"""The reminders given to us, in a copy of the practice."""


def test_a_booking_in_luma_is_confirmed_by_us_once_and_its_reminders_are_left_to_luma(alder: Alder) -> None:
    booked(alder)
    alder.run_at(*DUE)
    assert alder.steps() == ["2.5-confirmation"]
    [text] = alder.texts()
    assert "Ana" in text
    assert "Fri, Nov 20 at 10:00 AM, 12 Mercer St, New York" in text
    held = {(one["rule"], one["row"]) for one in alder.table("held_in_plan")}
    assert held == {("OWN-01", row) for row in OURS}


def test_the_same_reminders_leave_from_us_once_their_rows_are_ours(opens: Opens) -> None:
    alder = opens(rows=OURS)
    booked(alder)
    alder.run_at(*DUE)
    assert alder.steps() == ["2.5-confirmation", *REMINDERS]
    assert len(alder.texts()) == 4


@pytest.mark.parametrize("rows,alarms", [({}, []), (OURS, ["3.1", "3.2"])], ids=["rows-of-luma", "rows-of-ours"])
def test_r40_lumas_reminders_are_no_alarm_as_long_as_their_rows_are_lumas(
    opens: Opens, rows: Row, alarms: list[str]
) -> None:
    alder = opens(rows=rows)
    booked(alder)
    for at, day in (("2026-11-18 12:00", "Friday"), ("2026-11-19 12:00", "tomorrow")):
        alder.run(at.replace("12:00", "10:05"))
        alder.luma_texts(at, f"Reminder: your appointment at Alder is {day} at 10:00 AM. Reply C to confirm.")
        alder.run(at.replace("12:00", "12:05"))
    assert [row["row"] for row in alder.table("foreign_messages")] == alarms
    assert len(alder.tasks("foreign_text")) == len(alarms)
    assert alder.table("current_pauses") == [], "a machine is no person of the practice (R58)"


def test_r40_who_books_at_short_notice_hears_our_confirmation_and_lumas_reminder(alder: Alder) -> None:
    phones = [f"+1212555016{number}" for number in range(4)]
    for number, phone in enumerate(phones):
        alder.turn(f"2026-11-{16 + number} 09:00")
        alder.book(alder.patient(phone, f"Ana{number} Ruiz"), f"2026-11-{17 + number} 11:00")
        alder.run_at(f"2026-11-{16 + number} 09:00", f"2026-11-{16 + number} 09:20")
        alder.luma_texts(
            f"2026-11-{16 + number} 11:00", "Reminder: your appointment at Alder is tomorrow at 11:00 AM.", phone
        )
        alder.run(f"2026-11-{16 + number} 11:05")
    assert [len(alder.texts(phone)) for phone in phones] == [1, 1, 1, 1]
    assert alder.table("foreign_messages") == []


def test_r40_a_confirmation_of_lumas_own_beside_ours_is_for_the_desk_and_after_three_ours_is_held(alder: Alder) -> None:
    phones = [f"+1212555016{number}" for number in range(4)]
    alder.turn("2026-11-16 10:00")
    for number, phone in enumerate(phones[:3]):
        alder.book(alder.patient(phone, f"Ana{number} Ruiz"), f"2026-11-20 1{number}:00")
    alder.run_at("2026-11-16 10:00", "2026-11-16 10:20")
    for number, phone in enumerate(phones[:3]):
        alder.luma_texts("2026-11-16 11:00", f"You are booked at Alder: 11/20, 1{number}:00. See you then!", phone)
    alder.run_at("2026-11-16 11:05", "2026-11-16 11:10")
    assert sorted(task["title"].partition(",")[0] for task in alder.tasks("foreign_text")) == [
        "Another tool writes to patients about their visits",
        "Row 2.5 is held",
    ]
    assert len(alder.crm("tasks")) == 2
    assert [len(alder.texts(phone)) for phone in phones[:3]] == [1, 1, 1]
    alder.turn("2026-11-16 14:00")
    alder.book(alder.patient(phones[3], "Ana3 Ruiz"), "2026-11-20 14:00")
    alder.run_at("2026-11-16 14:00", "2026-11-16 14:20", "2026-11-17 10:00")
    assert alder.texts(phones[3]) == []


def test_a_visit_that_moves_is_told_by_us_once_and_the_old_time_never_again(alder: Alder) -> None:
    visit = booked(alder)
    alder.turn("2026-11-17 11:00")
    alder.luma.change("appointments", visit, date=written("2026-11-23 15:00"))
    alder.run_at("2026-11-17 11:00", "2026-11-17 11:25", *DUE, "2026-11-21 15:05", "2026-11-22 15:05")
    assert [step.partition("-")[0] for step in alder.steps()] == ["2.5", "2.7"]
    assert "Mon, Nov 23 at 3:00 PM" in alder.texts()[-1]


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"deleted": 1}], ids=["cancelled", "deleted"])
def test_a_visit_that_is_cancelled_is_told_by_us_once_and_then_no_more(alder: Alder, change: Row) -> None:
    visit = booked(alder)
    alder.turn("2026-11-17 11:00")
    alder.luma.change("appointments", visit, **change)
    alder.run_at("2026-11-17 11:00", "2026-11-17 11:25", DUE[1])
    assert len(alder.texts()) == 2
    assert "cancelled at Alder: Fri, Nov 20 at 10:00 AM" in alder.texts()[-1]


LEFT_ALONE: tuple[Row, ...] = (
    {"doNotContact": True},
    {"contact": [contact("+12125550161", archived=True, archivedReason="do-not-contact")]},
    {"contact": [contact("+12125550162", active=False)]},
    {},
)
"""What Luma says of people: nobody may write, nobody may text, the phone is no longer theirs, nothing of the kind."""


def test_whom_luma_would_leave_alone_hears_nothing_from_us_and_others_do(alder: Alder) -> None:
    phones = [f"+1212555016{number}" for number in range(len(LEFT_ALONE))]
    alder.turn(BOOKED[0])
    names = (f"Ana{number} Ruiz" for number in range(len(LEFT_ALONE)))
    people = [alder.patient(phone, name, **said) for phone, name, said in zip(phones, names, LEFT_ALONE, strict=True)]
    visits = [alder.book(person, f"2026-11-20 1{hour}:00") for hour, person in enumerate(people)]
    alder.run_at(*BOOKED)
    alder.turn("2026-11-17 11:00")
    for visit in visits:
        alder.luma.change("appointments", visit, date=written("2026-11-23 15:00"))
    alder.run_at("2026-11-17 11:00", "2026-11-17 11:25")
    assert [len(alder.texts(phone)) for phone in phones] == [0, 0, 0, 2]


def test_who_asks_the_desk_to_be_left_alone_hears_nothing_more_from_us(alder: Alder) -> None:
    visit = booked(alder)
    alder.turn("2026-11-17 10:30")
    patient = next(iter(alder.luma.held["patients"]))
    alder.luma.change("patients", patient, doNotContact=True)
    alder.luma.change("appointments", visit, date=written("2026-11-23 15:00"))
    alder.run_at("2026-11-17 10:31", "2026-11-17 11:00")
    assert len(alder.texts()) == 1


def test_a_stop_ends_everything_here_and_the_desk_is_told_that_luma_goes_on(alder: Alder) -> None:
    visit = booked(alder)
    alder.turn("2026-11-17 10:30")
    alder.says("please stop texting me")
    alder.run_at("2026-11-17 10:31", "2026-11-17 10:35")
    before = alder.texts()
    alder.turn("2026-11-17 11:00")
    alder.luma.change("appointments", visit, date=written("2026-11-23 15:00"))
    alder.run_at("2026-11-17 12:00", "2026-11-17 12:25", DUE[1])
    assert alder.texts() == before
    [drift] = alder.tasks("drift")
    assert drift["title"].startswith("Somebody opted out, and luma still has them as subscribed")
    assert {pair for pairs in alder.twilio.opted_out.values() for pair in pairs} == {(CLINIC, ANA)}, "Twilio knows too"
    assert alder.tasks("operator") == []


def test_a_stop_that_was_sent_to_lumas_number_ends_ours_too(alder: Alder) -> None:
    visit = booked(alder)
    alder.turn("2026-11-17 10:30")
    heard = {"type": "inbound", "channel": "sms", "from": ANA, "to": LUMAS, "status": "delivered"}
    alder.luma.put("messages", **heard, visibility="public", text="STOP")
    alder.run_at("2026-11-17 10:31", "2026-11-17 10:35")
    before = len(alder.texts())
    alder.turn("2026-11-17 11:00")
    alder.luma.change("appointments", visit, date=written("2026-11-23 15:00"))
    alder.run_at("2026-11-17 11:00", "2026-11-17 11:25")
    assert len(alder.texts()) == before
    assert not any("3:00 PM" in text for text in alder.texts())


def test_a_yes_is_kept_here_and_luma_is_left_as_it_was(alder: Alder) -> None:
    visit = booked(alder)
    alder.turn("2026-11-16 11:00")
    alder.says("YES")
    alder.run_at("2026-11-16 11:01", "2026-11-16 11:05")
    [kept] = alder.table("current_confirmations")
    assert kept["start_at"] == local("2026-11-20 10:00")
    assert alder.luma.held["appointments"][visit]["status"] == "unconfirmed"
    assert (len(alder.texts()), alder.tasks("reply")) == (1, [])


def test_two_days_after_a_visit_everybody_is_asked_for_a_review_once(alder: Alder) -> None:
    booked(alder)
    alder.run_at("2026-11-22 10:35", "2026-11-22 12:35", "2026-11-23 10:35")
    assert alder.steps() == ["2.5-confirmation", "6.2-review"]
    assert "https://go.example/r/alder" in alder.texts()[-1]


def test_a_lead_is_answered_by_us_and_is_the_patient_that_luma_has_them_as_later(alder: Alder) -> None:
    alder.turn("2026-11-16 10:00")
    asked = {"firstname": "Ben", "lastname": "Okoye", "phone": BEN, "lifecyclestage": "lead"}
    alder.hubspot.do("create", type="contacts", properties=asked)
    alder.run_at("2026-11-16 10:01", "2026-11-16 10:02")
    assert {step.partition("-")[0] for step in alder.steps()} == {"1.1", "1.3"}
    assert len(alder.texts(BEN)) == 1
    assert [task["hs_task_status"] for task in alder.crm("tasks")] == ["NOT_STARTED"]
    alder.luma_texts("2026-11-16 10:29", "Rate us!", BEN)
    alder.run_at("2026-11-16 10:31")
    assert [row["called_at"] for row in alder.table("current_inquiries")] == [None], "a machine has not called (R56)"
    alder.turn("2026-11-16 11:00")
    alder.book(alder.patient(BEN, "Ben Okoye"))
    alder.run_at("2026-11-16 11:01", "2026-11-16 11:20")
    assert "10:00 AM" in alder.texts(BEN)[-1]
    assert len(alder.table("current_persons")) == 1


def recalled(alder: Alder) -> None:
    """Luma has a recall, a form and a score of Ana's."""
    patient = next(iter(alder.luma.held["patients"]))
    alder.luma.put("recalls", patient=patient, status="active", date=written("2026-12-01 10:00"), name="A title")
    alder.luma.put("patientForms", patient=patient, status="pending")
    alder.luma.put("feedbackResponses", patient=patient, response={"type": "npsscore", "value": 2})


def test_a_recall_a_form_and_a_score_of_lumas_are_kept_and_start_nothing(alder: Alder) -> None:
    booked(alder)
    before = alder.steps()
    alder.turn("2026-11-17 10:00")
    recalled(alder)
    alder.run_at("2026-11-17 10:05", "2026-11-17 10:10", "2026-11-18 10:05")
    kept = {one["kind"] for one in alder.table("latest_versions") if one["connection_id"] == "luma"}
    assert kept == {"person", "appointment", "task", "intake"}
    assert alder.steps() == before
    assert alder.table("current_tasks") == []


def test_the_luma_of_these_tests_is_asked_and_answers_as_lumas_own_document_says(alder: Alder) -> None:
    booked(alder)
    recalled(alder)
    alder.luma_texts("2026-11-16 11:00", "Your bill is ready.")
    alder.run("2026-11-16 11:05")
    assert {seen.path.strip("/") for seen in alder.wire.seen} == {"auth/token", *LISTS}
    for seen in alder.wire.seen:
        check(seen)
        answer = alder.luma.answer(seen)
        described = operation(seen)["responses"][str(answer.status)]["content"]["application/json"]
        validate(described["schema"], json.loads(answer.body))


def test_whatever_leaves_goes_to_a_vendor_with_an_agreement(alder: Alder) -> None:
    visit = booked(alder)
    alder.turn("2026-11-17 10:30")
    alder.says("Can somebody call me about the bill?")
    alder.luma.change("appointments", visit, status="cancelled")
    alder.run_at("2026-11-17 10:31", "2026-11-17 10:55")
    register = yaml.safe_load((EXAMPLES / NAME / "vendors.yaml").read_text(encoding="utf-8"))
    went = {(one["vendor"], one["product"]) for one in alder.table("attempts")}
    assert went == {("twilio", "sms"), ("hubspot", "crm")}
    assert all(register[vendor]["status"] == "signed" for vendor, _ in went)
    assert all(product in register[vendor]["covered_products"] for vendor, product in went)


def test_without_an_agreement_with_twilio_nothing_leaves(opens: Opens) -> None:
    alder = opens(vendors={"twilio": {"status": "evaluating"}})
    booked(alder)
    alder.run_at(*DUE)
    assert alder.texts() == []


def test_luma_being_away_costs_nobody_a_confirmation(alder: Alder) -> None:
    alder.run("2026-11-16 09:55")
    alder.turn(BOOKED[0])
    alder.book(alder.patient())
    alder.wire.fault, alder.wire.retry_after = "503", "600"
    alder.run_at(*BOOKED)
    assert alder.texts() == []
    alder.wire.fault = None
    alder.run_at("2026-11-16 11:00", "2026-11-16 11:05", "2026-11-16 11:15")
    assert alder.steps() == ["2.5-confirmation"]


def test_an_answer_that_is_lost_doubles_nothing(alder: Alder) -> None:
    alder.run("2026-11-16 09:55")
    alder.twilio.fail("drop", method="POST", path="Messages")
    visit = booked(alder)
    alder.run_at("2026-11-16 10:30", "2026-11-16 10:40")
    assert len(alder.texts()) == 1
    alder.turn("2026-11-17 11:00")
    alder.luma.change("appointments", visit, date=written("2026-11-23 15:00"))
    alder.run_at("2026-11-17 11:00", "2026-11-17 11:25")
    assert len(alder.texts()) == 2
