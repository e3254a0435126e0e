"""What is asked of a vendor and what comes back, as plain values: a request, an answer, or silence."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol, Self
from urllib.parse import quote, urlencode, urlsplit

from typing_extensions import override


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What we ask for. Its repr shows method and host only: paths, queries and bodies may name people."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @override
    def __repr__(self) -> str:
        return f"Request({self.method} {urlsplit(self.url).hostname})"

    def with_headers(self, **headers: str) -> Self:
        """The same request with these headers added; `_` in a name stands for `-`."""
        return replace(
            self, headers={**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        )


def get(url: str, query: Sequence[tuple[str, str]] = ()) -> Request:
    """A GET. The query is percent-encoded in the order given, spaces as %20."""
    return Request("GET", f"{url}?{urlencode(query, quote_via=quote)}" if query else url)


def post_form(url: str, fields: Sequence[tuple[str, str]]) -> Request:
    """A POST of form fields; a repeated name is a list."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", url, headers, urlencode(fields).encode())


def post_json(url: str, body: bytes, *, method: str = "POST") -> Request:
    """A POST (or PUT, PATCH) of JSON bytes."""
    return Request(method, url, {"content-type": "application/json"}, body)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What came back, bytes untouched apart from transfer and content encoding. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @override
    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class Silence(StrEnum):
    """Why there is no answer."""

    DNS = "dns"
    REFUSED = "refused"
    """No connection could be made."""
    TLS = "tls"
    """The other side could not prove who it is."""
    TIMEOUT = "timeout"
    RESET = "reset"
    """The connection ended before the answer was complete."""
    TOO_LARGE = "too_large"


class Unanswered(Exception):
    """No complete answer. `written`: at least one byte of the request may have left this machine."""

    def __init__(self, why: Silence, *, written: bool) -> None:
        """Carries no chained exception on purpose: those of the libraries quote the URL."""
        super().__init__(f"no answer ({why}), {'something' if written else 'nothing'} was written")
        self.why = why
        self.written = written


class Transport(Protocol):
    """Something that can carry a request. Swappable: tests put their own in its place."""

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        """One request, one answer; no retry, no redirect.

        `fresh` takes a connection of its own. One that was kept alive may be closed by the vendor in the very moment we
        write, and then nobody can say whether the request arrived: a doubt not worth the handshake it saves.

        Raises:
            Unanswered: no complete answer came.
        """


def is_private(url: str) -> bool:
    """Whether nobody on the way can read along: https, or a host that is this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
