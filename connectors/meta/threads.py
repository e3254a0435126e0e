"""Threads of direct messages, newest first. Who begins to write asks something; what is said from then on are messages."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from canonical.clock import Instant
from canonical.model import Noun
from canonical.raw import Page, RawRecord
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.moments import counted
from connectors.meta import client
from connectors.meta.edges import Edge, edge, suspect
from connectors.meta.lines import FIELDS as LINES
from connectors.meta.lines import since_silence
from connectors.meta.talk import CONVERSATIONS, MESSAGES, Talk
from connectors.meta.wire import Thread

CAPABILITY: Final = "pull.conversations"
FIELDS: Final = f"id,updated_time,participants,messages.limit(25){{{LINES}}}"
ALL, NEWS = "25", "10"
"""How many threads a page shows: at first, and when only what is new is wanted."""
PLATFORMS: Final = ("messenger", "instagram")


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


def threads(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """What threads say in which something was said since the cursor, less the overlap. The last page is `complete`."""
    del now
    calling, overlap = client.line(access), access.manifest.streams[stream].overlap
    at = Cursor.model_validate_json(cursor) if cursor else Cursor()
    if at.left is None:
        at = at.model_copy(update={"left": platforms(access), "done": 0, "page": 0})
    while at.left:
        page, at = _step(access, calling, stream, at, overlap)
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


def _step(access: Access, calling: Line, stream: str, at: Cursor, overlap: timedelta) -> tuple[Page, Cursor]:
    left = at.left or ()
    platform, origin = left[0], f"{left[0]}, page {at.page + 1}"
    query = [("platform", platform), ("fields", FIELDS), ("limit", NEWS if at.since else ALL)]
    found = edge(access, calling, f"{client.page(access)}/conversations", query, CAPABILITY, at.after)
    page, moments = _landed(access, calling, stream, platform, found, origin)
    newest = max((moment for moment in (at.newest, *moments) if moment), default=None)
    known = at.since is not None and bool(moments) and max(moments) < at.since - overlap
    on: dict[str, Any] = {"newest": newest, "after": found.after, "page": at.page + 1}
    if known or not found.after:
        on |= {"left": left[1:], "after": "", "page": 0, "done": at.done + 1}
    return page, at.model_copy(update=on)


def _landed(
    access: Access, calling: Line, stream: str, platform: str, found: Edge, origin: str
) -> tuple[Page, list[datetime]]:
    records: list[RawRecord] = []
    bad, moments = [], []
    for number, body in enumerate(found.bodies, 1):
        thread = _thread(body)
        if thread is None:
            bad.append(suspect(body, f"{origin}, row {number}"))
            continue
        moments += [moment] if (moment := counted(thread.updated_time)) else []
        records += _talk(access, calling, platform, thread, body).records(access, stream, origin)
    return Page(records=tuple(records), suspects=tuple(bad), cursor=""), moments


def _thread(body: bytes) -> Thread | None:
    try:
        return Thread.model_validate_json(body)
    except ValidationError:
        return None


def _talk(access: Access, calling: Line, platform: str, thread: Thread, body: bytes) -> Talk:
    ours = frozenset(filter(None, (client.page(access), access.setting("instagram"))))
    return Talk(platform, thread, body, tuple(since_silence(access, calling, thread.id, body, CAPABILITY)), ours)


def by_id(access: Access, ids: Sequence[str]) -> tuple[RawRecord, ...]:
    """The threads with these people, named `platform/person`: the inquiry, and where they are wanted what was said since."""
    calling = client.line(access)
    wanted = [stream for stream in (CONVERSATIONS, MESSAGES) if stream in access.connection.streams] or [CONVERSATIONS]
    return tuple(
        record
        for each in dict.fromkeys(ids)
        for talk in _with(access, calling, each)
        for stream in wanted
        for record in talk.records(access, stream, "by id")
    )


def _with(access: Access, calling: Line, name: str) -> Iterator[Talk]:
    platform, _, person = name.partition("/")
    query = [("platform", platform), ("user_id", person), ("fields", FIELDS)]
    for body in edge(access, calling, f"{client.page(access)}/conversations", query, CAPABILITY, "").bodies:
        if thread := _thread(body):
            yield _talk(access, calling, platform, thread, body)
