"""What is read from Twilio, whose it is, and what its calls mean."""

import json
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from canonical.ids import ConnectionId
from canonical.problems import NeedsOperator, ProtocolBroken, Refused
from canonical.raw import Page
from connectors.kit import registry
from connectors.kit.webhooks import Meaning
from connectors.twilio.pull import Cursor
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import NOW
from tests.connectors.twilio.wire import ACCOUNT, CLINIC, ENVIRON, PATIENT, SUBJECT, connection, error_body, posted
from tests.connectors.wire.exchanges import answering, exchanges
from tests.connectors.wire.http_wire import HttpWire, http_wire
from tests.connectors.wire.server import FakeWire, Reply, Seen

HOOK = "https://hooks.example.com/twilio/lumen/twilio"
HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    with http_wire(SUBJECT.fixtures, connection, ENVIRON, error_body, {}) as opened:
        yield opened


def pulled(wire: HttpWire, cursor: str | None = None, **select: str) -> list[Page]:
    linked = wire.connection.model_copy(update={"select": select})
    return list(registry.puller(linked, wire.tools()).pull("messages", cursor, now=NOW))


def sids(pages: list[Page]) -> list[int]:
    return [int(record.vendor_id.removeprefix("SM").lstrip("0")) for page in pages for record in page.records]


def mapped(stream: str, body: bytes, written_as: str) -> dict[str, object]:
    return Catalogue().mapping("twilio", stream).apply(read(written_as, body), HERE, Notes()).body


def test_an_account_of_our_own_is_read_whole(wire: HttpWire) -> None:
    assert sids(pulled(wire)) == [1, 2, 3, 4, 5, 6]


def test_on_a_shared_account_each_practice_lands_only_its_own(wire: HttpWire) -> None:
    assert sids(pulled(wire, numbers=CLINIC)) == [1, 2, 4, 6]
    assert sids(pulled(wire, numbers="+12125550199")) == [5]
    assert sids(pulled(wire, numbers=f"{CLINIC}, MG00000000000000000000000000000001")) == [1, 2, 3, 4, 6]
    assert sids(pulled(wire, numbers="+12125550111")) == []


def test_the_cursor_waits_for_the_end_of_the_pass_because_the_newest_come_first(wire: HttpWire) -> None:
    first, last = (Cursor.model_validate_json(page.cursor) for page in pulled(wire))
    assert first.since is None
    assert first.next.startswith(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?")
    assert (last.since, last.next) == (first.newest, "")
    assert f"{last.since:%d %H:%M:%S}" == "11 14:00:03"


def test_a_pass_begun_at_another_address_goes_on_at_this_one(wire: HttpWire) -> None:
    first = pulled(wire)[0]
    assert wire.server.url not in first.cursor
    assert sids(pulled(wire, first.cursor)) == [4, 5, 6]


def test_a_page_that_has_gone_stale_starts_the_pass_again() -> None:
    known = exchanges(SUBJECT.fixtures)

    def forgetful(seen: Seen) -> Reply:
        stale = "PageToken" in seen.query and len(server.seen) == 1
        return Reply(400, json.dumps({"code": 20001}).encode()) if stale else answering(known, seen)

    with FakeWire(forgetful).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        left = Cursor(next=f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1000&PageToken=PAgone&Page=1")
        assert sids(pulled(wire, left.model_dump_json())) == [1, 2, 3, 4, 5, 6]
        wire.close()


def test_a_refusal_at_the_first_page_is_not_hidden(wire: HttpWire) -> None:
    wire.fail("400")
    with pytest.raises(Refused):
        pulled(wire)


def test_a_next_page_on_another_host_is_not_followed() -> None:
    page = {"messages": [], "next_page_uri": "https://elsewhere.example/steal"}
    with FakeWire(lambda _: Reply(200, json.dumps(page).encode())).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        with pytest.raises(ProtocolBroken, match="another host"):
            pulled(wire)
        wire.close()


def test_a_message_without_an_id_is_set_aside_whole_and_the_rest_goes_on() -> None:
    page = (
        b'{"messages": [{"body": "who am I"}, {"sid": "SM1", "to": "'
        + CLINIC.encode()
        + b'"}, 7], "next_page_uri": null}'
    )
    with FakeWire(lambda _: Reply(200, page)).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        [only] = pulled(wire, numbers=CLINIC)
        wire.close()
    assert [record.vendor_id for record in only.records] == ["SM1"]
    assert [(suspect.body, suspect.code) for suspect in only.suspects] == [
        (b'{"body": "who am I"}', "no_id"),
        (b"7", "no_id"),
    ]


def test_an_empty_account_keeps_its_beginning() -> None:
    with FakeWire(lambda _: Reply(200, b'{"messages": [], "next_page_uri": null}')).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        [only] = pulled(wire)
        wire.close()
    assert only.complete
    assert Cursor.model_validate_json(only.cursor).since is None


def test_a_sending_time_in_the_future_does_not_push_the_cursor_past_now() -> None:
    page = b'{"messages": [{"sid": "SM1", "date_sent": "Thu, 12 Nov 2099 14:00:00 +0000"}], "next_page_uri": null}'
    with FakeWire(lambda _: Reply(200, page)).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        [only] = pulled(wire)
        wire.close()
    assert Cursor.model_validate_json(only.cursor).since is None


def test_the_log_becomes_messages_seen_from_the_practice(wire: HttpWire) -> None:
    records = {record.vendor_id[-1]: record for page in pulled(wire) for record in page.records}
    ours, theirs, failed, pooled = (
        mapped("messages", records[number].body, records[number].format.text) for number in ("1", "2", "4", "3")
    )
    assert (ours["direction"], ours["contact"], ours["ours"]) == ("outbound", PATIENT, CLINIC)
    assert (theirs["direction"], theirs["contact"], theirs["ours"]) == ("inbound", PATIENT, CLINIC)
    assert (failed["status"], failed["error_code"], failed["reason"]) == ("bounced", "30003", "unreachable")
    assert (pooled["contact"], pooled["ours"], pooled["sent_at"]) == ("+12125550143", "", None)


# --- hooks ------------------------------------------------------------------------------------------------------


def parsed(url: str, **form: str) -> tuple[str, str, bytes, str]:
    [event] = registry.webhook("twilio").parse(posted(url, form))
    record = event.record(ConnectionId("twilio"))
    return event.stream, event.vendor_id, record.body, record.format.text


def test_a_receipt_brings_our_reference_back_and_each_status_is_its_own_record() -> None:
    status = {"MessageSid": f"SM{9:032x}", "AccountSid": ACCOUNT, "From": CLINIC, "To": PATIENT}
    stream, sent_id, body, written_as = parsed(f"{HOOK}?ref=at-1", MessageStatus="sent", **status)
    _, delivered_id, *_ = parsed(f"{HOOK}?ref=at-1", MessageStatus="delivered", **status)
    assert sent_id != delivered_id
    receipt = mapped(stream, body, written_as)
    assert (receipt["vendor_id"], receipt["reference"], receipt["status"]) == (f"SM{9:032x}", "at-1", "sent")


@pytest.mark.parametrize(
    "status,code,ours,reason",
    [
        ("undelivered", "30003", "bounced", "unreachable"),
        ("undelivered", "30005", "bounced", "not_textable"),
        ("undelivered", "30006", "bounced", "not_textable"),
        ("undelivered", "30007", "bounced", "content_refused"),
        ("undelivered", "30008", "bounced", "unexplained"),
        ("undelivered", "30034", "bounced", "sender_not_allowed"),
        ("failed", "21610", "rejected", "opted_out"),
        ("failed", "63038", "rejected", ""),
        ("delivered", "", "delivered", ""),
    ],
)
def test_a_failure_says_why_in_our_words_and_an_unknown_code_loses_nothing(
    status: str, code: str, ours: str, reason: str
) -> None:
    form = {"MessageSid": f"SM{9:032x}", "MessageStatus": status, "From": CLINIC, "To": PATIENT}
    stream, _, body, written_as = parsed(f"{HOOK}?ref=at-1", **form, **({"ErrorCode": code} if code else {}))
    receipt = mapped(stream, body, written_as)
    assert (receipt["status"], receipt["error_code"], receipt["reason"]) == (ours, code, reason)


def test_an_answer_is_kept_word_for_word_with_what_twilio_made_of_it() -> None:
    form = {"MessageSid": f"SM{9:032x}", "SmsStatus": "received", "From": PATIENT, "To": CLINIC, "AccountSid": ACCOUNT}
    stream, sid, body, written_as = parsed(HOOK, Body="Stop – please 🙂 & thanks", OptOutType="Stop", **form)
    reply = mapped(stream, body, written_as)
    assert (stream, sid) == ("inbound", f"SM{9:032x}")
    assert (reply["text"], reply["opt_out_type"], reply["contact"], reply["ours"]) == (
        "Stop – please 🙂 & thanks",
        "STOP",
        PATIENT,
        CLINIC,
    )


@pytest.mark.parametrize("named", ["MessageSid", "SmsMessageSid", "SmsSid"])
@pytest.mark.parametrize("status", [{"SmsStatus": "received"}, {}], ids=["with a status", "without"])
def test_an_answer_is_heard_under_every_name_of_its_id_and_without_a_status(named: str, status: dict[str, str]) -> None:
    """Twilio's page of an inbound call's fields lists three names of one id and no status."""
    form = {named: f"SM{9:032x}", "From": PATIENT, "To": CLINIC, "AccountSid": ACCOUNT} | status
    stream, sid, body, written_as = parsed(HOOK, Body="STOP", **form)
    shape = read(written_as, body)
    registry.require_known_shape("twilio", stream, shape)
    reply = mapped(stream, body, written_as)
    assert (stream, sid, reply["vendor_id"]) == ("inbound", f"SM{9:032x}", f"SM{9:032x}")
    assert (reply["text"], reply["contact"]) == ("STOP", PATIENT)


def test_an_event_says_whose_it_is_on_a_shared_account() -> None:
    form = {"MessageSid": f"SM{9:032x}", "AccountSid": ACCOUNT, "From": PATIENT, "To": CLINIC}
    [inbound] = registry.webhook("twilio").parse(posted(HOOK, form | {"SmsStatus": "received"}))
    turned = form | {"From": CLINIC, "To": PATIENT, "MessageStatus": "sent"}
    [receipt] = registry.webhook("twilio").parse(posted(HOOK, turned))
    assert {(event.account, event.ours) for event in (inbound, receipt)} == {(ACCOUNT, CLINIC)}


def test_an_empty_call_is_kept_as_something_unknown() -> None:
    [event] = registry.webhook("twilio").parse(posted(HOOK, {}))
    assert event.meaning is Meaning.UNKNOWN
    assert event.vendor_id.startswith("unknown-")


def test_a_call_shows_nothing_of_itself() -> None:
    incoming = posted(f"{HOOK}?ref=at-1", {"From": PATIENT, "Body": "Ana"})
    [event] = registry.webhook("twilio").parse(incoming)
    shown = f"{incoming!r}{incoming}{event!r}{event}"
    assert PATIENT not in shown
    assert "Ana" not in shown


# --- verify -----------------------------------------------------------------------------------------------------


def test_a_number_without_an_inbound_address_is_warned_about(wire: HttpWire) -> None:
    alone = wire.connection.model_copy(update={"select": {}})
    told = registry.verifier(alone, wire.tools())()
    assert told.facts["numbers"] == "2"
    [warning] = told.warnings
    assert "0199" in warning
    assert "+1212" not in warning


def test_a_number_that_is_not_the_accounts_needs_an_operator(wire: HttpWire) -> None:
    astray = wire.connection.model_copy(update={"select": {"numbers": f"{CLINIC} +12125550111"}})
    with pytest.raises(NeedsOperator, match="1 of the connection's numbers"):
        registry.verifier(astray, wire.tools())()


def test_a_suspended_account_needs_an_operator() -> None:
    account = json.dumps({"sid": ACCOUNT, "status": "suspended"}).encode()
    with FakeWire(lambda _: Reply(200, account)).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        with pytest.raises(NeedsOperator, match="suspended"):
            registry.verifier(wire.connection, wire.tools())()
        wire.close()
