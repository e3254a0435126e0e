"""Contacts, appointments, messages, form submissions, opportunities and finished tasks of one sub-account."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from canonical.problems import Refused
from canonical.raw import Page, RawRecord
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import GONE, asking, inside, segment, telling, wrapped
from connectors.gohighlevel.calendars import Appointments, one_appointment
from connectors.gohighlevel.kinds import spoken
from connectors.gohighlevel.passes import (
    Cursor,
    Found,
    Reader,
    back,
    meta_of,
    pieces_of,
    record_of,
    row_of,
    run,
    stamp,
)
from connectors.gohighlevel.people import People
from connectors.gohighlevel.tasks import Tasks
from connectors.kit.access import Access
from connectors.kit.exchange import Answer
from connectors.kit.paging import left_of
from connectors.kit.registry import Again, Pull
from connectors.kit.shapes import said

PAGE: Final = 100
LARGE: Final = 500
"""The largest page of the search (the vendor's guide) and of the export (OpenAPI, 2026-06); elsewhere it is 100."""
COUNTED: Final = 10_000
"""As many contacts as page numbers reach; `searchAfter` goes beyond."""
FIRST_FORMS: Final = timedelta(days=365)
"""How far back a first pass reads what was asked: the vendor's own default is one month."""
CHANNELS: Final = ("", "Email")
"""The export gives mail only where it is asked for, and without a channel everything else: texts, social channels, and the log
of what staff did, which is left out here. A STOP may come by any of them (R34), and the list of channels knows but some."""


@dataclass
class Plain:
    """What most streams have in common: one leg, records as they come."""

    access: Access
    stream: str

    def legs(self, since: datetime | None, begun: datetime) -> tuple[str, ...]:
        """All of it."""
        del since, begun
        return ("all",)

    def completed(self, bodies: Sequence[bytes]) -> Sequence[bytes]:
        """Nothing is missing."""
        return bodies

    def lasting(self, bodies: Sequence[bytes], begun: datetime) -> tuple[str, ...]:
        """Absence says nothing: what did not change is absent too."""
        del bodies, begun
        return ()

    def vanished(self, ids: Sequence[str]) -> tuple[RawRecord, ...]:
        """Nothing is missed."""
        del ids
        return ()

    def ask(self, path: str, query: Mapping[str, str], version: str = client.CRM) -> Answer:
        """A read."""
        return client.line(self.access).read(asking(self.access, path, query, version), f"pull.{self.stream}")

    def pieces(self, answer: Answer, under: str) -> tuple[tuple[bytes, ...], Mapping[str, Any]]:
        """The records of an answer, and the rest of it."""
        return pieces_of(self.access, self.stream, answer, under)

    @property
    def overlap(self) -> timedelta:
        """How far behind the last pass this one starts."""
        return self.access.manifest.streams[self.stream].overlap


class Contacts(Plain):
    """The search, oldest change first, so that what changes meanwhile comes last and is not missed."""

    def page(self, at: Cursor) -> Found:
        """See `Reader.page`."""
        body: dict[str, object] = {
            "locationId": client.location(self.access),
            "pageLimit": LARGE,
            "sort": [{"field": "dateUpdated", "direction": "asc"}],
        }
        since = back(at.since, self.overlap)
        if since is not None:
            body["filters"] = [{"field": "dateUpdated", "operator": "range", "value": {"gte": stamp(since)}}]
        body |= json.loads(at.token) if at.token else {"page": 1}
        request = telling(self.access, "/contacts/search", body)
        bodies, rest = self.pieces(client.line(self.access).read(request, f"pull.{self.stream}"), "contacts")
        return Found(bodies, self._next(at, bodies, rest), rest.get("total"))

    def _next(self, at: Cursor, bodies: Sequence[bytes], rest: Mapping[str, Any]) -> str:
        """The last record says where to go on; one that does not leaves page numbers, as far as those reach."""
        read, total = at.read + len(bodies), rest.get("total")
        left = left_of(total, read)
        more = left > 0 if left is not None else len(bodies) >= LARGE
        if not bodies or not more:
            return ""
        after = _search_after(bodies[-1])
        if after:
            return json.dumps({"searchAfter": after})
        number = json.loads(at.token).get("page", 1) if at.token else 1
        return json.dumps({"page": number + 1}) if read < COUNTED else ""


def _search_after(body: bytes) -> list[object]:
    found = inside(body, "searchAfter") or b"[]"
    return list(msgspec.json.decode(found)) if found.startswith(b"[") else []


@dataclass
class Messages(Plain):
    """The export of all conversations, by the time a message last changed."""

    people: People = field(init=False)

    def __post_init__(self) -> None:
        """Whoever was looked up once is known for the rest of the pass."""
        self.people = People(self.access, f"pull.{self.stream}")

    def legs(self, since: datetime | None, begun: datetime) -> tuple[str, ...]:
        """Mail, and everything else."""
        del since, begun
        return CHANNELS

    def page(self, at: Cursor) -> Found:
        """See `Reader.page`."""
        query = {
            "locationId": client.location(self.access),
            "limit": str(LARGE),
            "sortBy": "updatedAt",
            "sortOrder": "asc",
        }
        query |= {"channel": at.legs[0]} if at.legs[0] else {}
        since = back(at.since, self.overlap)
        query |= {"startDate": stamp(since)} if since else {}
        query |= {"cursor": at.token} if at.token else {}
        bodies, rest = self.pieces(self.ask("/conversations/messages/export", query, client.TALK), "messages")
        return Found(bodies, str(rest.get("nextCursor") or "") if bodies else "", rest.get("total"))

    def completed(self, bodies: Sequence[bytes]) -> Sequence[bytes]:
        """Those in which somebody says something, with the contact's phone and address where they have none of their own."""
        return [self.people.known_in(body) for body in bodies if _spoken(body)]


class Submissions(Plain):
    """Forms that were filled in, by day."""

    def page(self, at: Cursor) -> Found:
        """See `Reader.page`."""
        begun = at.begun or at.since
        since = back(at.since, self.overlap) or (begun - FIRST_FORMS if begun else None)
        query = {"locationId": client.location(self.access), "page": at.token or "1", "limit": str(PAGE)}
        query |= {"startAt": f"{since:%Y-%m-%d}"} if since else {}
        # Days are those of the sub-account's own clock, which may be ahead of UTC.
        query |= {"endAt": f"{begun + timedelta(days=1):%Y-%m-%d}"} if begun else {}
        bodies, rest = self.pieces(self.ask("/forms/submissions", query), "submissions")
        return Found(bodies, _next_page(rest) if bodies else "", meta_of(rest).get("total"))


class Opportunities(Plain):
    """What sales has in its pipelines, by the day it was added."""

    def page(self, at: Cursor) -> Found:
        """See `Reader.page`."""
        query = {"location_id": client.location(self.access), "limit": str(PAGE), "order": "added_asc", "status": "all"}
        since = back(at.since, self.overlap)
        query |= {"date": f"{since:%m-%d-%Y}"} if since else {}
        query |= json.loads(at.token) if at.token else {}
        bodies, rest = self.pieces(self.ask("/opportunities/search", query), "opportunities")
        return Found(bodies, self._next(bodies, rest), meta_of(rest).get("total"))

    def _next(self, bodies: Sequence[bytes], rest: Mapping[str, Any]) -> str:
        meta = meta_of(rest)
        if not bodies or not (meta.get("nextPageUrl") or meta.get("nextPage")):
            return ""
        after = {name: str(meta[name]) for name in ("startAfter", "startAfterId") if meta.get(name)}
        return json.dumps(after or {"page": _next_page(rest)})


def _next_page(rest: Mapping[str, Any]) -> str:
    return str(meta_of(rest).get("nextPage") or "")


READERS: Final = {
    "contacts": Contacts,
    "appointments": Appointments,
    "messages": Messages,
    "submissions": Submissions,
    "opportunities": Opportunities,
    "tasks": Tasks,
}


def pull(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """What changed since the cursor, less the overlap. One pass; the last page is `complete`."""
    stored = Cursor.model_validate_json(cursor) if cursor else Cursor()
    reader: Reader = READERS[stream](access, stream)
    return run(access, stream, stored, now, reader)


ONE: Final[Mapping[str, tuple[str, str]]] = {
    "contacts": ("/contacts/", "contact"),
    "opportunities": ("/opportunities/", "opportunity"),
}
"""Stream → path of one record, and the name its answer wraps it in."""


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These records as they are now, past the search's index; what is not there any more is left out."""
    del now
    found = (_one(access, stream, each) for each in ids)
    return tuple(one for one in found if one is not None)


def _one(access: Access, stream: str, vendor_id: str) -> RawRecord | None:
    path, under = ONE[stream]
    body = wrapped(access, f"{path}{segment(vendor_id)}", under, f"pull.{stream}")
    row = row_of(body) if body else None
    return record_of(access, stream, row, body, f"{stream} by id") if row and body else None


def appointments_by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These appointments as they are now; what is gone is left out, and the next pass looks for it."""
    del now
    return tuple(filter(None, (one_appointment(access, stream, each) for each in ids)))


CONVERSATION: Final = "conversation/"
"""Before the id of a conversation in a hint: some calls about a message do not say which."""


def messages_by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These messages as they are now, and of a conversation its latest ones."""
    del now
    people = People(access, f"pull.{stream}")
    bodies = [body for each in ids for body in _messages(access, stream, each)]
    rows = [(row_of(body), people.known_in(body)) for body in bodies]
    return tuple(record_of(access, stream, row, body, f"{stream} by id") for row, body in rows if row)


def _messages(access: Access, stream: str, named: str) -> Sequence[bytes]:
    if not named.startswith(CONVERSATION):
        path = f"/conversations/messages/{segment(named)}"
        body = wrapped(access, path, "message", f"pull.{stream}", client.TALK)
        return [body] if body and _spoken(body) else []
    path = f"/conversations/{segment(named.removeprefix(CONVERSATION))}/messages"
    request = asking(access, path, {"limit": "20"}, client.TALK)
    try:
        answer = client.line(access).read(request, f"pull.{stream}")
    except Refused as refused:
        if refused.reason not in GONE:
            raise
        return []
    return [body for body in _listed(access, stream, answer) if _spoken(body)]


def _listed(access: Access, stream: str, answer: Answer) -> Sequence[bytes]:
    """The messages of a conversation: the document has them in `messages`, recorded answers once more inside it."""
    inner = inside(answer.body, "messages")
    whole = Answer(answer.status, answer.headers, inner) if inner and inner[:1] == b"{" else answer
    return pieces_of(access, stream, whole, "messages")[0]


class _Spoken(msgspec.Struct, rename="camel"):
    message_type: Any = None
    type: Any = None


def _spoken(body: bytes) -> bool:
    try:
        told = msgspec.json.decode(body, type=_Spoken)
    except msgspec.MsgspecError:
        return True  # its mapping says what is wrong with it
    return spoken(said(told.message_type) or said(told.type))


STREAMS: Final[dict[str, Pull]] = dict.fromkeys(READERS, pull)
BY_ID: Final[dict[str, Again]] = {
    "contacts": by_id,
    "opportunities": by_id,
    "appointments": appointments_by_id,
    "messages": messages_by_id,
}
