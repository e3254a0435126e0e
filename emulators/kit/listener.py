"""A port on loopback whose connections can be cut, and which can be closed and opened again."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any, Literal, cast

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from emulators.kit.faults import Faults

HOST = "127.0.0.1"
Outage = Literal["refuse", "hang", "status"]

# SO_LINGER with a timeout of 0: closing sends RST instead of FIN.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def reset(transport: asyncio.Transport) -> None:
    """Cut a connection with a TCP reset."""
    sock = cast("socket.socket", transport.get_extra_info("socket"))
    if sock.fileno() >= 0:  # STARTTLS does not always tell us that a connection is gone
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()


class Port:
    """One listening socket. Refusing closes it, so that a client meets a refused connection, not a silent one."""

    def __init__(self, port: int, make: Callable[[], asyncio.BaseProtocol]) -> None:
        self.port = port
        self.connections: set[asyncio.Transport] = set()
        self._make = make
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; the port number stays the same when it is opened again."""
        if self._server is None:
            self._server = await self.listen()
            self.port = self._server.sockets[0].getsockname()[1]

    async def listen(self) -> asyncio.Server:
        """A server on the port."""
        return await asyncio.get_running_loop().create_server(self._make, HOST, self.port)

    async def close(self) -> None:
        """Stop listening and reset every connection."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for transport in list(self.connections):
            reset(transport)
        if server is not None:
            await server.wait_closed()


class HttpPort(Port):
    """A port that speaks HTTP through uvicorn's protocol; it knows the connection of each request."""

    def __init__(self, app: Callable[..., Any], port: int, faults: Faults | None = None) -> None:
        self._config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", interface="asgi3", timeout_keep_alive=75
        )
        self._state = ServerState()
        self._faults = faults
        self._by_peer: dict[tuple[str, int], asyncio.Transport] = {}
        super().__init__(port, self._protocol)

    def connection(self, peer: tuple[str, int]) -> asyncio.Transport | None:
        """The connection a request came through, if it is still there; `peer` is the ASGI scope's `client`."""
        return self._by_peer.get(peer)

    @override
    async def close(self) -> None:
        await super().close()
        if self._state.tasks:  # they hear of the disconnect and end by themselves
            await asyncio.wait(list(self._state.tasks), timeout=10)

    def _protocol(self) -> "Watched":
        return Watched(self._config, self._state, self)

    def arrived(self, transport: asyncio.Transport, peer: tuple[str, int]) -> bool:
        """Note a new connection; false when a fault refused it."""
        if self._faults is not None and self._faults.take("CONNECT", ""):
            reset(transport)
            return False
        self.connections.add(transport)
        self._by_peer[peer] = transport
        return True

    def left(self, transport: asyncio.Transport, peer: tuple[str, int]) -> None:
        """Forget a connection."""
        self.connections.discard(transport)
        self._by_peer.pop(peer, None)


class Watched(H11Protocol):
    """uvicorn's HTTP protocol, whose connections the port keeps an eye on."""

    def __init__(self, config: uvicorn.Config, state: ServerState, port: HttpPort) -> None:
        super().__init__(config, state, {})
        self._port = port

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        if self.client is not None:
            self._port.arrived(transport, self.client)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            self._port.left(self.transport, self.client)
        super().connection_lost(exc)
