"""What happens to one text on its way: transforms, code list, checks, written form."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from canonical.ids import spoiled_by_spreadsheet
from mappings.coverage import Notes
from mappings.reading import code_key
from mappings.spec import INLINE, CodeList, From
from mappings.targets import IDENTIFIERS, Sort, Target
from mappings.transforms.loaded import TRANSFORMS, Transform, Unreadable

Step = Callable[[str, ZoneInfo | None, Notes], object]
Finish = Callable[[object], object]
UNKNOWN: Final = "unknown"
_TRUTHS: Final = {"1": "true", "1.0": "true", "yes": "true", "0": "false", "0.0": "false", "no": "false"}
"""How a yes or a no is written where a list knows only those two."""


class UnknownCode(Unreadable):
    """A word no code list knows, in a field that has no word for the unknown."""

    def __init__(self, code: CodeList) -> None:
        """The list that was asked."""
        super().__init__(f"is a word the code list {code.name} does not know")
        own = f"mappings/codes/{code.name}.yaml in the practice's folder"
        self.where = code.at if code.name == INLINE else own
        """Where a practice adds it: to its own list of that name, which goes on top of a shipped one."""


class SpoiledId(Unreadable):
    """An id a spreadsheet has rounded."""


class NoZone(Unreadable):
    """A wall clock without a zone."""


def step_of(rule: From, target: Target, finish: Mapping[Sort, Finish]) -> Step:
    """All that happens to one text: transforms, code list, check, form."""
    steps = [_transformed(TRANSFORMS[name]) for name in rule.via if not TRANSFORMS[name].many]
    if rule.code:
        steps.append(_coded(rule.code, target))
    if target.name in IDENTIFIERS:
        steps.append(_unspoiled)
    ending = finish.get(target.sort)
    if ending:
        steps.append(_finished(ending))
    if target.check:
        steps.append(_checked(target.check))
    return _chain(steps)


def _chain(steps: list[Step]) -> Step:
    if not steps:
        return lambda text, _zone, _notes: text
    if len(steps) == 1:
        return steps[0]

    def chained(text: str, zone: ZoneInfo | None, notes: Notes) -> object:
        value: object = text
        for step in steps:
            value = step(value, zone, notes)  # type: ignore[arg-type]  # checks.py has matched what each gives and reads
            if value is None or value == "":
                return None
        return value

    return chained


def _transformed(transform: Transform) -> Step:
    if transform.plain:
        plain = transform.plain
        return lambda text, _zone, _notes: plain(text)
    local = transform.local

    def at_location(text: str, zone: ZoneInfo | None, _notes: Notes) -> object:
        if zone is None or local is None:
            raise NoZone("is a wall clock, and no location of ours says in which zone")
        return local(text, zone)

    return at_location


def _coded(code: CodeList, target: Target) -> Step:
    codes = {theirs: _truth(ours) if target.sort is Sort.TRUTH else ours for theirs, ours in code.codes.items()}
    fallback = UNKNOWN if UNKNOWN in target.members else None

    truths = _TRUTHS if codes.keys() <= {"true", "false"} else {}

    def coded(text: str, _zone: ZoneInfo | None, notes: Notes) -> object:
        found = codes.get(text)
        if found is None:
            found = codes.get(code_key(text))
        if found is None and truths:
            found = codes.get(truths.get(code_key(text), ""))
        if found is not None:
            return found if found != "" else None
        notes.unknown_code(target.name, text)
        if fallback is None:
            raise UnknownCode(code)
        return fallback

    return coded


def _truth(ours: str) -> object:
    return ours == "true" if ours else ""


def _unspoiled(text: str, _zone: ZoneInfo | None, _notes: Notes) -> object:
    if spoiled_by_spreadsheet(text):
        raise SpoiledId("is an id that a spreadsheet has rounded")
    return text


def _finished(ending: Finish) -> Step:
    return lambda value, _zone, _notes: ending(value)


def _checked(check: Callable[[object], object]) -> Step:
    def checked(value: object, _zone: ZoneInfo | None, _notes: Notes) -> object:
        try:
            return check(value)
        except ValidationError:
            raise Unreadable("is not possible in this field") from None

    return checked


def _instant_json(value: object) -> object:
    return value.isoformat().removesuffix("+00:00") + "Z" if isinstance(value, datetime) else value


def _date_json(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


JSON_FORM: Final[Mapping[Sort, Finish]] = {Sort.INSTANT: _instant_json, Sort.DATE: _date_json}
