"""How the contract reaches Square: its fixtures, its token, its way to sign, and which of its POSTs only read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml
from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.write_backs import CreatePaymentLink
from connectors.kit.webhooks import Incoming, Meaning
from connectors.square.pull import STREAMS
from connectors.square.webhook import HEADER, SQUARE
from tests.connectors.contract.subject import HookCase, Hooks, PushCase, Subject, Wire
from tests.connectors.wire.http_wire import http_wire
from tests.connectors.wire.server import READS, Seen

FIXTURES = Path(__file__).parent / "fixtures"
TOKEN, KEY, NEXT_KEY = "invented-access-token-1", "invented-signature-key-1", "invented-signature-key-2"
HOOK = "https://hooks.example.com/square/lumen/square"
PATIENT, MAIL = "+12125550142", "ana.ruiz@example.com"
VISIT = "v-2c4100000000"

ENVIRON = {"SQUARE": json.dumps({"access_token": TOKEN, "signature_key": KEY, "signature_key_next": NEXT_KEY})}
CODES = {
    401: ("AUTHENTICATION_ERROR", "UNAUTHORIZED"),
    403: ("AUTHENTICATION_ERROR", "INSUFFICIENT_SCOPES"),
    404: ("INVALID_REQUEST_ERROR", "NOT_FOUND"),
    429: ("RATE_LIMIT_ERROR", "RATE_LIMITED"),
    500: ("API_ERROR", "INTERNAL_SERVER_ERROR"),
    503: ("API_ERROR", "SERVICE_UNAVAILABLE"),
}
READ_BY_POST = ("/search", "/token/status")


def only_reads(seen: Seen) -> bool:
    """Square searches by POST, and asks by POST what a token may do."""
    return seen.method in READS or seen.path.endswith(READ_BY_POST)


def connection(url: str, **settings: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("square"),
        vendor="square",
        account="lumen-square",
        secret="env:SQUARE",
        settings={"base_url": url, "history_days": "20", "days_back": "20", "days_ahead": "40", **settings},
        select={"locations": "LMAIN"},
        streams=tuple(STREAMS),
    )


def error_body(status: int) -> bytes:
    """An error as Square words it, with what a careless vendor might repeat of the request."""
    category, code = CODES.get(status, ("INVALID_REQUEST_ERROR", "BAD_REQUEST"))
    detail = f"{MAIL} and {PATIENT} cannot be used."
    if status == 403:
        detail = "The merchant must authorize your application for the following scopes: APPOINTMENTS_ALL_READ"
    return json.dumps({"errors": [{"category": category, "code": code, "detail": detail}]}).encode()


def opened(_: Path) -> AbstractContextManager[Wire]:
    return http_wire(FIXTURES, connection, ENVIRON, error_body, {}, only_reads)


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    del at  # Square signs no timestamp
    signature = SQUARE.sign(secret, incoming.url.encode() + incoming.body)
    return incoming.model_copy(update={"headers": {**incoming.headers, HEADER: signature}})


def unsign(incoming: Incoming) -> Incoming:
    headers = {name: value for name, value in incoming.headers.items() if name != HEADER}
    return incoming.model_copy(update={"headers": headers})


def posted(event: Mapping[str, Any], url: str = HOOK) -> Incoming:
    return Incoming(url=url, headers={"content-type": "application/json"}, body=json.dumps(event).encode())


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "events.yaml").read_text(encoding="utf-8")):
        yield HookCase(entry["name"], posted(entry["event"]), Meaning(entry["meaning"]), entry["stream"])


MADE_HERE = frozenset(
    {"segment", "minutes", "birth_date", "returned", "reference", "deposit"}
    | {"billed", "given_back", "returned_from", "payer"}
)


def pieces(body: bytes) -> Sequence[bytes]:
    """Each field that came over the wire; what was added follows from them."""
    fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return [bytes(raw) for name, raw in fields.items() if name not in MADE_HERE]


def position(cursor: str) -> tuple[Any, ...]:
    """Both shapes of cursor, as something that grows."""
    at = json.loads(cursor)
    if "passes" in at:
        return at["passes"], at["at"] or "", at["next"]
    return at["since"] or "", at["begun"] is not None, at["place"], at["next"]


SUBJECT = Subject(
    vendor="square",
    opened=opened,
    private=(TOKEN, KEY, NEXT_KEY, PATIENT, MAIL, "Ana", "Ruiz", "back door", "forehead"),
    pushes={
        "create_payment_link": PushCase(
            CreatePaymentLink(external_id=VISIT, amount_cents=5000), reference=lambda _: VISIT
        )
    },
    hooks=Hooks(tuple(calls()), sign, unsign),
    pieces=pieces,
    position=position,
)
