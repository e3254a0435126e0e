"""What Meta calls us for: its published sample, the vector, its first call by GET, and what nobody documents."""

import json

import pytest
from pydantic import SecretStr

from canonical.problems import ProtocolBroken
from connectors.kit import registry
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Incoming, Meaning
from connectors.meta import webhook
from connectors.meta.webhook import HEADER
from tests.connectors.contract.subject import NOW
from tests.connectors.meta.wire import HOOK, WORD, calls, posted
from tests.shared_data import shared

NEVER_A_CALL = (b"", b"[]", b"<html>", b'"x"', b'{"entry": 1}', b'{"object": "page", "entry": [1]}', b"\xff\xfe")
ODD_CALLS = (
    {"object": "page", "entry": None},
    {"object": "page", "entry": [{"id": 1}]},
    {"object": "page", "entry": [{"id": 1, "changes": None, "messaging": None}]},
    {"object": "page", "entry": [{"id": 1, "changes": [{"field": "leadgen", "value": None}]}]},
    {"object": "page", "entry": [{"id": 1, "changes": [{"field": "leadgen", "value": {}}]}]},
    {"object": "page", "entry": [{"id": 1, "messaging": [{"message": {"mid": "m"}}]}]},
    {"object": "whatsapp_business_account", "entry": [{"id": 1, "messaging": [{"sender": {"id": 2}, "message": {}}]}]},
)


def vector() -> tuple[bytes, dict[str, str]]:
    folder = shared("vendors", "payloads", "meta")
    told: dict[str, str] = json.loads((folder / "signature-vector.computed.json").read_text(encoding="utf-8"))
    return (folder / told["body_file"]).read_bytes(), told


def believed(body: bytes, written: str, secret: str) -> None:
    webhook.verify(Incoming(url=HOOK, headers={HEADER: written}, body=body), [SecretStr(secret)], now=NOW)


def test_the_vector_is_true_and_one_byte_less_is_not() -> None:
    body, told = vector()
    believed(body, told["value"], told["app_secret"])
    for spoiled in (body[:-1], body.replace(b"123123123123", b"123123123125"), body + b" "):
        with pytest.raises(SignatureRefused):
            believed(spoiled, told["value"], told["app_secret"])


def test_the_older_header_proves_nothing() -> None:
    body, told = vector()
    old = Incoming(url=HOOK, headers={told["legacy_header"].lower(): told["legacy_value"]}, body=body)
    with pytest.raises(SignatureRefused) as refused:
        webhook.verify(old, [SecretStr(told["app_secret"])], now=NOW)
    assert refused.value.doubt is Doubt.MISSING
    with pytest.raises(SignatureRefused):
        believed(body, told["legacy_value"], told["app_secret"])


def test_metas_published_sample_names_two_leads_of_one_page() -> None:
    body, _ = vector()
    events = webhook.parse(Incoming(url=HOOK, headers={}, body=body))
    assert [(each.meaning, each.stream, each.vendor_id) for each in events] == [
        (Meaning.HINT, "leads", "123123123123"),
        (Meaning.HINT, "leads", "123123123124"),
    ]
    assert {each.account for each in events} == {"153125381133"}


def test_a_message_of_another_partys_recording_names_whose_thread_to_read() -> None:
    payload = json.loads(shared("vendors", "payloads", "meta", "instagram-dm-webhook.third-party.json").read_bytes())
    [event] = webhook.parse(posted(payload["payload"]))
    assert (event.meaning, event.vendor_id) == (Meaning.HINT, "instagram/2055366968346312")


@pytest.mark.parametrize("body", NEVER_A_CALL)
def test_what_is_no_call_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        webhook.parse(Incoming(url=HOOK, headers={}, body=body))


@pytest.mark.parametrize("body", ODD_CALLS, ids=str)
def test_what_nobody_documents_is_kept_for_somebody_to_look_at(body: object) -> None:
    for event in webhook.parse(posted(body)):
        assert event.meaning is Meaning.UNKNOWN
        assert event.body


def test_every_line_of_a_call_is_heard_also_beside_odd_ones() -> None:
    good = [call.incoming for call in calls() if call.meaning is Meaning.HINT]
    entries = [json.loads(each.body)["entry"][0] for each in good if json.loads(each.body)["object"] == "page"]
    events = webhook.parse(posted({"object": "page", "entry": [*entries, {"id": 1, "messaging": [{"new": 1}]}]}))
    assert [each.meaning for each in events] == [Meaning.HINT, Meaning.HINT, Meaning.HINT, Meaning.UNKNOWN]


def first_call(**changes: str) -> Incoming:
    asked = {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444"} | changes
    query = "&".join(f"{name}={value}" for name, value in asked.items() if value)
    return Incoming(url=f"{HOOK}?{query}", headers={}, body=b"", method="GET")


def test_the_challenge_comes_back_to_whoever_knows_our_word() -> None:
    assert webhook.handshake(first_call(), SecretStr(WORD)) == "1158201444"


@pytest.mark.parametrize(
    "changes,doubt",
    [
        ({"hub.verify_token": "guessed"}, Doubt.MISMATCH),
        ({"hub.verify_token": ""}, Doubt.MISSING),
        ({"hub.mode": "unsubscribe"}, Doubt.MISSING),
        ({"hub.challenge": ""}, Doubt.MISSING),
        ({"hub.challenge": "%3Cscript%3E"}, Doubt.MISSING),
        ({"hub.challenge": "1" * 201}, Doubt.MISSING),
    ],
    ids=str,
)
def test_nobody_else_hears_anything_back(changes: dict[str, str], doubt: Doubt) -> None:
    with pytest.raises(SignatureRefused) as refused:
        webhook.handshake(first_call(**changes), SecretStr(WORD))
    assert refused.value.doubt is doubt


def test_the_manifest_says_where_the_word_is_kept() -> None:
    described = registry.manifest("meta")
    assert described.webhook is not None
    assert described.webhook.handshake in described.auth.optional
