"""Customers, payments and orders: what changed since the last pass, page by page."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from canonical.clock import Instant
from canonical.model import Noun
from canonical.problems import Refused
from canonical.raw import Page
from connectors.kit.access import Access
from connectors.kit.exchange import Request, get, post_json
from connectors.kit.paging import walk
from connectors.kit.parts import Parts
from connectors.square import client
from connectors.square.rows import Rows, rows_of

PAGE_SIZE: Final = 100  # Square's largest (specification @ 5733f662)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ORDERS: Final = "orders"
A_YEAR: Final = timedelta(days=366)
"""How far back the first pass reads orders: spending is counted over twelve months (M5), and more is not needed."""


class Cursor(Noun):
    """Where a stream stands."""

    since: Instant | None = None
    """Every change up to here was read, apart from what the overlap reads again."""
    begun: Instant | None = None
    """When the pass under way began; None between two passes."""
    place: int = 0
    """Which of the connection's places it is at."""
    next: str = ""
    """The page it goes on with."""
    read: int = 0
    """Rows of that place so far."""


Ask = Callable[[Access, datetime | None, str, str], Request]
"""The request for a page: changed since, at which place (or empty), from which token on (or empty)."""


def ask_customers(access: Access, since: datetime | None, place: str, token: str) -> Request:
    """A search. Customers belong to the merchant, not to a place; sorted by when they came, so that pages do not shift.

    It is the one list of Square's that says how many there are, where it is asked.
    """
    del place
    query: dict[str, object] = {"sort": {"field": "CREATED_AT", "order": "ASC"}}
    if since is not None:
        query["filter"] = {"updated_at": {"start_at": written(since)}}
    body: dict[str, object] = {"limit": PAGE_SIZE, "query": query, "count": True}
    body |= {"cursor": token} if token else {}
    return post_json(client.resource(access, "/v2/customers/search"), json.dumps(body).encode())


def ask_payments(access: Access, since: datetime | None, place: str, token: str) -> Request:
    """The list by last change. Without a place Square means the merchant's main one."""
    query = [
        ("limit", str(PAGE_SIZE)),
        ("sort_field", "UPDATED_AT"),
        ("sort_order", "ASC"),
        ("updated_at_begin_time", written(since or EPOCH)),
        *((("location_id", place),) if place else ()),
        *((("cursor", token),) if token else ()),
    ]
    return get(client.resource(access, "/v2/payments"), query)


def ask_orders(access: Access, since: datetime | None, place: str, token: str) -> Request:
    """A search by last change, at one place: an order is always one's. Square wants the order of rows to follow the filter."""
    query = {
        "filter": {"date_time_filter": {"updated_at": {"start_at": written(since or EPOCH)}}},
        "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"},
    }
    body: dict[str, object] = {"location_ids": [place], "limit": PAGE_SIZE, "query": query}
    body |= {"cursor": token} if token else {}
    return post_json(client.resource(access, "/v2/orders/search"), json.dumps(body).encode())


def written(moment: datetime) -> str:
    """An instant as Square wants it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


ASKS: Final[dict[str, Ask]] = {"customers": ask_customers, "payments": ask_payments, ORDERS: ask_orders}


@dataclass(frozen=True)
class _Pass:
    access: Access
    stream: str
    since: datetime | None

    def page(self, place: str, token: str) -> Rows:
        capability = f"pull.{self.stream}"
        request = client.versioned(ASKS[self.stream](self.access, self.since, place, token))
        answer = client.line(self.access).read(request, capability)
        return rows_of(answer.body, self.stream, self.access.where(capability), "page")


def changed(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """What changed since the cursor, less the overlap. One pass; the last page is `complete`."""
    at = Cursor.model_validate_json(cursor) if cursor else Cursor()
    begun = at if at.begun else at.model_copy(update={"begun": now})
    try:
        yield from _read(access, stream, begun)
    except Refused:
        # A token ends after minutes, and a pass that was left may go on a day later: begin this place again.
        if not begun.next:
            raise
        yield from _read(access, stream, begun.model_copy(update={"next": "", "read": 0}))


def _read(access: Access, stream: str, at: Cursor) -> Iterator[Page]:
    overlap = access.manifest.streams[stream].overlap
    reading = _Pass(access, stream, at.since - overlap if at.since else _beginning(stream, at))
    where, seen, parts = access.where(f"pull.{stream}"), set[str](), Parts()
    places = _places(access, stream)
    for number, place in enumerate(places[at.place :], at.place):
        first, read = (at.next, at.read) if number == at.place else ("", 0)
        for page, token in walk(lambda each, at=place: reading.page(at, each), first, lambda page: page.next, where):  # type: ignore[misc]  # at: str
            last, read = token is None and number == len(places) - 1, read + page.size
            fresh = [row for row in page.rows if row.id not in seen]
            seen.update(row.id for row in fresh)
            yield Page(
                records=tuple(row.record(access, stream, f"page at {place or 'all'}") for row in fresh),
                suspects=page.suspects,
                cursor=_after(at, number, token, read, last=last).model_dump_json(),
                complete=last,
                **parts.to_come(len(places) - number, read, page.size, page.total, further=token is not None),
            )


def _after(at: Cursor, number: int, token: str | None, read: int, *, last: bool) -> Cursor:
    if last:
        return Cursor(since=at.begun)
    if token is None:
        return Cursor(since=at.since, begun=at.begun, place=number + 1)
    return Cursor(since=at.since, begun=at.begun, place=number, next=token, read=read)


def _beginning(stream: str, at: Cursor) -> datetime | None:
    """Since when the first pass reads; None: everything. It stays the same while the pass goes on: a token belongs to its question."""
    return at.begun - A_YEAR if stream == ORDERS and at.begun else None


def _places(access: Access, stream: str) -> tuple[str, ...]:
    """Where to ask: customers are the merchant's, payments of no place are those of the main one, and orders must name theirs."""
    if stream == ORDERS:
        return client.locations(access) or tuple(place.id for place in client.known_places(access))
    return (client.locations(access) if stream == "payments" else ()) or ("",)
