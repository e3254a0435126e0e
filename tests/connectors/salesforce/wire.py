"""How the contract reaches Salesforce: its fixtures, its tokens, and which of its POSTs only read."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from canonical.actions import CreateTask, LogCommunication, UpsertLead, WriteOptOut
from canonical.ids import ConnectionId
from canonical.practice import Channel, Connection
from canonical.write_backs import ConfirmAppointment
from connectors.salesforce.objects import KINDS
from connectors.salesforce.passes import Cursor
from tests.connectors.contract.subject import NOW, PushCase, Subject, Wire
from tests.connectors.wire.http_wire import http_wire
from tests.connectors.wire.server import READS, Seen

FIXTURES = Path(__file__).parent / "fixtures"
CLIENT_SECRET, ACCESS, REFRESH = "invented-client-secret-1", "00Dinvented!access-token", "5Aep-invented-refresh-token"
PATIENT, MAIL, ASKED = "+12125550142", "ana.ruiz@example.com", "Something between the lines"
TEXT = "Ana Ruiz, (212) 555-0142, asked for a call before 10."
CONTACT, APPOINTMENT = "003000000000fxSAAQ", "08p000000000fy1AAA"

ENVIRON = {"SALESFORCE": json.dumps({"client_id": "invented-client", "client_secret": CLIENT_SECRET})}
STORE = {
    "salesforce/lumen-salesforce": {
        "access_token": ACCESS,
        "refresh_token": REFRESH,
        "expires_at": 4102444800,
        "kept": {"instance_url": "https://lumen.my.salesforce.com"},
    }
}
CODES = {
    401: "INVALID_SESSION_ID",
    403: "INSUFFICIENT_ACCESS",
    404: "NOT_FOUND",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "UNKNOWN_EXCEPTION",
    503: "SERVER_UNAVAILABLE",
}
READ_BY_POST = ("/jobs/query", "/oauth2/token")


def only_reads(seen: Seen) -> bool:
    """A job that runs a query and a request for a token change nothing."""
    return seen.method in READS or seen.path.endswith(READ_BY_POST)


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("salesforce"),
        vendor="salesforce",
        account="lumen-salesforce",
        secret="env:SALESFORCE",
        settings={"base_url": url, "token_url": f"{url}/services/oauth2/token", "asked_for_field": "Description"},
        streams=tuple(KINDS),
    )


def error_body(status: int) -> bytes:
    """An error as Salesforce words it, with what a careless vendor might repeat of the request."""
    message = f"invalid: {MAIL} {PATIENT} '{TEXT}'"
    return json.dumps([{"message": message, "errorCode": CODES.get(status, "FIELD_INTEGRITY_EXCEPTION")}]).encode()


def asked_before_a_write(seen: Seen) -> bool:
    """Who has the address of an opt-out."""
    return "OptedOutOfEmail = false" in seen.query.get("q", "")


@contextmanager
def opened(_: Path) -> Iterator[Wire]:
    with http_wire(FIXTURES, connection, ENVIRON, error_body, {}, only_reads, STORE) as wire:
        wire.server.spares = asked_before_a_write
        yield wire


LEAD = UpsertLead(
    external_id="q-invented00000001",
    given_name=SecretStr("Ana"),
    family_name=SecretStr("Ruiz"),
    phone=SecretStr(PATIENT),
    email=SecretStr(MAIL),
    source="web_form",
    asked_for=SecretStr(ASKED),
)
TASK = CreateTask(
    external_id="a-invented00000002",
    title="Call back a new inquiry",
    body=SecretStr(TEXT),
    due_at=NOW,
    urgent=True,
    person_vendor_id=CONTACT,
)
COPY = LogCommunication(
    external_id="a-invented00000003", person_vendor_id=CONTACT, channel=Channel.SMS, body=SecretStr(TEXT), at=NOW
)
NO = WriteOptOut(contact=SecretStr(MAIL), channel=Channel.EMAIL, at=NOW)
YES = ConfirmAppointment(external_id="a-invented00000004", appointment_vendor_id=APPOINTMENT, at=NOW)


def pieces(body: bytes) -> Sequence[bytes]:
    """An appointment and who treats, each as it came over the wire."""
    record, _, who = body.partition(b',"AssignedResource":')
    return (record, who.removesuffix(b"}")) if who else (record,)


SUBJECT = Subject(
    vendor="salesforce",
    opened=opened,
    private=(CLIENT_SECRET, ACCESS, REFRESH, PATIENT, PATIENT[2:], MAIL, "Ruiz", TEXT, ASKED),
    pushes={
        "upsert_lead": PushCase(LEAD, reference=lambda _: LEAD.external_id),
        "create_task": PushCase(TASK, reference=lambda _: TASK.external_id),
        "log_communication": PushCase(COPY, reference=lambda _: f"log:{COPY.external_id}"),
        "confirm_appointment": PushCase(YES, reference=lambda _: APPOINTMENT),
        "write_opt_out": PushCase(NO, reference=lambda _: CONTACT),
    },
    pieces=pieces,
    position=lambda cursor: Cursor.model_validate_json(cursor).through,
)
