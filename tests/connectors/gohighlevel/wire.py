"""How the contract reaches HighLevel: its fixtures, its token, its way to sign, and which questions come before a write."""

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from canonical.actions import CreateTask, LogCommunication, SendEmail, SendSms, UpsertLead, WriteOptOut
from canonical.ids import ConnectionId
from canonical.inbox_writes import RemoveTag, ReportAppointment
from canonical.practice import Channel, Connection
from canonical.visits import AppointmentStatus
from canonical.write_backs import ConfirmAppointment
from connectors.gohighlevel.passes import Cursor
from connectors.gohighlevel.webhook import HEADER, OLD_HEADER
from connectors.kit.webhooks import Incoming, Meaning
from tests.connectors.contract.subject import NOW, HookCase, Hooks, PushCase, Subject
from tests.connectors.wire.exchanges import answering, exchanges
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import READS, FakeWire, Reply, Seen

FIXTURES = Path(__file__).parent / "fixtures"
LOCATION = "lc0invented0000000001"
TOKEN = "pit-invented-token-1"
HOOK = "https://hooks.example.com/gohighlevel/lumen/highlevel"
CLINIC, PATIENT, LEAD = "+12125550100", "+12125550142", "+12125550143"
MAIL, LEAD_MAIL, ASKED = "ana.ruiz@example.com", "ben@example.com", "Something between the lines"
TEXT = "Hi Ana, see you at Lumen Thu 12 Nov, 9:00 AM. Reply STOP to opt out."
MAIL_TEXT = "Hi Ana,\n\nyour visit is on Thursday."
ANA, VISIT = "ct0invented0000000001", "ap0invented0000000001"


def private_key(name: str) -> Ed25519PrivateKey:
    """A key pair of an invented signer, always the same for one name."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public_key(name: str) -> str:
    """Its public half, as an operator would paste it."""
    key = private_key(name).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


SIGNERS: Final = {public_key(name): name for name in ("vendor-1", "vendor-2")}
KEY, NEXT_KEY = SIGNERS
ENVIRON = {"GOHIGHLEVEL": json.dumps({"token": TOKEN, "webhook_key": KEY, "webhook_key_next": NEXT_KEY})}


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("highlevel"),
        vendor="gohighlevel",
        account=LOCATION,
        secret="env:GOHIGHLEVEL",
        settings={"base_url": url, "location": LOCATION, "id_field": "cf0invented0000000002"},
        locations={LOCATION: "downtown"},
        streams=("contacts", "appointments", "messages", "submissions", "opportunities", "tasks"),
    )


def error_body(status: int) -> bytes:
    """An error as HighLevel words it, with what a careless vendor might repeat of the request."""
    said: Any = f"Could not process {PATIENT} for '{TEXT}'"
    if status == 422:
        said = [said, f"{MAIL} must be an email"]
    if status == 401:
        said = "Invalid JWT"
    return json.dumps({"statusCode": status, "message": said, "error": "Error", "traceId": "invented"}).encode()


def only_reads(seen: Seen) -> bool:
    """A search is a POST."""
    return seen.method in READS or seen.path in {"/contacts/search", f"/locations/{LOCATION}/tasks/search"}


def asked_before_a_write(seen: Seen) -> bool:
    """Questions that a command puts before its one write: whose phone it is, how a visit stands, and whether it was done already."""
    if seen.path == "/contacts/search":
        filters = json.loads(seen.body).get("filters") or [{}]
        return bool(filters[0].get("field") in {"phone", "email"})
    return seen.method == "GET" and (
        seen.path in {"/contacts/search/duplicate", f"/contacts/{ANA}", f"/calendars/events/appointments/{VISIT}"}
        or seen.path.endswith(("/tasks", "/notes"))
    )


class Writes(FakeWire):
    """A vendor whose misbehaviour strikes the write of a command, and leaves the question before it alone."""

    _fault: str | None = None

    @property
    def fault(self) -> str | None:
        """What strikes the latest request."""
        spared = self._fault != "refused" and bool(self.seen) and asked_before_a_write(self.seen[-1])
        return None if spared else self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        self._fault = fault


@contextlib.contextmanager
def opened(_: Path) -> Iterator[HttpWire]:
    known = exchanges(FIXTURES)

    def answer(seen: Seen) -> Reply:
        return answering(known, seen)

    with Writes(answer, error_body, only_reads).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {})
        try:
            yield wire
        finally:
            wire.close()


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    del at  # nothing in a call says when it was made
    signer = private_key(SIGNERS.get(secret.get_secret_value(), secret.get_secret_value()))
    proof = {HEADER: base64.b64encode(signer.sign(incoming.body)).decode()}
    return incoming.model_copy(update={"headers": {**incoming.headers, **proof}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name not in {HEADER, OLD_HEADER}}
    return incoming.model_copy(update={"headers": headers})


def posted(body: Mapping[str, Any] | bytes) -> Incoming:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Incoming(url=HOOK, headers={"content-type": "application/json"}, body=written)


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "events.yaml").read_text(encoding="utf-8")):
        yield HookCase(entry["name"], posted(entry["body"]), Meaning(entry["meaning"]), entry["stream"])


ADDED = (b',"calendarName":', b',"contactPhone":', b',"contactEmail":', b',"ours":', b',"doneAt":')
"""What the connector puts behind a record's own fields."""


def pieces(body: bytes) -> list[bytes]:
    """The row without what was put behind it."""
    at = min((found for found in (body.find(each) for each in ADDED) if found >= 0), default=-1)
    return [body if at < 0 else body[:at].rstrip()]


PUSHES = {
    # A message has no place for a reference: whom it goes to and what it says is what a look-up goes by.
    "send_sms": PushCase(
        SendSms(to=SecretStr(PATIENT), sender=CLINIC, body=SecretStr(TEXT)),
        reference=lambda _: ANA,
        found_as="ms0invented0000000091",
    ),
    "send_email": PushCase(
        SendEmail(
            to=SecretStr(MAIL),
            sender="office@clinic.example",
            sender_name="Lumen",
            subject=SecretStr("Your visit"),
            body=SecretStr(MAIL_TEXT),
        ),
        reference=lambda _: ANA,
        found_as="ms0invented0000000092",
    ),
    "upsert_lead": PushCase(
        UpsertLead(
            external_id="q-invented00000001",
            given_name=SecretStr("Ben"),
            family_name=SecretStr("Okafor"),
            phone=SecretStr(LEAD),
            email=SecretStr(LEAD_MAIL),
            source="web_form",
            asked_for=SecretStr(ASKED),
        ),
        reference=lambda _: "q-invented00000001",
    ),
    "create_task": PushCase(
        CreateTask(
            external_id="a-invented00000002",
            title="Call back a new inquiry",
            body=SecretStr(TEXT),
            due_at=NOW,
            urgent=True,
            person_vendor_id=ANA,
        ),
        reference=lambda _: "a-invented00000002",
    ),
    "log_communication": PushCase(
        LogCommunication(
            external_id="a-invented00000003",
            person_vendor_id=ANA,
            channel=Channel.SMS,
            body=SecretStr(TEXT),
            at=NOW,
        ),
        reference=lambda _: "a-invented00000003",
    ),
    # What is confirmed is named by its own id, and a second yes changes nothing.
    "confirm_appointment": PushCase(
        ConfirmAppointment(external_id="a-invented00000004", appointment_vendor_id=VISIT, at=NOW),
        reference=lambda _: VISIT,
    ),
    "report_appointment": PushCase(
        ReportAppointment(
            external_id="a-invented00000005",
            contact=SecretStr(PATIENT),
            contact_name=SecretStr("Ana Ruiz"),
            start=NOW,
            status=AppointmentStatus.CONFIRMED,
            appointment_vendor_id=VISIT,
        ),
        reference=lambda _: VISIT,
    ),
    # A contact and a word: the same word is taken off once, whoever asks.
    "remove_tag": PushCase(
        RemoveTag(external_id="a-invented00000006", person_vendor_id=ANA, tag="gl-late-10"), reference=lambda _: ANA
    ),
    "write_opt_out": PushCase(
        WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=NOW), reference=lambda _: ANA
    ),
}
SUBJECT = Subject(
    vendor="gohighlevel",
    opened=opened,
    private=(TOKEN, PATIENT, PATIENT[2:], MAIL, LEAD, LEAD_MAIL, "Ruiz", "Okafor", TEXT, ASKED),
    pushes=PUSHES,
    hooks=Hooks(tuple(calls()), sign, unsign),
    pieces=pieces,
    position=lambda cursor: Cursor.model_validate_json(cursor).since or datetime.min.replace(tzinfo=NOW.tzinfo),
)
