"""How the contract reaches a mail host: a real conversation with the pretend one, on loopback, over real TLS."""

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from canonical.actions import SendEmail
from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import Ambiguous, NeedsOperator, Refused, TryLater
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.problem_table import Intent
from connectors.kit.secrets import Secrets
from emulators.kit.running import running
from emulators.smtp import SmtpEmulator
from tests.connectors.contract.subject import CLOCK, ONCE, Problem, PushCase, Subject, Wire, always

USER, PASSWORD = "office@clinic.example", "an-invented-password"
PATIENT = "ana.ruiz@example.com"
SUBJECT_LINE, TEXT = "Your visit on Thursday", "Hi Ana, see you at Lumen Thu 12 Nov, 9:00 AM."
ENVIRON = {"MAIL": json.dumps({"user": USER, "password": PASSWORD})}

STRIKES: Mapping[str, tuple[str, dict[str, object]]] = {
    "no greeting": ("hang", {"method": "CONNECT"}),
    "busy": ("status", {"method": "CONNECT", "status": 421}),
    "greeting lost": ("reset", {"method": "EHLO"}),
    "password": ("status", {"method": "AUTH", "status": 535}),
    "login busy": ("status", {"method": "AUTH", "status": 454}),
    "login lost": ("drop", {"method": "AUTH"}),
    "sender": ("status", {"method": "MAIL", "status": 550}),
    "sender busy": ("status", {"method": "MAIL", "status": 451}),
    "sender lost": ("reset", {"method": "MAIL"}),
    "recipient": ("status", {"method": "RCPT", "status": 550}),
    "recipient busy": ("status", {"method": "RCPT", "status": 450}),
    "recipient lost": ("drop", {"method": "RCPT"}),
    "data": ("status", {"method": "DATA", "status": 554}),
    "data busy": ("status", {"method": "DATA", "status": 451}),
    "data lost": ("reset", {"method": "DATA"}),
    "content": ("status", {"method": "BODY", "status": 554}),
    "content busy": ("status", {"method": "BODY", "status": 452}),
    "accepted and lost": ("drop", {"method": "BODY"}),
    "lost": ("reset", {"method": "BODY"}),
    "silent": ("hang", {"method": "BODY"}),
}
"""Fault → what the pretend host is told to do."""


def once(problem: Problem) -> dict[Intent, Problem]:
    """What strikes a mail only: proving the host sends none."""
    return {ONCE: problem}


class MailWire:
    """See `Wire`."""

    bad_key, missing_scope, without_id = "password", "", ""
    unheard = frozenset({"refused", "no tls", "another's certificate", "an expired certificate"})
    promises: Mapping[str, Mapping[Intent, Problem]] = {
        "refused": always(TryLater),
        "no greeting": always(TryLater),
        "busy": always(TryLater),
        "greeting lost": always(TryLater),
        "no tls": always(NeedsOperator),
        "another's certificate": always(NeedsOperator),
        "an expired certificate": always(NeedsOperator),
        "password": always(NeedsOperator),
        "login busy": always(TryLater),
        "login lost": always(TryLater),
        "sender": once(Refused),
        "sender busy": once(TryLater),
        "sender lost": once(TryLater),
        "recipient": once(Refused),
        "recipient busy": once(TryLater),
        "recipient lost": once(TryLater),
        "data": once(Refused),
        "data busy": once(TryLater),
        "data lost": once(TryLater),
        "content": once(Refused),
        "content busy": once(TryLater),
        "accepted and lost": once(Ambiguous),
        "lost": once(Ambiguous),
        "silent": once(Ambiguous),
    }

    def __init__(self, host: SmtpEmulator, nobody: int) -> None:
        self.host = host
        self._nobody = nobody
        self._fault: str | None = None

    @property
    def connection(self) -> Connection:
        port = self._nobody if self._fault == "refused" else self.host.port
        hurry = {"timeout": "0.3"} if self._fault in {"no greeting", "silent"} else {}
        return Connection(
            connection_id=ConnectionId("mail"),
            vendor="smtp",
            account="lumen-mail",
            secret="env:MAIL",
            settings={"host": "127.0.0.1", "port": str(port), "ca_file": str(self.host.ca_file), **hurry},
        )

    def tools(self, *, impatient: bool = False) -> Tools:
        del impatient  # the connection says how long to wait
        return Tools(CLOCK, Secrets(ENVIRON), RequestsTransport(), None, lambda _: None)

    def fail(self, fault: str | None) -> None:
        self._fault = fault
        self.host.faults.clear()
        certificate = {"another's certificate": "wrong_host", "an expired certificate": "expired"}.get(
            fault or "", "good"
        )
        self.host.do("settings", tls="none" if fault == "no tls" else "starttls", certificate=certificate)
        if fault is not None and fault in STRIKES:
            kind, details = STRIKES[fault]
            self.host.fail(kind, times=None, **details)

    def served(self) -> bytes:
        return b""

    def asked(self) -> tuple[str, ...]:
        """A conversation that got as far as asking for something, with the mail where it was taken."""
        requests = {entry.request: entry.vendor_id for entry in self.host.journal.entries()}
        return tuple(self._mail(number) for number in requests.values())

    def _mail(self, number: str | None) -> str:
        kept = [mail for mail in self.host.mailbox.mails if str(mail.number) == number]
        return str(self.host.mailbox.read(kept[0])["raw"]) if kept else ""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Wire]:
    # Bound and not listening: whoever connects is refused, and nobody else can be given the port meanwhile.
    with running(SmtpEmulator(state=path / "mail")) as host, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield MailWire(host, nobody.getsockname()[1])


MAIL = SendEmail(
    to=SecretStr(PATIENT),
    sender=USER,
    sender_name="Lumen",
    subject=SecretStr(SUBJECT_LINE),
    body=SecretStr(TEXT),
    unsubscribe="https://mail.example.com/stop/abc",
)

SUBJECT = Subject(
    vendor="smtp",
    opened=opened,
    private=(PASSWORD, PATIENT, "Ana", SUBJECT_LINE, TEXT),
    pushes={"send_email": PushCase(MAIL)},
)
