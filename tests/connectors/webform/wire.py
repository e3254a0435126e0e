"""How the contract reaches a form: it has no other side, so all there is are its calls and the connection."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import NeedsOperator
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.problem_table import Intent
from connectors.kit.secrets import Secrets
from connectors.kit.webhooks import Incoming, Meaning
from connectors.webform.proofs import Signed, Unit, proof_of
from tests.connectors.contract.subject import CLOCK, NOW, HookCase, Hooks, Problem, Subject, Wire, always

FIXTURES = Path(__file__).parent / "fixtures"
SECRET, NEXT_SECRET = "an-invented-long-form-secret-1", "an-invented-long-form-secret-2"
HOOK = "https://hooks.example.com/hooks/webform/lumen/site"
BOUNDARY = "----an-invented-boundary"


class Form:
    """See `Wire`: a connection, and nothing that could be called."""

    unheard: frozenset[str] = frozenset()
    bad_key, missing_scope, without_id = "short secret", "", ""
    promises: Mapping[str, Mapping[Intent, Problem]] = {
        "short secret": always(NeedsOperator),
        "unknown tool": always(NeedsOperator),
        "unknown proof": always(NeedsOperator),
        "half a proof": always(NeedsOperator),
    }

    def __init__(self) -> None:
        self._fault: str | None = None

    @property
    def connection(self) -> Connection:
        wrong = {
            "unknown tool": {"tool": "quill"},
            "unknown proof": {"proof": "handshake"},
            "half a proof": {"proof": "custom"},
        }
        return Connection(
            connection_id=ConnectionId("site"),
            vendor="webform",
            account="lumen-site",
            secret="env:FORM",
            settings={"tool": "html"} | wrong.get(self._fault or "", {}),
        )

    def tools(self, *, impatient: bool = False) -> Tools:
        del impatient  # nothing here can be slow
        secret = "short" if self._fault == "short secret" else SECRET
        environ = {"FORM": json.dumps({"secret": secret, "secret_next": NEXT_SECRET})}
        return Tools(CLOCK, Secrets(environ), RequestsTransport(), None, lambda _: None)

    def fail(self, fault: str | None) -> None:
        self._fault = fault

    def served(self) -> bytes:
        return b""

    def asked(self) -> tuple[str, ...]:
        return ()


@contextlib.contextmanager
def opened(_: Path) -> Iterator[Wire]:
    yield Form()


def sign(incoming: Incoming, secret: SecretStr, at: datetime) -> Incoming:
    proof = proof_of(incoming.settings)
    if proof is None:
        return incoming.model_copy(update={"url": f"{incoming.url}/{secret.get_secret_value()}"})
    return incoming.model_copy(update={"headers": incoming.headers | _signature(proof, incoming.body, secret, at)})


def _signature(proof: Signed, body: bytes, secret: SecretStr, at: datetime) -> dict[str, str]:
    if not proof.stamp:
        return {proof.header: proof.scheme.sign(secret, body)}
    stamp = str(int(at.timestamp() * (1000 if proof.unit is Unit.MILLISECONDS else 1)))
    signed = f"{stamp}{proof.joint}".encode() + body
    return {proof.header: proof.scheme.sign(secret, signed), proof.stamp: stamp}


def unsign(incoming: Incoming) -> Incoming:
    proof = proof_of(incoming.settings)
    kept = {name: value for name, value in incoming.headers.items() if proof is None or name != proof.header}
    return incoming.model_copy(update={"url": HOOK, "headers": kept})


def calls() -> Iterator[HookCase]:
    for entry in yaml.safe_load((FIXTURES / "webhook" / "calls.yaml").read_text(encoding="utf-8")):
        incoming = posted(entry)
        yield HookCase(
            entry["name"],
            incoming,
            Meaning(entry.get("meaning", "known")),
            entry["stream"],
            covers_body=proof_of(incoming.settings) is not None,
        )


def posted(entry: Mapping[str, Any]) -> Incoming:
    kind, body = _body(entry)
    headers = {"content-type": kind}
    return Incoming(url=HOOK, headers=headers, body=body, settings=entry["settings"], received_at=NOW)


def _body(entry: Mapping[str, Any]) -> tuple[str, bytes]:
    if "form" in entry:
        return "application/x-www-form-urlencoded; charset=utf-8", urlencode(entry["form"]).encode()
    if "json" in entry:
        return "application/json", json.dumps(entry["json"], ensure_ascii=False).encode()
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in entry["parts"].items()
    ]
    return f"multipart/form-data; boundary={BOUNDARY}", f"{''.join(parts)}--{BOUNDARY}--\r\n".encode()


SUBJECT = Subject(
    vendor="webform",
    opened=opened,
    private=(SECRET, NEXT_SECRET, "Ana", "Ruiz", "2125550142", "555-0142"),
    hooks=Hooks(tuple(calls()), sign, unsign),
)
