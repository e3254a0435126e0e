"""From a mapping's file to a `Sheet`: every complaint names file and line and says what to write."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from canonical.problems import SettingsError
from canonical.raw import Kind
from mappings.document import Written, suggestion
from mappings.spec import VERBS, CodeList, Const, FirstOf, From, Group, Ignore, Layered, Rule, Several, Sheet
from mappings.targets import MODELS, Sort, Target, targets

KEYS: Final = ("about", "kind", "id", "volatile", "effective_at", "deleted", "fields", "ignore")
_HEADS: Final = ("from", "const", "first_of", "ignore")
Codes = Callable[[Written], CodeList]
"""Finds the code list that `code:` names."""


def read_sheet(document: Written, codes: Codes, below: Kind | None = None) -> Sheet:
    """The mapping a file holds; `below` is the kind of the layer it lies over.

    Raises:
        SettingsError: for the first thing that is wrong.
    """
    table = document.table("a mapping")
    _only(table, KEYS)
    kind = _kind(table["kind"]) if "kind" in table else below
    if kind is None:
        raise document.error(
            "the mapping does not say its kind.",
            f"Write `kind: {Kind.APPOINTMENT}`, or another of: {', '.join(MODELS)}.",
        )
    if below is not None and kind is not below:
        raise table["kind"].error(
            f"the mapping below this one makes records of kind {below}.",
            f"Write `kind: {below}`, or use another stream name.",
        )
    reader = _Reader(codes)
    known = targets(kind)
    return Sheet(
        file=document.file,
        kind=kind,
        about=table["about"].text("about") if "about" in table else "",
        id=table["id"].texts("id") if "id" in table else (),
        volatile=table["volatile"].texts("volatile") if "volatile" in table else (),
        effective_at=reader.rule(table["effective_at"], "effective_at") if "effective_at" in table else None,
        deleted=reader.rule(table["deleted"], "deleted") if "deleted" in table else None,
        fields=_fields(table["fields"], known, reader) if "fields" in table else {},
        ignored=_ignored(table["ignore"]) if "ignore" in table else {},
    )


def read_codes(written: Written, name: str) -> CodeList:
    """A code list out of a table of their words and ours. A YAML word such as `no` stays that word."""
    codes = {code_key(theirs): _ours(ours) for theirs, ours in written.table("a code list").items()}
    return CodeList(name, codes, written.place)


def code_key(text: str) -> str:
    """How words of code lists are compared.

    >>> code_key("Did  not Attend")
    'did not attend'
    """
    return " ".join(text.casefold().split())


def _ours(written: Written) -> str:
    return "" if written.content == "" else written.text("our word")


def _kind(written: Written) -> Kind:
    name = written.text("kind")
    if name not in MODELS:
        raise written.error(f"no mapping makes records of kind '{name}'.", suggestion(name, [*MODELS], "value"))
    return Kind(name)


def _fields(written: Written, known: Mapping[str, Target], reader: "_Reader") -> dict[str, Layered]:
    table = written.table("fields")
    for name, entry in table.items():
        if name == "vendor_id":
            raise entry.error(
                "vendor_id is filled by `id`.", "Write `id: <their id field>` at the top, and take this line out."
            )
    _only(table, [name for name in known if name != "vendor_id"])
    return {name: reader.entry(entry, known[name]) for name, entry in table.items()}


def _ignored(written: Written) -> dict[str, Ignore]:
    return {name: Ignore(_why(why), why.place) for name, why in written.table("ignore").items()}


def _why(written: Written) -> str:
    try:
        return written.text("the reason")
    except SettingsError:
        raise written.error(
            "a field is ignored without a reason.", "Write why, such as: `slot_id: the slot grid is not ours`."
        ) from None


def _only(table: Mapping[str, Written], known: Iterable[str]) -> None:
    names = list(known)
    for name, entry in table.items():
        if name not in names:
            raise entry.error(f"'{name}' means nothing here.", suggestion(name, names, "key"))


class _Reader:
    """Reads rules; knows where code lists are found."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def entry(self, written: Written, target: Target) -> Layered:
        if not target.many:
            return self._layered(written, target.name)
        if isinstance(written.content, Mapping) and "ignore" in written.content:
            return self._layered(written, target.name)
        return Several(tuple(self._item(item, target) for item in written.items()), written.place)

    def _item(self, written: Written, target: Target) -> Rule | Group:
        if target.sort is not Sort.PARTS:
            return self.rule(written, target.name)
        table = written.table(f"an entry of {target.name}")
        _only(table, target.parts)
        parts = {name: self.rule(part, f"{target.name}.{name}") for name, part in table.items()}
        lacking = [name for name, part in target.parts.items() if part.required and name not in parts]
        if lacking:
            raise written.error(
                f"an entry of {target.name} lacks {', '.join(lacking)}.",
                f"Add `{lacking[0]}: {{from: …}}` or `{{const: …}}`.",
            )
        return Group(parts, written.place)

    def rule(self, written: Written, name: str) -> Rule:
        found = self._layered(written, name)
        if isinstance(found, Ignore):
            raise written.error(f"{name} cannot be ignored here.", "Take the line out.")
        return found

    def _layered(self, written: Written, name: str) -> Rule | Ignore:
        table = written.table(f"the rule for {name}")
        for verb, part in table.items():
            if verb not in VERBS:
                raise part.error(f"'{verb}' is not one of the six verbs.", f"Verbs: {', '.join(VERBS)}.")
        heads = [verb for verb in _HEADS if verb in table]
        if len(heads) != 1:
            said = " and ".join(heads) or "none of them"
            raise written.error(
                f"the rule for {name} needs exactly one of {', '.join(_HEADS)}; it has {said}.",
                "Write `{from: their_field}`.",
            )
        if heads[0] != "from" and len(table) > 1:
            raise written.error(
                f"`via` and `code` go with `from`; the rule for {name} begins with {heads[0]}.",
                "Take them out, or write `from`.",
            )
        return self._built(heads[0], table, written, name)

    def _built(self, head: str, table: Mapping[str, Written], written: Written, name: str) -> Rule | Ignore:
        part = table[head]
        if head == "const":
            return Const(part.value(f"the value of {name}"), written.place)
        if head == "ignore":
            return Ignore(_why(part), written.place)
        if head == "first_of":
            return FirstOf(tuple(self._choice(item, name) for item in part.items()), written.place)
        via = table["via"].texts("via") if "via" in table else ()
        code = self._codes(table["code"]) if "code" in table else None
        return From(part.texts("from"), via, code, written.place)

    def _choice(self, written: Written, name: str) -> From | Const:
        found = self.rule(written, name)
        if isinstance(found, FirstOf):
            raise written.error("a first_of inside a first_of.", "List all choices in one first_of.")
        return found
