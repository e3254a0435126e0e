"""How the contract reaches Twilio: its fixtures, its credentials, its way to sign, and what its own codes promise."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from pydantic import SecretStr

from canonical.actions import SendSms, WriteOptOut
from canonical.ids import ConnectionId
from canonical.practice import Channel, Connection
from canonical.problems import NeedsOperator
from connectors.kit.signatures import TWILIO, signed_by_twilio
from connectors.kit.webhooks import Incoming, Meaning
from connectors.twilio.pull import Cursor
from connectors.twilio.webhook import HEADER
from tests.connectors.contract.subject import NOW, HookCase, Hooks, PushCase, Subject, Wire, always
from tests.connectors.wire.http_wire import http_wire

FIXTURES = Path(__file__).parent / "fixtures"
ACCOUNT = "AC" + "0123456789abcdef" * 2
CLINIC, PATIENT = "+12125550100", "+12125550142"
TOKEN, NEXT_TOKEN, API_SECRET = "invented-auth-token-1", "invented-auth-token-2", "invented-api-secret"
TEXT = "Hi Ana, see you at Lumen Thu 12 Nov, 9:00 AM. Reply STOP to opt out."
CALLBACK = "https://hooks.example.com/twilio/lumen/twilio"

ENVIRON = {
    "TWILIO": json.dumps(
        {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "auth_token_next": NEXT_TOKEN,
            "api_key": "SKinvented",
            "api_secret": API_SECRET,
        }
    )
}
CODES = {400: 20001, 401: 20003, 403: 20403, 404: 20404, 409: 20409, 422: 20422, 429: 20429, 500: 20500, 503: 20503}


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("twilio"),
        vendor="twilio",
        account="lumen-twilio",
        secret="env:TWILIO",
        settings={"base_url": url},
        select={"numbers": CLINIC},
        streams=("messages",),
    )


def error_body(status: int) -> bytes:
    """An error as Twilio words it, with what a careless vendor might repeat of the request."""
    code = CODES.get(status, 20001)
    message = f"The 'To' number {PATIENT} could not be used for '{TEXT}'"
    return json.dumps({"code": code, "message": message, "more_info": "", "status": status}).encode()


def opened(_: Path) -> AbstractContextManager[Wire]:
    promises = {
        "404": always(NeedsOperator)
    }  # 20404 names an account or path that does not exist: our settings are wrong
    return http_wire(FIXTURES, connection, ENVIRON, error_body, promises)


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    del at  # Twilio signs no timestamp
    signature = TWILIO.sign(secret, signed_by_twilio(incoming.url, incoming.body, incoming.headers)[0])
    return incoming.model_copy(update={"headers": {**incoming.headers, HEADER: signature}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name != HEADER}
    return incoming.model_copy(update={"headers": headers})


def calls() -> Iterator[HookCase]:
    for file in sorted((FIXTURES / "webhook").glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
            yield HookCase(
                entry["name"], posted(entry["url"], entry["form"]), Meaning(entry["meaning"]), entry["stream"]
            )


def posted(url: str, form: dict[str, Any]) -> Incoming:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Incoming(url=url, headers=headers, body=urlencode(form).encode())


def correlation(attempt: str) -> str:
    return hashlib.sha256(f"{attempt} {CLINIC}".encode()).hexdigest()[:32]


SUBJECT = Subject(
    vendor="twilio",
    opened=opened,
    private=(TOKEN, NEXT_TOKEN, API_SECRET, PATIENT, PATIENT[1:], PATIENT[2:], "Ana", TEXT),
    pushes={
        "send_sms": PushCase(
            SendSms(to=SecretStr(PATIENT), sender=CLINIC, body=SecretStr(TEXT), callback=CALLBACK),
            found_as=f"SM{9:032x}",
        ),
        "write_opt_out": PushCase(
            WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=NOW, senders=(CLINIC,)),
            reference=correlation,
        ),
    },
    hooks=Hooks(tuple(calls()), sign, unsign),
    position=lambda cursor: Cursor.model_validate_json(cursor).since or datetime.min.replace(tzinfo=NOW.tzinfo),
)
