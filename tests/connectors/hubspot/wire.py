"""How the contract reaches HubSpot: its fixtures, its credential, its way to sign, and which of its POSTs only read."""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import msgspec
import yaml
from pydantic import SecretStr

from canonical.actions import CreateTask, LogCommunication, UpsertLead, WriteOptOut
from canonical.ids import ConnectionId
from canonical.practice import Channel, Connection
from connectors.hubspot.objects import KINDS
from connectors.hubspot.passes import Cursor
from connectors.hubspot.webhook import SIGNATURE, TIMESTAMP, V3
from connectors.kit.moments import milliseconds
from connectors.kit.webhooks import Incoming, Meaning
from tests.connectors.contract.subject import NOW, HookCase, Hooks, PushCase, Subject, Wire
from tests.connectors.wire.http_wire import http_wire
from tests.connectors.wire.server import READS, Seen

FIXTURES = Path(__file__).parent / "fixtures"
TOKEN, SECRET, NEXT_SECRET = "pat-invented-token-1", "invented-client-secret-1", "invented-client-secret-2"
HOOK = "https://hooks.example.com/hubspot/lumen/hubspot"
PATIENT, MAIL, ASKED = "+12125550142", "ana.ruiz@example.com", "Something between the lines"
TEXT = "Ana Ruiz, (212) 555-0142, asked for a call before 10."

ENVIRON = {"HUBSPOT": json.dumps({"token": TOKEN, "client_secret": SECRET, "client_secret_next": NEXT_SECRET})}
CATEGORIES = {
    401: "INVALID_AUTHENTICATION",
    403: "MISSING_SCOPES",
    404: "OBJECT_NOT_FOUND",
    409: "CONFLICT",
    429: "RATE_LIMITS",
}
READ_BY_POST = ("/search", "/batch/read", "/access-token-info")


def only_reads(seen: Seen) -> bool:
    """HubSpot asks by POST whatever does not fit into an address."""
    return seen.method in READS or seen.path.endswith(READ_BY_POST)


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("hubspot"),
        vendor="hubspot",
        account="lumen-hubspot",
        secret="env:HUBSPOT",
        settings={"base_url": url, "portal": "143553"},
        streams=tuple(KINDS),
    )


def error_body(status: int) -> bytes:
    """An error as HubSpot words it, with what a careless vendor might repeat of the request."""
    detail: dict[str, object] = {"message": f"{MAIL} could not be used", "code": ""}
    if status == 403:
        detail["context"] = {"requiredGranularScopes": ["crm.objects.contacts.read"]}
    body = {
        "status": "error",
        "message": f"Property values were not valid: {PATIENT} for '{TEXT}'",
        "correlationId": "19dab6f7-78b0-42b0-9ee1-a45d27c9c4da",
        "category": CATEGORIES.get(status, "VALIDATION_ERROR"),
        "errors": [detail],
    }
    return json.dumps(body).encode()


def opened(_: Path) -> AbstractContextManager[Wire]:
    return http_wire(FIXTURES, connection, ENVIRON, error_body, {}, only_reads)


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    stamp = str(milliseconds(at))
    signed = f"{incoming.method}{incoming.url}".encode() + incoming.body + stamp.encode()
    proof = {SIGNATURE: V3.sign(secret, signed), TIMESTAMP: stamp}
    return incoming.model_copy(update={"headers": {**incoming.headers, **proof}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name != SIGNATURE}
    return incoming.model_copy(update={"headers": headers})


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "events.yaml").read_text(encoding="utf-8")):
        yield HookCase(entry["name"], posted(entry["events"]), Meaning(entry["meaning"]), entry["stream"])


def posted(events: Sequence[object], url: str = HOOK) -> Incoming:
    return Incoming(url=url, headers={"content-type": "application/json"}, body=json.dumps(events).encode())


def pieces(body: bytes) -> Sequence[bytes]:
    """The row, and what was put into it: each must have come over the wire as it is."""
    inside = {"contact", "contacts", "person"}
    parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    added = [bytes(parts[name]) for name in inside & set(parts) if bytes(parts[name]) != b"[]"]
    return [body.partition(b',"contacts":')[0].rstrip(), *added]


SUBJECT = Subject(
    vendor="hubspot",
    opened=opened,
    private=(TOKEN, SECRET, NEXT_SECRET, PATIENT, PATIENT[2:], MAIL, "Ruiz", TEXT, ASKED),
    pushes={
        "upsert_lead": PushCase(
            UpsertLead(
                external_id="q-invented00000001",
                given_name=SecretStr("Ana"),
                family_name=SecretStr("Ruiz"),
                phone=SecretStr(PATIENT),
                email=SecretStr(MAIL),
                source="web_form",
                asked_for=SecretStr(ASKED),
            )
        ),
        "create_task": PushCase(
            CreateTask(
                external_id="a-invented00000002",
                title="Call back a new inquiry",
                body=SecretStr(TEXT),
                due_at=NOW,
                urgent=True,
                person_vendor_id="201",
            )
        ),
        "log_communication": PushCase(
            LogCommunication(
                external_id="a-invented00000003",
                person_vendor_id="201",
                channel=Channel.SMS,
                body=SecretStr(TEXT),
                at=NOW,
            )
        ),
        "write_opt_out": PushCase(
            WriteOptOut(contact=SecretStr(MAIL), channel=Channel.EMAIL, at=NOW), reference=lambda _: MAIL
        ),
    },
    hooks=Hooks(tuple(calls()), sign, unsign),
    pieces=pieces,
    position=lambda cursor: Cursor.model_validate_json(cursor).through,
)
