"""How the contract reaches Acuity: its fixtures, its key, its way to sign, and what is read before something is written."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import yaml
from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.write_backs import ConfirmAppointment
from connectors.acuity.pull import STREAMS
from connectors.acuity.webhook import ACUITY, HEADER
from connectors.acuity.windows import Cursor
from connectors.kit.webhooks import Incoming, Meaning
from tests.connectors.contract.subject import HTTP_PROMISES, NOW, HookCase, Hooks, PushCase, Subject, Wire
from tests.connectors.wire.http_wire import http_wire

FIXTURES = Path(__file__).parent / "fixtures"
KEY, NEXT_KEY = "invented-api-key-1", "invented-api-key-2"
HOOK = "https://hooks.example.com/acuity/lumen/acuity"
PATIENT, MAIL = "2125550142", "ana.ruiz@example.com"
OURS = "a-0123456789abcdef"
CONSENTS = "sms=1234, marketing=1235, email=1236, photo=1237"

ENVIRON = {"ACUITY": json.dumps({"user_id": "39594600", "api_key": KEY, "api_key_next": NEXT_KEY})}


def connection(url: str, **settings: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("acuity"),
        vendor="acuity",
        account="lumen-acuity",
        secret="env:ACUITY",
        settings={
            "base_url": url,
            "history_days": "20",
            "days_back": "20",
            "days_ahead": "40",
            "window_days": "28",
            "consent_fields": CONSENTS,
            "hipaa_mode": "designated",
            **settings,
        },
        streams=tuple(STREAMS),
    )


def error_body(status: int) -> bytes:
    """An error as Acuity words it, with what a careless vendor might repeat of the request."""
    code = {401: "unauthorized", 404: "not_found"}.get(status, "error")
    message = f"The client {MAIL} with {PATIENT} could not be used."
    return json.dumps({"status_code": status, "message": message, "error": code}).encode()


@contextmanager
def opened(_: Path) -> Iterator[Wire]:
    """Notes are read before they are written, so under every fault of a whole account nothing is written at all.

    What a write that was answered without an id comes to is tested beside this (test_acuity_push.py).
    """
    with http_wire(FIXTURES, connection, ENVIRON, error_body, {}) as wire:
        wire.unheard = frozenset(HTTP_PROMISES)
        wire.without_id = ""
        yield wire


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    del at  # Acuity signs no timestamp
    return incoming.model_copy(update={"headers": {**incoming.headers, HEADER: ACUITY.sign(secret, incoming.body)}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name != HEADER}
    return incoming.model_copy(update={"headers": headers})


def posted(form: dict[str, Any]) -> Incoming:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Incoming(url=HOOK, headers=headers, body=urlencode(form).encode())


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "calls.yaml").read_text(encoding="utf-8")):
        yield HookCase(entry["name"], posted(entry["form"]), Meaning(entry["meaning"]), entry["stream"])


MADE_HERE = frozenset({"client_key", "label", "form_ids", "answered"})


def pieces(body: bytes) -> Sequence[bytes]:
    """What came over the wire of a record: the row up to what was added, or each of its fields where some were left out."""
    row = body.partition(b',"client_key":')[0]
    if b'"datetime"' in row and b'"forms":[]' not in row.replace(b" ", b""):
        return _fields(body)
    return [row] if b'"datetime"' in row else _fields(body)


def _fields(body: bytes) -> list[bytes]:
    fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return [bytes(raw) for name, raw in fields.items() if name not in MADE_HERE and not name.startswith("consent_")]


def position(cursor: str) -> tuple[int, date]:
    at = Cursor.model_validate_json(cursor)
    return at.passes, at.at or date.min


SUBJECT = Subject(
    vendor="acuity",
    opened=opened,
    private=(KEY, NEXT_KEY, PATIENT, MAIL, "Ana", "Ruiz", "back door", "Penicillin"),
    pushes={
        "confirm_appointment": PushCase(
            ConfirmAppointment(external_id=OURS, appointment_vendor_id="88121", at=NOW), reference=lambda _: OURS
        )
    },
    hooks=Hooks(tuple(calls()), sign, unsign),
    pieces=pieces,
    position=position,
)
