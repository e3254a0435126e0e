"""Luma as a practice uses it: who may be reached, whose clock a visit has, no second reminder, and pages that end."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from canonical.clock import FixedClock
from canonical.delivery import Found
from canonical.problems import ProtocolBroken, RefusalReason, Refused, TryLater
from canonical.raw import Page, RawRecord
from canonical.said_inside import ScheduleReminder
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.limits import Budgets
from connectors.kit.secrets import Secrets, SecretStore
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Cannot, Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import NOW, attempt, claim, context
from tests.connectors.luma_health.wire import (
    APPOINTMENT,
    ENVIRON,
    FIXTURES,
    KEPT,
    PATIENT,
    SUBJECT,
    TEXT,
    connection,
    opened,
)
from tests.connectors.wire.exchanges import answering, exchanges
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import FakeWire, Reply, Seen

DOWNTOWN = f"{0xFA:024x}"
HERE = Surroundings(zones={DOWNTOWN: ZoneInfo("America/Chicago")}, default_zone=ZoneInfo("America/New_York"))


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[HttpWire]:
    with opened(tmp_path) as found:
        yield found


@contextmanager
def luma(folder: Path, answers: Mapping[str, Any]) -> Iterator[HttpWire]:
    """A Luma that answers these paths; a callable is asked, and everything else comes from the fixtures."""
    known, store = exchanges(FIXTURES), SecretStore(folder / "secrets", b"an invented key of the installation")

    def answer(seen: Seen) -> Reply:
        found = answers.get(seen.path)
        if found is None:
            return answering(known, seen)
        told = found(seen) if callable(found) else found
        return told if isinstance(told, Reply) else Reply(200, json.dumps(told).encode())

    with FakeWire(answer).running() as server:
        opened_ = HttpWire(server, connection, ENVIRON, {}, store)
        store.write("luma_health/lumen-luma", SecretStr(json.dumps(KEPT)))
        yield opened_
        opened_.close()


def pages(wire: HttpWire, stream: str, cursor: str | None = None) -> list[Page]:
    return list(registry.puller(wire.connection, wire.tools()).pull(stream, cursor, now=NOW))


def records(wire: HttpWire, stream: str) -> list[RawRecord]:
    return [record for page in pages(wire, stream) for record in page.records]


def mapped(record: RawRecord) -> dict[str, Any]:
    mapping = Catalogue().mapping("luma_health", record.stream)
    return mapping.apply(read(record.format.text, record.body), HERE, Notes()).body


def patient(folder: Path, **fields: object) -> dict[str, Any]:
    row = {"_id": "p1", "type": "patient", **fields}
    with luma(folder, {"/patients": one_page([row])}) as told:
        [record] = records(told, "patients")
    return mapped(record)


def one_page(rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - an answer by what is asked
    return lambda seen: {"response": [] if "deleted" in seen.query else rows, "page": 1, "size": len(rows)}


def test_a_patient_is_reached_only_where_luma_would_reach_them(wire: HttpWire) -> None:
    found = {record.vendor_id[-3:]: mapped(record) for record in records(wire, "patients") if not record.deleted}
    assert found["101"]["phones"] == ["+12125550142"]
    assert found["101"]["birth_date"] == "1984-02-29"
    assert found["101"]["opted_out"] == []
    assert set(found["102"]["opted_out"]) == {"sms", "email", "voice"}
    assert (found["103"]["opted_out"], found["103"]["phones"]) == (["sms"], ["+12125550145"])
    assert found["103"]["aliases"] == [PATIENT]
    assert (found["104"]["flags"], found["104"]["is_patient"]) == (["staff"], False)


@pytest.mark.parametrize(
    "contact,phones,off",
    [
        ({"active": False}, [], []),
        ({"active": True, "archived": True, "archivedReason": "unreachable"}, [], []),
        ({"active": True, "archived": True, "archivedReason": "do-not-contact"}, ["+12125550142"], ["sms"]),
        ({}, ["+12125550142"], []),
    ],
    ids=str,
)
def test_a_contact_counts_as_luma_keeps_it(
    tmp_path: Path, contact: dict[str, object], phones: list[str], off: list[str]
) -> None:
    told = patient(tmp_path, contact=[{"type": "sms", "value": "+12125550142", **contact}])
    assert (told["phones"], told["opted_out"]) == (phones, off)


def test_half_a_birth_date_sets_the_patient_aside_and_none_is_none(tmp_path: Path) -> None:
    assert patient(tmp_path, dateOfBirth={})["birth_date"] is None
    with pytest.raises(Cannot):
        patient(tmp_path, dateOfBirth={"year": 2010, "month": 3})


def start(folder: Path, written: str) -> str:
    row = {"_id": "a1", "patient": PATIENT, "facility": DOWNTOWN, "date": written, "status": "unconfirmed"}
    with luma(folder, {"/appointments": one_page([row])}) as told:
        [record] = records(told, "appointments")
    return str(mapped(record)["start"])


def test_a_time_with_an_offset_is_an_instant_and_one_without_hangs_on_its_facilitys_clock(tmp_path: Path) -> None:
    assert start(tmp_path, "2026-11-13T14:00:00.000Z") == "2026-11-13T14:00:00Z"
    assert start(tmp_path, "2026-11-13T09:00:00-05:00") == "2026-11-13T14:00:00Z"
    assert start(tmp_path, "2026-11-13T09:00:00") == "2026-11-13T15:00:00Z"  # Chicago


def test_what_staff_say_to_each_other_is_not_landed(wire: HttpWire) -> None:
    assert f"{0x304:024x}" not in {record.vendor_id for record in records(wire, "messages")}


def test_a_message_says_whose_number_is_whose(wire: HttpWire) -> None:
    found = {record.vendor_id[-3:]: mapped(record) for record in records(wire, "messages")}
    assert (found["302"]["direction"], found["302"]["contact"], found["302"]["ours"]) == (
        "inbound",
        "+12125550142",
        "+12125550100",
    )
    assert (found["303"]["channel"], found["303"]["contact"]) == ("email", "ana.ruiz@example.com")
    assert found["303"]["reference"] == attempt()


@pytest.mark.parametrize(
    "sender, contact, channel",
    [
        ("", "", "portal"),
        (None, "", "portal"),
        (PATIENT, "", "portal"),
        ("22395", "", "sms"),
        ("(212) 555-0142", "+12125550142", "sms"),
        ("Ana.Ruiz@example.com", "ana.ruiz@example.com", "email"),
    ],
)
def test_rows_7_1_and_7_2_whoever_writes_without_a_number_is_known_by_the_patients_id(
    tmp_path: Path, sender: str | None, contact: str, channel: str
) -> None:
    row = {"_id": "m1", "patient": PATIENT, "type": "inbound", "channel": "chat", "from": sender, "text": "STOP"}
    with luma(tmp_path, {"/messages": one_page([row])}) as told:
        [record] = records(told, "messages")
    found = mapped(record)
    assert (found["contact"], found["channel"], found["person_vendor_id"]) == (contact, channel, PATIENT)


@pytest.mark.parametrize(
    "fields, told",
    [
        ({"response": {"type": "npsscore", "value": 3}, "scoreSource": "patient"}, ("nps", "3", False)),
        ({"response": {"type": "npsscore"}, "npsscore": 9, "scoreSource": "sentiment"}, ("nps", "9", True)),
        ({"response": {"type": "negative-click", "value": None}}, ("disliked", "", True)),
        ({"response": {"type": "stars", "value": 2}}, ("", "2", True)),
    ],
)
def test_row_6_4_what_was_answered_to_luma_keeps_its_scale(
    tmp_path: Path, fields: dict[str, Any], told: tuple[str, str, bool]
) -> None:
    row = {"_id": "f1", "patient": PATIENT, "appointment": APPOINTMENT, **fields}
    with luma(tmp_path, {"/feedbackResponses": one_page([row])}) as given:
        [record] = records(given, "feedback")
    found = mapped(record)
    assert (found["scale"], found["score"], found["guessed"]) == told
    assert (found["person_vendor_id"], found["appointment_vendor_id"]) == (PATIENT, APPOINTMENT)


def test_a_row_without_an_id_is_set_aside_alone(tmp_path: Path) -> None:
    rows: list[Any] = [{"name": "x"}, {"_id": "p1", "type": "patient"}, 7, {"_id": None}]
    with luma(tmp_path, {"/patients": one_page(rows)}) as told:
        found = pages(told, "patients")
    assert [record.vendor_id for page in found for record in page.records] == ["p1"]
    assert sum(len(page.suspects) for page in found) == 3


def listed(total: int, size: object, limit: int = 500) -> Any:  # noqa: ANN401 - an answer by what is asked
    """A list of so many rows, whose `size` says the page (None) or a figure."""

    def answer(seen: Seen) -> dict[str, Any]:
        page = int(seen.query["page"])
        shown = (
            []
            if "deleted" in seen.query
            else [{"_id": f"p{n}"} for n in range(total)][(page - 1) * limit : page * limit]
        )
        return {"response": shown, "page": page, "size": len(shown) if size is None else size}

    return answer


@pytest.mark.parametrize("size", [None, 0, 1200, 500])
def test_nothing_is_left_out_whatever_size_means(tmp_path: Path, size: int | None) -> None:
    with luma(tmp_path, {"/patients": listed(1200, size)}) as told:
        assert len(records(told, "patients")) == 1200


@pytest.mark.parametrize("size", [1200, "1200", 1200.0], ids=["number", "text", "fraction"])
def test_a_page_shorter_than_asked_ends_no_list_that_says_there_is_more(tmp_path: Path, size: object) -> None:
    with luma(tmp_path, {"/patients": listed(1200, size, limit=100)}) as told:
        first, *rest = pages(told, "patients")
        assert len(first.records) + sum(len(page.records) for page in rest) == 1200
        assert sum(len(page.records) for page in pages(told, "patients", first.cursor)) == 1100


@pytest.mark.parametrize("size", [None, 0, -1, True, 3, "many", [], {}, 1e300])
def test_an_odd_size_costs_nothing_and_is_told_nobody(tmp_path: Path, size: object) -> None:
    with luma(tmp_path, {"/patients": listed(700, size)}) as told:
        found = pages(told, "patients")
    assert sum(len(page.records) for page in found) == 700
    assert {page.expected(1) for page in found} == {None}


def test_a_list_that_shows_one_page_for_ever_is_noticed(tmp_path: Path) -> None:
    rows = [{"_id": f"p{n}"} for n in range(500)]
    with (
        luma(tmp_path, {"/patients": {"response": rows, "page": 1, "size": 500}}) as told,
        pytest.raises(ProtocolBroken),
    ):
        pages(told, "patients")


def test_a_filter_that_is_ignored_makes_no_row_come_twice(tmp_path: Path) -> None:
    rows = [{"_id": "p1", "deleted": 0}, {"_id": "p2", "deleted": 1}, {"_id": "p3"}, {"_id": "p4", "deleted": True}]
    with luma(tmp_path, {"/patients": {"response": rows, "page": 1, "size": 4}}) as told:
        found = [(record.vendor_id, record.deleted) for record in records(told, "patients")]
    assert found == [("p1", False), ("p3", False), ("p2", True), ("p4", True)]


def test_r34_luma_is_asked_whom_it_may_reach_before_a_message_goes_and_its_no_is_final(tmp_path: Path) -> None:
    nobody = {"validContacts": [{"type": "sms", "value": "+12125550142", "active": False}]}
    path = f"/patients/{PATIENT}/contact-preferences"
    none: dict[str, Any] = {"validContacts": []}
    for answer in (nobody, none):
        for command in ("send_portal_message", "schedule_reminder"):
            with luma(tmp_path, {path: answer}) as told, pytest.raises(Refused) as refused:
                dispatch.send(claim(SUBJECT, told, command), context(told))
            assert refused.value.reason is RefusalReason.OPTED_OUT
            assert told.server.writes == []


@pytest.mark.parametrize(
    "state,kind,goes",
    [
        ("scheduled", "appointment", False),
        ("sent", None, False),
        ("pending", "telehealth", False),
        ("queued", "patient-form", True),
        ("sent", "feedback", True),
        ("skipped", "appointment", True),
        ("blocked", "appointment", True),
    ],
)
def test_r41_no_reminder_goes_beside_one_of_lumas_own(tmp_path: Path, state: str, kind: str | None, goes: bool) -> None:
    planned = {"response": [{"_id": "r1", "status": state, "type": kind}], "page": 1, "size": 1}
    with luma(
        tmp_path, {"/reminders": lambda seen: planned if seen.method == "GET" else Reply(201, b'{"_id": "r2"}')}
    ) as told:
        if goes:
            assert dispatch.send(claim(SUBJECT, told, "schedule_reminder"), context(told)).vendor_id == "r2"
            return
        with pytest.raises(Refused) as refused:
            dispatch.send(claim(SUBJECT, told, "schedule_reminder"), context(told))
        assert refused.value.reason is RefusalReason.CONFLICT
        assert told.server.writes == []


@pytest.mark.parametrize(
    "stands, written",
    [
        ({"status": "unconfirmed"}, [b'{"status": "confirmed"}']),
        ({"status": "confirmed"}, []),
        ({"status": "cancelled"}, None),
        ({"status": "unconfirmed", "deleted": 1}, None),
    ],
)
def test_row_3_6_a_yes_is_written_once_and_brings_no_cancelled_visit_back(
    tmp_path: Path, stands: dict[str, Any], written: list[bytes] | None
) -> None:
    path, changed = f"/appointments/{APPOINTMENT}", {"_id": APPOINTMENT, "status": "confirmed"}
    with luma(
        tmp_path, {path: lambda seen: changed if seen.method == "PUT" else {"_id": APPOINTMENT, **stands}}
    ) as told:
        if written is None:
            with pytest.raises(Refused) as refused:
                dispatch.send(claim(SUBJECT, told, "confirm_appointment"), context(told))
            assert refused.value.reason is RefusalReason.CONFLICT
        else:
            sent = dispatch.send(claim(SUBJECT, told, "confirm_appointment"), context(told))
            assert (sent.vendor_id, sent.status) == (APPOINTMENT, "confirmed")
        assert [seen.body for seen in told.server.writes] == (written or [])


def test_what_cannot_be_asked_before_a_send_sends_nothing(tmp_path: Path) -> None:
    down = Reply(503, b"{}")
    with luma(tmp_path, {f"/patients/{PATIENT}/contact-preferences": down}) as told, pytest.raises(TryLater) as problem:
        dispatch.send(claim(SUBJECT, told, "send_portal_message"), context(told))
    assert problem.value.where.reference == attempt()
    assert told.server.writes == []


def test_a_message_that_carries_our_reference_is_found_whatever_its_words(tmp_path: Path) -> None:
    row = {"_id": "m9", "text": "changed", "externalId": {"source": "none", "value": attempt()}}
    with luma(tmp_path, {"/messages": {"response": [row, {"_id": "m8"}], "page": 1, "size": 2}}) as told:
        found = dispatch.look_up(claim(SUBJECT, told, "send_portal_message"), context(told))
    assert (found.found, found.vendor_id) == (Found.SENT, "m9")


def test_the_notice_beside_a_secure_message_is_not_taken_for_it(tmp_path: Path) -> None:
    notice = {"_id": "m8", "text": "You have a message.", "externalId": {"source": "none", "value": attempt()}}
    rows = [notice, notice | {"_id": "m9", "text": TEXT, "secure": True}]
    with luma(tmp_path, {"/messages": {"response": rows, "page": 1, "size": 2}}) as told:
        found = dispatch.look_up(claim(SUBJECT, told, "send_portal_message"), context(told))
    assert (found.found, found.vendor_id) == (Found.SENT, "m9")


def test_another_reminder_of_the_same_visit_is_not_taken_for_ours(tmp_path: Path) -> None:
    made = f"{NOW:%Y-%m-%dT%H:%M:%S.000Z}"
    rows = [{"_id": "r1", "status": "scheduled", "sendAt": "2026-11-13T14:30:00.000Z", "createdAt": made}]
    with luma(tmp_path, {"/reminders": {"response": rows, "page": 1, "size": 1}}) as told:
        assert dispatch.look_up(claim(SUBJECT, told, "schedule_reminder"), context(told)).found is Found.UNKNOWN
    payload = SUBJECT.pushes["schedule_reminder"].payload
    assert isinstance(payload, ScheduleReminder)
    assert (payload.appointment_vendor_id, payload.at.tzinfo) == (APPOINTMENT, UTC)


def test_a_check_shows_zones_and_names_facilities_without_a_place_and_lumas_own_reminders(wire: HttpWire) -> None:
    verified = registry.verifier(wire.connection, wire.tools())()
    assert verified.facts[f"zone of {DOWNTOWN}"] == "America/New_York"
    assert any(f"{0xFB:024x}" in warning for warning in verified.warnings)
    assert any("R41" in warning for warning in verified.warnings)


def machine_now() -> datetime:
    return NOW + timedelta(seconds=time.monotonic())


class Strict:
    """A Luma that refuses one request in a while, and counts those that came before it said so."""

    def __init__(self) -> None:
        self.asked = 0
        self.early = 0
        self.until = 0.0

    def clock(self) -> float:
        return machine_now().timestamp()

    def answer(self, seen: Seen) -> Reply:
        self.asked += 1
        if self.clock() < self.until - 0.05:
            self.early += 1
        if self.asked in {2, 3}:
            self.until = self.clock() + 1
            return Reply(429, b"{}", {"retry-after": "1"})
        rows = [] if "deleted" in seen.query else [{"_id": "p1"}]
        return Reply(200, json.dumps({"response": rows, "page": 1, "size": len(rows)}).encode())


def test_a_storm_of_refusals_is_ridden_out_without_a_request_too_early(tmp_path: Path) -> None:
    strict, pausing = Strict(), threading.Event()
    with luma(tmp_path, {"/patients": strict.answer}) as told:
        budgets = Budgets(tmp_path / "budgets", machine_now, pausing.wait)
        tools = Tools(
            FixedClock(machine_now()), Secrets(ENVIRON, told.store), told.tools().transport, budgets, pausing.wait
        )
        found = list(registry.puller(told.connection, tools).pull("patients", None, now=NOW))
        budgets.close()
    assert [record.vendor_id for page in found for record in page.records] == ["p1"]
    assert (strict.asked, strict.early) == (4, 0)
