"""Which records are one person (R1). Pure, and the same whatever order the records came in.

Records meet on join keys: a vendor's id, an alias the vendor reports, a shared contact point. Joining goes from the
strongest reason to the weakest, each over the clusters the stronger ones made. A cluster that could belong to two others
which contradict each other belongs to neither: doubt never joins.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import combinations

from pipelines.resolve.evidence import Record
from pipelines.resolve.names import Likeness, likeness

CROWD = 25
"""A contact point that stands on more records than this says nothing about who somebody is: a front desk's own number, a
spa's `none@none.com`.
"""
_Pair = tuple[int, int]


class Rule(StrEnum):
    """Why a record belongs to its person, strongest first."""

    VENDOR_ID = "vendor_id"
    """The same vendor id of one connection, or an alias the vendor reports."""
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    """Shared contact point, equal full name and equal birth date."""
    NAME_OR_BIRTH_DATE = "name_or_birth_date"
    """Shared contact point and one of the two, the other not known or not contradicting."""
    UNNAMED = "unnamed"
    """Shared contact point, and neither record says anything else: whoever that is, it is one caller."""
    ALONE = "alone"
    """Nothing joins it to another record."""


_BY_STRENGTH = (Rule.VENDOR_ID, Rule.NAME_AND_BIRTH_DATE, Rule.NAME_OR_BIRTH_DATE, Rule.UNNAMED)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The records of one person, and the weakest rule that was needed to join them."""

    records: tuple[Record, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class Partition:
    """Clusters, and the pairs of records that meet on a contact point, look alike and were still not joined."""

    clusters: tuple[Cluster, ...]
    doubts: frozenset[frozenset[str]]
    crowded: frozenset[str]
    """Contact points that stand on too many records to say anything."""


def partition(
    records: Iterable[Record], cuts: frozenset[frozenset[str]] = frozenset(), crowded: frozenset[str] = frozenset()
) -> Partition:
    """Sort records into persons.

    `cuts` are pairs of record ids that somebody said are not one person; `crowded` are contact points known to stand on
    more records than are given here.
    """
    ordered = sorted(records, key=lambda record: record.record_id)
    full = crowded | _full(ordered)
    meetings = _meetings(ordered, full)
    edges = _edges(ordered, meetings)
    sorting = _Sorting(ordered, cuts)
    for rule in _BY_STRENGTH:
        sorting.join(rule, edges[rule])
    return Partition(sorting.clusters(), frozenset(_doubts(ordered, meetings, sorting)) - cuts, full)


def _full(records: Sequence[Record]) -> set[str]:
    standing = Counter(contact for record in records for contact in record.evidence.meeting_points)
    return {contact for contact, count in standing.items() if count > CROWD}


def _meetings(records: Sequence[Record], full: frozenset[str]) -> dict[_Pair, bool]:
    """Pairs of positions that share a key; True where the key is a vendor's id."""
    met: dict[_Pair, bool] = {}
    by_vendor = [(record.evidence.identity, *record.evidence.aliases) for record in records]
    for members in _sharing(by_vendor):
        met.update(dict.fromkeys(combinations(members, 2), True))
    for members in _sharing(set(record.evidence.meeting_points) - full for record in records):
        for pair in combinations(members, 2):
            met.setdefault(pair, False)
    return met


def _sharing(keys: Iterable[Iterable[str]]) -> Iterator[list[int]]:
    """For every key that stands on two records or more: their positions, ascending."""
    holders: dict[str, list[int]] = defaultdict(list)
    for position, own in enumerate(keys):
        for key in set(own) - {""}:
            holders[key].append(position)
    return (members for members in holders.values() if len(members) > 1)


def _edges(records: Sequence[Record], meetings: Mapping[_Pair, bool]) -> dict[Rule, list[_Pair]]:
    """For every pair that meets: under the strongest rule that speaks for one person, if any does."""
    found: dict[Rule, list[_Pair]] = {rule: [] for rule in Rule}
    for pair, by_vendor in meetings.items():
        rule = Rule.VENDOR_ID if by_vendor else _reason(records[pair[0]], records[pair[1]])
        if rule is not None:
            found[rule].append(pair)
    return found


def _reason(one: Record, other: Record) -> Rule | None:
    """Why two records that share a contact point are one person; None when nothing says so or something denies it."""
    names = likeness(one.name, other.name)
    same_name, same_day = names is Likeness.SAME, _same_birth_date(one, other)
    if names is Likeness.DIFFERENT or _other_birth_date(one, other):
        return None
    if same_name and same_day:
        return Rule.NAME_AND_BIRTH_DATE
    if same_name or same_day:
        return Rule.NAME_OR_BIRTH_DATE
    return Rule.UNNAMED if _says_nothing(one) and _says_nothing(other) else None


def _same_birth_date(one: Record, other: Record) -> bool:
    return one.evidence.birth_date is not None and one.evidence.birth_date == other.evidence.birth_date


def _other_birth_date(one: Record, other: Record) -> bool:
    known = one.evidence.birth_date is not None and other.evidence.birth_date is not None
    return known and one.evidence.birth_date != other.evidence.birth_date


def _says_nothing(record: Record) -> bool:
    return record.name.is_empty and record.evidence.birth_date is None and not record.evidence.identity


def _contradict(one: Record, other: Record) -> bool:
    """Whether two records cannot be one person, whatever else speaks for it."""
    return (
        likeness(one.name, other.name) is Likeness.DIFFERENT
        or _other_birth_date(one, other)
        or _two_patients_of_one_tool(one, other)
        or _two_sexes(one, other)
    )


def _two_patients_of_one_tool(one: Record, other: Record) -> bool:
    both = one.evidence.is_patient and other.evidence.is_patient
    return both and one.connection_id == other.connection_id and one.evidence.identity != other.evidence.identity


def _two_sexes(one: Record, other: Record) -> bool:
    """Chris is short for Christina and for Christopher."""
    known = bool(one.evidence.sex and other.evidence.sex)
    return known and one.evidence.sex != other.evidence.sex and one.name.given[:1] != other.name.given[:1]


class _Sorting:
    """Clusters of positions, joined one rule after the other."""

    def __init__(self, records: Sequence[Record], cuts: frozenset[frozenset[str]]) -> None:
        self._records = records
        self._cuts = cuts
        self._home = list(range(len(records)))
        self._members = {position: [position] for position in self._home}
        self._rules = dict.fromkeys(self._home, Rule.ALONE)

    def clusters(self) -> tuple[Cluster, ...]:
        """The clusters as they are now, ordered by their first record."""
        return tuple(
            Cluster(tuple(self._records[i] for i in sorted(members)), self._rules[home])
            for home, members in sorted(self._members.items())
        )

    def together(self, pair: _Pair) -> bool:
        """Whether both positions are in one cluster."""
        return self._home[pair[0]] == self._home[pair[1]]

    def join(self, rule: Rule, edges: Iterable[_Pair]) -> None:
        """Join what the edges ask for, except where that would put a contradiction under one roof."""
        apart = cache(lambda one, other: self._apart(rule, one, other))
        beside: dict[int, set[int]] = defaultdict(set)
        for left, right in edges:
            one, other = self._home[left], self._home[right]
            if one != other and not apart(min(one, other), max(one, other)):
                beside[one].add(other)
                beside[other].add(one)
        for homes in _components(_without_doubt(beside, apart)):
            if not any(apart(one, other) for one, other in combinations(homes, 2)):
                self._merge(rule, homes)

    def _apart(self, rule: Rule, one: int, other: int) -> bool:
        """A vendor's word is only ever overruled by a person's cut."""
        pairs = [(self._records[i], self._records[j]) for i in self._members[one] for j in self._members[other]]
        if any(frozenset((i.record_id, j.record_id)) in self._cuts for i, j in pairs):
            return True
        return rule is not Rule.VENDOR_ID and any(_contradict(i, j) for i, j in pairs)

    def _merge(self, rule: Rule, homes: Sequence[int]) -> None:
        first, *others = sorted(homes)
        for home in others:
            for position in self._members[home]:
                self._home[position] = first
            self._members[first] += self._members.pop(home)
            self._rules.pop(home)
        self._rules[first] = rule


def _without_doubt(beside: Mapping[int, set[int]], apart: Callable[[int, int], bool]) -> dict[int, set[int]]:
    """The edges without those that lead from one cluster to two which contradict each other."""
    kept = {home: set(near) for home, near in beside.items()}
    for home, near in beside.items():
        for one, other in combinations(sorted(near), 2):
            if apart(one, other):
                for end in (one, other):
                    kept[home].discard(end)
                    kept[end].discard(home)
    return kept


def _components(beside: Mapping[int, set[int]]) -> Iterator[list[int]]:
    """Connected clusters, each component ascending; those without an edge are left out."""
    seen: set[int] = set()
    for start in sorted(beside):
        if start in seen or not beside[start]:
            continue
        component, open_ends = {start}, [start]
        while open_ends:
            fresh = beside[open_ends.pop()] - component
            component |= fresh
            open_ends += fresh
        seen |= component
        yield sorted(component)


def _doubts(records: Sequence[Record], meetings: Mapping[_Pair, bool], sorting: _Sorting) -> Iterator[frozenset[str]]:
    """Pairs that meet, look alike and were not joined: a person should look (R1)."""
    for pair in meetings:
        one, other = records[pair[0]], records[pair[1]]
        alike = likeness(one.name, other.name) is Likeness.SAME or _same_birth_date(one, other)
        if alike and not sorting.together(pair):
            yield frozenset((one.record_id, other.record_id))
