"""Messages by conversation: which conversations have news, and how far back each is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from canonical.problems import RefusalReason, Refused
from canonical.raw import Page, RawRecord, Suspect
from connectors.kit.access import Access
from connectors.kit.calls import Line
from connectors.kit.paging import walk
from connectors.podium import client
from connectors.podium.passes import Cursor, pages_left
from connectors.podium.rows import Row, is_ours, is_reachable, page_of, record, sorted_out

CAPABILITY: Final = "pull.messages"
OVERLAP: Final = timedelta(minutes=10)
"""How far before the last pass each conversation is read back."""
STATUS_MAY_CHANGE: Final = timedelta(days=1)
"""How old a message of a page that was read anyway may be: no event tells of a delivery, but the page may."""
Said = tuple[tuple[Row, ...], tuple[Suspect, ...]]


@dataclass(frozen=True)
class Threads:
    """The conversations of one connection."""

    access: Access

    def pages(self, at: Cursor) -> Iterator[Page]:
        """One page per conversation with news; the last page is `complete`."""
        calling, where = client.line(self.access), self.access.where(CAPABILITY)
        wanted = client.our_locations(self.access)
        first = [("locationUid", wanted[0])] if len(wanted) == 1 else []

        def fetch(token: str) -> tuple[tuple[bytes, ...], str]:
            request = client.listed(self.access, "/conversations", first, token)
            return page_of(calling.read(request, CAPABILITY).body, where)

        for (bodies, _), token in walk(fetch, at.page, pages_left, where):
            threads, suspects = sorted_out(bodies, "conversations")
            for thread in _after(threads, at.done):
                at = at.model_copy(update={"done": thread.uid})
                if is_ours(thread.fields, wanted) and self._has_news(thread, at.since):
                    records, odd = self._read(calling, thread, at.since)
                    yield Page(records=records, suspects=odd, cursor=at.model_dump_json())
            at = at.turned(token) if token else at.ended()
            yield Page(suspects=suspects, cursor=at.model_dump_json(), complete=token is None)

    def _has_news(self, thread: Row, since: datetime | None) -> bool:
        """One that does not say when something happened may have news."""
        happened = _news(thread)
        return since is None or happened is None or happened >= since - OVERLAP

    def _read(
        self, calling: Line, thread: Row, since: datetime | None
    ) -> tuple[tuple[RawRecord, ...], tuple[Suspect, ...]]:
        uid, person = thread.uid, self._person(calling, thread)
        rows, suspects = messages_of(self.access, calling, uid, since - OVERLAP if since else None)
        return tuple(record(self.access, "messages", row, f"conversation {uid}", person) for row in rows), suspects

    def _person(self, calling: Line, thread: Row) -> str:
        """The contact of a thread whose channel is no phone and no mailbox; a message of it names nobody. Empty for none."""
        if is_reachable(thread.fields):
            return ""
        where = self.access.where(CAPABILITY)
        try:
            answer = calling.read(client.ask(self.access, f"/contacts/{quote(thread.uid, safe='')}"), CAPABILITY)
        except Refused as refused:
            if refused.reason is not RefusalReason.NOT_FOUND:
                raise
            return ""
        rows, _ = sorted_out(page_of(answer.body, where)[0], "contact")
        return next((row.uid for row in rows), "")


def messages_of(access: Access, calling: Line, uid: str, since: datetime | None, capability: str = CAPABILITY) -> Said:
    """The messages of a conversation since an instant, each once, and those of the day before that stand on the same pages.

    One that was deleted meanwhile has none.

    The order of messages is not documented. A page that lies before the instant ends the reading only where all that was
    read came newest first; else everything is read.
    """
    where, rows = access.where(capability), dict[str, Row]()
    suspects: list[Suspect] = []
    path = f"/conversations/{quote(uid, safe='')}/messages"

    def fetch(token: str) -> tuple[tuple[bytes, ...], str]:
        request = client.ask(access, path, [("cursor", token)] if token else [])
        return page_of(calling.read(request, capability).body, where)

    try:
        for (bodies, _), _ in walk(fetch, "", pages_left, where):
            page, odd = sorted_out(bodies, f"conversation {uid}")
            suspects += odd
            rows.update({row.uid: row for row in page})
            if since is not None and _all_before(page, since) and _newest_first(list(rows.values())):
                break
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
    oldest = since - STATUS_MAY_CHANGE if since else None
    kept = [row for row in rows.values() if oldest is None or (row.instant("createdAt") or oldest) >= oldest]
    return tuple(kept), tuple(suspects)


def _after(threads: Sequence[Row], done: str) -> Sequence[Row]:
    """What is left of a page that was left half-way; the whole of it where it has changed meanwhile."""
    uids = [thread.uid for thread in threads]
    return threads[uids.index(done) + 1 :] if done in uids else threads


def _news(thread: Row) -> datetime | None:
    moments = [thread.instant("lastItemAt"), thread.instant("updatedAt")]
    return max((moment for moment in moments if moment), default=None)


def _all_before(page: Sequence[Row], since: datetime) -> bool:
    moments = [row.instant("createdAt") for row in page]
    return bool(moments) and all(moment is not None and moment < since for moment in moments)


def _newest_first(rows: Sequence[Row]) -> bool:
    moments = [row.instant("createdAt") for row in rows]
    known = [moment for moment in moments if moment]
    return known == sorted(known, reverse=True)
