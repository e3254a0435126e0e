"""A page as its practice uses it: consent as evidence, threads as inquiries, one token for another, and Meta's refusals."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from canonical.actions import Purpose
from canonical.delivery import Found
from canonical.practice import Channel
from canonical.problems import Ambiguous, ConnectorProblem, NeedsOperator, RefusalReason, Refused, TryLater
from canonical.raw import RawRecord
from canonical.said_inside import SendDirectMessage
from connectors.kit import dispatch, registry
from connectors.kit.exchange import Answer
from connectors.meta.errors import USAGE, code_of, pause_of
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read
from pipelines.policy.allow_lists import allowed_fields
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.meta.wire import (
    ENVIRON,
    FIXTURES,
    PAGE,
    SUBJECT,
    SYSTEM_TOKEN,
    TOKEN,
    connection,
    error_body,
    opened,
)
from tests.connectors.wire.exchanges import answering, exchanges
from tests.connectors.wire.http_wire import HttpWire, http_wire
from tests.connectors.wire.server import FakeWire, Reply, Seen
from tests.shared_data import shared

HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))
ANA, LUMEN = {"id": "5275811702471834", "name": "Ana Ruiz"}, {"id": PAGE, "name": "Lumen"}


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    with http_wire(FIXTURES, connection, ENVIRON, error_body, {}) as found:
        yield found


def mapped(record: RawRecord) -> dict[str, Any]:
    mapping = Catalogue().mapping("meta", record.stream)
    return mapping.apply(read(record.format.text, record.body), HERE, Notes()).body


def pulled(wire: HttpWire, stream: str) -> list[RawRecord]:
    pages = registry.puller(wire.connection, wire.tools()).pull(stream, None, now=NOW)
    return [record for page in pages for record in page.records]


def test_c4_a_ticked_box_is_evidence_with_its_words_form_and_time_and_a_preticked_one_is_none(wire: HttpWire) -> None:
    [ana] = [mapped(record) for record in pulled(wire, "leads") if record.vendor_id == "444444444401"]
    assert [(each["category"], each["kind"]) for each in ana["consents"]] == [("informational", "express")]
    [consent] = ana["consents"]
    assert consent["wording"] == "Lumen may text me about my request at this number."
    assert (consent["form_version"], consent["contact"]) == ("999999901", "+12125550142")
    assert consent["given_at"] == "2026-11-12T09:04:05Z"


def test_a_box_left_empty_is_no_consent(wire: HttpWire) -> None:
    [ben] = [mapped(record) for record in pulled(wire, "leads") if record.vendor_id == "444444444402"]
    assert not ben["consents"]
    assert ben["source"] == "meta_lead_ad"


@pytest.mark.parametrize(
    "said,counts", [("1", True), (True, True), ("true", True), ("", False), (False, False), ("0", False)]
)
def test_a_box_is_read_however_it_is_written(said: object, counts: bool) -> None:
    lead = {
        "id": "1",
        "created_time": "2026-11-12T09:00:00+0000",
        "form_id": "999999901",
        "field_data": [{"name": "phone_number", "values": ["+12125550142"]}],
        "custom_disclaimer_responses": [{"checkbox_key": "sms_consent", "is_checked": said}],
    }
    with page_of(
        {f"{PAGE}/leadgen_forms": {"data": [{"id": "999999901"}]}, "999999901/leads": {"data": [lead]}}
    ) as told:
        [record] = pulled(told, "leads")
    assert bool(mapped(record)["consents"]) is counts


def test_r49_metas_test_leads_are_no_inquiries_to_answer() -> None:
    fields = [{"name": "full_name", "values": ["<test lead: dummy data for full_name>"]}]
    lead = {"id": 1, "field_data": fields, "created_time": "2026-11-12T09:00:00+0000"}
    with page_of({f"{PAGE}/leadgen_forms": {"data": [{"id": 9}]}, "9/leads": {"data": [lead]}}) as told:
        [record] = pulled(told, "leads")
    assert mapped(record)["honeypot"] == "yes"


def test_a_row_that_is_no_lead_is_set_aside_alone() -> None:
    rows = [{"created_time": "x"}, {"id": "2", "field_data": None, "custom_disclaimer_responses": None}, 7]
    with page_of({f"{PAGE}/leadgen_forms": {"data": [{"id": 9}]}, "9/leads": {"data": rows}}) as told:
        [page] = registry.puller(told.connection, told.tools()).pull("leads", None, now=NOW)
    assert [record.vendor_id for record in page.records] == ["2"]
    assert len(page.suspects) == 2


def page_of(edges: dict[str, object], status: int = 200, headers: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - a wire
    """A page that answers these edges, whatever they are asked with."""

    def answer(seen: Seen) -> Reply:
        found = edges.get(seen.path.removeprefix("/v26.0/"))
        return Reply(status if found is not None else 418, json.dumps(found).encode(), headers or {})

    return _wired(answer)


class _wired:  # noqa: N801 - read as a word
    def __init__(self, answer: Callable[[Seen], Reply]) -> None:
        self._server = FakeWire(answer)

    def __enter__(self) -> HttpWire:
        self._running = self._server.running()
        self._running.__enter__()
        self._wire = HttpWire(self._server, _by_page_token, ENVIRON, {})
        return self._wire

    def __exit__(self, *_: object) -> None:
        self._wire.close()
        self._running.__exit__(None, None, None)


def _by_page_token(url: str) -> Any:  # noqa: ANN401 - a connection
    linked = connection(url)
    return linked.model_copy(update={"settings": {**linked.settings, "token_of": "page", "instagram": ""}})


def thread(*lines: tuple[float, dict[str, str], str]) -> dict[str, object]:
    """A thread whose lines, newest first, are so many hours old."""
    shown = [
        {
            "id": f"m_{hours:g}",
            "created_time": f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%S+0000}",
            "from": who,
            "message": text,
        }
        for hours, who, text in lines
    ]
    return {
        "id": "t_1",
        "updated_time": f"{NOW:%Y-%m-%dT%H:%M:%S+0000}",
        "participants": {"data": [ANA, LUMEN]},
        "messages": {"data": shown},
    }


def inquiries(*lines: tuple[float, dict[str, str], str]) -> list[RawRecord]:
    with page_of({f"{PAGE}/conversations": {"data": [thread(*lines)]}}) as told:
        return pulled(told, "conversations")


def test_whoever_writes_is_one_inquiry_however_many_lines() -> None:
    [record] = inquiries((1, ANA, "And on Friday?"), (2, LUMEN, "Yes."), (3, ANA, "Do you have time?"))
    assert record.vendor_id == "t_1/m_3"
    told = mapped(record)
    assert told["message"] == "Do you have time?"
    assert (told["source"], told["full_name"]) == ("messenger", "Ana Ruiz")
    assert told["received_at"] == f"{NOW - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"


def test_where_what_follows_is_not_read_the_inquiry_holds_all_they_wrote() -> None:
    shown = thread((1, ANA, "And on Friday?"), (2, LUMEN, "Yes."), (3, ANA, "Do you have time?"))
    with page_of({f"{PAGE}/conversations": {"data": [shown]}}) as told:
        alone = told.connection.model_copy(update={"streams": ("conversations",)})
        [page] = registry.puller(alone, told.tools()).pull("conversations", None, now=NOW)
    assert mapped(page.records[0])["message"] == "Do you have time?\nAnd on Friday?"


def test_r4_after_a_day_of_silence_the_same_person_asks_anew() -> None:
    [record] = inquiries((1, ANA, "Hello again"), (26, LUMEN, "Bye."), (27, ANA, "Hello"))
    assert record.vendor_id == "t_1/m_1"
    [earlier] = inquiries((2, LUMEN, "Bye."), (24, ANA, "Still there?"), (40, ANA, "Hello"))
    assert earlier.vendor_id == "t_1/m_40"


def test_lines_that_did_not_come_along_are_asked_for_until_the_silence_is_found() -> None:
    shown = thread((1, ANA, "And now?"), (2, LUMEN, "Yes."))
    older: list[Any] = [thread((3, ANA, "Hello"))["messages"], thread((40, ANA, "Long ago"))["messages"], None]

    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/conversations"):
            told: Any = {"data": [shown]}
            told["data"][0]["messages"]["paging"] = {"cursors": {"after": "0"}, "next": "https://not.followed.example"}
        else:
            at = int(seen.query["after"])
            told = {**older[at], "paging": {"cursors": {"after": str(at + 1)}, "next": "x"}}
        return Reply(200, json.dumps(told).encode())

    with _wired(answer) as wired:
        [record] = pulled(wired, "conversations")
    assert record.vendor_id == "t_1/m_3"
    assert [seen.query.get("after") for seen in wired.server.seen] == [None, "0", "1"]


def test_a_thread_in_which_only_we_wrote_is_no_inquiry_and_says_nothing() -> None:
    assert inquiries((1, LUMEN, "We tried to call you.")) == []
    assert messages((1, LUMEN, "We tried to call you.")) == []


def messages(*lines: tuple[float, dict[str, str], str]) -> list[dict[str, Any]]:
    with page_of({f"{PAGE}/conversations": {"data": [thread(*lines)]}}) as told:
        return [{"id": record.vendor_id, **mapped(record)} for record in pulled(told, "direct_messages")]


def test_what_is_said_after_the_line_that_began_a_thread_is_a_message_of_whoever_said_it() -> None:
    told = messages((1, ANA, "STOP"), (2, LUMEN, "Yes."), (3, ANA, "Do you have time?"), (3.5, LUMEN, "Hello?"))
    assert [(one["id"], one["direction"], one["text"]) for one in told] == [
        ("m_1", "inbound", "STOP"),
        ("m_2", "outbound", "Yes."),
    ]
    assert {(one["channel"], one["contact"]) for one in told} == {("messenger", f"messenger:{ANA['id']}")}


def test_a_call_is_read_again_as_it_is_now(wire: HttpWire) -> None:
    puller = registry.puller(wire.connection, wire.tools())
    assert [each.vendor_id for each in puller.again("leads", ["444444444401", "444444444401"], now=NOW)] == [
        "444444444401"
    ]
    asked, *said = puller.again("conversations", ["messenger/5275811702471834"], now=NOW)
    assert (asked.stream, asked.vendor_id) == ("conversations", "t_1001/m_11")
    assert [(one.stream, one.vendor_id) for one in said] == [
        ("direct_messages", name) for name in ("m_14", "m_13", "m_12")
    ]


def test_a_system_users_token_is_exchanged_once_and_only_the_pages_goes_on(wire: HttpWire) -> None:
    assert wire.store is not None
    pulled(wire, "leads")
    pulled(wire, "leads")
    asked = [seen for seen in wire.server.seen if seen.headers["authorization"] == f"Bearer {SYSTEM_TOKEN}"]
    assert [seen.query["fields"] for seen in asked] == ["access_token"]
    others = [seen for seen in wire.server.seen if seen not in asked]
    assert {seen.headers["authorization"] for seen in others} == {f"Bearer {TOKEN}"}
    assert all(len(seen.query["appsecret_proof"]) == 64 for seen in wire.server.seen)


CODES = [
    (400, 190, None, NeedsOperator, None),
    (400, 10, None, NeedsOperator, None),
    (400, 10, 2018278, Refused, RefusalReason.OTHER),
    (400, 10, 2534022, Refused, RefusalReason.OTHER),
    (400, 100, 2018001, Refused, RefusalReason.BAD_ADDRESS),
    (400, 551, 1545041, Refused, RefusalReason.BAD_ADDRESS),
    (400, 613, None, TryLater, None),
    (400, 80006, None, TryLater, None),
    (400, 2, None, Ambiguous, None),
    (500, 1, 1357046, Ambiguous, None),
    (400, 99999, None, Refused, RefusalReason.INVALID),
]


@pytest.mark.parametrize("status,code,subcode,problem,reason", CODES)
def test_metas_codes_mean_what_the_table_says(
    status: int, code: int, subcode: int | None, problem: type[ConnectorProblem], reason: RefusalReason | None
) -> None:
    error = {"error": {"message": "Ana", "code": code, "error_subcode": subcode}}
    with page_of({f"{PAGE}/messages": error}, status) as told, pytest.raises(problem) as raised:
        dispatch.send(claim(SUBJECT, told, "send_direct_message"), context(told))
    assert getattr(raised.value, "reason", None) is reason
    assert "Ana" not in str(raised.value)
    assert len(told.server.seen) == 1


def test_a_failure_while_reading_is_only_tried_again() -> None:
    with page_of({f"{PAGE}/conversations": {"error": {"code": 2}}}, 400) as told, pytest.raises(TryLater):
        pulled(told, "conversations")


@pytest.mark.parametrize(
    "header,minutes",
    [
        ('{"1": [{"type": "leadgen", "estimated_time_to_regain_access": 7}]}', 7),
        ('{"1": [{"type": "pages", "estimated_time_to_regain_access": 0}]}', None),
        ('{"1": [{"type": "pages"}], "2": [{"estimated_time_to_regain_access": "3"}]}', 3),
        ("not json", None),
        ("[]", None),
    ],
)
def test_the_pause_stands_in_a_header_of_metas_own(header: str, minutes: int | None) -> None:
    found = pause_of(Answer(400, {USAGE: header}, b""))
    assert found == (timedelta(minutes=minutes) if minutes else None)


def test_a_pause_of_minutes_is_passed_on_and_not_sat_out() -> None:
    usage = {USAGE: '{"1": [{"type": "leadgen", "estimated_time_to_regain_access": 7}]}'}
    busy = {"error": {"code": 80005}}
    with page_of({f"{PAGE}/leadgen_forms": busy}, 400, usage) as told, pytest.raises(TryLater) as problem:
        pulled(told, "leads")
    assert problem.value.after == timedelta(minutes=7)
    assert len(told.server.seen) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"error": "x"}', b'{"error": {"code": "x"}}', b"\xff"])
def test_an_error_nobody_documents_has_no_code(body: bytes) -> None:
    assert code_of(Answer(400, {}, body)) == ""


def test_meta_02_a_persons_words_carry_the_tag_and_automation_never_does() -> None:
    sent = {"recipient_id": "1", "message_id": "m_1"}
    with page_of({f"{PAGE}/messages": sent}) as told:
        for by_person in (False, True):
            asked = SendDirectMessage(
                channel=Channel.IG_DM, to=SecretStr("1"), body=SecretStr("Hi"), by_person=by_person
            )
            claimed = claim(SUBJECT, told, "send_direct_message")
            command = claimed.command.model_copy(update={"payload": asked})
            dispatch.send(claimed.model_copy(update={"command": command}), context(told))
    answer, person = (json.loads(seen.body) for seen in told.server.writes)
    assert (answer["messaging_type"], "tag" in answer) == ("RESPONSE", False)
    assert (person["messaging_type"], person["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert "metadata" not in answer["message"]


def test_a_send_is_the_request_of_metas_own_collection() -> None:
    collection = json.loads(
        shared("vendors", "specs", "meta", "messenger-platform-api.postman_collection.json").read_bytes()
    )
    [text] = [one for folder in collection["item"] for one in folder["item"] if one["name"] == "Text Message"]
    theirs = json.loads(text["request"]["body"]["raw"])
    with opened_wire() as told:
        dispatch.send(claim(SUBJECT, told, "send_direct_message"), context(told))
    [seen] = told.server.writes
    ours = json.loads(seen.body)
    assert (seen.method, seen.path.rpartition("/")[2]) == (text["request"]["method"], "messages")
    assert set(theirs) <= set(ours)
    assert set(ours["recipient"]) == set(theirs["recipient"])
    assert set(ours["message"]) == set(theirs["message"]) | {"metadata"}


def opened_wire() -> Any:  # noqa: ANN401 - a wire
    known = exchanges(FIXTURES)
    return _wired(lambda seen: answering(tuple(replace(each, query=None) for each in known), seen))


def test_two_lines_that_fit_tell_nothing_apart() -> None:
    text = SUBJECT.pushes["send_direct_message"].payload
    assert isinstance(text, SendDirectMessage)
    line = {
        "created_time": f"{NOW:%Y-%m-%dT%H:%M:%S+0000}",
        "from": LUMEN,
        "message": text.body.get_secret_value(),
    }
    for lines, found in (([], Found.UNKNOWN), ([line], Found.SENT), ([line, line], Found.UNKNOWN)):
        shown = [{**each, "id": f"m_{number}"} for number, each in enumerate(lines)]
        with page_of({f"{PAGE}/conversations": {"data": [{"id": "t_1", "messages": {"data": shown}}]}}) as told:
            assert dispatch.look_up(claim(SUBJECT, told, "send_direct_message"), context(told)).found is found


def test_a_check_names_the_permission_that_is_missing_and_the_call_that_is_not_made() -> None:
    page, apps = {"id": PAGE, "name": "Lumen"}, {"data": [{"id": 7001, "subscribed_fields": ["leadgen"]}]}
    debug = {"is_valid": True, "scopes": list(SUBJECT.manifest.auth.scopes), "expires_at": int(NOW.timestamp()) + 86400}
    edges: dict[str, object] = {PAGE: page, f"{PAGE}/subscribed_apps": apps, "debug_token": {"data": debug}}
    with page_of(edges) as told:
        warnings = " ".join(registry.verifier(told.connection, told.tools())().warnings)
    assert "messages" in warnings
    assert "2026-11-13" in warnings
    debug["scopes"] = ["pages_show_list"]
    with page_of(edges) as told, pytest.raises(NeedsOperator, match="leads_retrieval"):
        registry.verifier(told.connection, told.tools())()


def test_the_contract_opens_it_too(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    with opened(tmp_path) as told:
        assert registry.verifier(told.connection, told.tools())().facts["page"] == PAGE


def test_policys_list_lets_every_field_of_an_answer_pass_and_nothing_that_sells() -> None:
    allowed = allowed_fields("meta", Purpose.REQUESTED_REPLY, covered=False)
    assert set(allowed or ()) == set(SendDirectMessage.model_fields) - {"kind"}
    assert allowed_fields("meta", Purpose.MARKETING, covered=False) is None
