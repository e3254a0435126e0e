"""Walking a vendor's pages to their end, and noticing when there is none."""

from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

from canonical.problems import ProtocolBroken, Where

P = TypeVar("P")

MOST_PAGES = 100_000
"""More than any vendor has; a safety net under the check for repeated tokens."""


def walk(
    fetch: Callable[[str], P], first: str, follow: Callable[[P], str | None], where: Where
) -> Iterator[tuple[P, str | None]]:
    """Pages from `first` on, each with the token of the next one, or None on the last.

    A token is whatever the vendor continues by: a URL, a cursor, a page number.

    Raises:
        ProtocolBroken: a token comes back that was followed before; the pages would never end.
    """
    followed = {first}
    token: str | None = first
    while token is not None:
        page = fetch(token)
        token = follow(page)
        if token is not None and (token in followed or len(followed) >= MOST_PAGES):
            raise ProtocolBroken(
                where, "its pages never end: one token came twice.", next_step="Report it to the vendor."
            )
        if token is not None:
            followed.add(token)
        yield page, token


def next_url(base: str, found: str | None, where: Where) -> str | None:
    """Where a next-page URI leads, which may be relative. Empty means there is none.

    Raises:
        ProtocolBroken: it leads to another host, to which our credentials must not go.
    """
    if not found:
        return None
    url = urljoin(base, found)
    if _origin(url) != _origin(base):
        raise ProtocolBroken(where, "its next page lies on another host.", next_step="Check the connection's base URL.")
    return url


def relative(url: str) -> str:
    """The URL without its host, as a cursor keeps it: a vendor that moves does not strand a pull half-way."""
    return urlunsplit(urlsplit(url)._replace(scheme="", netloc=""))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def next_number(current: str, size: int, wanted: int) -> str | None:
    """The next page number after `current`, for vendors that only count: a short page is the last."""
    return str(int(current) + 1) if size >= wanted else None


def left_of(total: object, read: int) -> int | None:
    """How many records come after those that were read, by a total that a vendor names; None where that is no total."""
    if isinstance(total, bool) or not isinstance(total, int) or total < read:
        return None
    return total - read
