"""Contacts, reviews, invitations and messages: what changed since the last pass began, less the overlap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from canonical.problems import Refused
from canonical.raw import Page
from connectors.kit.access import Access
from connectors.kit.paging import walk
from connectors.kit.registry import Pull
from connectors.podium import client
from connectors.podium.passes import Cursor, pages_left
from connectors.podium.rows import Row, is_ours, page_of, record, sorted_out
from connectors.podium.threads import Threads


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that knows when its records changed."""

    path: str
    since: str
    """The parameter that asks for what changed after an instant."""


LISTINGS: Final[dict[str, Listing]] = {
    "contacts": Listing("/contacts", "updated_at"),
    "reviews": Listing("/reviews", "updatedAt[gte]"),
    "invites": Listing("/reviews/invites", "updatedAt[gte]"),
}


def listed(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """Records that changed since the cursor, less the overlap. One pass; the last page is `complete`."""
    yield from _resumed(access, stream, cursor, now)


def messages(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """Messages of every conversation in which something happened since the cursor, less the overlap.

    No list of messages has a date to ask for: all conversations are listed, and those with news are read back to it.
    """
    yield from _resumed(access, stream, cursor, now)


def _resumed(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    at = (Cursor.model_validate_json(cursor) if cursor else Cursor()).under_way(now)
    passing = _threads if stream == "messages" else _records
    try:
        yield from passing(access, stream, at)
    except Refused:
        # The token of a page somebody left long ago has gone stale: start this pass again.
        if not at.page:
            raise
        yield from passing(access, stream, at.anew(now))


def _records(access: Access, stream: str, at: Cursor) -> Iterator[Page]:
    listing, calling, where = LISTINGS[stream], client.line(access), access.where(f"pull.{stream}")
    first, wanted = _since(listing, at, access.manifest.streams[stream].overlap), client.our_locations(access)

    def fetch(token: str) -> tuple[tuple[bytes, ...], str]:
        request = client.listed(access, listing.path, first, token)
        return page_of(calling.read(request, where.capability).body, where)

    for number, ((bodies, _), token) in enumerate(walk(fetch, at.page, pages_left, where), 1):
        origin = f"page {number}"
        rows, suspects = sorted_out(bodies, origin)
        ours = _once(row for row in rows if is_ours(row.fields, wanted))
        records = tuple(record(access, stream, row, f"{origin}, {row.uid}") for row in ours)
        on = at.turned(token) if token else at.ended()
        yield Page(records=records, suspects=suspects, cursor=on.model_dump_json(), complete=token is None)


def _threads(access: Access, stream: str, at: Cursor) -> Iterator[Page]:
    del stream
    yield from Threads(access).pages(at)


def _since(listing: Listing, at: Cursor, overlap: timedelta) -> Sequence[tuple[str, str]]:
    return [(listing.since, f"{at.since - overlap:%Y-%m-%dT%H:%M:%SZ}")] if at.since else []


def _once(rows: Iterator[Row]) -> list[Row]:
    """A page's rows; of one that stands there twice the last."""
    return list({row.uid: row for row in rows}.values())


STREAMS: Final[dict[str, Pull]] = {**dict.fromkeys(LISTINGS, listed), "messages": messages}
