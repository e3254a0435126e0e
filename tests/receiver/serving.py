"""The door on a real port of this machine, for the length of a test."""

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvicorn

from connectors.kit.webhooks import Incoming
from receiver.app import create
from receiver.run import configured
from receiver.worker import Worker
from tests.receiver.world import PUBLIC, World
from tests.waiting import until


@dataclass
class Port:
    """Where the door listens."""

    number: int

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        return self.ask("POST", path, body, headers)

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> int:
        return self.answer(method, path, body, headers)[0]

    def answer(
        self, method: str, path: str, body: bytes | Iterator[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.number, timeout=10)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())
        finally:
            connection.close()

    def deliver(self, incoming: Incoming) -> int:
        """A call as its vendor would make it: the address without our public name, which a proxy takes away."""
        parts = urlsplit(incoming.url)
        path = incoming.url.removeprefix(PUBLIC) if incoming.url.startswith(PUBLIC) else parts.path
        return self.post(path, incoming.body, incoming.headers)

    def raw(self, request: bytes) -> bytes:
        """Bytes as nobody's client would send them, and the beginning of what comes back."""
        with socket.create_connection(("127.0.0.1", self.number), timeout=10) as line:
            line.sendall(request)
            return line.recv(65536)


@contextmanager
def serving(world: World, worker: Worker | None = None, number: int = 0) -> Iterator[Port]:
    server = uvicorn.Server(configured(create(world.hub, worker), "127.0.0.1", number))
    thread = threading.Thread(target=server.run, daemon=True)
    if worker:
        worker.start()
    thread.start()
    try:
        until(lambda: server.started)
        yield Port(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(20)
        if worker:
            worker.stop()
