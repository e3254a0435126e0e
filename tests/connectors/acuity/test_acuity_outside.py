"""Somebody else's client books, moves and cancels at the pretend Acuity, and ours reads what became of it."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from canonical.clock import FixedClock
from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import Refused
from connectors.acuity import webhook
from connectors.acuity.pull import STREAMS
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.registry import Sought
from connectors.kit.secrets import Secrets
from connectors.kit.webhooks import Incoming, Meaning
from emulators.acuity import AcuityEmulator
from emulators.kit.running import running
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.unibooking.outside import Outside
from tests.shared_data import shared

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
ANA = {"name": "Ana Ruiz", "email": "ana@example.com", "phone": "+12125550142"}


class Clinic:
    """The pretend vendor, their client and ours."""

    def __init__(self, acuity: AcuityEmulator, hooks: HTTPServer) -> None:
        self.acuity, self.hooks = acuity, hooks
        account = acuity.account
        proof = (("userId", account.user_id), ("apiKey", account.api_key))
        self.theirs = Outside("acuity", f"{acuity.url}/api/v1/", proof)
        secret = json.dumps({"user_id": account.user_id, "api_key": account.api_key})
        self.transport = RequestsTransport()
        self.tools = Tools(FixedClock(NOW), Secrets({"A": secret}), self.transport, None, lambda _: None)
        self.connection = Connection(
            connection_id=ConnectionId("acuity"),
            vendor="acuity",
            account="lumen",
            secret="env:A",
            settings={"base_url": f"{acuity.url}/api/v1"},
            streams=tuple(STREAMS),
        )

    def pull(self, stream: str) -> list[dict[str, Any]]:
        """What a whole pass gives, in our words."""
        pages = registry.puller(self.connection, self.tools).pull(stream, None, now=NOW)
        mapping = Catalogue().mapping("acuity", stream)
        found = [record for page in pages for record in page.records]
        return [mapping.apply(read(each.format.text, each.body), Surroundings(), Notes()).body for each in found]

    def heard(self) -> list[str]:
        """What the vendor called for, each call believed first; the names of the events."""
        self.acuity.settle()
        found = []
        for request, _ in self.hooks.log:
            headers = {name.lower(): value for name, value in request.headers.items()}
            incoming = Incoming(url=request.url, headers=headers, body=request.get_data())
            webhook.verify(incoming, [SecretStr(self.acuity.account.api_key)], now=NOW)
            found += [event.name for event in webhook.parse(incoming) if event.meaning is Meaning.HINT]
        return found


@pytest.fixture
def clinic(httpserver: HTTPServer) -> Iterator[Clinic]:
    httpserver.expect_request("/acuity").respond_with_data("", status=204)
    with running(AcuityEmulator()) as acuity:
        acuity.turn_clock(NOW, frozen=True)
        acuity.do("settings", hook=httpserver.url_for("/acuity"))
        opened = Clinic(acuity, httpserver)
        yield opened
        opened.transport.close()


def span(start: str, end: str) -> dict[str, str]:
    return {"start": f"2026-11-{start}:00-05:00", "end": f"2026-11-{end}:00-05:00"}


def test_what_their_client_books_moves_and_cancels_our_client_reads(clinic: Clinic) -> None:
    booking = {"range": span("20T10:00", "20T10:45"), "serviceId": "501", "staffId": "7001", "customer": ANA}
    [made] = clinic.theirs.use(["createBooking", booking])
    which = made["ok"]["id"]
    [first] = clinic.pull("appointments")
    assert (first["start"], first["end"], first["status"]) == ("2026-11-20T15:00:00Z", "2026-11-20T15:45:00Z", "booked")
    [guest] = clinic.pull("guests")
    assert (guest["given_name"], guest["phones"]) == ("Ana", ["+12125550142"])
    assert guest["vendor_id"] == first["person_vendor_id"] == clinic.pull("clients")[0]["vendor_id"]

    clinic.theirs.use(["updateBooking", which, {"range": span("24T14:30", "24T15:15")}])
    [moved] = clinic.pull("appointments")
    assert (moved["vendor_id"], moved["start"]) == (which, "2026-11-24T19:30:00Z")

    clinic.theirs.use(["cancelBooking", which, {"reason": "changed their mind"}])
    assert [each["status"] for each in clinic.pull("appointments")] == ["cancelled"]
    assert set(clinic.heard()) == {"scheduled", "rescheduled", "canceled", "changed"}


def test_both_clients_call_a_no_show_by_its_name(clinic: Clinic) -> None:
    row = clinic.acuity.do("book", firstName="Ben", lastName="Okoye", datetime="2026-11-10T10:00:00-0500")
    clinic.acuity.do("no_show", id=row["id"])
    [theirs] = clinic.theirs.use(["getBooking", str(row["id"])])
    [ours] = clinic.pull("appointments")
    assert (theirs["ok"]["status"], ours["status"]) == ("no_show", "no_show")


def test_the_slots_their_client_sees_are_those_ours_sees(clinic: Clinic) -> None:
    clinic.acuity.do("book", firstName="Ben", lastName="Okoye", datetime="2026-11-20T09:45:00-0500")
    query = {"range": span("20T00:00", "20T23:59"), "serviceId": "501", "durationMinutes": 45}
    [theirs] = clinic.theirs.use(["searchAvailability", query])
    starts = [datetime.fromisoformat(each["start"]) for each in theirs["ok"]]
    assert len(starts) == 11
    assert datetime.fromisoformat("2026-11-20T09:45:00-05:00") not in starts
    for service in ("501", "Visit", ""):
        sought = Sought(first_day=date(2026, 11, 20), days=1, service=service)
        ours = registry.openings(clinic.connection, clinic.tools, sought)
        assert [slot.start for slot in ours.slots] == starts
    with pytest.raises(Refused):
        registry.openings(clinic.connection, clinic.tools, Sought(first_day=date(2026, 11, 20), service="Nothing"))


def test_a_signature_of_the_emulators_is_believed_by_their_verifier(clinic: Clinic) -> None:
    clinic.acuity.do("book", firstName="Ben", lastName="Okoye", datetime="2026-11-20T10:00:00-0500")
    clinic.acuity.settle()
    request = clinic.hooks.log[0][0]
    told = {"apiKey": clinic.acuity.account.api_key, "body": request.get_data(as_text=True)}
    good = ["verifyAcuitySignature", told | {"signature": request.headers["X-Acuity-Signature"]}]
    flipped = ["verifyAcuitySignature", told | {"signature": request.headers["X-Acuity-Signature"], "body": "action=x"}]
    assert [each["ok"] for each in clinic.theirs.use(good, flipped)] == [True, False]


def test_their_client_reads_the_recorded_bookings_as_ours_does() -> None:
    calls = json.loads(shared("vendors", "payloads", "acuity", "recorded", "appointments.json").read_text())["calls"]
    rows = [row for call in calls for row in call["response"]]
    every = {"range": {"start": "2026-05-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"}}
    [theirs] = Outside("acuity").use(["listBookings", every], replay=[rows])
    mapping = Catalogue().mapping("acuity", "appointments")
    ours = [mapping.apply(row, Surroundings(), Notes()).body for row in rows]
    status = {"confirmed": "booked", "cancelled": "cancelled", "no_show": "no_show"}
    seen = [
        (each["id"], datetime.fromisoformat(each["range"]["start"]), status[each["status"]])
        for each in theirs["ok"]["bookings"]
    ]
    assert seen == [(each["vendor_id"], datetime.fromisoformat(str(each["start"])), each["status"]) for each in ours]
    assert len(seen) == 8
