"""The connector and a pretend Paubox that never saw it, over real sockets: the emulator's journal is the judge."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from canonical.actions import Command, SendEmail
from canonical.clock import FixedClock
from canonical.delivery import Claimed, Found
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.problems import Ambiguous, NeedsOperator, ProtocolBroken, RefusalReason, Refused, TryLater
from canonical.raw import Page, RawRecord
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport, Timeouts
from connectors.kit.secrets import Secrets
from connectors.kit.webhooks import Event, Incoming, Meaning
from emulators.kit.running import running
from emulators.paubox import PauboxEmulator
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import fingerprints, read

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
OFFICE, PATIENT, FRIEND = "office@clinic.example", "ana.ruiz@example.com", "bo.lin@example.org"
SECRET = "an-invented-paubox-address"


class Outside:
    """The pretend vendor, a place for its calls, and everything we need to talk to it."""

    def __init__(self, paubox: PauboxEmulator, hooks: HTTPServer) -> None:
        self.paubox = paubox
        self.hooks = hooks
        self.transport = RequestsTransport(Timeouts(connect=10, read=20, whole=30))
        self.hasty = RequestsTransport(Timeouts(connect=10, read=0.4, whole=1))
        secret = json.dumps({"api_key": paubox.key, "webhook_secret": SECRET})
        self.settings = {"base_url": f"{paubox.url}/v1/email"}
        self.awaited: list[str] = []
        secrets = Secrets({"P": secret})
        self.tools = Tools(FixedClock(NOW), secrets, self.transport, None, lambda _: None, lambda _: self.awaited)

    @property
    def connection(self) -> Connection:
        return Connection(
            connection_id=ConnectionId("mail"),
            vendor="paubox",
            account="lumen",
            secret="env:P",
            settings=self.settings,
            streams=("receipts",),
        )

    def send(self, number: int = 1, *, fault: str = "", **mail: object) -> str:
        """Send one mail, remembering what its fate is awaited by."""
        tools = replace(self.tools, transport=self.hasty) if fault == "hang" else self.tools
        context = dispatch.SendContext(self.connection, tools, lambda _: True)
        found = dispatch.send(claim(number, **mail), context).vendor_id
        self.awaited.append(found)
        return found

    def pages(self, cursor: str | None = None) -> list[Page]:
        self.paubox.settle()
        return list(registry.puller(self.connection, self.tools).pull("receipts", cursor, now=NOW))

    def events(self) -> list[Event]:
        """What the emulator called us for, each call verified first."""
        self.paubox.settle()
        webhook = registry.webhook("paubox")
        found: list[Event] = []
        for request, _ in self.hooks.log:
            incoming = Incoming(url=request.url, headers={}, body=request.get_data())
            webhook.verify(incoming, [SecretStr(SECRET)], now=NOW)
            found += webhook.parse(incoming)
        return found


def claim(number: int, **mail: object) -> Claimed:
    given: dict[str, object] = {
        "to": SecretStr(PATIENT),
        "sender": OFFICE,
        "sender_name": "Lumen",
        "subject": SecretStr("Your visit"),
        "body": SecretStr("Please wash off all make-up."),
    }
    payload = SendEmail.model_validate(given | mail)
    command = Command(connection_id=ConnectionId("mail"), vendor="paubox", product="email", payload=payload)
    return Claimed(
        practice_id=PracticeId("lumen"),
        attempt_id=AttemptId(f"at-{number}"),
        action_id=ActionId(f"a-{number}"),
        command=command,
        claimed_at=NOW,
        lease_until=NOW + timedelta(seconds=60),
    )


@pytest.fixture
def outside(httpserver: HTTPServer) -> Iterator[Outside]:
    httpserver.expect_request(f"/hooks/{SECRET}").respond_with_data("", status=204)
    with running(PauboxEmulator(webhook_url=httpserver.url_for(f"/hooks/{SECRET}"))) as paubox:
        paubox.turn_clock(NOW, frozen=True)
        opened = Outside(paubox, httpserver)
        yield opened
        opened.transport.close()
        opened.hasty.close()


def told(record: RawRecord) -> dict[str, object]:
    """What our mapping makes of a record."""
    mapping = Catalogue().mapping("paubox", "receipts")
    applied = mapping.apply(read(record.format.text, record.body), Surroundings(), Notes())
    return {name: value for name, value in applied.body.items() if value not in ("", None, False)}


def test_a_mail_goes_out_once_and_its_end_is_found_by_its_id(outside: Outside) -> None:
    sent = outside.send()
    [page] = outside.pages()
    [record] = page.records
    assert (record.vendor_id, page.complete) == (sent, True)
    assert told(record) == {
        "vendor_id": sent,
        "channel": "secure_email",
        "direction": "outbound",
        "contact": PATIENT,
        "sent_at": "2026-11-12T14:00:00Z",
        "status": "delivered",
    }
    assert len(outside.paubox.journal.accepted(reference="at-1")) == 1


def test_what_leaves_is_one_recipient_and_never_in_the_clear(outside: Outside) -> None:
    outside.paubox.do("settings", without_tls=["example.com"])
    sent = outside.send(unsubscribe="https://mail.example.com/stop/abc")
    message = outside.paubox.messages[sent]
    assert message.plain is False
    assert [each.recipient for each in message.deliveries] == [PATIENT]
    assert message.custom == {"X-Glowline-Attempt": "at-1"}
    [record] = outside.pages()[0].records
    assert told(record)["status"] == "delivered"
    assert json.loads(record.body)["delivery"]["status"]["deliveryStatus"] == "delivered via secure portal"


@pytest.mark.parametrize(
    "status,ours,reason",
    [
        ("processing", "accepted", None),
        ("TLS not offered, sending via Secure Portal", "sent", None),
        ("soft bounced", "sent", None),
        ("soft bounced - mailbox full", "sent", None),
        ("hard bounced", "bounced", "bad_address"),
        ("Internal error. Please check back later.", "accepted", None),
        ("delivered", "delivered", None),
        ("delivered via secure portal", "delivered", None),
    ],
)
def test_every_status_has_our_word(outside: Outside, status: str, ours: str, reason: str | None) -> None:
    outside.paubox.do("settings", auto_progress=False)
    outside.paubox.do("advance", id=outside.send(), status=status)
    [record] = outside.pages()[0].records
    assert (told(record).get("status"), told(record).get("reason")) == (ours, reason)


def test_a_receipt_without_a_delivery_is_a_message_that_was_accepted(outside: Outside) -> None:
    outside.paubox.do("settings", auto_progress=False)
    sent = outside.send()
    [record] = outside.pages()[0].records
    wanted = {"vendor_id": sent, "channel": "secure_email", "direction": "outbound", "status": "accepted"}
    assert told(record) == wanted


def test_whether_a_mail_was_opened_makes_no_new_version(outside: Outside) -> None:
    sent = outside.send()
    before = outside.pages()[0].records[0]
    outside.paubox.do("open", id=sent)
    after = outside.pages()[0].records[0]
    assert before.body != after.body
    volatile = Catalogue().mapping("paubox", "receipts").volatile
    one, other = fingerprints([before.format, after.format], [before.body, after.body], volatile)
    assert one == other


def test_many_awaited_mails_come_in_pages_and_a_cut_pass_goes_on(outside: Outside) -> None:
    for number in range(120):
        outside.send(number)
    pages = outside.pages()
    assert [len(page.records) for page in pages] == [50, 50, 20]
    assert [page.complete for page in pages] == [False, False, True]
    rest = outside.pages(pages[0].cursor)
    found = [*pages[0].records, *(record for page in rest for record in page.records)]
    assert sorted(record.vendor_id for record in found) == sorted(outside.awaited)
    assert len(outside.pages(pages[-1].cursor)) == 3


def test_a_pass_says_how_many_it_has_still_to_ask_for(outside: Outside) -> None:
    for number in range(51):
        outside.send(number)
    outside.awaited.append("a-message-nobody-knows")
    first, last = outside.pages()
    assert (first.expected(len(first.records)), last.left) == (len(first.records) + 2, 0)
    [rest] = outside.pages(first.cursor)
    assert rest.expected(len(rest.records)) == len(rest.records)


def test_nobody_waits_and_nothing_is_asked(outside: Outside) -> None:
    [page] = outside.pages()
    assert (page.records, page.complete) == ((), True)
    assert outside.paubox.journal.entries() == []


def test_a_message_paubox_does_not_know_stops_no_other(outside: Outside) -> None:
    sent = outside.send()
    outside.awaited.append("00000000-0000-4000-8000-00000000000f")
    assert [record.vendor_id for record in outside.pages()[0].records] == [sent]


def test_a_webhook_is_a_hint_and_the_receipt_is_read_again(outside: Outside) -> None:
    outside.paubox.do("outcome", to=PATIENT, status="hard bounced")
    sent = outside.send()
    [event] = outside.events()
    assert (event.meaning, event.stream, event.vendor_id) == (Meaning.HINT, "receipts", sent)
    assert SECRET not in event.origin
    puller = registry.puller(outside.connection, outside.tools)
    [record] = puller.again("receipts", [event.vendor_id, event.vendor_id, "never-heard-of"], now=NOW)
    assert told(record)["status"] == "bounced"


@pytest.mark.parametrize("fault", ["drop", "hang", "truncated", "cut", "empty", "no_id"])
def test_an_answer_that_was_lost_is_in_doubt_and_nothing_is_sent_again(outside: Outside, fault: str) -> None:
    outside.paubox.fail(fault, method="POST", accept=True)
    with pytest.raises(Ambiguous):
        outside.send(fault=fault)
    outside.paubox.settle()
    assert len(outside.paubox.messages) == 1
    context = dispatch.SendContext(outside.connection, outside.tools, lambda _: True)
    assert dispatch.look_up(claim(1), context).found is Found.UNKNOWN


@pytest.mark.parametrize("address", ["", "ana", "ana@", "a@b.com, c@d.com", "Ana <a@b.com>", "a@b.com\r\nBcc: c@d.com"])
def test_what_is_not_one_plain_address_is_refused_before_anything_leaves(outside: Outside, address: str) -> None:
    with pytest.raises(Refused) as refused:
        outside.send(to=SecretStr(address))
    assert refused.value.reason is RefusalReason.BAD_ADDRESS
    assert outside.paubox.journal.entries() == []


@pytest.mark.parametrize(
    "mail",
    [
        {"subject": SecretStr("Your visit\r\nBcc: c@d.com")},
        {"sender_name": "Lumen\nX-Other: 1"},
        {"unsubscribe": "http://example.com/stop"},
    ],
)
def test_a_header_that_would_become_two_is_refused(outside: Outside, mail: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        outside.send(**mail)
    assert refused.value.reason is RefusalReason.INVALID
    assert outside.paubox.journal.entries() == []


def test_a_sender_paubox_has_not_verified_is_refused(outside: Outside) -> None:
    with pytest.raises(Refused):
        outside.send(sender="office@elsewhere.example")
    assert outside.paubox.messages == {}


def test_a_storm_of_429_is_tried_later_and_sends_nothing_twice(outside: Outside) -> None:
    outside.paubox.fail("status", status=429, retry_after="7", times=None)
    with pytest.raises(TryLater) as later:
        outside.send()
    assert later.value.after == timedelta(seconds=7)
    outside.paubox.faults.clear()
    outside.send()
    assert len(outside.paubox.messages) == 1


@pytest.mark.parametrize("form", ["bearer", "token"])
def test_the_key_is_written_in_either_form(outside: Outside, form: str) -> None:
    outside.settings["authorization"] = form
    assert registry.verifier(outside.connection, outside.tools)().facts["authorization"] == form
    assert outside.send()


def test_a_form_that_is_none_and_a_wrong_address_are_named(outside: Outside) -> None:
    outside.settings["authorization"] = "basic"
    with pytest.raises(NeedsOperator, match="authorization"):
        registry.verifier(outside.connection, outside.tools)()
    outside.settings |= {"authorization": "bearer", "base_url": outside.paubox.url}
    with pytest.raises(NeedsOperator) as problem:
        registry.verifier(outside.connection, outside.tools)()
    assert "base_url" in problem.value.next_step


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": {"message": {"message_deliveries": []}}}',
        b'{"sourceTrackingId": "somebody-elses", "data": {}}',
        b'{"sourceTrackingId": {}, "data": {"message": {"message_deliveries": []}}}',
    ],
)
def test_a_receipt_of_another_shape_is_set_aside_alone(outside: Outside, httpserver: HTTPServer, body: bytes) -> None:
    httpserver.expect_request("/v1/message_receipt").respond_with_data(body, content_type="application/json")
    outside.settings["base_url"] = httpserver.url_for("/v1")
    outside.awaited = ["TRACKED", "TRACKED-too"]
    [page] = outside.pages()
    assert (len(page.records), len(page.suspects)) == (0, 2)
    assert page.complete


@pytest.mark.parametrize("deliveries", ["null", "[]", "{}", '"none"'])
def test_deliveries_that_are_no_list_yet_are_none(outside: Outside, httpserver: HTTPServer, deliveries: str) -> None:
    body = f'{{"sourceTrackingId": "TRACKED", "data": {{"message": {{"message_deliveries": {deliveries}}}}}}}'
    httpserver.expect_request("/v1/message_receipt").respond_with_data(body, content_type="application/json")
    outside.settings["base_url"] = httpserver.url_for("/v1")
    outside.awaited = ["TRACKED"]
    [record] = outside.pages()[0].records
    assert "delivery" not in json.loads(record.body)


def test_a_page_of_somebody_elses_is_no_receipt(outside: Outside) -> None:
    outside.awaited = ["TRACKED"]
    outside.paubox.fail("html", status=200, times=None)
    with pytest.raises(ProtocolBroken):
        outside.pages()
