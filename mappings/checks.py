"""Whether a mapping can work: every rule gives what its field holds, and nothing is missing or said twice."""

from collections.abc import Iterator, Mapping
from typing import Final

from canonical.problems import SettingsError
from mappings.document import suggestion
from mappings.spec import Const, Entry, From, Group, Rule, Several, Spec, rules, sources
from mappings.targets import READ_BY, Sort, Target, targets
from mappings.transforms.loaded import TRANSFORMS

_INSTANT: Final = Target("effective_at", Sort.INSTANT)
_TRUTH: Final = Target("deleted", Sort.TRUTH)
_CONST_TYPES: Final[Mapping[Sort, type]] = {Sort.TEXT: str, Sort.CODE: str, Sort.TRUTH: bool, Sort.NUMBER: int}
_WORDS: Final[Mapping[Sort, str]] = {
    Sort.TEXT: "text",
    Sort.TRUTH: "a yes or no",
    Sort.NUMBER: "a number",
    Sort.DATE: "a day",
    Sort.INSTANT: "an instant",
    Sort.CODE: "one of our own words",
    Sort.PARTS: "several parts",
}
_TRUTHS: Final = ("true", "false")


def check(spec: Spec) -> None:
    """Raises `SettingsError` for the first thing that cannot work, at its file and line, with what to write instead."""
    known = targets(spec.kind)
    if not spec.id:
        raise SettingsError(
            spec.file,
            1,
            "the mapping does not say which field is the record's id.",
            next_step="Write `id: <their id field>`.",
        )
    for target, rule in _all_rules(spec, known):
        _check_rule(rule, target)
    for target in known.values():
        if target.required and target.name not in spec.fields and target.name != "vendor_id":
            raise SettingsError(
                spec.file,
                1,
                f"nothing fills {target.name}, and no {spec.kind} is without it.",
                next_step=f"Add `{target.name}: {_example(target)}` under fields.",
            )
    _check_ignored(spec)


def _all_rules(spec: Spec, known: Mapping[str, Target]) -> Iterator[tuple[Target, Rule]]:
    for rule, target in ((spec.effective_at, _INSTANT), (spec.deleted, _TRUTH)):
        yield from ((target, one) for one in (rules(rule) if rule else ()))
    for name, entry in spec.fields.items():
        yield from _entry_rules(known[name], entry)


def _entry_rules(target: Target, entry: Entry) -> Iterator[tuple[Target, Rule]]:
    for item in entry.items if isinstance(entry, Several) else (entry,):
        if isinstance(item, Group):
            for part, rule in item.parts.items():
                yield from ((target.parts[part], one) for one in rules(rule))
        else:
            yield from ((target, one) for one in rules(item))


def _check_rule(rule: Rule, target: Target) -> None:
    if isinstance(rule, Const):
        _check_const(rule, target)
    elif isinstance(rule, From):
        _check_via(rule, target)
        gives = _check_code(rule, target) if rule.code else _gives(rule)
        if gives is not target.sort:
            raise _error(
                rule,
                f"{target.name} holds {_WORDS[target.sort]}, and this rule gives {_WORDS[gives]}.",
                f"Write {_example(target)}.",
            )
        wanted = READ_BY.get(target.name)
        if wanted and not wanted & set(rule.via):
            raise _error(
                rule,
                f"{target.name} has one written form, and this rule does not make it.",
                f"Add `via: {min(wanted)}`.",
            )


def _check_const(rule: Const, target: Target) -> None:
    wanted = _CONST_TYPES.get(target.sort)
    fits = wanted is not None and type(rule.value) is wanted
    if not fits or (target.members and rule.value not in target.members):
        raise _error(rule, f"{target.name} cannot have this fixed value.", _allowed(target))


def _check_via(rule: From, target: Target) -> None:
    for at, name in enumerate(rule.via):
        if name not in TRANSFORMS:
            raise _error(rule, f"there is no transform '{name}'.", suggestion(name, [*TRANSFORMS], "transform"))
        if TRANSFORMS[name].many and not target.many:
            raise _error(rule, f"{name} gives a list, and {target.name} holds one value.", "Use another transform.")
        if at + 1 < len(rule.via) and TRANSFORMS[name].gives is not Sort.TEXT:
            raise _error(
                rule,
                f"{name} gives {_WORDS[TRANSFORMS[name].gives]}, and {rule.via[at + 1]} reads text.",
                f"Put {name} last.",
            )
    if rule.code and _gives(rule) is not Sort.TEXT:
        raise _error(
            rule,
            f"a code list reads text, and {rule.via[-1]} gives {_WORDS[_gives(rule)]}.",
            f"Take {rule.via[-1]} out.",
        )


def _check_code(rule: From, target: Target) -> Sort:
    members = _TRUTHS if target.sort is Sort.TRUTH else target.members
    if target.sort not in {Sort.CODE, Sort.TEXT, Sort.TRUTH} or rule.code is None:
        raise _error(
            rule, f"{target.name} holds {_WORDS[target.sort]}, which no code list gives.", f"Write {_example(target)}."
        )
    for ours in rule.code.codes.values():
        if ours and members and ours not in members:
            raise SettingsError(
                *_place(rule.code.at),
                f"the code list {rule.code.name} says '{ours}', which {target.name} cannot be.",
                next_step=suggestion(ours, members, "value"),
            )
    return target.sort


def _check_ignored(spec: Spec) -> None:
    used = frozenset(spec.id).union(
        *(sources(entry) for entry in (*spec.fields.values(), spec.effective_at, spec.deleted))
    )
    for name in sorted(used & spec.ignored.keys()):
        raise SettingsError(
            *_place(spec.ignored[name].at),
            f"their field {name} is both used and ignored.",
            next_step="Take one of the two lines out.",
        )


def _gives(rule: From) -> Sort:
    return TRANSFORMS[rule.via[-1]].gives if rule.via else Sort.TEXT


def _allowed(target: Target) -> str:
    if target.members:
        return f"Write one of: {', '.join(target.members)}."
    return f"Write {_example(target)}." if target.sort not in _CONST_TYPES else f"Write {_WORDS[target.sort]}."


def _example(target: Target) -> str:
    if target.name in READ_BY:
        return f"{{from: their_field, via: {min(READ_BY[target.name])}}}"
    if target.sort is Sort.CODE:
        return "{from: their_field, code: {their word: our word}}, our words being: " + ", ".join(target.members)
    fitting = sorted(name for name, one in TRANSFORMS.items() if one.gives is target.sort and not one.many)
    return (
        "{from: their_field}"
        if target.sort is Sort.TEXT
        else f"{{from: their_field, via: …}} with one of {', '.join(fitting)}"
    )


def _error(rule: Rule, message: str, next_step: str) -> SettingsError:
    return SettingsError(*_place(rule.at), message, next_step=next_step)


def _place(at: str) -> tuple[str, int]:
    file, _, line = at.rpartition(":")
    return file, int(line)
