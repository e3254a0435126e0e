"""The pretend Twilio against Twilio's documentation."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import urllib3
from pytest_httpserver import HTTPServer

from emulators.kit.running import running
from emulators.twilio import Account, Sender, Service, TwilioEmulator, signature
from emulators.twilio.messages import segments
from tests.emulators.conftest import CLINIC, FRIEND, OTHER_CLINIC, PATIENT, TwilioClient, arrived


def test_a_message_is_queued_then_sent_then_delivered_with_signed_callbacks(
    client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer
) -> None:
    callback = hooks.url_for("/status?ref=att_7")
    answer = client.send(StatusCallback=callback)
    twilio.settle()
    assert (answer.status, answer.json()["status"]) == (201, "queued")
    assert [form["MessageStatus"] for form in arrived(hooks)] == ["sent", "delivered"]
    for request, _ in hooks.log:
        expected = signature(client.account.auth_token, callback, request.form.items())
        assert request.headers["X-Twilio-Signature"] == expected
    assert client.get(f"/Messages/{answer.json()['sid']}.json")["status"] == "delivered"
    assert [each.vendor_id for each in twilio.journal.accepted(reference="att_7")] == [answer.json()["sid"]]


def test_a_callback_can_come_before_the_answer(client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer) -> None:
    twilio.do("settings", callback_first=True)
    answer = client.send(StatusCallback=hooks.url_for("/status"))
    assert [form["MessageSid"] for form in arrived(hooks)] == [answer.json()["sid"]] * 2


def test_an_accepted_message_without_an_answer_still_calls_back(
    client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer
) -> None:
    twilio.fail("hang", accept=True)
    client.web.connection_pool_kw["timeout"] = 0.2
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        client.send(StatusCallback=hooks.url_for("/status"))
    twilio.settle()
    assert [form["MessageStatus"] for form in arrived(hooks)] == ["sent", "delivered"]


@pytest.mark.parametrize(
    "form,code,status",
    [
        ({"To": ""}, 21604, 400),
        ({"To": "212 555 0142"}, 21211, 400),
        ({"To": "+11115550142"}, 21211, 400),
        ({"From": ""}, 21603, 400),
        ({"From": "+12125550199"}, 21659, 400),
        ({"To": CLINIC}, 21266, 400),
        ({"Body": ""}, 21602, 400),
        ({"Body": "x" * 1601}, 21617, 400),
        ({"StatusCallback": "not a url"}, 21609, 400),
        ({"From": "", "MessagingServiceSid": "MG0"}, 21701, 400),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else None,
)
def test_what_twilio_refuses(form: dict[str, str], code: int, status: int, client: TwilioClient) -> None:
    answer = client.send(**form)
    assert (answer.status, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert client.twilio.journal.accepted() == []


def test_a_number_that_cannot_text_is_21606(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.do("numbers", phone_number=CLINIC, sms_capable=False)
    assert client.send().json()["code"] == 21606


def test_an_unregistered_number_is_accepted_and_then_undelivered(
    client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer
) -> None:
    twilio.do("numbers", phone_number=CLINIC, registered=False)
    sid = client.send(StatusCallback=hooks.url_for("/status")).json()["sid"]
    twilio.settle()
    message = client.get(f"/Messages/{sid}.json")
    assert (message["status"], message["error_code"], message["error_message"]) == ("undelivered", 30034, None)
    assert arrived(hooks)[-1]["ErrorCode"] == "30034"


def test_an_outcome_belongs_to_a_phone(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.do("outcome", to=PATIENT, status="undelivered", error_code=30003)
    assert [client.send(To=to).status for to in (PATIENT, FRIEND)] == [201, 201]
    twilio.settle()
    rows = twilio.do("messages")["messages"]
    assert [(row["status"], row["error_code"]) for row in rows] == [("undelivered", 30003), ("delivered", None)]


@pytest.mark.parametrize("user,password,status", [("SKkey", "secret", 201), ("SKkey", "no", 401), ("AC", "", 401)])
def test_credentials(user: str, password: str, status: int, client: TwilioClient) -> None:
    client.headers = urllib3.make_headers(basic_auth=f"{user}:{password}")
    assert client.send().status == status


def test_another_account_is_not_found(client: TwilioClient) -> None:
    assert client.get("/2010-04-01/Accounts/ACother/Messages.json")["code"] == 20404


def test_stop_blocks_one_number_and_start_opens_it_again(
    client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer
) -> None:
    twilio.do("numbers", phone_number=CLINIC, sms_url=hooks.url_for("/in"))
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body=" stop ")
    refused = client.send()
    assert (refused.status, refused.json()["code"]) == (400, 21610)
    assert client.send(From=OTHER_CLINIC).status == 201
    assert client.send(To=FRIEND).status == 201
    assert twilio.do("opt_outs") == {"opt_outs": [{"pool": CLINIC, "person": PATIENT}]}
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body="START")
    assert client.send().status == 201
    twilio.settle()
    assert [form["Body"] for form in arrived(hooks)] == [" stop ", "START"]
    assert all("OptOutType" not in form for form in arrived(hooks))


def test_a_sentence_with_stop_in_it_is_no_opt_out(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body="please stop calling")
    assert client.send().status == 201


def test_a_messaging_service_shares_its_opt_outs(twilio: TwilioEmulator, client: TwilioClient) -> None:
    client.account.services["MG1"] = Service("MG1", (CLINIC, OTHER_CLINIC))
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body="STOP")
    assert client.send(From=OTHER_CLINIC).json()["code"] == 21610
    assert client.send(From="", MessagingServiceSid="MG1").json()["code"] == 21610


def test_a_service_picks_its_number_after_accepting(client: TwilioClient, twilio: TwilioEmulator) -> None:
    client.account.services["MG1"] = Service("MG1", (OTHER_CLINIC,))
    created = client.send(From="", MessagingServiceSid="MG1").json()
    twilio.settle()
    assert (created["status"], created["from"]) == ("accepted", None)
    assert client.get(f"/Messages/{created['sid']}.json")["from"] == OTHER_CLINIC


def test_an_inbound_text_is_posted_signed_and_listed(
    client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer
) -> None:
    address = hooks.url_for("/in?secret=path")
    twilio.do("numbers", phone_number=CLINIC, sms_url=address, advanced_opt_out=True)
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body="HELP")
    twilio.settle()
    (request, _) = hooks.log[0]
    assert request.headers["X-Twilio-Signature"] == signature(client.account.auth_token, address, request.form.items())
    assert request.form["OptOutType"] == "HELP"
    inbound, reply = sorted(client.get("/Messages.json")["messages"], key=lambda row: row["direction"])
    assert (inbound["direction"], inbound["status"], inbound["from"]) == ("inbound", "received", PATIENT)
    assert (reply["direction"], reply["to"]) == ("outbound-reply", PATIENT)


def test_webhooks_can_come_twice_late_lost_or_in_another_order(
    client: TwilioClient, twilio: TwilioEmulator, hooks: HTTPServer, web: urllib3.PoolManager
) -> None:
    twilio.do("numbers", phone_number=CLINIC, sms_url=hooks.url_for("/in"))
    order = ["webhook_duplicate", "webhook_late", "webhook_lost"]
    for kind in order:
        twilio.fail(kind)
    twilio.fail("webhook_reorder", times=2)
    for body in ("twice", "late", "lost", "first", "second", "plain"):
        twilio.do("inbound", from_=PATIENT, to=CLINIC, body=body)
    twilio.settle()
    assert [form["Body"] for form in arrived(hooks)] == ["twice", "twice", "second", "first", "plain"]
    assert web.request("POST", f"{twilio.control_url}/_emulator/webhooks/release").json() == {"released": 1}
    twilio.settle()
    assert arrived(hooks)[-1]["Body"] == "late"


def test_a_webhook_is_tried_again_when_asked_to(
    twilio: TwilioEmulator, httpserver: HTTPServer, web: urllib3.PoolManager
) -> None:
    httpserver.expect_ordered_request("/in").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/in").respond_with_data("", status=204)
    twilio.do("numbers", phone_number=CLINIC, sms_url=httpserver.url_for("/in"))
    web.request("POST", f"{twilio.control_url}/_emulator/webhooks", json={"retry_delays": [0.01]})
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body="hello")
    twilio.settle()
    attempts = web.request("GET", f"{twilio.control_url}/_emulator/webhooks").json()["attempts"]
    assert [(each["attempt"], each["status"]) for each in attempts] == [(0, 503), (1, 204)]


def test_nobody_listening_costs_nothing(twilio: TwilioEmulator) -> None:
    twilio.do("numbers", phone_number=CLINIC, sms_url="http://127.0.0.1:9/in")
    twilio.do("inbound", from_=PATIENT, to=CLINIC, body="hello")
    twilio.settle()
    assert [each.status for each in twilio.webhooks.log] == [None]


def test_the_list_filters_by_recipient_and_day(client: TwilioClient, twilio: TwilioEmulator) -> None:
    for day in (1, 2, 3):
        twilio.turn_clock(datetime(2026, 11, day, 12, tzinfo=UTC), frozen=True)
        client.send()
        client.send(To=FRIEND)
        twilio.settle()

    def days(**query: str) -> list[str]:
        return [row["date_sent"][5:7] for row in client.get("/Messages.json", **query)["messages"]]

    assert days(To=PATIENT) == ["03", "02", "01"]
    assert days(To=PATIENT, **{"DateSent>": "2026-11-02"}) == ["03", "02"]
    assert days(To=PATIENT, **{"DateSent<": "2026-11-02"}) == ["02", "01"]
    assert days(To=PATIENT, DateSent="2026-11-02") == ["02"]
    assert days(To=PATIENT, **{"DateSent>": "2026-11-03T11:59:00Z", "DateSent<": "2026-11-03T12:01:00Z"}) == ["03"]
    assert client.get("/Messages.json")["messages"][0]["date_sent"] == "Tue, 03 Nov 2026 12:00:00 +0000"


def test_only_the_next_page_uri_can_be_trusted(client: TwilioClient, twilio: TwilioEmulator) -> None:
    for _ in range(5):
        client.send()
    seen, page = [], client.get("/Messages.json", PageSize="2", To=PATIENT)
    while True:
        seen += [row["sid"] for row in page["messages"]]
        assert (page["page"], page["start"]) == (0, 0)
        if page["next_page_uri"] is None:
            break
        page = client.get(page["next_page_uri"])
    assert len(seen) == len(set(seen)) == 5


def test_a_new_message_may_be_missing_from_the_list_for_a_while(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.do("settings", list_lag=10)
    twilio.turn_clock(datetime(2026, 11, 1, 12, tzinfo=UTC), frozen=True)
    sid = client.send().json()["sid"]
    assert client.get("/Messages.json")["messages"] == []
    assert client.get(f"/Messages/{sid}.json")["sid"] == sid
    twilio.clock.advance(10)
    assert len(client.get("/Messages.json")["messages"]) == 1


def test_a_message_waits_until_it_is_advanced(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.do("settings", auto_progress=False)
    sid = client.send(StatusCallback="http://127.0.0.1:9/s?ref=att_3").json()["sid"]
    assert client.get("/Messages.json", **{"DateSent>": "2020-01-01"})["messages"] == []
    assert twilio.do("advance", reference="att_3", status="failed", error_code=30005) == {"advanced": [sid]}
    assert client.get(f"/Messages/{sid}.json")["error_code"] == 30005


def test_a_scheduled_message_can_be_cancelled_and_a_sent_one_redacted(
    client: TwilioClient, twilio: TwilioEmulator
) -> None:
    client.account.services["MG1"] = Service("MG1", (CLINIC,))
    twilio.turn_clock(datetime(2026, 11, 1, 12, tzinfo=UTC), frozen=True)
    form = {"From": "", "MessagingServiceSid": "MG1", "ScheduleType": "fixed"}
    planned = client.send(**form, SendAt="2026-11-01T13:00:00Z").json()
    assert planned["status"] == "scheduled"
    assert client.post(f"/Messages/{planned['sid']}.json", Status="canceled").json()["status"] == "canceled"
    sent = client.send().json()
    twilio.settle()
    assert client.post(f"/Messages/{sent['sid']}.json", Status="canceled").json()["code"] == 30409
    assert client.post(f"/Messages/{sent['sid']}.json", Body="").json()["body"] == ""
    assert client.send(**form, SendAt="2026-11-01T12:05:00Z").status == 400


def test_a_deleted_message_is_gone(client: TwilioClient, web: urllib3.PoolManager) -> None:
    sid = client.send().json()["sid"]
    address = f"{client.root}/Messages/{sid}.json"
    assert web.request("DELETE", address, headers=client.headers).status == 204
    assert client.get(f"/Messages/{sid}.json")["code"] == 20404


def test_numbers_say_where_inbound_texts_go(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.do("numbers", phone_number=CLINIC, sms_url="https://hub.example/twilio")
    (number,) = client.get("/IncomingPhoneNumbers.json", PhoneNumber=CLINIC)["incoming_phone_numbers"]
    assert number["sms_url"] == "https://hub.example/twilio"
    assert client.get(".json")["status"] == "active"


def test_two_accounts_live_apart(web: urllib3.PoolManager) -> None:
    first, second = Account(sid="AC1", auth_token="one").add(Sender(CLINIC)), Account(sid="AC2", auth_token="two")
    with running(TwilioEmulator(first, second.add(Sender(OTHER_CLINIC)))) as twilio:
        client = TwilioClient(web, twilio)
        assert client.send().status == 201
        assert client.send(From=OTHER_CLINIC).json()["code"] == 21659


@pytest.mark.parametrize(
    "body,parts",
    [("x" * 160, 1), ("x" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ж" * 70, 1), ("ж" * 71, 2), ("👍" * 35, 1)],
    ids=["160", "161", "80 euro", "81 euro", "70 ucs", "71 ucs", "35 thumbs"],
)
def test_segments_are_counted_as_carriers_do(body: str, parts: int) -> None:
    assert segments(body) == parts


def test_an_opt_out_that_is_written_holds_that_sender_until_it_is_taken_back(client: TwilioClient) -> None:
    def consent(status: str) -> list[int]:
        item = {"contact_id": PATIENT, "sender_id": CLINIC, "status": status, "correlation_id": "c1"}
        fields = [("Items", json.dumps(item)), ("Items", "no item")]
        url = f"{client.twilio.url}/v1/Consents/Bulk"
        answer = client.web.request("POST", url, body=urlencode(fields), headers=client.headers)
        return [item["error_code"] for item in answer.json()["items"]]

    assert consent("opt-out") == [0, 20001]
    assert client.send().json()["code"] == 21610
    assert client.send(From=OTHER_CLINIC).status == 201
    consent("opt-in")
    assert client.send().status == 201
