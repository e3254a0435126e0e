"""Records with their past: the search index sees what was true some seconds ago."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from emulators.hubspot.kinds import Kind
from emulators.kit.clock import iso, milliseconds

Properties = dict[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """What a record held from an instant (epoch milliseconds) on."""

    at: int
    properties: Properties


@dataclass(slots=True)
class Record:
    """One CRM record. `versions` is never empty; the last one is now."""

    id: str
    kind: Kind
    created: datetime
    versions: list[Version]
    archived: datetime | None = None

    @property
    def properties(self) -> Properties:
        """What it holds now."""
        return self.versions[-1].properties

    @property
    def changed(self) -> str:
        """When it was last modified, ISO 8601."""
        return self.properties[self.kind.modified]

    def seen(self, at: int) -> Properties | None:
        """What an index that is current up to `at` knows of it, if anything."""
        return next((version.properties for version in reversed(self.versions) if version.at <= at), None)

    def history(self, name: str) -> Iterator[Version]:
        """The versions in which a property changed, newest first."""
        before: str | None = None
        changes = []
        for version in self.versions:
            if version.properties.get(name) != before:
                changes.append(version)
                before = version.properties.get(name)
        yield from reversed(changes)


@dataclass(slots=True)
class Shelf:
    """All records of one kind in one portal."""

    kind: Kind
    records: dict[str, Record] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)  # the id that went away → the one that stayed
    _unique: dict[tuple[str, str], str] = field(default_factory=dict)
    _last: int = 100

    def add(
        self, properties: Properties, now: datetime, unique: tuple[str, ...], given_id: str | None = None
    ) -> Record:
        """A new record; its id counts up within the kind, so that two kinds share ids."""
        self._last += 1
        record_id = given_id or str(self._last)
        stamps = {self.kind.created: iso(now), self.kind.modified: iso(now), "hs_object_id": record_id}
        record = Record(record_id, self.kind, now, [Version(milliseconds(now), properties | stamps)])
        self.records[record_id] = record
        self._note(record, unique)
        return record

    def change(self, record: Record, properties: Properties, now: datetime, unique: tuple[str, ...]) -> None:
        """A new version of a record; its modified property moves even when nothing else does."""
        stamps = {self.kind.modified: iso(now)}
        record.versions.append(Version(milliseconds(now), record.properties | properties | stamps))
        self._note(record, unique)

    def get(self, record_id: str) -> Record | None:
        """A record by id; the id of a merged record leads to the one that stayed."""
        return self.records.get(self.merged.get(record_id, record_id))

    def find(self, name: str, value: str) -> Record | None:
        """A record by the value of a unique property."""
        if name == "hs_object_id":
            return self.get(value)
        record = self.records.get(self._unique.get((name, value.lower()), ""))
        return record if record and record.properties.get(name, "").lower() == value.lower() else None

    def remove(self, record: Record, *, into: Record | None = None) -> None:
        """Take a record away without a trace, or into another one."""
        del self.records[record.id]
        if into is not None:
            self.merged |= {gone: into.id for gone, kept in self.merged.items() if kept == record.id}
            self.merged[record.id] = into.id

    def live(self) -> list[Record]:
        """Records that are not archived, by id."""
        return [record for record in self.records.values() if record.archived is None]

    def _note(self, record: Record, unique: tuple[str, ...]) -> None:
        for name in unique:
            if record.properties.get(name):
                self._unique[name, record.properties[name].lower()] = record.id
