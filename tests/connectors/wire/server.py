"""A vendor over HTTP that answers from fixtures, remembers every byte, and misbehaves when it is told to."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from typing_extensions import override

READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Seen:
    """A request as it reached the vendor."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    @property
    def text(self) -> str:
        """Everything in it, percent-encoding undone, twice: an address inside a form is encoded once more."""
        return unquote_plus(unquote_plus(f"{self.target}\n{self.body.decode('utf-8', 'replace')}"))


@dataclass(frozen=True)
class Reply:
    """What the vendor answers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


Behaviour = Callable[["_Handler", Seen, Callable[[Seen], Reply]], None]


class FakeWire:
    """A server on loopback. `fault` strikes every request until it is lifted."""

    def __init__(
        self,
        answer: Callable[[Seen], Reply],
        error_body: Callable[[int], bytes] = lambda _: b"",
        only_reads: Callable[[Seen], bool] = lambda seen: seen.method in READS,
    ) -> None:
        """`only_reads`: whether a request changes nothing, which a vendor's verb does not always say."""
        self.answer = answer
        self.error_body = error_body
        self.only_reads = only_reads
        self.fault: str | None = None
        self.spares: Callable[[Seen], bool] = lambda _: False
        """Requests that the fault does not strike: questions that a command puts before its one write."""
        self.seen: list[Seen] = []
        self.served: list[bytes] = []
        self.retry_after = "1"
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.wire = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def writes(self) -> list[Seen]:
        return [seen for seen in self.seen if not self.only_reads(seen)]

    @contextlib.contextmanager
    def running(self) -> Iterator["FakeWire"]:
        self._thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    wire: FakeWire

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go out one by one, and a delayed ACK costs 40 ms
    server: _Server
    connection: socket.socket

    def do_GET(self) -> None:
        self._meet()

    def do_POST(self) -> None:
        self._meet()

    do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - the names BaseHTTPRequestHandler looks for

    def _meet(self) -> None:
        wire = self.server.wire
        length = int(self.headers.get("content-length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, self.rfile.read(length))
        wire.seen.append(seen)
        FAULTS[None if wire.spares(seen) else wire.fault](self, seen, wire.answer)

    def write(self, reply: Reply, *, announced: int | None = None) -> None:
        self.send_response(reply.status)
        headers = {"content-type": "application/json", **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body) if announced is None else announced))
        self.end_headers()
        self.server.wire.served.append(reply.body)
        self.wfile.write(reply.body)

    def end_abruptly(self) -> None:
        """Closes with a reset instead of a farewell."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


def _well(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
    handler.write(answer(seen))


def _status(status: int) -> Behaviour:
    def strike(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
        wire = handler.server.wire
        headers = {"retry-after": wire.retry_after} if status in {429, 503} else {}
        handler.write(Reply(status, wire.error_body(status), headers))

    return strike


def _html(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
    page = b"<!doctype html><title>Welcome</title><p>Please sign in to this network."
    handler.write(Reply(200, page, {"content-type": "text/html"}))


def _truncated(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
    """Half of the JSON, well framed: a proxy did it."""
    whole = answer(seen)
    handler.write(Reply(whole.status, whole.body[: len(whole.body) // 2], whole.headers))


def _cut(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
    """Half of the announced bytes, then nothing."""
    whole = answer(seen)
    handler.write(Reply(whole.status, whole.body[: len(whole.body) // 2]), announced=len(whole.body))
    handler.wfile.flush()
    handler.close_connection = True


def _no_id(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
    handler.write(Reply(answer(seen).status, b"{}"))


def _timeout(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
    handler.server.wire.released.wait(timeout=30)
    handler.close_connection = True


def _reset(handler: _Handler, seen: Seen, answer: Callable[[Seen], Reply]) -> None:
    handler.end_abruptly()


STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503)
FAULTS: dict[str | None, Behaviour] = {
    None: _well,
    **{str(status): _status(status) for status in STATUSES},
    "html": _html,
    "truncated": _truncated,
    "cut": _cut,
    "no_id": _no_id,
    "timeout": _timeout,
    "reset": _reset,
    "refused": _well,  # the connection leads elsewhere
}
