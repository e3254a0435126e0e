"""Servers that do one strange thing on a bare socket."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Conduct = Callable[[socket.socket], object]


class OddServer:
    """Accepts connections one after the other and lets `conduct` do what it likes with each."""

    def __init__(self, conduct: Conduct, tls: ssl.SSLContext | None = None) -> None:
        self._conduct = conduct
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.received = b""
        self.peers: list[int] = []
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @contextlib.contextmanager
    def running(self) -> Iterator["OddServer"]:
        self._thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            self._thread.join(timeout=5)
            self._listener.close()

    def _serve(self) -> None:
        while not self.stopping.is_set():
            connection, peer = self._listener.accept()
            if self.stopping.is_set():
                connection.close()
                return
            self.peers.append(peer[1])
            with contextlib.suppress(OSError, ssl.SSLError), self._wrapped(connection) as wrapped:
                self._conduct(wrapped)

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def read_request(self, connection: socket.socket) -> bytes:
        """Bytes up to the empty line and the body its Content-Length announces; empty when the peer is gone."""
        found = b""
        while b"\r\n\r\n" not in found:
            piece = connection.recv(65536)
            if not piece:
                return b""
            found += piece
        head, _, body = found.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.received += found
        return head + b"\r\n\r\n" + body


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
