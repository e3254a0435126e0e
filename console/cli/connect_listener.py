"""The address on this machine to which a vendor sends somebody back after they said yes."""

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

_PAGE = "<!doctype html><meta charset=utf-8><title>Glowline</title><p>{}"
_THANKS = "Thank you. Glowline has the answer; go back to where you began."
_STRAY = "This address waits for another answer. Open the one that Glowline printed."


class Listener:
    """Waits on loopback for the one call that carries our state; any other is turned away and ends nothing."""

    def __init__(self, redirect: str, state: str) -> None:
        """Listens from here on. Raises OSError where the port is taken."""
        self._ours, self._state = urlsplit(redirect), state
        self.came_back = ""
        kind = _Six if self._ours.hostname == "::1" else _Four
        self._server = kind((kind.host, self._ours.port or 80), _Handler)
        self._server.listener = self

    def wait(self, seconds: float) -> str:
        """The whole address of that call; empty when nobody came in time."""
        deadline = monotonic() + seconds
        with self._server:
            while not self.came_back and (left := deadline - monotonic()) > 0:
                self._server.timeout = left
                self._server.handle_request()
        return self.came_back

    def hear(self, target: str) -> tuple[int, str]:
        """Status and words for a call."""
        came = urlsplit(target)
        if came.path != (self._ours.path or "/"):
            return 404, _STRAY
        if parse_qs(came.query).get("state") != [self._state]:
            return 400, _STRAY
        self.came_back = self._ours._replace(query=came.query).geturl()
        return 200, _THANKS


class _Four(HTTPServer):
    host = "127.0.0.1"
    listener: Listener


class _Six(_Four):
    host = "::1"
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    server: _Four
    timeout = 5
    """Seconds for one call: somebody who connects and says nothing does not keep the others out."""

    def do_GET(self) -> None:
        status, says = self.server.listener.hear(self.path)
        page = _PAGE.format(says).encode()
        self.send_response(status)
        for name, value in (("content-type", "text/html"), ("referrer-policy", "no-referrer")):
            self.send_header(name, value)
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Silent: its line would hold the code."""
