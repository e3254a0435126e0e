"""The engine: a mapping becomes a few small functions once, and then reads a record in microseconds.

What it makes is, field for field, what the canonical model would make of the same values; a property test holds it to that.
"""

from collections import abc
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from canonical.ids import ContentHash, spoiled_by_spreadsheet
from canonical.raw import Kind
from mappings.checks import check
from mappings.coverage import Notes
from mappings.lineage import FieldLineage, lineage_of
from mappings.reads import Read, getter, read_entry, read_order, read_rule, text_of
from mappings.spec import Entry, Spec, sources
from mappings.steps import NoZone, SpoiledId, UnknownCode
from mappings.targets import MAY_STAY_EMPTY, Sort, Target, targets
from mappings.transforms.loaded import Unreadable
from mappings.wire import WireRecord

_INSTANT: Final = Target("effective_at", Sort.INSTANT)
_TRUTH: Final = Target("deleted", Sort.TRUTH)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a record does not say itself: where its clock hangs."""

    zones: abc.Mapping[str, ZoneInfo] = field(default_factory=dict)
    """The vendor's word for a location → its zone."""
    default_zone: ZoneInfo | None = None
    """For records without a location; None where a practice has several and names no default (R11: never a guess)."""

    def zone(self, location: str) -> ZoneInfo | None:
        """The zone of a record's location, or None."""
        return self.zones.get(location) if location else self.default_zone


class Mapped(NamedTuple):
    """One record in our words."""

    kind: Kind
    vendor_id: str
    body: dict[str, object]
    """Every field of the canonical model in JSON form, keys in order."""
    effective_at: datetime | None
    deleted: bool

    def encoded(self) -> bytes:
        """The body as canonical JSON, the way `versions.body` keeps it."""
        return _encode(self.body)


class Cannot(ValueError):
    """A record that cannot be mapped. `code` is for counting; the sentences name fields and never quote a value."""

    def __init__(self, code: str, problem: str, next_step: str) -> None:
        """Why, and what to do."""
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.next_step = next_step


_CODES: Final[tuple[tuple[type[Unreadable], str, str], ...]] = (
    (
        NoZone,
        "no_zone",
        "Add it under `locations:` of the connection; records that name none need practice.yaml's default_location.",
    ),
    (
        SpoiledId,
        "spreadsheet_id",
        "Export again with that column as text; do not open and save the file in a spreadsheet.",
    ),
    (UnknownCode, "unknown_code", "Add the word to {at}, then replay."),
    (Unreadable, "unreadable", "Correct `via` at {at} and replay, or correct the record at its source."),
)


class Mapping:
    """A compiled mapping. Thread-safe: it holds nothing that changes."""

    def __init__(self, spec: Spec) -> None:
        """Use `compile_mapping`."""
        known = targets(spec.kind)
        self.spec = spec
        self.volatile = frozenset(spec.volatile)
        self.lineage: tuple[FieldLineage, ...] = lineage_of(spec)
        self._blank = {name: known[name].default for name in sorted(known)}
        self._required = tuple(name for name, target in known.items() if target.required and name != "vendor_id")
        self._location = _compiled(spec, known, "location") if "location" in spec.fields else None
        self._reads = tuple((name, _compiled(spec, known, name)) for name in spec.fields if name != "location")
        self._ids = tuple(getter(name) for name in spec.id)
        self._effective_at = read_order(spec.effective_at, _INSTANT) if spec.effective_at else None
        self._deleted = read_rule(spec.deleted, _TRUTH) if spec.deleted else None

    @property
    def kind(self) -> Kind:
        """What it makes."""
        return self.spec.kind

    @property
    def hash(self) -> ContentHash:
        """Names this mapping, overrides and code lists included."""
        return self.spec.hash

    def apply(self, record: WireRecord, around: Surroundings, notes: Notes) -> Mapped:
        """The record in our words; what was not understood but may stay empty is counted in `notes`.

        Raises:
            Cannot: the record must be set aside.
        """
        body = self._blank.copy()
        body["vendor_id"] = self.vendor_id(record)
        zone = around.default_zone
        name = "location"
        try:
            if self._location:
                zone = around.zone(self._fill_location(body, record, notes))
            for name, read in self._reads:
                value = read(record, zone, notes)
                if value is not None:
                    body[name] = value
        except Unreadable as why:
            raise self._cannot(name, why) from None
        for name in self._required:
            if body[name] is None:
                raise self._missing(name, record)
        return Mapped(self.kind, str(body["vendor_id"]), body, *self._meta(record, zone, notes))

    def _fill_location(self, body: dict[str, object], record: WireRecord, notes: Notes) -> str:
        found = self._location(record, None, notes) if self._location else None
        if found is not None:
            body["location"] = found
        return str(body["location"])

    def vendor_id(self, record: WireRecord) -> str:
        """The record's id; several fields are joined by a slash. Raises `Cannot` when it is empty or was rounded."""
        parts = [text_of(get(record)) for get in self._ids]
        if not all(parts):
            raise Cannot(
                "missing_id", f"the id field {_named(self.spec.id)} is empty.", "Correct the record at its source."
            )
        if any(spoiled_by_spreadsheet(part) for part in parts):
            raise Cannot(
                "spreadsheet_id", f"the id in {_named(self.spec.id)} was rounded by a spreadsheet.", _CODES[1][2]
            )
        return "/".join(parts)

    def _meta(self, record: WireRecord, zone: ZoneInfo | None, notes: Notes) -> tuple[datetime | None, bool]:
        """When it last changed, and whether it is gone. The first is only an order: where it cannot be read, arrival gives it."""
        at = self._effective_at(record, zone, notes) if self._effective_at else None
        try:
            gone = self._deleted(record, zone, notes) if self._deleted else None
        except Unreadable as why:
            raise self._cannot("deleted", why) from None
        return at if isinstance(at, datetime) else None, gone is True

    def _cannot(self, name: str, why: Unreadable) -> Cannot:
        code, next_step = next((code, step) for kind, code, step in _CODES if isinstance(why, kind))
        read_from = _named(sorted(sources(self._entry(name))))
        at = why.where if isinstance(why, UnknownCode) else self._place(name)
        return Cannot(code, f"{name}: the text in {read_from} {why}.", next_step.format(at=at))

    def _missing(self, name: str, record: WireRecord) -> Cannot:
        wanted = sorted(sources(self._entry(name)))
        absent = [source for source in wanted if getter(source)(record) is None]
        if absent:
            return Cannot(
                "missing_field",
                f"{name}: there is no field {_named(absent)} in the record.",
                f"Correct the name at {self._place(name)}, then replay.",
            )
        return Cannot(
            "missing_value",
            f"{name}: {_named(wanted)} is empty, and no {self.kind} is without it.",
            "Correct the record at its source.",
        )

    def _entry(self, name: str) -> Entry | None:
        return {"effective_at": self.spec.effective_at, "deleted": self.spec.deleted, **self.spec.fields}[name]

    def _place(self, name: str) -> str:
        return next((row.at for row in self.lineage if row.target.split("[")[0] == name), self.spec.file)


def compile_mapping(spec: Spec) -> Mapping:
    """The mapping, ready to run. Raises `SettingsError` when it cannot work."""
    check(spec)
    return Mapping(spec)


def _compiled(spec: Spec, known: abc.Mapping[str, Target], name: str) -> Read:
    return read_entry(spec.fields[name], known[name], tolerant=(spec.kind, name) in MAY_STAY_EMPTY)


def _named(fields: abc.Iterable[str]) -> str:
    return " and ".join(f"'{name}'" for name in fields) or "no field"
