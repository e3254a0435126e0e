"""How the contract reaches Meta: its fixtures, a page's token that is kept already, and its way to sign."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Channel, Connection
from canonical.said_inside import SendDirectMessage
from connectors.kit.webhooks import Incoming, Meaning
from connectors.meta.webhook import HEADER, SHA256
from tests.connectors.contract.subject import HookCase, Hooks, PushCase, Subject, Wire
from tests.connectors.wire.http_wire import http_wire

FIXTURES = Path(__file__).parent / "fixtures"
PAGE, INSTAGRAM, APP = "153125381133", "17841448115950083", "7001"
SYSTEM_TOKEN, TOKEN = "an-invented-system-token", "an-invented-page-token"
SECRET, NEXT_SECRET, WORD = "an-invented-app-secret-1", "an-invented-app-secret-2", "an-invented-word"
PERSON, TEXT = "5275811702471835", "Thank you for writing. You can book here: https://go.example.com/b/1"
PHONE = "+12125550142"
HOOK = "https://hooks.example.com/hooks/meta/lumen/meta"

ENVIRON = {
    "META": json.dumps(
        {
            "token": SYSTEM_TOKEN,
            "app_secret": SECRET,
            "app_secret_next": NEXT_SECRET,
            "verify_token": WORD,
            "app_id": APP,
        }
    )
}
ENTRY = f"meta/lumen-meta/{hashlib.sha256(SYSTEM_TOKEN.encode()).hexdigest()[:16]}"
STORE = {ENTRY: {"access_token": TOKEN, "refresh_token": "", "expires_at": None}}
CODES = {401: 190, 403: 200, 429: 80005, 500: 2, 503: 2}


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("meta"),
        vendor="meta",
        account="lumen-meta",
        secret="env:META",
        settings={"base_url": url, "page": PAGE, "instagram": INSTAGRAM},
        streams=("leads", "conversations", "direct_messages"),
    )


def error_body(status: int) -> bytes:
    """An error as Graph words it, with what a careless vendor might repeat of the request."""
    message = f"(#100) {PERSON} {PHONE} could not be used for '{TEXT}'"
    error = {"message": message, "type": "OAuthException", "code": CODES.get(status, 100), "fbtrace_id": "Ainvented"}
    return json.dumps({"error": error}).encode()


def opened(_: Path) -> AbstractContextManager[Wire]:
    return http_wire(FIXTURES, connection, ENVIRON, error_body, {}, store=STORE)


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    del at  # Meta signs no timestamp
    return incoming.model_copy(update={"headers": {**incoming.headers, HEADER: SHA256.sign(secret, incoming.body)}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name != HEADER}
    return incoming.model_copy(update={"headers": headers})


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "calls.yaml").read_text(encoding="utf-8")):
        yield HookCase(entry["name"], posted(entry["body"]), Meaning(entry["meaning"]), entry["stream"])


def posted(body: object) -> Incoming:
    return Incoming(url=HOOK, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


def pieces(body: bytes) -> Sequence[bytes]:
    """The row as it came over the wire, without what is told beside it."""
    return (body.partition(b',"told":')[0].rstrip(),)


def position(cursor: str) -> tuple[int, int, int]:
    at = json.loads(cursor)
    return at["passes"], at["done"], at["page"]


SUBJECT = Subject(
    vendor="meta",
    opened=opened,
    private=(SYSTEM_TOKEN, TOKEN, SECRET, NEXT_SECRET, WORD, PHONE, PHONE[2:], PERSON, TEXT, "Ruiz"),
    pushes={
        "send_direct_message": PushCase(
            SendDirectMessage(channel=Channel.MESSENGER, to=SecretStr(PERSON), body=SecretStr(TEXT)),
            found_as="m_invented_77",
        )
    },
    hooks=Hooks(tuple(calls()), sign, unsign),
    pieces=pieces,
    position=position,
)
