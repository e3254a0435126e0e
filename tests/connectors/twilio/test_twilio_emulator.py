"""The connector and a pretend Twilio that never saw it, over real sockets: the emulator's journal is the judge."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from canonical.actions import Command, SendSms
from canonical.clock import FixedClock
from canonical.delivery import Claimed, Found
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.problems import Ambiguous, NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport, Timeouts
from connectors.kit.secrets import Secrets
from connectors.kit.signatures import SignatureRefused
from connectors.kit.webhooks import Event, Incoming
from connectors.twilio.pull import Cursor
from emulators.kit.running import running
from emulators.twilio import Account, Sender, TwilioEmulator
from mappings.catalogue import Catalogue
from mappings.coverage import Notes, report
from mappings.engine import Surroundings
from mappings.wire import read

CLINIC, PATIENT, FRIEND = "+12125550100", "+12125550142", "+12125550143"
NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
TEXT = "See you at Lumen tomorrow at 9."


class Outside:
    """The pretend vendor, a place for its calls, and everything we need to talk to it."""

    def __init__(self, twilio: TwilioEmulator, hooks: HTTPServer) -> None:
        self.twilio = twilio
        self.hooks = hooks
        [account] = twilio.accounts.values()
        self.token = SecretStr(account.auth_token)
        self.calm = RequestsTransport(Timeouts(connect=10, read=20, whole=30))
        self.hasty = RequestsTransport(Timeouts(connect=10, read=0.4, whole=1))
        secret = f'{{"account_sid": "{account.sid}", "auth_token": "{account.auth_token}"}}'
        self.tools = Tools(FixedClock(NOW), Secrets({"T": secret}), self.calm, None, lambda _: None)
        self.connection = Connection(
            connection_id=ConnectionId("twilio"),
            vendor="twilio",
            account="lumen",
            secret="env:T",
            settings={"base_url": twilio.url},
        )

    def claim(self, number: int, *, to: str = PATIENT, body: str = TEXT) -> Claimed:
        callback = self.hooks.url_for("/status")
        text = SendSms(to=SecretStr(to), sender=CLINIC, body=SecretStr(body), callback=callback)
        command = Command(connection_id=ConnectionId("twilio"), vendor="twilio", product="sms", payload=text)
        return Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId(f"at-{number}"),
            action_id=ActionId(f"a-{number}"),
            command=command,
            claimed_at=NOW,
            lease_until=NOW + timedelta(seconds=60),
        )

    def context(self, fault: str = "") -> dispatch.SendContext:
        tools = replace(self.tools, transport=self.hasty) if fault == "hang" else self.tools
        return dispatch.SendContext(self.connection, tools, lambda _: True)

    def events(self, path: str) -> list[Event]:
        """What the emulator called us for, each call verified first."""
        self.twilio.settle()
        webhook = registry.webhook("twilio")
        found: list[Event] = []
        for request, _ in self.hooks.log:
            if request.path == path:
                headers = {name.lower(): value for name, value in request.headers.items()}
                incoming = Incoming(url=request.url, headers=headers, body=request.get_data())
                webhook.verify(incoming, [self.token], now=NOW)
                found += webhook.parse(incoming)
        return found

    def accepted(self, number: int) -> int:
        return len(self.twilio.journal.accepted(reference=f"at-{number}"))


@pytest.fixture
def outside(httpserver: HTTPServer) -> Iterator[Outside]:
    httpserver.expect_request("/in").respond_with_data("", status=204)
    httpserver.expect_request("/status").respond_with_data("", status=204)
    sender = Sender(CLINIC, sms_url=httpserver.url_for("/in"), advanced_opt_out=True)
    with running(TwilioEmulator(Account().add(sender))) as twilio:
        twilio.turn_clock(NOW, frozen=True)
        opened = Outside(twilio, httpserver)
        yield opened
        opened.calm.close()
        opened.hasty.close()


def test_a_text_goes_out_once_and_its_receipts_come_back_to_the_attempt(outside: Outside) -> None:
    result = dispatch.send(outside.claim(1), outside.context())
    events = outside.events("/status")
    assert [event.name for event in events] == ["sent", "delivered"]
    assert {event.vendor_id.partition("/")[0] for event in events} == {result.vendor_id}
    mapping, notes = Catalogue().mapping("twilio", "receipts"), Notes()
    receipts = []
    for event in events:
        fields = read(event.format.text, event.body)
        notes.saw(fields)
        receipts.append(mapping.apply(fields, Surroundings(), notes).body)
    assert [(receipt["reference"], receipt["status"]) for receipt in receipts] == [
        ("at-1", "sent"),
        ("at-1", "delivered"),
    ]
    assert report(mapping.spec, notes) == ()
    assert outside.accepted(1) == 1


@pytest.mark.parametrize("fault", ["drop", "hang", "truncated", "cut", "empty", "no_id"])
def test_an_answer_that_was_lost_is_in_doubt_and_the_look_up_finds_the_one_message(
    outside: Outside, fault: str
) -> None:
    outside.twilio.fail(fault, method="POST", accept=True)
    with pytest.raises(Ambiguous):
        dispatch.send(outside.claim(1), outside.context(fault))
    outside.twilio.settle()
    assert outside.accepted(1) == 1
    assert dispatch.look_up(outside.claim(1), outside.context()).found is Found.SENT


@pytest.mark.parametrize("fault", ["reset", "hang", "html"])
def test_a_request_that_was_not_carried_out_stays_in_doubt_because_absence_proves_nothing(
    outside: Outside, fault: str
) -> None:
    outside.twilio.fail(fault, method="POST", accept=False)
    with pytest.raises(Ambiguous):
        dispatch.send(outside.claim(1), outside.context(fault))
    outside.twilio.settle()
    assert outside.accepted(1) == 0
    assert dispatch.look_up(outside.claim(1), outside.context()).found is Found.UNKNOWN


def test_a_refused_connection_leaves_no_doubt(outside: Outside) -> None:
    outside.twilio.begin_outage("refuse")
    with pytest.raises(TryLater):
        dispatch.send(outside.claim(1), outside.context())
    outside.twilio.end_outage()
    dispatch.send(outside.claim(2), outside.context())
    assert (outside.accepted(1), outside.accepted(2)) == (0, 1)


def test_a_429_leaves_no_doubt_and_says_when_to_come_again(outside: Outside) -> None:
    outside.twilio.fail("status", method="POST", status=429, retry_after="7")
    with pytest.raises(TryLater) as later:
        dispatch.send(outside.claim(1), outside.context())
    assert later.value.after == timedelta(seconds=7)
    assert outside.accepted(1) == 0


def test_a_server_error_on_a_send_is_in_doubt_and_on_a_read_is_ridden_out(outside: Outside) -> None:
    outside.twilio.fail("status", method="POST", status=503)
    with pytest.raises(Ambiguous):
        dispatch.send(outside.claim(1), outside.context())
    outside.twilio.fail("status", method="GET", status=503, times=2)
    assert registry.verifier(outside.connection, outside.tools)().proved


def test_a_stop_comes_in_and_the_next_text_is_refused_for_it(outside: Outside) -> None:
    outside.twilio.do("inbound", from_=PATIENT, to=CLINIC, body="Stop")
    [event] = outside.events("/in")
    mapping = Catalogue().mapping("twilio", "inbound")
    reply = mapping.apply(read(event.format.text, event.body), Surroundings(), Notes()).body
    assert (reply["contact"], reply["text"], reply["opt_out_type"]) == (PATIENT, "Stop", "STOP")
    with pytest.raises(Refused) as refused:
        dispatch.send(outside.claim(1), outside.context())
    assert refused.value.reason is RefusalReason.OPTED_OUT
    assert outside.accepted(1) == 0


def test_a_number_that_cannot_be_is_refused(outside: Outside) -> None:
    with pytest.raises(Refused) as refused:
        dispatch.send(outside.claim(1, to="+11115550142"), outside.context())
    assert refused.value.reason is RefusalReason.BAD_ADDRESS


def test_a_forged_call_is_not_believed(outside: Outside) -> None:
    outside.twilio.do("inbound", from_=PATIENT, to=CLINIC, body="Yes")
    outside.twilio.settle()
    [request] = [request for request, _ in outside.hooks.log]
    headers = {name.lower(): value for name, value in request.headers.items()}
    forged = Incoming(url=request.url, headers=headers, body=request.get_data().replace(b"Yes", b"Stop"))
    with pytest.raises(SignatureRefused):
        registry.webhook("twilio").verify(forged, [outside.token], now=NOW)


def test_the_message_log_is_read_over_many_pages_and_then_only_what_is_new(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.twilio.pull.PAGE_SIZE", 3)
    for number in range(7):
        dispatch.send(outside.claim(number, to=(PATIENT, FRIEND)[number % 2]), outside.context())
    outside.twilio.do("inbound", from_=PATIENT, to=CLINIC, body="Thanks")
    outside.twilio.settle()
    puller = registry.puller(outside.connection, outside.tools)
    pages = list(puller.pull("messages", None, now=NOW))
    assert [len(page.records) for page in pages] == [3, 3, 2]
    assert pages[-1].complete
    since = Cursor.model_validate_json(pages[-1].cursor).since
    assert since == NOW
    later = NOW + timedelta(hours=13)
    outside.twilio.turn_clock(later, frozen=True)
    dispatch.send(outside.claim(8, body="Later."), outside.context())
    outside.twilio.settle()
    again = list(puller.pull("messages", pages[-1].cursor, now=later))
    assert sum(len(page.records) for page in again) == 9, "the overlap of 12 hours reaches back before the cursor"
    third = list(puller.pull("messages", again[-1].cursor, now=later))
    assert sum(len(page.records) for page in third) == 1
    mapping, notes = Catalogue().mapping("twilio", "messages"), Notes()
    for record in (record for page in pages for record in page.records):
        fields = read(record.format.text, record.body)
        notes.saw(fields)
        mapping.apply(fields, Surroundings(default_zone=ZoneInfo("America/New_York")), notes)
    assert report(mapping.spec, notes) == ()


def test_the_account_is_verified_and_a_wrong_token_needs_an_operator(outside: Outside) -> None:
    assert registry.verifier(outside.connection, outside.tools)().warnings == ()
    [account] = outside.twilio.accounts.values()
    account.auth_token = "another"
    with pytest.raises(NeedsOperator):
        registry.verifier(outside.connection, outside.tools)()
