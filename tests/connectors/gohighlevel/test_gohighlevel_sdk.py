"""HighLevel's own Python SDK (gohighlevel-api-client, MIT) against our pretend HighLevel: a client we did not write."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from highlevel import HighLevel  # type: ignore[import-untyped]  # it ships no types
from highlevel.error import GHLError  # type: ignore[import-untyped]  # it ships no types

from connectors.gohighlevel.webhook import ED25519, RSA
from emulators.gohighlevel import public_key
from tests.connectors.gohighlevel.subaccount import ANA, LOCATION, NUMBER, SubAccount
from tests.connectors.gohighlevel.wire import private_key
from tests.connectors.gohighlevel.wire import public_key as public_key_of

Use = Callable[[HighLevel], Awaitable[Any]]


def asked(vendor: SubAccount, use: Use, token: str = f"pit-{LOCATION}") -> Any:  # noqa: ANN401 - what the SDK gives
    """What the SDK makes of the pretend vendor."""

    async def session() -> Any:  # noqa: ANN401 - see above
        client = HighLevel(private_integration_token=token)
        client.http_client.base_url = vendor.vendor.url
        try:
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(session())


def test_it_books_moves_and_finds_a_visit_that_we_then_read(highlevel: SubAccount) -> None:
    async def use(client: HighLevel) -> Any:  # noqa: ANN401 - see above
        made = await client.contacts.upsert_contact({"locationId": LOCATION, "firstName": "Ana", "phone": ANA})
        booking = {
            "calendarId": "calEmulated000000001",
            "locationId": LOCATION,
            "contactId": made["contact"]["id"],
            "startTime": "2026-11-20T10:00:00-05:00",
        }
        visit = await client.calendars.create_appointment(booking)
        await client.calendars.edit_appointment(visit["id"], {"startTime": "2026-11-23T15:00:00-05:00"})
        start, end = "1795000000000", "1796000000000"
        return await client.calendars.get_calendar_events(LOCATION, start, end, calendar_id="calEmulated000000001")

    [seen] = asked(highlevel, use)["events"]
    assert seen["startTime"] == "2026-11-23T15:00:00-05:00"
    [record] = highlevel.pull("appointments")
    assert record.vendor_id == seen["id"]
    [place] = highlevel.vendor.places.values()
    assert place.automated == [seen["id"]]


def test_what_it_sends_our_look_up_reads_and_what_we_send_it_exports(highlevel: SubAccount) -> None:
    ana = highlevel.ana()

    async def use(client: HighLevel) -> Any:  # noqa: ANN401 - see above
        body = {"type": "SMS", "contactId": ana["id"], "message": "Hello", "fromNumber": NUMBER, "toNumber": ANA}
        await client.conversations.send_a_new_message(body)
        return await client.conversations.export_messages_by_location(LOCATION, channel="SMS")

    [message] = asked(highlevel, use)["messages"]
    assert (message["body"], message["direction"], message["status"]) == ("Hello", "outbound", "delivered")
    assert [record.vendor_id for record in highlevel.pull("messages")] == [message["id"]]


def test_it_finds_the_contact_by_phone_adds_a_tag_and_a_task(highlevel: SubAccount) -> None:
    ana = highlevel.ana()

    async def use(client: HighLevel) -> Any:  # noqa: ANN401 - see above
        found = await client.contacts.get_duplicate_contact(LOCATION, number=ANA)
        contact = found["contact"]["id"]
        await client.contacts.add_tags(contact, {"tags": ["vip"]})
        task = {"title": "Call", "dueDate": "2026-11-20T10:00:00Z", "completed": False}
        await client.contacts.create_task(contact, task)
        return await client.contacts.get_contact(contact)

    contact = asked(highlevel, use)["contact"]
    assert (contact["id"], contact["tags"]) == (ana["id"], ["vip"])
    assert [task["title"] for task in highlevel.vendor.do("tasks")["tasks"]] == ["Call"]


def test_it_is_refused_in_words_that_it_understands(highlevel: SubAccount) -> None:
    muted = highlevel.contact(phone=ANA, dndSettings={"SMS": {"status": "active"}})

    async def use(client: HighLevel) -> Any:  # noqa: ANN401 - see above
        return await client.conversations.send_a_new_message(
            {"type": "SMS", "contactId": muted["id"], "message": "Hello"}
        )

    with pytest.raises(GHLError) as refused:
        asked(highlevel, use)
    assert (refused.value.status_code, "DND" in str(refused.value)) == (400, True)


def pem(key: str) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n"


def test_it_believes_the_signature_that_the_pretend_vendor_and_our_tests_make(highlevel: SubAccount) -> None:
    body = '{"type":"ContactUpdate","id":"c"}'
    signature = base64.b64encode(private_key("vendor-1").sign(body.encode())).decode()

    async def use(client: HighLevel) -> Any:  # noqa: ANN401 - see above
        believes, loads = client.webhooks.verify_ed25519_signature, client.webhooks._load_ed25519_public_key
        return (
            believes(body, signature, pem(public_key_of("vendor-1"))),
            believes(body + " ", signature, pem(public_key_of("vendor-1"))),
            loads(pem(ED25519)) is not None,
            loads(pem(public_key())) is not None,
            loads(pem(RSA)) is None,
        )

    assert asked(highlevel, use) == (True, False, True, True, True)
