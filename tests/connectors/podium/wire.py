"""How the contract reaches Podium: its fixtures, the tokens of a connected account, its way to sign, and cases for each command."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from canonical.actions import LogCommunication, SendSms, WriteOptOut
from canonical.ids import ConnectionId
from canonical.inbox_writes import AddNote, CreateReviewInvite, ImportMessage, ReportAppointment
from canonical.practice import Channel, Connection
from canonical.visits import AppointmentStatus
from connectors.kit.secrets import SecretStore
from connectors.kit.webhooks import Incoming, Meaning
from connectors.podium.passes import Cursor
from connectors.podium.pull import STREAMS
from connectors.podium.webhook import HEX, SIGNATURE, TIMESTAMP
from tests.connectors.contract.subject import NOW, HookCase, Hooks, PushCase, Subject, Wire
from tests.connectors.wire.exchanges import answering, exchanges
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import READS, FakeWire, Seen

FIXTURES = Path(__file__).parent / "fixtures"
APP_SECRET, TOKEN, REFRESH = "invented-app-secret", "invented-access-token", "invented-refresh-token"
SECRET, NEXT_SECRET = "invented-webhook-secret-1", "invented-webhook-secret-2"
HOOK = "https://hooks.example.com/hooks/podium/lumen/podium"
CLINIC, PATIENT, NAME = "+12125550100", "+12125550142", "Ana Ruiz"
LOCATION, THREAD = "00000010-0000-4000-8000-000000000001", "00000002-0000-4000-8000-000000000001"
TEXT = "Hi Ana, see you at Lumen Thu 12 Nov, 9:00 AM. Reply STOP to opt out."
ENVIRON = {
    "PODIUM": json.dumps(
        {
            "client_id": "invented-app",
            "client_secret": APP_SECRET,
            "webhook_secret": SECRET,
            "webhook_secret_next": NEXT_SECRET,
        }
    )
}
STORE = {
    "podium/lumen-podium": {"access_token": TOKEN, "refresh_token": REFRESH, "expires_at": 4_102_444_800, "kept": {}}
}
CODES = {404: "not_found", 429: "rate_limit"}


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("podium"),
        vendor="podium",
        account="lumen-podium",
        secret="env:PODIUM",
        settings={"base_url": url, "token_url": f"{url}/oauth/token", f"location.{CLINIC}": LOCATION},
        select={"locations": LOCATION},
        streams=tuple(STREAMS),
    )


def error_body(status: int) -> bytes:
    """An error as Podium words it, with what a careless vendor might repeat of the request."""
    code = CODES.get(status, f"{PATIENT} is wrong")
    return json.dumps({"code": code, "message": f"'{TEXT}' could not be used", "moreInfo": "https://x.y"}).encode()


def only_reads(seen: Seen) -> bool:
    """A refreshed token changes nothing of the practice's."""
    return seen.method in READS or seen.path == "/oauth/token"


def asked_first(seen: Seen) -> bool:
    """What is asked before something is written: the faults of the contract strike the writing itself."""
    return seen.method == "GET" and re.fullmatch(r"/v4/(contacts|conversations)/[^/]+", seen.path) is not None


class Podium(FakeWire):
    """Behaves while it is asked something before a write; the write itself meets the fault."""

    @property
    def fault(self) -> str | None:
        spared = bool(self.seen) and asked_first(self.seen[-1])
        return None if spared and self._fault != "refused" else self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        self._fault = fault


@contextmanager
def opened(folder: Path) -> Iterator[HttpWire]:
    known, store = exchanges(FIXTURES), SecretStore(folder / "secrets", b"an invented key of the installation")
    for entry, kept in STORE.items():
        store.write(entry, SecretStr(json.dumps(kept)))
    with Podium(lambda seen: answering(known, seen), error_body, only_reads).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {}, store)
        try:
            yield wire
        finally:
            wire.close()


def _opened(folder: Path) -> AbstractContextManager[Wire]:
    return opened(folder)


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    stamp = str(int(at.timestamp() * 1000))
    proof = {SIGNATURE: HEX.sign(secret, f"{stamp}.".encode() + incoming.body), TIMESTAMP: stamp}
    return incoming.model_copy(update={"headers": {**incoming.headers, **proof}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name != SIGNATURE}
    return incoming.model_copy(update={"headers": headers})


def posted(body: object, url: str = HOOK) -> Incoming:
    return Incoming(url=url, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


def calls() -> Iterator[HookCase]:
    for entry in json.loads((FIXTURES / "webhook" / "calls.json").read_text(encoding="utf-8")):
        yield HookCase(entry["name"], posted(entry["body"]), Meaning(entry["meaning"]), entry["stream"])


def pieces(body: bytes) -> Sequence[bytes]:
    """The record as it came, up to the brace before which we put what we found out."""
    return [body.rpartition(b',"glowline":')[0]]


def position(cursor: str) -> datetime:
    return Cursor.model_validate_json(cursor).since or datetime.min.replace(tzinfo=NOW.tzinfo)


PUSHES = {
    "send_sms": PushCase(
        SendSms(to=SecretStr(PATIENT), sender=CLINIC, body=SecretStr(TEXT)),
        found_as="00000003-0000-4000-8000-000000000009",
    ),
    "import_message": PushCase(
        ImportMessage(
            external_id="x-1",
            contact=SecretStr(PATIENT),
            contact_name=SecretStr(NAME),
            channel=Channel.SMS,
            body=SecretStr(TEXT),
            at=NOW,
            sender=CLINIC,
        ),
        found_as="00000003-0000-4000-8000-000000000009",
    ),
    "log_communication": PushCase(
        LogCommunication(
            external_id="x-5",
            person_vendor_id="00000001-0000-4000-8000-000000000001",
            channel=Channel.SMS,
            body=SecretStr(TEXT),
            at=NOW,
            contact=SecretStr(PATIENT),
            sender=CLINIC,
        )
    ),
    "add_note": PushCase(AddNote(external_id="x-2", conversation_vendor_id=THREAD, body=SecretStr(TEXT))),
    "create_review_invite": PushCase(
        CreateReviewInvite(external_id="x-3", contact=SecretStr(PATIENT), sender=CLINIC),
        found_as="00000007-0000-4000-8000-000000000008",
    ),
    "report_appointment": PushCase(
        ReportAppointment(
            external_id="x-4",
            contact=SecretStr(PATIENT),
            contact_name=SecretStr(NAME),
            start=NOW + timedelta(days=1),
            minutes=45,
            status=AppointmentStatus.CONFIRMED,
            sender=CLINIC,
        )
    ),
    "write_opt_out": PushCase(WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=NOW)),
}

SUBJECT = Subject(
    vendor="podium",
    opened=_opened,
    private=(APP_SECRET, TOKEN, REFRESH, SECRET, NEXT_SECRET, PATIENT, PATIENT[1:], PATIENT[2:], "Ana", TEXT),
    pushes=PUSHES,
    hooks=Hooks(tuple(calls()), sign, unsign, documented=False),
    pieces=pieces,
    position=position,
)
