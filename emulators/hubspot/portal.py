"""A portal: its tokens, settings, property definitions and records."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal, Protocol

from emulators.hubspot.kinds import ASSOCIATION_TYPES, KINDS, SCOPES, STANDARD, Kind
from emulators.hubspot.records import Properties, Record, Shelf
from emulators.kit.clock import Clock
from emulators.kit.exchange import Json

TokenKind = Literal["service_key", "private_app", "oauth"]
Source = Literal["CRM_UI", "INTEGRATION", "IMPORT"]
End = tuple[str, str]  # kind name and record id


class Notice(Protocol):
    """Told about every change, for webhooks."""

    def __call__(self, portal: "Portal", record: Record, what: str, source: Source, **more: Json) -> None:
        """`what`: creation, deletion, restore, merge, privacyDeletion, propertyChange, associationChange."""


@dataclass(slots=True)
class Token:
    """A bearer credential of one portal. OAuth answers carry no daily figure."""

    value: str
    kind: TokenKind = "service_key"
    scopes: frozenset[str] = SCOPES
    app_id: int = 54321
    revoked: bool = False
    expired_for: int | None = None  # seconds, OAuth


@dataclass(slots=True)
class Owner:
    """A user who can own records."""

    id: str
    email: str
    first_name: str = ""
    last_name: str = ""
    archived: bool = False


@dataclass(slots=True)
class Portal:
    """One HubSpot account. Several tokens may open it: two practices on one portal are two tokens.

    `search_lag` and `total_lag` are seconds of the emulator's clock by which the search index and its `total` trail.
    Limits: `None` switches one off. `switched_off`: kinds this account lacks (appointments have to be activated).
    """

    portal_id: int
    tokens: dict[str, Token] = field(default_factory=dict)
    client_secret: str = "an-invented-client-secret"  # noqa: S105 — opens nothing
    webhook_url: str = ""
    time_zone: str = "America/New_York"
    search_lag: float = 0
    total_lag: float | None = None
    search_limit: int | None = 5
    burst_limit: int | None = 100
    daily_limit: int = 250_000
    daily_used: int = 0
    lead_needs_contact: bool = True
    numeric_association_ids: bool = False  # documents and reports disagree: both occur
    switched_off: set[str] = field(default_factory=set)
    owners: dict[str, Owner] = field(default_factory=dict)
    custom: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))  # kind → name → unique
    shelves: dict[str, Shelf] = field(default_factory=lambda: {kind.name: Shelf(kind) for kind in KINDS})
    links: dict[End, dict[End, list[int]]] = field(default_factory=lambda: defaultdict(dict))
    unsubscribed: dict[str, set[str]] = field(default_factory=dict)  # address → brands; "" is the whole portal
    clock: Clock = field(default_factory=Clock)
    notice: Notice | None = None

    def open_to(self, *tokens: str | Token) -> "Portal":
        """Let tokens in."""
        for each in tokens:
            token = each if isinstance(each, Token) else Token(each)
            self.tokens[token.value] = token
        return self

    def forget(self) -> None:
        """Drop the records and what was counted; tokens, owners, settings and property definitions stay."""
        self.shelves = {kind.name: Shelf(kind) for kind in KINDS}
        self.links.clear()
        self.unsubscribed.clear()
        self.daily_used = 0

    def unique(self, kind: Kind) -> tuple[str, ...]:
        """Properties of a kind whose values are unique."""
        return (*kind.unique, *(name for name, unique in self.custom[kind.name].items() if unique))

    def knows(self, kind: Kind, name: str) -> bool:
        """Whether a property is defined."""
        return name.startswith("hs_") or name in STANDARD or name in self.custom[kind.name]

    def create(
        self, kind: Kind, properties: Properties, source: Source = "INTEGRATION", record_id: str | None = None
    ) -> Record:
        """A new record."""
        record = self.shelves[kind.name].add(properties, self.clock.now(), self.unique(kind), record_id)
        self._tell(record, "creation", source, changeFlag="CREATED")
        self._tell_changes(record, {}, source)
        return record

    def change(self, record: Record, properties: Properties, source: Source = "INTEGRATION") -> None:
        """New values for some properties; an empty string clears one."""
        before = record.properties
        self.shelves[record.kind.name].change(record, properties, self.clock.now(), self.unique(record.kind))
        self._tell_changes(record, before, source)

    def archive(self, record: Record, source: Source = "INTEGRATION") -> None:
        """Into the recycling bin."""
        if record.archived is None:
            record.archived = self.clock.now()
            self._tell(record, "deletion", source)

    def restore(self, record: Record, source: Source = "CRM_UI") -> None:
        """Out of the recycling bin."""
        record.archived = None
        self._tell(record, "restore", source)

    def merge(self, primary: Record, gone: Record, source: Source = "INTEGRATION") -> None:
        """Two records become one: the primary keeps its id and values, the other id vanishes without being archived."""
        filled = {name: value for name, value in gone.properties.items() if not primary.properties.get(name)}
        earlier = [part for part in primary.properties.get("hs_merged_object_ids", "").split(";") if part]
        inherited = [part for part in gone.properties.get("hs_merged_object_ids", "").split(";") if part]
        merged = {"hs_merged_object_ids": ";".join([*earlier, gone.id, *inherited])}
        if gone.properties.get("email") and primary.properties.get("email"):
            merged["hs_additional_emails"] = gone.properties["email"]
        self.shelves[primary.kind.name].remove(gone, into=primary)
        for other, types in self.links.pop((gone.kind.name, gone.id), {}).items():
            self.links[other].pop((gone.kind.name, gone.id), None)
            self.link((primary.kind.name, primary.id), other, types)
        self.change(primary, filled | merged, source)
        self._tell(primary, "merge", source, primaryObjectId=int(primary.id), mergedObjectIds=[int(gone.id)])

    def erase(self, record: Record, source: Source = "INTEGRATION") -> None:
        """Gone for good, as the law asks."""
        self.shelves[record.kind.name].remove(record)
        self._tell(record, "privacyDeletion", source)

    def link(self, one: End, other: End, types: list[int] | None = None) -> None:
        """Associate two records, both ways. Neither's modified date moves."""
        there = types or [ASSOCIATION_TYPES.get((one[0], other[0]), 1)]
        back = [ASSOCIATION_TYPES.get((other[0], one[0]), 2)]
        self.links[one][other] = sorted({*self.links[one].get(other, []), *there})
        self.links[other][one] = sorted({*self.links[other].get(one, []), *back})

    def unlink(self, one: End, other: End) -> None:
        """Take an association away."""
        self.links[one].pop(other, None)
        self.links[other].pop(one, None)

    def linked(self, one: End, kind: Kind) -> list[tuple[str, list[int]]]:
        """Ids and association types of the records of a kind that one is associated with, by id."""
        found = [(end[1], types) for end, types in self.links.get(one, {}).items() if end[0] == kind.name]
        return sorted(found, key=lambda pair: (len(pair[0]), pair[0]))

    def _tell(self, record: Record, what: str, source: Source, **more: Json) -> None:
        if self.notice is not None:
            self.notice(self, record, what, source, **more)

    def _tell_changes(self, record: Record, before: Properties, source: Source) -> None:
        for name, value in record.properties.items():
            if before.get(name) != value and name not in (record.kind.modified, record.kind.created, "hs_object_id"):
                self._tell(record, "propertyChange", source, propertyName=name, propertyValue=value)
