"""Reviews of each location, newest change first, down to what was read before; now and then all of them, to see what is gone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pydantic import Field

from canonical.clock import Instant
from canonical.model import Noun
from canonical.problems import ProtocolBroken, RefusalReason, Refused
from canonical.raw import Page, RawRecord, Suspect
from connectors.google_business_profile import client
from connectors.google_business_profile.wire import STARS
from connectors.kit.access import Access
from connectors.kit.calls import Line, broken_page
from connectors.kit.exchange import get
from connectors.kit.moments import counted
from connectors.kit.parts import Parts, ToCome
from connectors.kit.registry import Again, Pull
from connectors.kit.shapes import Misshapen, beside, said, split, told_apart

ALL, NEWS = "50", "10"
"""How many reviews a page shows: Google's largest (reviews/list, 2026-11), and what is enough to see what is new."""
CAPABILITY: Final = "pull.reviews"
BETWEEN_SWEEPS: Final = timedelta(days=7)
"""How often everything is read: a deleted review only vanishes, and nothing else tells."""


class Cursor(Noun):
    """Where the stream stands."""

    passes: int = 0
    seen: dict[str, Instant] = Field(default_factory=dict)
    """The newest change read of each location, by passes that ended."""
    swept: Instant | None = None
    """When the last pass that read everything began."""
    begun: Instant | None = None
    """When the pass under way began; None between two passes."""
    left: tuple[str, ...] = ()
    """Locations it still has to read, the one it is reading first."""
    done: int = 0
    page: int = 0
    token: str = ""
    newest: Instant | None = None
    """The newest change met in the location under way."""
    shown: int = 0
    """How many reviews that location has shown so far."""
    sweeps: bool = False
    """Whether this pass reads everything."""
    tallied: bool = True
    """Whether every location so far has shown as many as Google counts, in one go: else nothing is called gone."""


class _Row(msgspec.Struct, rename="camel"):
    """What splitting needs; the record itself stays as it came."""

    name: Any = None
    review_id: Any = None
    star_rating: Any = None
    update_time: Any = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """One page of one location's reviews."""

    records: tuple[RawRecord, ...]
    suspects: tuple[Suspect, ...]
    token: str
    total: int | None

    @property
    def size(self) -> int:
        """How many rows it has, whatever they are worth."""
        return len(self.records) + len(self.suspects)

    @property
    def changes(self) -> tuple[datetime, ...]:
        return tuple(record.effective_at for record in self.records if record.effective_at)


def reviews(access: Access, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
    """One pass, or the rest of one. The last page is `complete`, and `whole` where it saw all there is.

    Raises:
        ProtocolBroken: Google's pages never end.
    """
    overlap = access.manifest.streams[stream].overlap
    at = _under_way(access, Cursor.model_validate_json(cursor) if cursor else Cursor(), now)
    calling, followed, parts = client.line(access), set[str](), Parts()
    while at.left:
        shown, at = _page(access, calling, at)
        following = f"{at.left[0]} {shown.token}"
        if shown.token and following in followed:
            raise ProtocolBroken(
                access.where(CAPABILITY), "its pages never end: one token came twice.", next_step="Report it to Google."
            )
        followed.add(following)
        to_come = _to_come(parts, at, shown)
        at = _after(at, shown, overlap)
        if not at.left:
            yield _last(at, shown.records, shown.suspects)
            return
        yield Page(records=shown.records, suspects=shown.suspects, cursor=at.model_dump_json(), **to_come)
    yield _last(at, (), ())


def _to_come(parts: Parts, at: Cursor, shown: _Shown) -> ToCome:
    """Places are parts, each with its count. Only a pass that reads everything knows what is to come."""
    further = bool(shown.token)
    found = parts.to_come(len(at.left), at.shown + shown.size, shown.size, shown.total, further=further)
    return found if at.sweeps else {}


def _under_way(access: Access, at: Cursor, now: datetime) -> Cursor:
    """This pass, or a new one that begins now. After a cut nobody knows any more what was shown before it."""
    if at.begun:
        return at.model_copy(update={"tallied": False})
    places = client.named_locations(access) or tuple(place.name for place in client.locations(access, CAPABILITY))
    sweeps = at.swept is None or now - at.swept >= BETWEEN_SWEEPS
    fresh = {"begun": now, "left": places, "sweeps": sweeps, "tallied": True, "done": 0, "page": 0}
    return at.model_copy(update=fresh)


def _last(at: Cursor, records: tuple[RawRecord, ...], suspects: tuple[Suspect, ...]) -> Page:
    whole, left = at.sweeps and at.tallied, 0 if at.sweeps else None
    ended = Cursor(passes=at.passes + 1, seen=at.seen, swept=at.begun if at.sweeps else at.swept)
    return Page(
        records=records, suspects=suspects, cursor=ended.model_dump_json(), complete=True, whole=whole, left=left
    )


def _after(at: Cursor, shown: _Shown, overlap: timedelta) -> Cursor:
    """Behind that page: the next one, or the next location."""
    newest = max((moment for moment in (at.newest, *shown.changes) if moment), default=None)
    count = at.shown + shown.size
    place = at.left[0]
    known = at.seen.get(place)
    reached = known is not None and bool(shown.changes) and min(shown.changes) < known - overlap
    if shown.token and (at.sweeps or not reached):
        return at.model_copy(update={"token": shown.token, "newest": newest, "shown": count, "page": at.page + 1})
    seen = {**at.seen, place: max(newest, known) if known else newest} if newest else at.seen
    tallied = at.tallied and (shown.total is None or shown.total == count) if at.sweeps else at.tallied
    fresh = {"left": at.left[1:], "token": "", "newest": None, "shown": 0, "page": 0}
    return at.model_copy(update={**fresh, "seen": seen, "tallied": tallied, "done": at.done + 1})


def _page(access: Access, calling: Line, at: Cursor) -> tuple[_Shown, Cursor]:
    """One page and where it stands. A token that somebody left long ago has gone stale: that location is begun anew."""
    try:
        return _read(access, calling, at), at
    except Refused as refused:
        if not at.token or refused.reason is not RefusalReason.INVALID:
            raise
    anew = at.model_copy(update={"token": "", "shown": 0})
    return _read(access, calling, anew), anew


def _read(access: Access, calling: Line, at: Cursor) -> _Shown:
    place = at.left[0]
    query = [
        ("pageSize", ALL if at.sweeps else NEWS),
        ("orderBy", "updateTime desc"),
        *([("pageToken", at.token)] if at.token else []),
    ]
    parent = f"{client.account(access)}/{place}"
    answer = calling.read(get(client.reviews_url(access, f"{parent}/reviews"), query), CAPABILITY)
    bodies, rest = _split(access, answer.body)
    page = f"{place}, page {at.page + 1}"
    records, bad = told_apart(bodies, lambda body: _record(access, parent, body, page), _suspect, f"{page}, review")
    total = rest.get("totalReviewCount")
    return _Shown(
        records=records,
        suspects=bad,
        token=said(rest.get("nextPageToken")),
        total=total if isinstance(total, int) and not isinstance(total, bool) else None,
    )


def _split(access: Access, body: bytes) -> tuple[tuple[bytes, ...], dict[str, Any]]:
    """A page's reviews and its other fields; a location without reviews has an empty page."""
    problem: ProtocolBroken
    try:
        bodies, rest = split(body, "reviews")
        return bodies, dict(rest)
    except Misshapen as wrong:
        problem = broken_page(access.where(CAPABILITY), wrong)
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise problem from None
    if found.get("reviews") is None and "error" not in found:
        return (), found
    raise problem


def _record(access: Access, parent: str, body: bytes, origin: str) -> RawRecord | None:
    """A review with its whole name, which an answer to it needs."""
    try:
        row = msgspec.json.decode(body, type=_Row)
    except msgspec.MsgspecError:
        return None
    which = said(row.review_id)
    name = said(row.name) or (f"{parent}/reviews/{which}" if which else "")
    if not name:
        return None
    told = {"review": name, "location": _location_of(name), "stars": STARS.get(said(row.star_rating), "")}
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream="reviews",
        vendor_id=name,
        body=beside(body, "told", told),
        origin=origin,
        effective_at=counted(row.update_time),
    )


def _location_of(name: str) -> str:
    """`locations/2` out of `accounts/1/locations/2/reviews/3`."""
    parts = name.split("/")
    at = parts.index("locations") if "locations" in parts else len(parts)
    return "/".join(parts[at : at + 2])


def _suspect(body: bytes, origin: str) -> Suspect:
    return Suspect(
        body=body,
        origin=origin,
        code="no_id",
        problem="a review without a name",
        next_step="Compare the bytes with Google's Review resource.",
    )


def by_id(access: Access, stream: str, ids: Sequence[str], now: datetime) -> tuple[RawRecord, ...]:
    """These reviews as they are now; what is gone, or stands under a place that is not ours, is left out."""
    del stream, now
    calling, ours = client.line(access), client.named_locations(access)
    wanted = [name for name in dict.fromkeys(ids) if not ours or _location_of(name) in ours]
    found = (_one(access, calling, name) for name in wanted)
    return tuple(record for record in found if record)


def _one(access: Access, calling: Line, name: str) -> RawRecord | None:
    try:
        answer = calling.read(get(client.reviews_url(access, name)), CAPABILITY)
    except Refused as refused:
        if refused.reason is RefusalReason.NOT_FOUND:
            return None
        raise
    return _record(access, name.partition("/reviews/")[0], answer.body, "by id")


STREAMS: Final[dict[str, Pull]] = {"reviews": reviews}
BY_ID: Final[dict[str, Again]] = {"reviews": by_id}
