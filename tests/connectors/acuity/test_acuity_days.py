"""A calendar without pages: nothing is lost in a crowd, a cut pass goes on, and a storm of 429 is ridden out."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from canonical.actions import Command
from canonical.clock import FixedClock
from canonical.delivery import Claimed
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.problems import NeedsOperator, Refused, TryLater
from canonical.raw import Page
from canonical.write_backs import ConfirmAppointment
from connectors.acuity.pull import STREAMS
from connectors.acuity.webhook import ACUITY, HEADER, verify
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.limits import Budgets
from connectors.kit.secrets import Secrets
from connectors.kit.signatures import SignatureRefused
from connectors.kit.webhooks import Incoming
from emulators.acuity import AcuityEmulator
from emulators.acuity.account import Account, Calendar, Kind
from emulators.kit.running import running
from settings.clock import SystemClock
from tests.connectors.wire.counting import told

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
OURS = "a-0123456789abcdef"


class Clinic:
    """The pretend vendor and our client of it."""

    def __init__(self, acuity: AcuityEmulator) -> None:
        self.acuity = acuity
        secret = json.dumps({"user_id": acuity.account.user_id, "api_key": acuity.account.api_key})
        self.transport = RequestsTransport()
        self.tools = Tools(FixedClock(NOW), Secrets({"A": secret}), self.transport, None, lambda _: None)
        self.settings = {"base_url": acuity.url, "history_days": "30", "days_back": "30", "days_ahead": "60"}
        self.select: dict[str, str] = {}

    @property
    def connection(self) -> Connection:
        return Connection(
            connection_id=ConnectionId("acuity"),
            vendor="acuity",
            account="lumen",
            secret="env:A",
            settings=self.settings,
            select=self.select,
            streams=tuple(STREAMS),
        )

    def pages(self, stream: str = "appointments", cursor: str | None = None) -> list[Page]:
        return list(registry.puller(self.connection, self.tools).pull(stream, cursor, now=NOW))

    def ids(self, pages: list[Page]) -> list[str]:
        return [record.vendor_id for page in pages for record in page.records]

    def crowd(self, count: int, day: int, calendar: int = 7001) -> list[str]:
        """So many people on one day, five minutes each."""
        start = datetime(2026, 11, day, 5, tzinfo=UTC)
        made = []
        for number in range(count):
            at = (start + timedelta(minutes=5 * number)).isoformat()
            given = {"firstName": f"P{number}", "lastName": f"D{day}", "datetime": at, "calendarID": calendar}
            made.append(str(self.acuity.do("book", **given)["id"]))
        return made

    def confirm(self, which: str) -> str:
        asked = ConfirmAppointment(external_id=OURS, appointment_vendor_id=which, at=NOW)
        claim = Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId("at-1"),
            action_id=ActionId("a-1"),
            command=Command(connection_id=ConnectionId("acuity"), vendor="acuity", product="booking", payload=asked),
            claimed_at=NOW,
            lease_until=NOW + timedelta(seconds=60),
        )
        return dispatch.send(claim, dispatch.SendContext(self.connection, self.tools, lambda _: True)).status

    def notes(self, which: str) -> str:
        return str(self.acuity.account.appointments[int(which)].notes)


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    calendars = {7001: Calendar(7001, "Downtown"), 7002: Calendar(7002, "Uptown", "America/Chicago")}
    with running(
        AcuityEmulator(Account(calendars=calendars, kinds={501: Kind(501, "Visit", 5, (1234, 1240))}))
    ) as acuity:
        acuity.turn_clock(NOW, frozen=True)
        opened = Clinic(acuity)
        yield opened
        opened.transport.close()


def test_a_crowded_month_is_read_in_smaller_windows_and_nobody_is_lost(clinic: Clinic) -> None:
    made = [each for day in (3, 4, 20, 21) for each in clinic.crowd(60, day)]
    pages = clinic.pages()
    assert sorted(clinic.ids(pages)) == sorted(made)
    assert all(len(page.records) < 100 for page in pages)


def test_a_day_with_more_than_a_list_shows_is_read_calendar_by_calendar(clinic: Clinic) -> None:
    made = [*clinic.crowd(80, 20), *clinic.crowd(70, 20, 7002)]
    pages = clinic.pages()
    assert sorted(clinic.ids(pages)) == sorted(made)
    assert not any(page.suspects for page in pages)


def test_a_calendar_that_may_hide_something_is_said(clinic: Clinic) -> None:
    clinic.crowd(100, 20)
    [suspect] = [suspect for page in clinic.pages() for suspect in page.suspects]
    assert suspect.code == "crowded_day"


def test_a_pass_cut_anywhere_goes_on_without_a_hole(clinic: Clinic) -> None:
    made = [each for day in (3, 20) for each in clinic.crowd(60, day)]
    whole = clinic.pages()
    for cut, page in enumerate(whole[:-1], 1):
        resumed = clinic.ids(whole[:cut]) + clinic.ids(clinic.pages(cursor=page.cursor))
        assert set(resumed) == set(made)


def test_a_pass_says_from_its_first_window_on_how_much_it_will_be(clinic: Clinic) -> None:
    """30 days back to 60 ahead and one on either side are 93 days; a window of 31 is a third of them."""
    clinic.settings |= {"window_days": "31"}
    for day in (1, 15, 30):
        clinic.crowd(30, day)
    assert told(clinic.pages()) == [(30, 90), (90, 135), (90, 90)]


def test_a_pass_that_was_cut_guesses_from_what_it_reads_now(clinic: Clinic) -> None:
    """November, day by day alike: the guess is exact, and what was read before the cut is not in it."""
    clinic.settings |= {"history_days": "10", "days_ahead": "17", "window_days": "5"}
    for day in range(1, 31):
        clinic.crowd(2, day)
    whole = clinic.pages()
    assert told(whole) == [(10 * window, 60) for window in range(1, 7)]
    for cut, page in enumerate(whole[:-1], 1):
        assert {expected for _, expected in told(clinic.pages(cursor=page.cursor))} == {60 - 10 * cut}


def test_only_the_calendars_that_are_ours_are_landed(clinic: Clinic) -> None:
    ours, _ = clinic.crowd(2, 20), clinic.crowd(3, 20, 7002)
    clinic.select = {"calendars": "7001"}
    assert sorted(clinic.ids(clinic.pages())) == sorted(ours)
    clinic.select = {"calendars": "7001 7003"}
    with pytest.raises(NeedsOperator, match="1 of the connection's calendars"):
        registry.verifier(clinic.connection, clinic.tools)()


def test_what_is_answered_on_a_form_is_not_landed_and_that_it_was_answered_is(clinic: Clinic) -> None:
    clinic.settings["consent_fields"] = "sms=1234"
    [which] = clinic.crowd(1, 20)
    [before] = [record for page in clinic.pages("intakes") for record in page.records]
    assert b'"answered":"no"' in before.body.replace(b" ", b"")
    clinic.acuity.do("answer", id=int(which), answers={"1234": "yes", "1240": "Penicillin"})
    [after] = [record for page in clinic.pages("intakes") for record in page.records]
    assert b'"answered":"yes"' in after.body.replace(b" ", b"")
    again = registry.puller(clinic.connection, clinic.tools).again("appointments", [which], now=NOW)
    assert {record.stream for record in again} == {"appointments", "guests", "intakes"}
    for record in (after, *again):
        assert b"Penicillin" not in record.body
    assert b'"consent_sms": "yes"' in after.body.replace(b'":"', b'": "')


def test_an_appointment_that_is_not_there_is_left_out(clinic: Clinic) -> None:
    assert registry.puller(clinic.connection, clinic.tools).again("appointments", ["17", "x"], now=NOW) == ()


def test_a_yes_is_written_below_what_the_desk_wrote_and_only_once(clinic: Clinic) -> None:
    [which] = clinic.crowd(1, 20)
    clinic.acuity.account.appointments[int(which)].notes = "Prefers the back door."
    assert clinic.confirm(which) == "noted"
    assert clinic.notes(which) == f"Prefers the back door.\nConfirmed by reply, 2026-11-12 14:00 UTC ({OURS})"
    assert clinic.confirm(which) == "existing"
    assert clinic.notes(which).count(OURS) == 1


@pytest.mark.parametrize("fault", ["no_id", "drop", "cut", "empty"])
def test_an_answer_that_was_lost_is_asked_for_again_and_finds_its_own_line(clinic: Clinic, fault: str) -> None:
    [which] = clinic.crowd(1, 20)
    clinic.acuity.fail(fault, method="PUT")
    with pytest.raises(TryLater):
        clinic.confirm(which)
    assert clinic.confirm(which) == "existing"
    assert clinic.notes(which).count(OURS) == 1


def test_notes_that_could_not_be_read_are_never_written_over(clinic: Clinic) -> None:
    [which] = clinic.crowd(1, 20)
    clinic.acuity.account.appointments[int(which)].notes = "Prefers the back door."
    clinic.acuity.fail("no_id", method="GET")
    with pytest.raises(TryLater):
        clinic.confirm(which)
    assert clinic.notes(which) == "Prefers the back door."


def test_a_visit_that_acuity_does_not_know_is_refused(clinic: Clinic) -> None:
    with pytest.raises(Refused):
        clinic.confirm("17")


def test_a_label_of_acuitys_own_is_a_status_and_another_is_a_colour(clinic: Clinic) -> None:
    [which] = clinic.crowd(1, 20)
    clinic.acuity.do("label", id=int(which), name="Completed")
    [record] = [record for page in clinic.pages() for record in page.records]
    assert b'"label":"Completed"' in record.body
    clinic.acuity.account.appointments[int(which)].label = 99
    [record] = [record for page in clinic.pages() for record in page.records]
    assert b'"label":"' not in record.body


def test_hipaa_mode_is_read_from_the_account(clinic: Clinic) -> None:
    clinic.settings["hipaa_mode"] = "designated"
    assert registry.verifier(clinic.connection, clinic.tools)().facts["hipaa_mode"] == "designated"
    clinic.acuity.do("settings", is_hipaa=False)
    with pytest.raises(NeedsOperator, match="HIPAA"):
        registry.verifier(clinic.connection, clinic.tools)()


def test_a_storm_of_429_is_ridden_out_without_one_request_over_the_limit(clinic: Clinic, tmp_path: Path) -> None:
    made = clinic.crowd(3, 20)
    clinic.acuity.fail("status", status=429, retry_after="1", times=2)
    pausing = threading.Event()
    budgets = Budgets(tmp_path, SystemClock().machine_now, pausing.wait)
    tools = Tools(clinic.tools.clock, clinic.tools.secrets, clinic.transport, budgets, pausing.wait)
    began = time.monotonic()
    pages = list(registry.puller(clinic.connection, tools).pull("appointments", None, now=NOW))
    budgets.close()
    assert sorted(clinic.ids(pages)) == sorted(made)
    assert sum(entry.status == 429 for entry in clinic.acuity.journal.entries()) == 2
    assert time.monotonic() - began >= 2


def test_one_flipped_byte_of_a_call_is_not_believed() -> None:
    body = b"action=scheduled&id=88121&calendarID=7001&appointmentTypeID=501"
    key = SecretStr("an-invented-api-key")
    call = Incoming(url="https://h.example/a", headers={HEADER: ACUITY.sign(key, body)}, body=body)
    verify(call, [key], now=NOW)
    with pytest.raises(SignatureRefused):
        verify(call.model_copy(update={"body": body.replace(b"88121", b"88122")}), [key], now=NOW)
