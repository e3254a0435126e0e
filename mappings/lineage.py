"""Where each of our fields comes from: the table a person reads, and what an explanation cites."""

from collections.abc import Iterator
from dataclasses import dataclass

from mappings.spec import Const, Entry, FirstOf, From, Group, Rule, Several, Spec
from mappings.targets import targets


@dataclass(frozen=True, slots=True)
class FieldLineage:
    """One rule: what it fills, from what, and how."""

    target: str
    """Path of our field: `start`, `phones[0]`, `consents[1].contact`."""
    sources: tuple[str, ...]
    via: tuple[str, ...]
    code: str
    const: str
    choice: int
    """Which choice of a `first_of` it is, counted from 1; 0 where there is none."""
    at: str
    """`file:line` of the rule, so that an override shows itself."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line of `glowline mapping show`."""

    ours: str
    theirs: str
    how: str
    at: str


def lineage_of(spec: Spec) -> tuple[FieldLineage, ...]:
    """Every rule of a mapping, in the order of our fields."""
    found = [FieldLineage("vendor_id", spec.id, (), "", "", 0, spec.file)]
    named = {"effective_at": spec.effective_at, "deleted": spec.deleted, **spec.fields}
    for target, entry in named.items():
        if entry is not None:
            found.extend(_entry(target, entry))
    return tuple(found)


def shown(spec: Spec) -> tuple[ShownRow, ...]:
    """The whole mapping as rows: what is filled, then what stays empty, then what is ignored and why."""
    filled = [ShownRow(_ours(row), " + ".join(row.sources), _how(row), row.at) for row in lineage_of(spec)]
    used = {row.target.split("[")[0] for row in lineage_of(spec)}
    empty = [ShownRow(name, "", "stays empty", "") for name in targets(spec.kind) if name not in used]
    ignored = [ShownRow("", name, f"ignored: {ignore.why}", ignore.at) for name, ignore in spec.ignored.items()]
    return (*filled, *empty, *ignored)


def _entry(path: str, entry: Entry) -> Iterator[FieldLineage]:
    if not isinstance(entry, Several):
        yield from _rule(path, entry, 0)
        return
    for at, item in enumerate(entry.items):
        if isinstance(item, Group):
            for part, rule in item.parts.items():
                yield from _rule(f"{path}[{at}].{part}", rule, 0)
        else:
            yield from _rule(f"{path}[{at}]", item, 0)


def _rule(path: str, rule: Rule, choice: int) -> Iterator[FieldLineage]:
    if isinstance(rule, FirstOf):
        for number, one in enumerate(rule.choices, start=1):
            yield from _rule(path, one, number)
    elif isinstance(rule, Const):
        yield FieldLineage(path, (), (), "", str(rule.value), choice, rule.at)
    else:
        yield _from(path, rule, choice)


def _from(path: str, rule: From, choice: int) -> FieldLineage:
    return FieldLineage(path, rule.sources, rule.via, rule.code.name if rule.code else "", "", choice, rule.at)


def _ours(row: FieldLineage) -> str:
    return f"{row.target} (choice {row.choice})" if row.choice else row.target


def _how(row: FieldLineage) -> str:
    if row.const or not row.sources:
        return f"always '{row.const}'"
    steps = [*(f"via {name}" for name in row.via), *([f"code {row.code}"] if row.code else [])]
    return ", ".join(steps) or "as it is"
