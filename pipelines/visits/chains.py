"""Which appointments are one visit (R12, R41). Pure: one person's appointments in, chains out.

An appointment belongs to the chain of another because the vendor says so, because both stand in one slot, or because one
was cancelled and the other booked within a day. What was joined once stays joined: a visit keeps its id.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines.visits.chain import Booked, Chain, Place, Why
from pipelines.visits.words import GONE, S

SLOT = timedelta(minutes=5)
REBOOKED = timedelta(hours=24)


@dataclass
class _Web:
    """Records and the threads between them."""

    records: Mapping[str, Booked]
    why: dict[str, tuple[Why, str]] = field(default_factory=dict)
    _visit: dict[str, str] = field(default_factory=dict)
    _encounter: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._visit = {name: name for name in self.records}
        self._encounter = dict(self._visit)

    def tie(self, why: Why, record_id: str, other: str) -> None:
        """Put a record into another's chain, and for the same slot into its encounter."""
        if why is Why.SAME_SLOT:
            _unite(self._encounter, record_id, other)
        if _unite(self._visit, record_id, other):
            self.why.setdefault(record_id, (why, other))

    def chain_of(self, record_id: str) -> list[Booked]:
        root = _root(self._visit, record_id)
        return [one for name, one in self.records.items() if _root(self._visit, name) == root]

    def together(self, one: str, other: str) -> bool:
        return _root(self._visit, one) == _root(self._visit, other)

    def chains(self) -> list[Chain]:
        visits: dict[str, dict[str, list[Booked]]] = defaultdict(lambda: defaultdict(list))
        for name, one in self.records.items():
            visits[_root(self._visit, name)][_root(self._encounter, name)].append(one)
        return [Chain(list(encounters.values())) for encounters in visits.values()]


def _root(parents: dict[str, str], name: str) -> str:
    while parents[name] != name:
        parents[name] = parents[parents[name]]
        name = parents[name]
    return name


def _unite(parents: dict[str, str], one: str, other: str) -> bool:
    left, right = _root(parents, one), _root(parents, other)
    if left == right:
        return False
    parents[max(left, right)] = min(left, right)
    return True


@dataclass(frozen=True, slots=True)
class Chained:
    """The chains of one person, and for each record that came to another's chain: why, and to which."""

    chains: tuple[Chain, ...]
    why: Mapping[str, tuple[Why, str]]


def chained(records: Iterable[Booked], places: Mapping[str, Place]) -> Chained:
    """Sort one person's appointments into visits. `places` is where records were put before, and they stay there."""
    every = list(records)
    if len(every) == 1:
        return Chained((Chain([every]),), {})
    web = _Web({one.record_id: one for one in sorted(every, key=lambda one: one.record_id)})
    _as_before(web, places)
    _as_the_vendor_says(web)
    _by_slot(web)
    _by_cancellation(web)
    return Chained(tuple(web.chains()), web.why)


def _as_before(web: _Web, places: Mapping[str, Place]) -> None:
    first: dict[str, str] = {}
    for name in web.records:
        place = places.get(name)
        if place is None:
            continue
        if place.other in web.records:
            web.tie(place.why, name, place.other)
        _unite_before(web, first.setdefault(place.visit_id, name), name)


def _unite_before(web: _Web, first: str, name: str) -> None:
    if first != name and not web.together(first, name):
        web.tie(Why.RESCHEDULED, name, first)


def _as_the_vendor_says(web: _Web) -> None:
    by_vendor = {(one.connection_id, one.vendor_id): one.record_id for one in web.records.values()}
    for name, one in web.records.items():
        before = by_vendor.get((one.connection_id, one.said.rescheduled_from))
        after = by_vendor.get((one.connection_id, one.said.rescheduled_to))
        if before:
            web.tie(Why.RESCHEDULED, name, before)
        if after:
            web.tie(Why.RESCHEDULED, after, name)


def _by_slot(web: _Web) -> None:
    """Nearest pairs first, so that two services at one hour in two tools find each their own."""
    for one, other in sorted(_same_slots(web.records.values()), key=_unlikeness):
        older, newer = sorted((one, other), key=lambda b: (b.said.first_seen_at, b.record_id))
        if not web.together(older.record_id, newer.record_id) and not _crowds(web, older, newer):
            web.tie(Why.SAME_SLOT, newer.record_id, older.record_id)


def _same_slots(records: Iterable[Booked]) -> Iterator[tuple[Booked, Booked]]:
    ordered = sorted(records, key=lambda one: one.said.start)
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if other.said.start - one.said.start > SLOT:
                break
            if _one_place(one, other) and (one.connection_id != other.connection_id or _one_under_two_ids(one, other)):
                yield one, other


def _one_place(one: Booked, other: Booked) -> bool:
    return None in {one.location_id, other.location_id} or one.location_id == other.location_id


def _one_under_two_ids(one: Booked, other: Booked) -> bool:
    """In one tool: twice the same while both stand, or one that appeared within a day of the other's end (a re-keyed tool)."""
    if one.said.service != other.said.service or one.said.provider != other.said.provider:
        return False
    gone = [b for b in (one, other) if b.said.status in GONE]
    if len(gone) != 1:
        return not gone
    stays = other if gone[0] is one else one
    ended = gone[0].said.cancelled_at
    return ended is not None and abs(stays.said.first_seen_at - ended) <= REBOOKED


def _unlikeness(pair: tuple[Booked, Booked]) -> tuple[bool, bool, timedelta, str, str]:
    one, other = pair
    apart = abs(one.said.start - other.said.start)
    return one.family != other.family, one.provider_id != other.provider_id, apart, one.record_id, other.record_id


def _crowds(web: _Web, one: Booked, other: Booked) -> bool:
    """Whether joining would put two standing appointments of one tool into one slot that are not the same one twice."""
    standing = [b for b in web.chain_of(one.record_id) + web.chain_of(other.record_id) if b.said.status not in GONE]
    return any(
        left.connection_id == right.connection_id and not _one_under_two_ids(left, right)
        for at, left in enumerate(standing)
        for right in standing[at + 1 :]
    )


def _by_cancellation(web: _Web) -> None:
    """R12, oldest cancellation first. Each cancelled visit goes on in one booking at most, each booking continues one."""
    chains = web.chains()
    ended = [(chain.carrier.said.cancelled_at, chain.carrier) for chain in chains if _ended(chain)]
    open_ends = _Bookings(chains)
    for at, gone in sorted(((at, one) for at, one in ended if at), key=lambda item: (item[0], item[1].record_id)):
        found = open_ends.continuing(gone, at, web)
        if found is not None:
            web.tie(Why.REBOOKED, found.record_id, gone.record_id)
            open_ends.take(found)


def _ended(chain: Chain) -> bool:
    return chain.carrier.said.status is S.CANCELLED


class _Bookings:
    """The first booking of every chain, by when it was made: what may continue a cancelled visit."""

    def __init__(self, chains: Iterable[Chain]) -> None:
        self._by_family: dict[str, list[Booked]] = defaultdict(list)
        for chain in chains:
            first = chain.carriers[0]
            self._by_family[first.family].append(first)
        for bookings in self._by_family.values():
            bookings.sort(key=_made)
        self._taken: set[str] = set()

    def take(self, booked: Booked) -> None:
        self._taken.add(booked.record_id)

    def continuing(self, gone: Booked, at: datetime, web: _Web) -> Booked | None:
        """The booking nearest to the cancellation. Before it, only a single one counts: a series is booked all at once."""
        made = self._made_near(gone, at, web)
        before = [one for one in made if one.said.made_at < at and one.said.made_at > gone.said.made_at]
        after = [one for one in made if one.said.made_at >= at]
        fitting = (before if len(before) == 1 else []) + after[:1]
        return min(fitting, key=lambda one: (abs(one.said.made_at - at), one.record_id), default=None)

    def _made_near(self, gone: Booked, at: datetime, web: _Web) -> list[Booked]:
        since, until = at - REBOOKED, at + REBOOKED
        bookings = self._by_family.get(gone.family, [])
        low, high = bisect_left(bookings, since, key=_made), bisect_right(bookings, until, key=_made)
        return [
            one
            for one in bookings[low:high]
            if one.record_id not in self._taken
            and not web.together(one.record_id, gone.record_id)
            and _may_continue(one, gone, at)
        ]


def _may_continue(one: Booked, gone: Booked, at: datetime) -> bool:
    """Nobody rebooks into the past. And where the vendor does not say when a booking was made, we must have seen it happen.

    Of records that were imported together nothing is known.
    """
    if one.said.start <= at:
        return False
    return one.said.booked_at is not None or gone.said.first_seen_at < at <= one.said.first_seen_at


def _made(one: Booked) -> datetime:
    return one.said.made_at
