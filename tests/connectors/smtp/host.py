"""Mail hosts for tests: the pretend one, and one that follows a script to the letter, also where no server would."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from canonical.actions import Command, SendEmail
from canonical.delivery import Claimed, LookupResult, SendResult
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from connectors.kit import dispatch
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets
from tests.connectors.contract.subject import CLOCK, NOW
from tests.connectors.smtp.wire import ENVIRON, MAIL

ATTEMPT = AttemptId("at-invented00001")
Step = Callable[[socket.socket, bytes], None]


def connection(port: int, trusts: Path, **settings: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("mail"),
        vendor="smtp",
        account="lumen-mail",
        secret="env:MAIL",
        settings={"host": "127.0.0.1", "port": str(port), "ca_file": str(trusts)} | settings,
    )


def tools() -> Tools:
    return Tools(CLOCK, Secrets(ENVIRON), RequestsTransport(), None, lambda _: None)


def claimed(mail: SendEmail = MAIL) -> Claimed:
    return Claimed(
        practice_id=PracticeId("lumen"),
        attempt_id=ATTEMPT,
        action_id=ActionId("a-invented"),
        command=Command(connection_id=ConnectionId("mail"), vendor="smtp", product="email", payload=mail),
        claimed_at=NOW,
        lease_until=NOW.replace(minute=1),
    )


def send(to: Connection, mail: SendEmail = MAIL, using: Tools | None = None) -> SendResult:
    return dispatch.send(claimed(mail), dispatch.SendContext(to, using or tools(), lambda _: True))


def look_up(to: Connection) -> LookupResult:
    return dispatch.look_up(claimed(), dispatch.SendContext(to, tools(), lambda _: True))


@dataclass
class Scripted:
    """A host that answers each line with the next entry: bytes to write, or something to do with the connection."""

    port: int
    trusts: Path
    heard: list[bytes] = field(default_factory=list)


def hang_up(connection: socket.socket, _: bytes) -> None:
    """Close with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


GREETED: Sequence[bytes] = (
    b"250-host\r\n250 AUTH PLAIN LOGIN\r\n",
    b"235 2.7.0 welcome\r\n",
    b"250 2.1.0 ok\r\n",
    b"250 2.1.5 ok\r\n",
)
"""EHLO, AUTH, MAIL, RCPT."""


@contextlib.contextmanager
def scripted(folder: Path, answers: Sequence[bytes | Step], greeting: bytes = b"220 host\r\n") -> Iterator[Scripted]:
    """One conversation, private from its first byte."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = Scripted(listening.getsockname()[1], folder / "authority.pem")
        thread = threading.Thread(target=_converse, args=(listening, context, greeting, answers, host), daemon=True)
        thread.start()
        yield host
    thread.join(timeout=10)


def _converse(
    listening: socket.socket, context: ssl.SSLContext, greeting: bytes, answers: Sequence[bytes | Step], host: Scripted
) -> None:
    with contextlib.suppress(OSError):
        plain, _ = listening.accept()
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.settimeout(10)
            connection.sendall(greeting)
            for answer in answers:
                line = _line(connection)
                host.heard.append(line)
                if callable(answer):
                    answer(connection, line)
                else:
                    connection.sendall(answer)


def _line(connection: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\r\n"):
        piece = connection.recv(1)
        if not piece:
            raise ConnectionError
        found += piece
    return found


def until_the_dot(reply: bytes) -> Step:
    """Read the mail to its end, then say that."""

    def step(connection: socket.socket, line: bytes) -> None:
        read = line
        while not read.endswith(b"\r\n.\r\n"):
            read += _line(connection)
        connection.sendall(reply)

    return step
