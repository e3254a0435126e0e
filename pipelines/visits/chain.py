"""A visit as the appointments it took: which records belong together, and whose word counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from canonical.ids import LocationId, ProviderId
from canonical.practice import Service
from pipelines.visits.words import S, Said


class Why(StrEnum):
    """Why an appointment belongs to its visit. All but the first name another record of the chain."""

    FIRST = "first"
    RESCHEDULED = "rescheduled"
    """The vendor links the two."""
    SAME_SLOT = "same_slot"
    """One appointment seen twice: by two tools, or under two ids (R41)."""
    REBOOKED = "rebooked"
    """The other was cancelled and this one booked within 24 hours, before or after (R12)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record belongs, as the ledger remembers it."""

    visit_id: str
    why: Why
    other: str = ""

    @property
    def written(self) -> str:
        """Reason and record as one word."""
        return f"{self.why}:{self.other}" if self.other else str(self.why)

    @classmethod
    def read(cls, visit_id: str, written: str) -> Self:
        """The place that was written so."""
        why, _, other = written.partition(":")
        return cls(visit_id, Why(why), other)


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment record with what its names mean here."""

    record_id: str
    version_id: str
    connection_id: str
    stream: str
    vendor_id: str
    said: Said
    rank: int
    family: str
    location_id: LocationId | None
    provider_id: ProviderId | None
    service: Service | None


@dataclass(slots=True)
class Chain:
    """The appointments of one visit, grouped into those that are one appointment seen several times."""

    encounters: list[list[Booked]]
    carriers: list[Booked] = field(init=False)
    """For every encounter the record whose word counts, in the order in which they were made."""
    carrier: Booked = field(init=False)
    """The record that carries the visit now: one that is to take place or did, else the latest."""

    def __post_init__(self) -> None:
        """Elect the carriers once; most chains are a single appointment."""
        self.carriers = sorted(map(carrier, self.encounters), key=_made)
        self.carrier = max(self.carriers, key=lambda one: (_standing(one), *_made(one)))

    @property
    def records(self) -> list[Booked]:
        """All of them."""
        return [one for group in self.encounters for one in group]

    @property
    def first(self) -> Booked:
        """The one seen first, after which the visit is named."""
        return min(self.records, key=lambda one: (one.said.first_seen_at, *_made(one)))


def _made(one: Booked) -> tuple[datetime, str]:
    return one.said.made_at, one.record_id


def carrier(encounter: Sequence[Booked]) -> Booked:
    """The record that speaks for an encounter: the system of record's, and of one tool's the one that still stands."""
    if len(encounter) == 1:
        return encounter[0]
    ordered = sorted(encounter, key=lambda one: (one.rank, -_standing(one), -_age(one), one.record_id))
    return next((one for one in ordered if one.said.status is not S.RESCHEDULED), ordered[0])


def _age(one: Booked) -> float:
    return one.said.first_seen_at.timestamp()


_LEAST = {S.RESCHEDULED: 0, S.CANCELLED: 1, S.UNKNOWN: 2}


def _standing(one: Booked) -> int:
    """How much an appointment still is one."""
    return _LEAST.get(one.said.status, 3)
