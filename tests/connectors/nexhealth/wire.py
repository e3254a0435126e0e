"""How the contract reaches NexHealth: its fixtures, its key and the token it was exchanged for, and its way to sign."""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import msgspec
import yaml
from pydantic import SecretStr

from canonical.actions import LogCommunication
from canonical.ids import ConnectionId
from canonical.practice import Channel, Connection
from canonical.write_backs import CheckInAppointment, ConfirmAppointment, CreateAppointment, CreatePatient
from connectors.kit.webhooks import Incoming, Meaning
from connectors.nexhealth.client import AUTHENTICATES
from connectors.nexhealth.pull import Cursor
from connectors.nexhealth.webhook import SCHEME, SIGNATURE, TIMESTAMP, signed
from tests.connectors.contract.subject import NOW, HookCase, Hooks, PushCase, Subject, Wire
from tests.connectors.wire.http_wire import http_wire
from tests.connectors.wire.server import READS, Seen

FIXTURES = Path(__file__).parent / "fixtures"
KEY, SECRET, NEXT_SECRET = "invented-nexhealth-key-1", "invented-endpoint-secret-1", "invented-endpoint-secret-2"
TOKEN = "invented-bearer-token-1"
HOOK = "https://hooks.example.com/nexhealth/lumen/nexhealth"
PATIENT, MAIL, TEXT = "+12125550142", "ana.ruiz@example.com", "Hi Ana, see you at Lumen Fri 13 Nov, 9:00 AM."

ENVIRON = {"NEXHEALTH": json.dumps({"api_key": KEY, "webhook_secret": SECRET, "webhook_secret_next": NEXT_SECRET})}


def only_reads(seen: Seen) -> bool:
    """The exchange of the key for a token writes nothing."""
    return seen.method in READS or seen.path == AUTHENTICATES


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("nexhealth"),
        vendor="nexhealth",
        account="lumen",
        secret="env:NEXHEALTH",
        settings={"base_url": url},
        locations={"101": "downtown", "102": "ignore"},
        streams=("patients", "appointments", "procedures"),
    )


def error_body(status: int) -> bytes:
    """An error as NexHealth words it, with what a careless vendor might repeat of the request."""
    says = [f"phone_number {PATIENT} is invalid for '{TEXT}'"]
    return json.dumps({"code": False, "description": f"{status}: {MAIL}", "error": says, "data": None}).encode()


def opened(_: Path) -> AbstractContextManager[Wire]:
    """A wire whose token is there already: what strikes is meant for the request, and not for the key."""
    token = {"nexhealth/lumen": {"access_token": TOKEN, "expires_at": None}}
    return http_wire(FIXTURES, connection, ENVIRON, error_body, {}, only_reads, token)


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    stamp = at.isoformat()
    proof = {TIMESTAMP: stamp, SIGNATURE: SCHEME.sign(secret, signed(stamp, incoming.body))}
    return incoming.model_copy(update={"headers": {**incoming.headers, **proof}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name != SIGNATURE}
    return incoming.model_copy(update={"headers": headers})


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "events.yaml").read_text(encoding="utf-8")):
        yield HookCase(entry["name"], posted(entry["body"]), Meaning(entry["meaning"]), entry["stream"])


def posted(body: object) -> Incoming:
    return Incoming(url=HOOK, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


def pieces(body: bytes) -> Sequence[bytes]:
    """The row, and the type that was put into it: each must have come over the wire as it is. Of a procedure each field that is kept."""
    if b'"fee":' in body:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return [bytes(raw) for name, raw in fields.items() if name != "done"]
    row, joined, _ = body.partition(b',"appointment_type":')
    kind = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])["appointment_type"]) if joined else row
    return [row.rstrip(), kind]


SUBJECT = Subject(
    vendor="nexhealth",
    opened=opened,
    private=(
        KEY,
        SECRET,
        NEXT_SECRET,
        TOKEN,
        PATIENT,
        PATIENT[2:],
        MAIL,
        "Ruiz",
        TEXT,
        "1984-02-29",
        "forehead",
        "J0585",
    ),
    pushes={
        "confirm_appointment": PushCase(
            ConfirmAppointment(external_id="a-invented00000001", appointment_vendor_id="1822", at=NOW)
        ),
        "check_in_appointment": PushCase(
            CheckInAppointment(external_id="a-invented00000002", appointment_vendor_id="1822", at=NOW)
        ),
        "create_patient": PushCase(
            CreatePatient(
                external_id="a-invented00000004",
                given_name=SecretStr("Ana"),
                family_name=SecretStr("Ruiz"),
                birth_date=SecretStr("1984-02-29"),
                phone=SecretStr(PATIENT),
                email=SecretStr(MAIL),
                provider="104",
            )
        ),
        "create_appointment": PushCase(
            CreateAppointment(
                external_id="a-invented00000005",
                person_vendor_id="2897",
                provider="104",
                start=datetime(2026, 11, 20, 15, 0, tzinfo=NOW.tzinfo),
                service="27",
            ),
            found_as="1901",
        ),
        "log_communication": PushCase(
            LogCommunication(
                external_id="a-invented00000003",
                person_vendor_id="2897",
                channel=Channel.SMS,
                body=SecretStr(TEXT),
                at=NOW,
            ),
            found_as="51",
        ),
    },
    hooks=Hooks(tuple(calls()), sign, unsign),
    pieces=pieces,
    position=lambda cursor: Cursor.model_validate_json(cursor).since or datetime.min.replace(tzinfo=NOW.tzinfo),
)
