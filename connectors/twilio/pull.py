"""The message log, both directions, by the time a message was sent."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec

from canonical.clock import Instant
from canonical.model import Noun
from canonical.problems import ConnectorProblem, Refused
from canonical.raw import Page, RawRecord, Suspect
from connectors.kit.access import Access
from connectors.kit.calls import Line, broken_page
from connectors.kit.exchange import Request, get
from connectors.kit.paging import next_url, relative, walk
from connectors.kit.registry import Pull
from connectors.kit.shapes import Misshapen, split
from connectors.twilio import client
from connectors.twilio.wire import instant

PAGE_SIZE: Final = 1000  # Twilio's largest (twilio-oai, 2026-11)
CAPABILITY: Final = "pull.messages"


class Cursor(Noun):
    """Where a pull stands. Twilio lists newest first, so `since` moves only when a pass is through."""

    since: Instant | None = None
    """Everything sent before this was read, apart from what the overlap reads again."""
    newest: Instant | None = None
    """The latest sending time this pass has met."""
    next: str = ""
    """The page this pass goes on with, without its host: what another host said is never followed."""


class _Row(msgspec.Struct):
    """What splitting and selecting need; the record itself stays as it came."""

    sid: str
    to: Any = None
    sender: Any = msgspec.field(name="from", default=None)
    messaging_service_sid: Any = None
    date_sent: Any = None
    date_updated: Any = None


def messages(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """Messages sent since the cursor, less the overlap. One pass; the last page is `complete`."""
    del stream
    begun = Cursor.model_validate_json(cursor) if cursor else Cursor()
    try:
        yield from _pass(access, begun, now)
    except Refused:
        # The token of a page somebody left long ago has gone stale: start this pass again.
        if not begun.next:
            raise
        yield from _pass(access, Cursor(since=begun.since), now)


def _pass(access: Access, begun: Cursor, now: datetime) -> Iterator[Page]:
    where, base = access.where(CAPABILITY), client.base_url(access)
    first = next_url(base, begun.next, where) or _window(access, begun.since)
    fetch = partial(_fetched, access, client.line(access))
    newest = begun.newest or begun.since
    for number, (page, token) in enumerate(walk(fetch, first, lambda page: next_url(base, page[1], where), where), 1):
        records, suspects = _sorted_out(access, page[0], number)
        newest = max((moment for moment in (newest, *_sent(page[0])) if moment and moment <= now), default=None)
        on = Cursor(since=begun.since, newest=newest, next=relative(token)) if token else Cursor(since=newest)
        yield Page(records=records, suspects=suspects, cursor=on.model_dump_json(), complete=token is None)


def _window(access: Access, since: datetime | None) -> str:
    query: list[tuple[str, str]] = []
    if since is not None:
        overlap = access.manifest.streams["messages"].overlap
        query.append(("DateSent>", f"{since - overlap:%Y-%m-%dT%H:%M:%SZ}"))
    return get(client.resource(access, "/Messages.json"), (*query, ("PageSize", str(PAGE_SIZE)))).url


Fetched = tuple[tuple[bytes, ...], str | None]


def _fetched(access: Access, calling: Line, url: str) -> Fetched:
    problem: ConnectorProblem
    answer = calling.read(Request("GET", url), CAPABILITY)
    try:
        records, rest = split(answer.body, "messages")
    except Misshapen as wrong:
        problem = broken_page(access.where(CAPABILITY), wrong)
    else:
        return records, rest.get("next_page_uri")
    raise problem


def _sorted_out(
    access: Access, bodies: tuple[bytes, ...], page: int
) -> tuple[tuple[RawRecord, ...], tuple[Suspect, ...]]:
    records, suspects = [], []
    for index, body in enumerate(bodies, 1):
        origin = f"page {page}, message {index}"
        row = _row(body)
        if row is None:
            suspects.append(Suspect(body=body, origin=origin, code="no_id", problem=_NO_ID, next_step=_COMPARE))
        elif _is_ours(access, row):
            records.append(_record(access, row, body, origin))
    return tuple(records), tuple(suspects)


_NO_ID = "a message without a sid"
_COMPARE = "Compare the bytes with Twilio's Message resource."


def _row(body: bytes) -> _Row | None:
    try:
        row = msgspec.json.decode(body, type=_Row)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return row if row.sid else None


def _is_ours(access: Access, row: _Row) -> bool:
    """On a shared account, only what one of our numbers sent or received; the rest is another practice's."""
    wanted = client.named_numbers(access)
    return not wanted or any(one in wanted for one in (row.to, row.sender, row.messaging_service_sid))


def _record(access: Access, row: _Row, body: bytes, origin: str) -> RawRecord:
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream="messages",
        vendor_id=row.sid,
        body=body,
        origin=origin,
        effective_at=instant(row.date_updated),
    )


def _sent(bodies: tuple[bytes, ...]) -> Iterator[datetime | None]:
    rows = (_row(body) for body in bodies)
    return (instant(row.date_sent) for row in rows if row)


STREAMS: Final[dict[str, Pull]] = {"messages": messages}
