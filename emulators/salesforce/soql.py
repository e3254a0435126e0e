"""SOQL, as far as clients ask for flat rows: fields, conditions, order, limit. Anything else is refused as malformed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from emulators.kit.exchange import Json
from emulators.salesforce.org import same, written
from emulators.salesforce.problems import malformed

Value = Callable[[str], Json]
"""What a row has under a name of a field."""
Condition = Callable[[Value], bool]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_CONSTANTS: Final[Mapping[str, Json]] = {"true": True, "false": False, "null": None}
_COMPARISONS: Final[Mapping[str, Callable[[Json, Json], bool]]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


@dataclass(slots=True)
class Query:
    """A query that was understood. No `fields`: it only counts."""

    object_type: str
    fields: list[str]
    condition: Condition = lambda _: True
    named: list[str] = field(default_factory=list)
    """Every field it names, for somebody to look whether they are there."""
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Name, and whether it is downwards."""
    limit: int | None = None
    offset: int = 0


def parsed(text: str) -> Query:
    """The query. Raises 400 MALFORMED_QUERY."""
    return _Parser(text).query()


class _Parser:
    """Reads token by token."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._named: list[str] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise malformed(f"unexpected token: '{text[at : at + 20].strip()}'")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self._at = 0

    def query(self) -> Query:
        """The whole of it."""
        self._expect("select")
        fields = self._fields()
        self._expect("from")
        found = Query(self._word(), fields, named=self._named)
        self._named += fields
        if self._take("where"):
            found.condition = self._either()
        if self._take("order"):
            self._expect("by")
            found.order = self._order()
        if self._take("limit"):
            found.limit = int(self._next("number"))
        if self._take("offset"):
            found.offset = int(self._next("number"))
        if self._at < len(self._tokens):
            raise malformed(f"unexpected token: '{self._tokens[self._at][1]}'")
        return found

    def _fields(self) -> list[str]:
        if self._take("count"):
            self._expect("(")
            self._expect(")")
            return []
        found = [self._word()]
        while self._take(","):
            found.append(self._word())
        return found

    def _order(self) -> list[tuple[str, bool]]:
        found = []
        while True:
            name = self._word()
            down = self._take("desc")
            if not down:
                self._take("asc")
            if self._take("nulls"):
                self._word()
            found.append((name, down))
            self._named.append(name)
            if not self._take(","):
                return found

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return lambda row: any(part(row) for part in parts)

    def _both(self) -> Condition:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return lambda row: all(part(row) for part in parts)

    def _not(self) -> Condition:
        if self._take("not"):
            inner = self._not()
            return lambda row: not inner(row)
        if self._take("("):
            grouped = self._either()
            self._expect(")")
            return grouped
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self._word()
        self._named.append(name)
        if self._take("in"):
            wanted = self._list()
            return lambda row: any(same(row(name), each) for each in wanted)
        if self._take("not"):
            self._expect("in")
            unwanted = self._list()
            return lambda row: not any(same(row(name), each) for each in unwanted)
        if self._take("like"):
            pattern = _like(str(self._literal()))
            return lambda row: bool(pattern.match(str(row(name) or "")))
        sign, value = self._next("sign"), self._literal()
        if sign == "=":
            return lambda row: same(row(name), value)
        if sign in {"!=", "<>"}:
            return lambda row: not same(row(name), value)
        if sign not in _COMPARISONS:
            raise malformed(f"unexpected token: '{sign}'")
        return lambda row: row(name) is not None and _COMPARISONS[sign](row(name), value)

    def _list(self) -> list[Json]:
        self._expect("(")
        found = [self._literal()]
        while self._take(","):
            found.append(self._literal())
        self._expect(")")
        return found

    def _literal(self) -> Json:
        kind, text = self._peek()
        self._at += 1
        if kind == "text":
            return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1])
        if kind == "moment":
            return written(datetime.fromisoformat(text).astimezone(UTC)) if "T" in text else text
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "word" and text.lower() in _CONSTANTS:
            return _CONSTANTS[text.lower()]
        raise malformed(f"unexpected token: '{text}'")

    def _peek(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise malformed("unexpected token: '<EOF>'")
        return self._tokens[self._at]

    def _next(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise malformed(f"unexpected token: '{text}'")
        self._at += 1
        return text

    def _word(self) -> str:
        return self._next("word")

    def _take(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1].lower() == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise malformed(f"unexpected token: '{self._peek()[1]}'")


def _like(pattern: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(sign, re.escape(sign)) for sign in pattern) + r"\Z", re.IGNORECASE | re.DOTALL)
