"""Which person a cluster of records is: persons keep their id for as long as any of their first records stay together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from canonical.ids import Prefix, derived_id
from pipelines.resolve.partition import Cluster


@dataclass(frozen=True, slots=True)
class Link:
    """The person a record belongs to now, and the number of the row that says so."""

    person_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Identities:
    """Who every cluster is, and whom it has swallowed."""

    persons: Mapping[str, Cluster]
    merged: Mapping[str, str]
    """Persons that are no more → the person their records belong to now."""
    split: frozenset[str]
    """Persons of whom at least one record has gone to somebody else, and who go on."""


def identities(practice_id: str, clusters: Iterable[Cluster], links: Mapping[str, Link]) -> Identities:
    """Give every cluster a person id.

    A person goes where its oldest link goes. A cluster to which several persons have come is the oldest of them; one to
    which none has come gets a new id, named after its first record.
    """
    every = list(clusters)
    home = _homes(every, links)
    arrivals: dict[int, list[str]] = defaultdict(list)
    for person_id, position in home.items():
        arrivals[position].append(person_id)
    persons: dict[str, Cluster] = {}
    merged: dict[str, str] = {}
    for position, cluster in enumerate(every):
        come = arrivals[position]
        person_id = come[0] if come else _new_id(practice_id, cluster, home.keys() | persons.keys())
        persons[person_id] = cluster
        merged |= dict.fromkeys(come[1:], person_id)
    return Identities(persons, merged, frozenset(_split(every, links, home)))


def _homes(clusters: list[Cluster], links: Mapping[str, Link]) -> dict[str, int]:
    """By person, oldest first: the position of the cluster that holds its oldest link."""
    linked = [
        (links[record.record_id], position)
        for position, cluster in enumerate(clusters)
        for record in cluster.records
        if record.record_id in links
    ]
    home: dict[str, int] = {}
    for link, position in sorted(linked, key=lambda item: item[0].seq):
        home.setdefault(link.person_id, position)
    return home


def _split(clusters: list[Cluster], links: Mapping[str, Link], home: Mapping[str, int]) -> Iterable[str]:
    for position, cluster in enumerate(clusters):
        for record in cluster.records:
            link = links.get(record.record_id)
            if link and home[link.person_id] != position:
                yield link.person_id


def _new_id(practice_id: str, cluster: Cluster, taken: Iterable[str]) -> str:
    """Named after the record seen first; numbered on when that name is somebody's already, after a cut."""
    first = min(cluster.records, key=lambda record: (record.first_recorded_at, record.record_id)).record_id
    used = set(taken)
    names = (derived_id(Prefix.PERSON, practice_id, first, str(n)) for n in range(len(used) + 1))
    return next(name for name in names if name not in used)
