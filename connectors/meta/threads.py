"""Threads of direct messages, newest first: each is an inquiry of whoever wrote, since they last began to write."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from canonical.clock import Instant
from canonical.model import Noun
from canonical.raw import Page, RawRecord
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.exchange import get
from connectors.kit.moments import counted
from connectors.kit.shapes import beside
from connectors.meta import client
from connectors.meta.edges import Edge, edge, suspect
from connectors.meta.wire import Message, Messages, Person, Thread

CAPABILITY: Final = "pull.conversations"
LINES: Final = "id,created_time,from,to,message"
FIELDS: Final = f"id,updated_time,participants,messages.limit(25){{{LINES}}}"
ALL, NEWS = "25", "10"
"""How many threads a page shows: at first, and when only what is new is wanted."""
PLATFORMS: Final = ("messenger", "instagram")
SILENCE: Final = timedelta(hours=24)
"""After so long without a word, whoever writes asks anew (R4)."""
MOST_LINES: Final = 500
"""A conversation that goes on without a pause for longer than that began where we stop looking."""


class Cursor(Noun):
    """Where the stream stands."""

    passes: int = 0
    since: Instant | None = None
    """Every thread changed before this was read, apart from what the overlap reads again."""
    newest: Instant | None = None
    left: tuple[str, ...] | None = None
    """Platforms this pass still has to read; None between two passes."""
    done: int = 0
    page: int = 0
    after: str = ""


def conversations(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """Threads in which something was said since the cursor, less the overlap. The last page is `complete`."""
    del now
    calling, overlap = client.line(access), access.manifest.streams[stream].overlap
    at = Cursor.model_validate_json(cursor) if cursor else Cursor()
    if at.left is None:
        at = at.model_copy(update={"left": platforms(access), "done": 0, "page": 0})
    while at.left:
        page, at = _step(access, calling, at, overlap)
        if not at.left:
            yield page.model_copy(update={"cursor": _ended(at).model_dump_json(), "complete": True})
            return
        yield page.model_copy(update={"cursor": at.model_dump_json()})
    yield Page(cursor=_ended(at).model_dump_json(), complete=True)


def platforms(access: Access) -> tuple[str, ...]:
    """Messenger, and Instagram where the settings name an account of it."""
    return PLATFORMS if access.setting("instagram") else PLATFORMS[:1]


def _ended(at: Cursor) -> Cursor:
    newest = max((moment for moment in (at.since, at.newest) if moment), default=None)
    return Cursor(passes=at.passes + 1, since=newest)


def _step(access: Access, calling: Line, at: Cursor, overlap: timedelta) -> tuple[Page, Cursor]:
    left = at.left or ()
    platform, origin = left[0], f"{left[0]}, page {at.page + 1}"
    query = [("platform", platform), ("fields", FIELDS), ("limit", NEWS if at.since else ALL)]
    found = edge(access, calling, f"{client.page(access)}/conversations", query, CAPABILITY, at.after)
    page, moments = _landed(access, calling, platform, found, origin)
    newest = max((moment for moment in (at.newest, *moments) if moment), default=None)
    known = at.since is not None and bool(moments) and max(moments) < at.since - overlap
    on: dict[str, Any] = {"newest": newest, "after": found.after, "page": at.page + 1}
    if known or not found.after:
        on |= {"left": left[1:], "after": "", "page": 0, "done": at.done + 1}
    return page, at.model_copy(update=on)


def _landed(access: Access, calling: Line, platform: str, found: Edge, origin: str) -> tuple[Page, list[datetime]]:
    records, bad, moments = [], [], []
    for number, body in enumerate(found.bodies, 1):
        thread = _thread(body)
        if thread is None:
            bad.append(suspect(body, f"{origin}, row {number}"))
            continue
        moments += [moment] if (moment := counted(thread.updated_time)) else []
        record = _record(access, calling, platform, thread, body, origin)
        records += [record] if record else []
    return Page(records=tuple(records), suspects=tuple(bad), cursor=""), moments


def _thread(body: bytes) -> Thread | None:
    try:
        return Thread.model_validate_json(body)
    except ValidationError:
        return None


def _record(access: Access, calling: Line, platform: str, thread: Thread, body: bytes, origin: str) -> RawRecord | None:
    """The thread as an inquiry; None where only we have written."""
    ours = _ours(access)
    lines = _since_silence(_lines(access, calling, thread))
    theirs = [line for line in lines if line.sender and line.sender.id and line.sender.id not in ours]
    if not theirs:
        return None
    first, person = theirs[-1], _person(thread, theirs[-1])
    told = {
        "key": f"{thread.id}/{first.id or first.created_time}",
        "source": platform,
        "person": person.id,
        "name": person.name or person.username,
        "at": first.created_time,
        "heard_at": theirs[0].created_time,
        "text": "\n".join(line.message for line in reversed(theirs) if line.message),
    }
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream="conversations",
        vendor_id=told["key"],
        body=beside(body, "told", told),
        origin=origin,
        effective_at=counted(thread.updated_time),
    )


def _ours(access: Access) -> frozenset[str]:
    return frozenset(filter(None, (client.page(access), access.setting("instagram"))))


def _person(thread: Thread, line: Message) -> Person:
    """Whoever wrote, with the name that the thread knows them by."""
    wrote = line.sender or Person()
    return next((each for each in thread.participants if each.id == wrote.id), wrote)


def _lines(access: Access, calling: Line, thread: Thread) -> Iterator[Message]:
    """The thread's lines, newest first; those that did not come along are asked for when they are needed."""
    shown, told = thread.messages or Messages(), 0
    while True:
        yield from shown.data
        told += len(shown.data)
        after = shown.paging.token if shown.paging else None
        if not after or not shown.data or told >= MOST_LINES:
            return
        query = [("fields", LINES), ("limit", "100"), ("after", after)]
        shown = calling.read_as(Messages, get(client.resource(access, f"{thread.id}/messages"), query), CAPABILITY)


def _since_silence(lines: Iterator[Message]) -> list[Message]:
    """The newest lines, back to the last long pause."""
    found: list[Message] = []
    for line in lines:
        if found and _paused(line, found[-1]):
            break
        found.append(line)
    return found


def _paused(before: Message, after: Message) -> bool:
    earlier, later = counted(before.created_time), counted(after.created_time)
    return earlier is not None and later is not None and later - earlier >= SILENCE


def by_id(access: Access, ids: Sequence[str]) -> tuple[RawRecord, ...]:
    """The threads with these people, named `platform/person`."""
    calling = client.line(access)
    return tuple(record for each in dict.fromkeys(ids) for record in _with(access, calling, each))


def _with(access: Access, calling: Line, name: str) -> tuple[RawRecord, ...]:
    platform, _, person = name.partition("/")
    query = [("platform", platform), ("user_id", person), ("fields", FIELDS)]
    found = edge(access, calling, f"{client.page(access)}/conversations", query, CAPABILITY, "")
    return _landed(access, calling, platform, found, "by id")[0].records
