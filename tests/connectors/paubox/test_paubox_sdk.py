"""Somebody else's client as a witness: Paubox's own Python SDK talks to the emulator, and sees what our connector sees."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import paubox  # type: ignore[import-untyped]  # has none
import pytest
from paubox.helpers.mail import Mail  # type: ignore[import-untyped]  # has none

from canonical.clock import FixedClock
from canonical.ids import ConnectionId
from canonical.practice import Connection
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets
from emulators.kit.running import running
from emulators.paubox import PauboxEmulator

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
OFFICE, PATIENT, FRIEND = "office@clinic.example", "ana.ruiz@example.com", "bo.lin@example.org"


@pytest.fixture
def pretend() -> Iterator[PauboxEmulator]:
    with running(PauboxEmulator()) as emulator:
        yield emulator


def theirs(pretend: PauboxEmulator, key: str = "") -> paubox.PauboxApiClient:
    return paubox.PauboxApiClient(key or pretend.key, f"{pretend.url}/v1")


def test_their_client_sends_and_reads_what_became_of_it(pretend: PauboxEmulator) -> None:
    answer = theirs(pretend).send(Mail(OFFICE, "Hello", [PATIENT], {"text/plain": "Hi", "text/html": "<p>Hi"}).get())
    assert answer.to_dict["data"] == "Service OK"
    pretend.settle()
    receipt = theirs(pretend).get(answer.to_dict["sourceTrackingId"]).to_dict
    [delivery] = receipt["data"]["message"]["message_deliveries"]
    assert delivery["recipient"] == PATIENT
    assert delivery["status"]["deliveryStatus"] == "delivered"


def test_our_connector_reads_the_same_receipts_as_their_client(pretend: PauboxEmulator) -> None:
    pretend.do("outcome", to=FRIEND, status="hard bounced")
    mails = [[PATIENT], [FRIEND], [PATIENT, FRIEND]]
    sent = [
        theirs(pretend).send(Mail(OFFICE, "Hello", to, {"text/plain": "Hi"}).get()).to_dict["sourceTrackingId"]
        for to in mails
    ]
    pretend.settle()
    transport = RequestsTransport()
    tools = Tools(FixedClock(NOW), Secrets({"P": pretend.key}), transport, None, lambda _: None, lambda _: sent)
    connection = Connection(
        connection_id=ConnectionId("mail"),
        vendor="paubox",
        account="lumen",
        secret="env:P",
        settings={"base_url": f"{pretend.url}/v1/email"},
        streams=("receipts",),
    )
    [page] = registry.puller(connection, tools).pull("receipts", None, now=NOW)
    transport.close()
    assert sorted(record.vendor_id for record in page.records) == sorted(sent)
    for record in page.records:
        seen = theirs(pretend).get(record.vendor_id).to_dict
        ours = json.loads(record.body)
        assert ours.pop("delivery") == seen["data"]["message"]["message_deliveries"][0]
        assert ours == seen


def test_their_client_is_refused_as_their_documents_say(pretend: PauboxEmulator) -> None:
    with pytest.raises(OSError, match="401"):
        theirs(pretend, "another-key").send(Mail(OFFICE, "Hello", [PATIENT], {"text/plain": "Hi"}).get())
    with pytest.raises(OSError, match="404"):
        theirs(pretend).get("00000000-0000-4000-8000-000000000000")
    assert pretend.messages == {}
