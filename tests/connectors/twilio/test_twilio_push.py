"""What Twilio is asked to send, and how a lost answer is found again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from canonical.actions import Payload, SendSms, WriteOptOut
from canonical.delivery import Claimed, Found
from canonical.practice import Channel
from canonical.problems import NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit import dispatch
from connectors.kit.access import Access
from connectors.kit.registry import manifest
from connectors.twilio import client, push
from tests.connectors.contract.subject import NOW, attempt, claim, context
from tests.connectors.twilio.wire import ACCOUNT, CALLBACK, CLINIC, ENVIRON, PATIENT, SUBJECT, TEXT, connection
from tests.connectors.wire.http_wire import HttpWire, http_wire
from tests.connectors.wire.server import FakeWire, Reply, Seen


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    with http_wire(SUBJECT.fixtures, connection, ENVIRON, lambda _: b"", {}) as opened:
        yield opened


def text(**changes: object) -> SendSms:
    fields = {"to": SecretStr(PATIENT), "sender": CLINIC, "body": SecretStr(TEXT), "callback": CALLBACK}
    return SendSms.model_validate(fields | changes)


def asking(wire: HttpWire, payload: Payload) -> Claimed:
    first = claim(SUBJECT, wire, payload.kind)
    return first.model_copy(update={"command": first.command.model_copy(update={"payload": payload})})


def sent(wire: HttpWire, payload: Payload) -> dict[str, str]:
    dispatch.send(asking(wire, payload), context(wire))
    return dict(wire.server.writes[-1].form)


def test_a_text_carries_recipient_sender_words_and_our_reference_in_the_callback(wire: HttpWire) -> None:
    form = sent(wire, text())
    assert {name: form[name] for name in ("To", "From", "Body")} == {"To": PATIENT, "From": CLINIC, "Body": TEXT}
    assert parse_qs(urlsplit(form["StatusCallback"]).query) == {"ref": [attempt()]}
    assert form["StatusCallback"].startswith(f"{CALLBACK}?")
    assert "ValidityPeriod" not in form
    assert "MessagingServiceSid" not in form


def test_words_of_any_script_arrive_as_they_were_written(wire: HttpWire) -> None:
    words = "Nos vemos mañana a las 9 & 10? – 100% sí 🙂\nLumen"
    assert sent(wire, text(body=SecretStr(words)))["Body"] == words


def test_a_callback_that_has_a_query_keeps_it_and_gets_exactly_one_reference(wire: HttpWire) -> None:
    url = sent(wire, text(callback=f"{CALLBACK}?a=1&ref=at-somebody-elses&b=#rc=2"))["StatusCallback"]
    assert parse_qs(urlsplit(url).query, keep_blank_values=True) == {"a": ["1"], "b": [""], "ref": [attempt()]}
    assert urlsplit(url).fragment == "rc=2"


def test_without_a_public_address_there_is_no_callback(wire: HttpWire) -> None:
    assert "StatusCallback" not in sent(wire, text(callback=""))


def test_a_pool_sends_in_place_of_a_number(wire: HttpWire) -> None:
    pool = "MG00000000000000000000000000000001"
    form = sent(wire, text(sender=pool))
    assert form["MessagingServiceSid"] == pool
    assert "From" not in form


@pytest.mark.parametrize(
    "left,seconds",
    [(timedelta(minutes=30), 1800), (timedelta(days=2), 36_000), (timedelta(seconds=-1), 5), (timedelta(0), 5)],
)
def test_a_text_that_expires_may_not_wait_longer_in_twilios_queue(
    wire: HttpWire, left: timedelta, seconds: int
) -> None:
    assert sent(wire, text(expires_at=NOW + left))["ValidityPeriod"] == str(seconds)


def test_an_api_key_is_used_where_there_is_one_and_the_token_where_there_is_none(wire: HttpWire) -> None:
    sent(wire, text())
    with_key = wire.server.writes[-1].headers["authorization"]
    bare = {"TWILIO": "the-bare-token"}
    with http_wire(SUBJECT.fixtures, connection, bare, lambda _: b"", {}) as other:
        settings = {**other.connection.settings, "account_sid": ACCOUNT}
        linked = other.connection.model_copy(update={"settings": settings})
        dispatch.send(asking(other, text()), dispatch.SendContext(linked, other.tools(), lambda _: True))
        with_token = other.server.writes[-1].headers["authorization"]
    assert with_key != with_token
    assert all(header.startswith("Basic ") for header in (with_key, with_token))


CODES = [
    (401, 20003, NeedsOperator, None),
    (400, 21211, Refused, RefusalReason.BAD_ADDRESS),
    (400, 21610, Refused, RefusalReason.OPTED_OUT),
    (400, 21614, Refused, RefusalReason.NOT_TEXTABLE),
    (400, 21635, Refused, RefusalReason.NOT_TEXTABLE),
    (400, 21606, Refused, RefusalReason.SENDER_NOT_ALLOWED),
    (400, 21659, Refused, RefusalReason.SENDER_NOT_ALLOWED),
    (400, 21617, Refused, RefusalReason.CONTENT_REFUSED),
    (400, 21608, NeedsOperator, None),
    (400, 21611, TryLater, None),
    (429, 20429, TryLater, None),
    (400, 99999, Refused, RefusalReason.INVALID),
]


@pytest.mark.parametrize("status,code,problem,reason", CODES, ids=[str(code) for _, code, *_ in CODES])
def test_twilios_codes_mean_what_the_table_says(
    status: int, code: int, problem: type[Exception], reason: RefusalReason | None
) -> None:
    body = json.dumps({"code": code, "message": f"No {PATIENT}", "more_info": "", "status": status}).encode()
    with http_wire(SUBJECT.fixtures, connection, ENVIRON, lambda _: body, {}) as wire:
        wire.fail(str(status))
        with pytest.raises(problem) as raised:
            dispatch.send(claim(SUBJECT, wire, "send_sms"), context(wire))
    assert getattr(raised.value, "reason", None) is reason
    assert getattr(raised.value, "where").vendor_code == str(code)  # noqa: B009 - every problem has one
    assert PATIENT not in str(raised.value)


def test_every_code_of_the_table_is_a_number_and_says_something() -> None:
    for (_, code), rule in client.PROBLEMS.items():
        assert code is not None
        assert code.isdigit()
        assert rule.says.endswith(".")


class Log:
    """A Twilio whose message log is exactly what the test puts there."""

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []
        self.pages: list[str] = []

    def answer(self, seen: Seen) -> Reply:
        self.pages.append(seen.target)
        start = int(seen.query.get("Page", "0"))
        shown = self.messages[start : start + 2]
        more = start + 2 < len(self.messages)
        following = f"{seen.path}?To=%2B12125550142&PageSize=50&Page={start + 2}" if more else None
        return Reply(200, json.dumps({"messages": shown, "next_page_uri": following}).encode())

    def add(self, number: int, seconds: float, **changes: object) -> str:
        moment = NOW + timedelta(seconds=seconds)
        sid = f"SM{number:032x}"
        message: dict[str, object] = {
            "sid": sid,
            "to": PATIENT,
            "from": CLINIC,
            "messaging_service_sid": None,
            "body": TEXT,
            "direction": "outbound-api",
            "status": "queued",
            "date_created": f"{moment:%a, %d %b %Y %H:%M:%S} +0000",
            "date_sent": None,
        }
        self.messages.append(message | changes)
        return sid


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def logged(log: Log) -> Iterator[HttpWire]:
    with FakeWire(log.answer).running() as server:
        opened = HttpWire(server, connection, ENVIRON, {})
        yield opened
        opened.close()


def found(wire: HttpWire, payload: SendSms | None = None) -> Found:
    return push.look_up_sms(
        Access(wire.connection, manifest("twilio"), wire.tools()), asking(wire, payload or text())
    ).found


def test_one_that_fits_was_sent_even_while_it_waits_in_the_queue(log: Log, logged: HttpWire) -> None:
    sid = log.add(1, 2)
    result = dispatch.look_up(asking(logged, text()), context(logged))
    assert (result.found, result.vendor_id, result.status) == (Found.SENT, sid, "queued")


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "Something else."},
        {"from": "+12125550199"},
        {"to": "+12125550143"},
        {"direction": "inbound"},
        {"direction": "outbound-reply"},
    ],
    ids=str,
)
def test_what_differs_in_anything_is_another_message(log: Log, logged: HttpWire, changes: dict[str, object]) -> None:
    log.add(1, 2, **changes)
    assert found(logged) is Found.ABSENT


@pytest.mark.parametrize(
    "seconds,expected", [(-119, Found.SENT), (-121, Found.ABSENT), (599, Found.SENT), (601, Found.ABSENT)]
)
def test_only_what_was_created_around_the_claim_counts(
    log: Log, logged: HttpWire, seconds: float, expected: Found
) -> None:
    log.add(1, seconds)
    assert found(logged) is expected


def test_two_that_fit_tell_nothing_apart(log: Log, logged: HttpWire) -> None:
    log.add(2, 30)
    log.add(1, 2)
    assert dispatch.look_up(asking(logged, text()), context(logged)).found is Found.UNKNOWN


def test_a_text_to_another_of_the_family_on_the_same_phone_is_not_taken_for_this_one(
    log: Log, logged: HttpWire
) -> None:
    theirs = log.add(2, 30)
    mine = log.add(1, 2)
    access = Access(logged.connection, manifest("twilio"), logged.tools(), spoken_for=lambda sid: sid == theirs)
    assert push.look_up_sms(access, asking(logged, text())).vendor_id == mine
    log.messages.pop()
    assert push.look_up_sms(access, asking(logged, text())).found is Found.ABSENT


def test_spaces_twilio_trims_do_not_hide_a_message(log: Log, logged: HttpWire) -> None:
    log.add(1, 2, body=TEXT)
    assert found(logged, text(body=SecretStr(f"{TEXT}\n"))) is Found.SENT


def test_a_pools_message_is_found_by_the_pool(log: Log, logged: HttpWire) -> None:
    pool = "MG00000000000000000000000000000001"
    log.add(1, 2, messaging_service_sid=pool, **{"from": None})
    assert found(logged, text(sender=pool)) is Found.SENT
    assert found(logged) is Found.ABSENT


def test_a_look_up_reads_on_until_it_is_past_the_claim_and_no_further(log: Log, logged: HttpWire) -> None:
    for number in range(4):
        log.add(10 + number, 500 - number, body="Something else.")
    log.add(1, 2)
    log.add(2, -4000, body="Older.")
    log.add(3, -5000, body="Older still.")
    log.add(4, -6000)
    assert found(logged) is Found.SENT
    assert len(log.pages) == 3


def test_an_opt_out_is_written_for_each_of_our_numbers_with_an_id_that_repeats(wire: HttpWire) -> None:
    asked = WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=NOW)
    linked = wire.connection.model_copy(update={"select": {"numbers": f"{CLINIC}, MG00000000000000000000000000000001"}})
    for _ in range(2):
        dispatch.send(asking(wire, asked), dispatch.SendContext(linked, wire.tools(), lambda _: True))
    first, second = ([json.loads(value) for _, value in seen.form] for seen in wire.server.writes)
    assert first == second
    assert [item["sender_id"] for item in first] == [CLINIC, "MG00000000000000000000000000000001"]
    assert {(item["contact_id"], item["status"], item["date_of_consent"]) for item in first} == {
        (PATIENT, "opt-out", "2026-11-12T14:00:00Z")
    }
    assert len({item["correlation_id"] for item in first}) == 2


def test_an_opt_out_is_written_for_no_number_but_the_practice_s_own(wire: HttpWire) -> None:
    """The account has another brand's number too, whose people said nothing to it."""
    alone = wire.connection.model_copy(update={"select": {}})
    aside = dispatch.SendContext(alone, wire.tools(), lambda _: True)
    asked = WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=NOW, senders=(CLINIC,))
    dispatch.send(asking(wire, asked), aside)
    assert [json.loads(value)["sender_id"] for _, value in wire.server.writes[-1].form] == [CLINIC]
    with pytest.raises(Refused, match="which of the account's numbers"):
        dispatch.send(asking(wire, asked.model_copy(update={"senders": ()})), aside)
    assert len(wire.server.writes) == 1


def test_an_opt_out_twilio_does_not_take_is_refused_with_its_code() -> None:
    answer = {"items": [{"correlation_id": "0" * 32, "error_code": 30646, "error_messages": ["INVALID_CONTACT_ID"]}]}
    with FakeWire(lambda _: Reply(201, json.dumps(answer).encode())).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        with pytest.raises(Refused) as refused:
            dispatch.send(claim(SUBJECT, wire, "write_opt_out"), context(wire))
        wire.close()
    assert refused.value.where.vendor_code == "30646"


def test_fixtures_are_where_the_tests_look_for_them() -> None:
    assert (Path(__file__).parent / "fixtures") == SUBJECT.fixtures
