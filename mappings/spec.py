"""What a mapping says, as nouns: six verbs and no expressions.

from      the field, or fields, of the vendor's record          via      the named transforms its text passes
code      the code list that turns their word into ours         const    a fixed value
first_of  the first of several rules that gives something       ignore   nothing, and why
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from canonical.ids import ContentHash
from canonical.raw import Kind

VERBS: Final = ("from", "via", "code", "const", "first_of", "ignore")
Scalar = str | int | bool


INLINE: Final = "written there"
"""The name of a code list that stands in the mapping itself."""


@dataclass(frozen=True, slots=True)
class CodeList:
    """Their words and ours. Their side is compared without regard to capitals and spaces; an empty word of ours means nothing."""

    name: str
    codes: Mapping[str, str]
    at: str


@dataclass(frozen=True, slots=True)
class From:
    """A value out of the record."""

    sources: tuple[str, ...]
    via: tuple[str, ...]
    code: CodeList | None
    at: str
    """`file:line` where it is written; so for every rule."""


@dataclass(frozen=True, slots=True)
class Const:
    """A value that is the same for every record."""

    value: Scalar
    at: str


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The first rule that gives something."""

    choices: tuple["From | Const", ...]
    at: str


@dataclass(frozen=True, slots=True)
class Ignore:
    """A field of ours left empty on purpose: in a practice's own file it takes back what a shipped file fills."""

    why: str
    at: str


Rule = From | Const | FirstOf


@dataclass(frozen=True, slots=True)
class Group:
    """One entry of a list whose entries have fields of their own, such as a consent."""

    parts: Mapping[str, Rule]
    at: str


@dataclass(frozen=True, slots=True)
class Several:
    """The entries of a list. An entry that comes out empty, or lacks what it requires, is left out."""

    items: tuple[Rule | Group, ...]
    at: str


Entry = Rule | Several
Layered = Entry | Ignore


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file as written: a whole mapping, or what one layer says differently."""

    file: str
    kind: Kind | None = None
    about: str = ""
    id: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    effective_at: Rule | None = None
    deleted: Rule | None = None
    fields: Mapping[str, Layered] = field(default_factory=dict)
    ignored: Mapping[str, Ignore] = field(default_factory=dict)
    """Vendor fields, `*` allowed at the end, with the reason each is not used."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A mapping with all its layers laid over each other."""

    name: str
    """`vendor/stream`."""
    file: str
    """The layer with the last word, for complaints about the whole."""
    kind: Kind
    about: str
    id: tuple[str, ...]
    volatile: tuple[str, ...]
    effective_at: Rule | None
    deleted: Rule | None
    fields: Mapping[str, Entry]
    ignored: Mapping[str, Ignore]
    hash: ContentHash
    text: str
    """All files that took part, as the ledger keeps them under the hash."""


def rules(entry: Layered) -> Iterator[Rule]:
    """Every rule inside an entry, `first_of` itself and its choices included."""
    if isinstance(entry, Several):
        for item in entry.items:
            for rule in item.parts.values() if isinstance(item, Group) else (item,):
                yield from rules(rule)
    elif isinstance(entry, FirstOf):
        yield entry
        yield from entry.choices
    elif not isinstance(entry, Ignore):
        yield entry


def sources(entry: Layered | None) -> frozenset[str]:
    """The vendor fields an entry reads."""
    found = rules(entry) if entry else ()
    return frozenset(name for rule in found if isinstance(rule, From) for name in rule.sources)


def laid_over(below: Sheet, above: Sheet) -> Sheet:
    """`above` adds to and replaces what `below` says, field by field; what it ignores it takes back."""
    fields = {**below.fields, **above.fields}
    ignored = {**below.ignored, **above.ignored}
    for target, entry in above.fields.items():
        if isinstance(entry, Ignore):
            ignored.update(dict.fromkeys(sources(below.fields.get(target, entry)), entry))
    used = frozenset().union(*(sources(entry) for entry in fields.values()), above.id or below.id)
    return Sheet(
        file=above.file,
        kind=above.kind or below.kind,
        about=above.about or below.about,
        id=above.id or below.id,
        volatile=tuple(dict.fromkeys((*below.volatile, *above.volatile))),
        effective_at=above.effective_at or below.effective_at,
        deleted=above.deleted or below.deleted,
        fields=fields,
        ignored={name: ignore for name, ignore in ignored.items() if name not in used or name in above.ignored},
    )
