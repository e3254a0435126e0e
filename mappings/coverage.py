"""What a mapping did not understand, counted: fields nobody mapped or ignored, words no code list knows, texts left out."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from mappings.spec import Spec, sources

MOST_VALUES: Final = 200
"""Distinct unknown words kept per field; a field with more is no code field, and its values are nobody's business."""
_LONGEST_WORD: Final = 40
_PRIVATE: Final = re.compile(r"@|\d{3}")
HIDDEN: Final = "(hidden)"


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One thing that was not understood: what it is, where, and how often."""

    what: str
    """`unmapped field`, `absent field`, `unknown code`, `unknown location` or `left out`."""
    field: str
    detail: str
    count: int
    next_step: str


@dataclass(slots=True)
class Notes:
    """The tally one run keeps while it maps. Add them up with `merge`."""

    shapes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    locations: Counter[str] = field(default_factory=Counter)

    def saw(self, record: Mapping[str, object]) -> None:
        """Count the fields of a record."""
        self.shapes[_shape(record)] += 1

    def unknown_code(self, target: str, word: str) -> None:
        """A word no code list knows."""
        self.codes[(target, word)] += 1

    def leave_out(self, target: str, why: str) -> None:
        """A value that could not be read, in a field that may stay empty."""
        self.left_out[(target, why)] += 1

    def merge(self, other: "Notes") -> None:
        """Add another tally to this one."""
        self.shapes.update(other.shapes)
        self.codes.update(other.codes)
        self.left_out.update(other.left_out)
        self.locations.update(other.locations)


def report(spec: Spec, notes: Notes) -> tuple[CoverageRow, ...]:
    """What was not understood, most frequent first. Empty means: every field is mapped or ignored with a reason."""
    rows = (*_fields(spec, notes), *_codes(spec, notes), *_left_out(notes), *_locations(notes))
    return tuple(sorted(rows, key=lambda row: (-row.count, row.field, row.detail)))


def absent(spec: Spec, notes: Notes) -> tuple[CoverageRow, ...]:
    """Fields the mapping reads and no record has: a name written wrongly looks just like a field that is always empty."""
    if not notes.shapes:
        return ()
    seen = {name for shape in notes.shapes for name in shape}
    parents = {above for name in seen for above in _above(name.replace("[]", ""))}
    missing = (name for name in sorted(covered(spec)) if name not in seen and name.replace("[]", "") not in parents)
    step = f"Correct the name in {spec.file}, unless the field is one that may be missing."
    return tuple(CoverageRow("absent field", name, "", sum(notes.shapes.values()), step) for name in missing)


def covered(spec: Spec) -> frozenset[str]:
    """The vendor fields a mapping uses or leaves out of the comparison on purpose."""
    read = (sources(entry) for entry in (*spec.fields.values(), spec.effective_at, spec.deleted))
    return frozenset(spec.id).union(spec.volatile, *read)


def _fields(spec: Spec, notes: Notes) -> Iterator[CoverageRow]:
    used = covered(spec)
    counts: Counter[str] = Counter()
    for shape, count in notes.shapes.items():
        counts.update({name: count for name in shape if not _known(name, used, spec)})
    for name, count in counts.items():
        yield CoverageRow(
            "unmapped field", name, "", count, f"Add it under fields of {spec.file}, or under ignore: `{name}: <why>`."
        )


def _known(name: str, used: frozenset[str], spec: Spec) -> bool:
    if name in used or name in spec.ignored:
        return True
    return bool(_above(name) & (used | spec.ignored.keys())) or any(
        fnmatchcase(name, pattern) for pattern in spec.ignored
    )


def _above(name: str) -> set[str]:
    """The inner records a path leads through."""
    steps = name.split(".")
    return {".".join(steps[:depth]) for depth in range(1, len(steps))}


def _codes(spec: Spec, notes: Notes) -> Iterator[CoverageRow]:
    distinct = Counter(target for target, _ in notes.codes)
    shown: Counter[tuple[str, str]] = Counter()
    for (target, word), count in notes.codes.items():
        shown[(target, word if distinct[target] <= MOST_VALUES else HIDDEN)] += count
    for (target, word), count in shown.items():
        yield CoverageRow(
            "unknown code", target, _showable(word), count, f"Add the word to the code list of {target} in {spec.file}."
        )


def _left_out(notes: Notes) -> Iterator[CoverageRow]:
    for (target, why), count in notes.left_out.items():
        yield CoverageRow("left out", target, why, count, "Nothing, where a few are typing errors; else another `via`.")


def _locations(notes: Notes) -> Iterator[CoverageRow]:
    for name, count in notes.locations.items():
        yield CoverageRow(
            "unknown location",
            "location",
            _showable(name),
            count,
            "Add it under `locations` of the connection, or map it to ignore.",
        )


def _showable(word: str) -> str:
    """A code is short and no contact; anything else might be a person's, and is not shown."""
    return HIDDEN if len(word) > _LONGEST_WORD or _PRIVATE.search(word) else word


def _shape(record: Mapping[str, object]) -> tuple[str, ...]:
    sorts = set(map(type, record.values()))
    if dict in sorts or list in sorts:
        return tuple(_leaves(record, ""))
    return tuple(record)


def _leaves(value: Mapping[str, object], above: str) -> Iterator[str]:
    for name, inner in value.items():
        path = f"{above}{name}"
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, f"{path}.")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield from dict.fromkeys(
                leaf for entry in inner if isinstance(entry, dict) for leaf in _leaves(entry, f"{path}[].")
            )
        else:
            yield path
