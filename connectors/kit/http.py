"""One HTTP exchange with a vendor, over requests, noting whether anything had left when no answer came.

The only module that imports requests. It decides nothing: retries, budgets and problems are in `calls`.
"""

import contextlib
import http.cookiejar
import socket
import ssl
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any

import requests  # noqa: TID251 - the one place that speaks HTTP, so that the six errors and redaction are certain
import requests.adapters  # noqa: TID251 - requests again
import urllib3
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.kit.exchange import Answer, Request, Silence, Unanswered

LARGEST_ANSWER = 64 * 1024 * 1024
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds of machine time. `whole` stays well under a claim's lease of 60 s, so that no lease ends mid-call."""

    connect: float = 5.0
    read: float = 20.0
    whole: float = 40.0


class _Note:
    """Remembers, for one exchange, that a byte was handed to the network."""

    __slots__ = ("written",)

    def __init__(self) -> None:
        self.written = False


_noting: ContextVar[_Note | None] = ContextVar("glowline_written", default=None)


def _note_after_connecting(connection: HTTPConnection) -> None:
    """Connecting (DNS, TCP, TLS) comes first, so what fails there has written nothing; then a byte may leave."""
    if connection.sock is None:
        connection.connect()
    note = _noting.get()
    if note is not None:
        note.written = True


class _PlainConnection(HTTPConnection):
    @override
    def send(self, data: Any) -> None:
        _note_after_connecting(self)
        super().send(data)


class _TlsConnection(HTTPSConnection):
    @override
    def send(self, data: Any) -> None:
        _note_after_connecting(self)
        super().send(data)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(requests.adapters.HTTPAdapter):
    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class RequestsTransport:
    """Requests over kept-alive connections, one session per vendor account. Thread-safe.

    Nothing is taken from the environment (no .netrc, no proxy, no CA bundle): a stray variable must not be able to
    change who gets a patient's number. `authorities` is a CA bundle for hosts with a private certificate.
    """

    def __init__(self, timeouts: Timeouts = Timeouts(), *, authorities: str | None = None) -> None:
        """No connection is made yet."""
        self._timeouts = timeouts
        self._authorities = authorities
        self._sessions: dict[str, requests.Session] = {}
        self._lock = Lock()

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        """See `Transport`."""
        note = _Note()
        token = _noting.set(note)
        try:
            if not fresh:
                return self._answer(request, self._session(account))
            with self._opened() as session:
                return self._answer(request, session)
        except _TooLarge:
            why = Silence.TOO_LARGE
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            why = _silence(error)
        finally:
            _noting.reset(token)
        # Raised out here, where no library's exception with the URL in it hangs on as context.
        raise Unanswered(why, written=note.written)

    def close(self) -> None:
        """Close all kept-alive connections. The transport may be used again."""
        with self._lock:
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()

    def _answer(self, request: Request, session: requests.Session) -> Answer:
        deadline = time.monotonic() + self._timeouts.whole
        response = session.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            data=request.body or None,
            timeout=(self._timeouts.connect, self._timeouts.read),
            allow_redirects=False,
            stream=True,
        )
        with contextlib.closing(response):
            body = b"".join(_pieces(response.raw, deadline))
        return Answer(response.status_code, {name.lower(): text for name, text in response.headers.items()}, body)

    def _session(self, account: str) -> requests.Session:
        with self._lock:
            if account not in self._sessions:
                self._sessions[account] = self._opened()
            return self._sessions[account]

    def _opened(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = self._authorities or True
        session.headers["user-agent"] = "glowline"
        session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter(max_retries=0))
        return session


class _TooLarge(Exception):
    pass


def _pieces(raw: urllib3.HTTPResponse, deadline: float) -> Iterator[bytes]:
    """The decoded body in pieces; a drip that outlives the deadline counts as a timeout."""
    size = 0
    while piece := raw.read1(_PIECE, decode_content=True):
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise _TooLarge
        if time.monotonic() > deadline:
            raise TimeoutError
        yield piece


_CAUSES: tuple[tuple[type[BaseException], Silence], ...] = (
    (urllib3.exceptions.NameResolutionError, Silence.DNS),
    (socket.gaierror, Silence.DNS),
    (urllib3.exceptions.SSLError, Silence.TLS),
    (ssl.SSLError, Silence.TLS),
    (urllib3.exceptions.NewConnectionError, Silence.REFUSED),
    (ConnectionRefusedError, Silence.REFUSED),
    (urllib3.exceptions.TimeoutError, Silence.TIMEOUT),
    (TimeoutError, Silence.TIMEOUT),
    (requests.exceptions.Timeout, Silence.TIMEOUT),
)


def _silence(error: BaseException) -> Silence:
    """The first telling cause on the way down; libraries wrap it up to four deep."""
    chain = list(_causes(error))
    return next((why for kind, why in _CAUSES if any(isinstance(link, kind) for link in chain)), Silence.RESET)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop()
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
