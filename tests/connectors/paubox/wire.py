"""How the contract reaches Paubox: its fixtures, its key, the secret end of its webhook's address, and the awaited ids."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import yaml
from pydantic import SecretStr
from typing_extensions import override

from canonical.actions import SendEmail
from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import NeedsOperator
from connectors.kit.access import Tools
from connectors.kit.webhooks import Incoming, Meaning
from connectors.paubox.pull import Cursor
from tests.connectors.contract.subject import HookCase, Hooks, PushCase, Subject, Wire, always
from tests.connectors.wire.http_wire import HttpWire, http_wire

FIXTURES = Path(__file__).parent / "fixtures"
KEY, SECRET, NEXT_SECRET = "invented-paubox-key", "an-invented-paubox-address-1", "an-invented-paubox-address-2"
HOOK = "https://hooks.example.com/hooks/paubox/lumen/mail"
SENDER, PATIENT = "office@clinic.example", "ana.ruiz@example.com"
SUBJECT_LINE, TEXT = "Your visit on Thursday", "Hi Ana, please wash off all make-up before 9:00 AM."
ENVIRON = {"PAUBOX": json.dumps({"api_key": KEY, "webhook_secret": SECRET, "webhook_secret_next": NEXT_SECRET})}
AWAITED = tuple(
    entry["request"]["query"]["sourceTrackingId"]
    for entry in yaml.safe_load((FIXTURES / "pull" / "receipts" / "exchanges.yaml").read_text(encoding="utf-8"))[
        "exchanges"
    ]
)
PROMISES = {"404": always(NeedsOperator)}
"""A 404 that is not Paubox's own `message_not_found` comes from an address that is not its API."""


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("mail"),
        vendor="paubox",
        account="lumen-paubox",
        secret="env:PAUBOX",
        settings={"base_url": f"{url}/v1/email"},
        streams=("receipts",),
    )


def error_body(status: int) -> bytes:
    """An error as Paubox words it, with what a careless vendor might repeat of the request."""
    title = {401: "Invalid Access Token"}.get(status, f"{PATIENT} could not be used")
    return json.dumps({"errors": [{"code": status, "title": title, "details": TEXT}]}).encode()


class PauboxWire(HttpWire):
    """Somebody waits for the fate of every message of the fixtures; and there are no scopes."""

    missing_scope = ""

    @override
    def tools(self, *, impatient: bool = False) -> Tools:
        return replace(super().tools(impatient=impatient), awaited=lambda _: AWAITED)


@contextlib.contextmanager
def opened(_: Path) -> Iterator[Wire]:
    with http_wire(FIXTURES, connection, ENVIRON, error_body, PROMISES) as inner:
        wire = PauboxWire(inner.server, connection, ENVIRON, inner.promises)
        try:
            yield wire
        finally:
            wire.close()


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    del at  # Paubox signs no timestamp, and nothing else
    return incoming.model_copy(update={"url": f"{HOOK}/{secret.get_secret_value()}"})


def unsign(incoming: Incoming) -> Incoming:
    return incoming.model_copy(update={"url": HOOK})


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "calls.yaml").read_text(encoding="utf-8")):
        incoming = Incoming(
            url=HOOK, headers={"content-type": "application/json"}, body=json.dumps(entry["body"]).encode()
        )
        yield HookCase(entry["name"], incoming, Meaning(entry["meaning"]), entry["stream"], covers_body=False)


def pieces(body: bytes) -> Sequence[bytes]:
    """Every field as it came over the wire; the delivery stands there inside the list."""
    return [bytes(raw) for raw in msgspec.json.decode(body, type=dict[str, msgspec.Raw]).values()]


def position(cursor: str) -> tuple[int, str]:
    at = Cursor.model_validate_json(cursor)
    return at.passes, at.after


SUBJECT = Subject(
    vendor="paubox",
    opened=opened,
    private=(KEY, SECRET, NEXT_SECRET, PATIENT, "Ana", SUBJECT_LINE, TEXT),
    pushes={
        "send_email": PushCase(
            SendEmail(
                to=SecretStr(PATIENT),
                sender=SENDER,
                sender_name="Lumen",
                subject=SecretStr(SUBJECT_LINE),
                body=SecretStr(TEXT),
                unsubscribe="https://mail.example.com/stop/abc",
            )
        )
    },
    hooks=Hooks(tuple(calls()), sign, unsign),
    pieces=pieces,
    position=position,
)
