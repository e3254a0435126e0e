"""HubSpot's calls to us: believed by signature version 3 alone, and taken as hints."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from canonical.problems import ProtocolBroken
from connectors.hubspot import webhook
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Incoming, Meaning
from emulators.hubspot import signature
from tests.connectors.contract.subject import NOW
from tests.connectors.hubspot.portal import Crm
from tests.connectors.hubspot.wire import posted
from tests.shared_data import shared

COPIED = Path(__file__).parent / "fixtures" / "webhook" / "signature-vectors.json"
SECRET = SecretStr("an-invented-client-secret")


def vectors(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["vectors"])


def incoming(vector: dict[str, Any]) -> Incoming:
    headers = {vector["header"].lower(): vector["expected"]}
    if "timestamp" in vector:
        headers["x-hubspot-request-timestamp"] = vector["timestamp"]
    method, url = vector.get("method", "POST"), vector.get("uri", "https://www.example.com/webhook_uri")
    return Incoming(url=url, headers=headers, body=vector["body"].encode(), method=method)


def judged(vector: dict[str, Any], now: datetime) -> Doubt | None:
    try:
        webhook.verify(incoming(vector), [SecretStr(vector["secret"])], now=now)
    except SignatureRefused as refused:
        return refused.doubt
    return None


def held_against(found: list[dict[str, Any]]) -> None:
    """Version 3 is believed for five minutes, earlier or later; 1 and 2 sign no time and are not believed at all."""
    for vector in found:
        if vector["version"] != "v3":
            assert judged(vector, NOW) is Doubt.MISSING
            continue
        signed = datetime.fromtimestamp(int(vector["timestamp"]) / 1000, UTC)
        assert judged(vector, signed) is None
        assert judged(vector, signed + timedelta(minutes=5)) is None
        assert judged(vector, signed + timedelta(minutes=6)) is Doubt.STALE
        assert judged(vector, signed - timedelta(minutes=6)) is Doubt.STALE
        assert judged(vector | {"body": vector["body"] + " "}, signed) is Doubt.MISMATCH
        assert judged(vector | {"timestamp": str(int(vector["timestamp"]) + 1)}, signed) is Doubt.MISMATCH


def test_the_vectors_of_hubspots_own_clients_are_judged_right() -> None:
    found = vectors(COPIED)
    assert {vector["version"] for vector in found} == {"v2", "v3"}
    held_against(found)


def test_the_vectors_of_hubspots_documentation_are_judged_right() -> None:
    found = vectors(shared("vendors", "payloads", "hubspot", "webhooks", "signature_vectors.json"))
    assert {vector["version"] for vector in found} == {"v1", "v2", "v3"}
    held_against(found)


@pytest.mark.parametrize("query", ["?to=a%3Ab%2Fc", "?x=%21%24%27%28%29%2a%2C%3b", "?q=1%202&r=%C3%A9"])
def test_the_address_is_written_out_as_hubspot_does_before_it_is_signed(query: str) -> None:
    url, stamp = f"https://hooks.example.com/hubspot{query}", "1794492000000"
    headers = {
        webhook.TIMESTAMP: stamp,
        webhook.SIGNATURE: signature(SECRET.get_secret_value(), "POST", url, b"[]", stamp),
    }
    now = datetime.fromtimestamp(int(stamp) / 1000, UTC)
    webhook.verify(Incoming(url=url, headers=headers, body=b"[]"), [SECRET], now=now)


@pytest.mark.parametrize("stamp", ["", "yesterday", "9" * 30])
def test_a_timestamp_that_is_none_is_not_believed_even_where_it_was_signed(stamp: str) -> None:
    url = "https://hooks.example.com/hubspot"
    signed = signature(SECRET.get_secret_value(), "POST", url, b"[]", stamp)
    call = Incoming(url=url, headers={webhook.TIMESTAMP: stamp, webhook.SIGNATURE: signed}, body=b"[]")
    with pytest.raises(SignatureRefused):
        webhook.verify(call, [SECRET], now=datetime(2026, 11, 12, tzinfo=UTC))


def test_what_happens_in_the_portal_arrives_signed_and_leads_to_the_record(crm: Crm, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hubspot").respond_with_data("", status=204)
    crm.hubspot.do("portal", webhook_url=httpserver.url_for("/hubspot"))
    [ana] = crm.make("contacts", firstname="Ana", phone="(212) 555-0142", lifecyclestage="lead")
    crm.hubspot.settle()
    [(request, _)] = httpserver.log
    call = Incoming(
        url=httpserver.url_for("/hubspot"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(),
    )
    webhook.verify(call, [SECRET], now=crm.machine_now())
    [hint] = webhook.parse(call)
    assert (hint.meaning, hint.stream, hint.vendor_id, hint.account) == (Meaning.HINT, "contacts", ana, "143553")
    assert [one.stream for one in crm.again(hint.stream, [hint.vendor_id])] == ["contacts", "new_leads"]


def test_many_events_about_one_record_are_one_hint_and_a_deletion_is_told_all_the_same() -> None:
    about = {"portalId": 1, "objectId": 7, "occurredAt": 1794491999000}
    verbs = ("creation", "propertyChange", "propertyChange", "deletion", "propertyChange")
    found = webhook.parse(posted([about | {"subscriptionType": f"contact.{verb}"} for verb in verbs]))
    assert [(event.meaning, event.deleted) for event in found] == [(Meaning.HINT, False), (Meaning.KNOWN, True)]
    assert found[1].effective_at == datetime(2026, 11, 12, 13, 59, 59, tzinfo=UTC)


def test_a_body_that_is_no_list_is_kept_for_somebody_to_look_at() -> None:
    with pytest.raises(ProtocolBroken):
        webhook.parse(Incoming(url="https://hooks.example.com/hubspot", headers={}, body=b'{"a": 1}'))


def test_a_hint_shows_no_value() -> None:
    event = {"portalId": 1, "objectId": 7, "subscriptionType": "contact.propertyChange", "propertyValue": "Ana"}
    [hint] = webhook.parse(posted([event]))
    assert "Ana" not in repr(hint)


@pytest.mark.parametrize(
    "verb,ids,about",
    [
        ("merge", {"primaryObjectId": 5, "mergedObjectIds": [6], "newObjectId": 9}, "9"),
        ("merge", {"primaryObjectId": 5, "mergedObjectIds": [6], "objectId": 6}, "5"),
        ("associationChange", {"fromObjectId": 7, "toObjectId": 8, "associationRemoved": False}, "7"),
        ("propertyChange", {"objectId": 7}, "7"),
    ],
)
def test_a_hint_names_the_record_that_is_there_to_be_read(verb: str, ids: dict[str, object], about: str) -> None:
    [hint] = webhook.parse(posted([{"portalId": 1, "subscriptionType": f"contact.{verb}"} | ids]))
    assert (hint.meaning, hint.stream, hint.vendor_id) == (Meaning.HINT, "contacts", about)


def test_an_event_about_nothing_is_unknown() -> None:
    [event] = webhook.parse(posted([{"portalId": 1, "subscriptionType": "contact.creation"}]))
    assert event.meaning is Meaning.UNKNOWN
