"""Misbehaviour on order, seen from the client's side, judged by the journal."""

import json
import time
from pathlib import Path

import pytest
import urllib3
from urllib3.exceptions import IncompleteRead, NewConnectionError, ProtocolError, ReadTimeoutError

from emulators.kit.faults import KINDS, Fault, Faults
from emulators.kit.journal import Entry, Journal
from emulators.twilio import TwilioEmulator
from tests.emulators.conftest import TwilioClient

CALLBACK = "http://127.0.0.1:9/hooks/status?ref=att_1"


def accepted(twilio: TwilioEmulator) -> int:
    return len(twilio.journal.accepted(reference="att_1"))


def test_a_dropped_answer_leaves_an_accepted_message_behind(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.fail("drop", method="POST")
    with pytest.raises(ProtocolError):
        client.send(StatusCallback=CALLBACK)
    assert accepted(twilio) == 1
    assert len(client.get("/Messages.json")["messages"]) == 1


@pytest.mark.parametrize("kind", ["reset", "refuse"])
def test_a_reset_accepts_nothing(kind: str, client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.fail(kind)
    # Refused right after connecting, a client may notice while it still connects, or at its first write or read.
    with pytest.raises((ProtocolError, NewConnectionError), match=r"reset|aborted"):
        client.send(StatusCallback=CALLBACK)
    assert accepted(twilio) == 0
    assert client.send().status == 201


def test_a_reset_may_come_after_accepting(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.fail("reset", accept=True)
    with pytest.raises(ProtocolError):
        client.send(StatusCallback=CALLBACK)
    assert accepted(twilio) == 1


@pytest.mark.parametrize("accept", [False, True], ids=["unheard", "accepted"])
def test_a_hanging_request_times_out(accept: bool, client: TwilioClient, twilio: TwilioEmulator) -> None:
    client.web.connection_pool_kw["timeout"] = 0.2
    twilio.fail("hang", accept=accept)
    with pytest.raises(ReadTimeoutError):
        client.send(StatusCallback=CALLBACK)
    twilio.settle()
    assert accepted(twilio) == int(accept)
    assert twilio.journal.entries(fault="hang")[0].status is None


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 429, 500, 503])
def test_an_ordered_status_speaks_twilio(status: int, client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.fail("status", status=status, retry_after="7" if status == 429 else None)
    answer = client.send(StatusCallback=CALLBACK)
    assert answer.status == status
    assert answer.json()["status"] == status
    assert answer.json()["code"] == {401: 20003, 429: 20429}.get(status, answer.json()["code"])
    assert answer.headers.get("retry-after") == ("7" if status == 429 else None)
    assert accepted(twilio) == 0


def test_a_500_may_hide_an_accepted_message(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.fail("status", status=500, accept=True)
    assert client.send(StatusCallback=CALLBACK).status == 500
    assert accepted(twilio) == 1


def test_html_truncated_empty_and_no_id(client: TwilioClient, twilio: TwilioEmulator) -> None:
    for kind in ("html", "truncated", "empty", "no_id"):
        twilio.fail(kind, status=502, accept=True)
    page, half, nothing, anonymous = (client.send(StatusCallback=CALLBACK) for _ in range(4))
    assert (page.status, page.headers["content-type"]) == (502, "text/html")
    assert half.status == nothing.status == anonymous.status == 201
    with pytest.raises(json.JSONDecodeError):
        half.json()
    assert nothing.data == b""
    assert "sid" not in anonymous.json()
    assert anonymous.json()["status"] == "queued"
    assert accepted(twilio) == 4


def test_a_cut_answer_is_shorter_than_announced(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.fail("cut")
    with pytest.raises((IncompleteRead, ProtocolError)):
        client.send(StatusCallback=CALLBACK)
    assert accepted(twilio) == 1


def test_a_delay_is_a_delay(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.fail("delay", seconds=0.15)
    begun = time.monotonic()
    assert client.send().status == 201
    assert time.monotonic() - begun >= 0.15


def test_a_refusing_outage_refuses_the_connection_until_lifted(client: TwilioClient, twilio: TwilioEmulator) -> None:
    assert client.send().status == 201
    twilio.begin_outage("refuse")
    for _ in range(2):
        with pytest.raises((NewConnectionError, ProtocolError)):
            client.send(StatusCallback=CALLBACK)
    assert client.web.request("GET", f"{twilio.control_url}/_emulator/outage").json() == {"mode": "refuse"}
    twilio.end_outage()
    assert client.send().status == 201
    assert accepted(twilio) == 0


def test_a_hanging_outage_drops_what_it_held(client: TwilioClient, twilio: TwilioEmulator) -> None:
    client.web.connection_pool_kw["timeout"] = 0.2
    twilio.begin_outage("hang")
    with pytest.raises(ReadTimeoutError):
        client.send(StatusCallback=CALLBACK)
    twilio.end_outage()
    assert client.send().status == 201
    assert accepted(twilio) == 0


def test_an_outage_may_answer_503(client: TwilioClient, twilio: TwilioEmulator) -> None:
    twilio.begin_outage("status")
    assert [client.send().status for _ in range(3)] == [503] * 3
    twilio.end_outage()
    assert client.send().status == 201


def test_faults_strike_the_next_n_matching_requests_after_skipping() -> None:
    faults = Faults()
    faults.add(Fault("status", times=2, skip=1, method="post", path=r"Messages\.json$"))
    struck = [faults.take(*each) for each in [("POST", "/Messages.json"), ("GET", "/Messages.json"), ("POST", "/x")]]
    assert struck == [None, None, None]
    assert [bool(faults.take("POST", "/Messages.json")) for _ in range(3)] == [True, True, False]
    assert faults.listing() == []


def test_a_fault_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="webhook_reorder"):
        Fault("explode")
    with pytest.raises(ValueError, match="probability"):
        Fault.parse({"kind": "drop", "probability": 0.5})


def test_the_control_port_arms_lists_and_lifts(client: TwilioClient, twilio: TwilioEmulator) -> None:
    address = f"{twilio.control_url}/_emulator/faults"
    armed = client.web.request("POST", address, json=[{"kind": "drop"}, {"kind": "html", "times": None}]).json()
    assert [each["kind"] for each in armed["armed"]] == ["drop", "html"]
    assert client.web.request("DELETE", address).json() == {"armed": []}
    wrong = client.web.request("POST", address, json={"kind": "explode"})
    assert wrong.status == 400
    assert "explode" in wrong.json()["error"]


def test_every_kind_says_what_it_does() -> None:
    assert all(sentence for _, sentence in KINDS.values())


def test_the_journal_survives_and_goes_on_counting(client: TwilioClient, twilio: TwilioEmulator) -> None:
    client.send(StatusCallback=CALLBACK)
    with Journal(twilio.journal.path) as again:
        assert again.entries() == twilio.journal.entries()
        assert again.next_request() > again.entries()[-1].request
        assert [each.recipient for each in again.accepted(reference="att_1")] == ["+12125550142"]
    with pytest.raises(ValueError, match="colour"):
        twilio.journal.entries(colour="red")


def test_the_journal_has_the_entry_before_the_answer_is_read(client: TwilioClient, twilio: TwilioEmulator) -> None:
    raw = client.web.request(
        "POST", f"{client.root}/Messages.json", body="To=x", headers=client.headers, preload_content=False
    )
    lines = twilio.journal.path.read_text().splitlines()
    raw.drain_conn()
    assert json.loads(lines[-1])["accepted"] is False


def test_an_entry_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("emulators.kit.journal.os.fsync", synced.append)
    with Journal(tmp_path / "journal.jsonl") as journal:
        journal.append([Entry(0, 1, "2026-11-01T06:30:00.000Z", "fax", "POST", "/", "send", accepted=True)])
        assert journal.path.read_bytes().endswith(b"\n")
        assert len(synced) == 1


def test_reset_lifts_everything_and_leaves_a_note(client: TwilioClient, twilio: TwilioEmulator) -> None:
    client.send()
    twilio.fail("drop", times=None)
    client.web.request("POST", f"{twilio.control_url}/_emulator/reset")
    assert client.get("/Messages.json")["messages"] == []
    assert [entry.action for entry in twilio.journal.entries()] == ["send", "reset", "read"]


def test_the_clock_is_turned_over_http(web: urllib3.PoolManager, twilio: TwilioEmulator) -> None:
    address = f"{twilio.control_url}/_emulator/clock"
    turned = web.request("POST", address, json={"now": "2026-11-01T06:30:00Z", "frozen": True}).json()
    assert turned == {"now": "2026-11-01T06:30:00.000Z"}
    assert web.request("POST", address, json={"advance": 90}).json() == {"now": "2026-11-01T06:31:30.000Z"}
    assert web.request("POST", address, json={"now": "2026-11-01T06:30:00"}).status == 400
    assert web.request("POST", address, json={"now": None}).json()["now"] != "2026-11-01T06:31:30.000Z"
