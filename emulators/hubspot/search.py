"""POST …/search, with the traps of the real one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.hubspot.kinds import INSTANTS, Kind, kind_called
from emulators.hubspot.portal import Portal
from emulators.hubspot.problems import Refusal, invalid
from emulators.hubspot.records import Properties, Record
from emulators.hubspot.rendering import shown
from emulators.hubspot.values import held, instant
from emulators.kit.clock import milliseconds
from emulators.kit.exchange import Json

LONGEST_BODY, MOST_GROUPS, MOST_FILTERS, MOST_TOGETHER = 3000, 5, 6, 18
DEFAULT_LIMIT, MOST_ROWS, CAP = 10, 200, 10_000

Key = tuple[int, float | str]
Found = tuple[Record, Properties]


def sort_key(name: str, held: str) -> Key:
    """Numbers before texts; instants are held as ISO text and compare as that, other texts without case."""
    if name in INSTANTS:
        return (1, held)
    try:
        return (0, float(held))
    except ValueError:
        return (1, held.lower())


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one property."""

    name: str
    operator: str
    values: tuple[str, ...]
    wanted: tuple[Key, ...]

    def holds(self, held: str | None) -> bool:
        """Whether a property's value meets it; an absent value only meets the negative ones."""
        if not held:
            return self.operator in ("NOT_HAS_PROPERTY", "NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
        return OPERATORS[self.operator](sort_key(self.name, held), self.wanted)


OPERATORS: dict[str, Callable[[Key, tuple[Key, ...]], bool]] = {
    "EQ": lambda held, wanted: held == wanted[0],
    "NEQ": lambda held, wanted: held != wanted[0],
    "LT": lambda held, wanted: held < wanted[0],
    "LTE": lambda held, wanted: held <= wanted[0],
    "GT": lambda held, wanted: held > wanted[0],
    "GTE": lambda held, wanted: held >= wanted[0],
    "BETWEEN": lambda held, wanted: wanted[0] <= held <= wanted[1],
    "IN": lambda held, wanted: held in wanted,
    "NOT_IN": lambda held, wanted: held not in wanted,
    "HAS_PROPERTY": lambda *_: True,
    "NOT_HAS_PROPERTY": lambda *_: False,
    "CONTAINS_TOKEN": lambda held, wanted: str(wanted[0][1]).strip("*") in str(held[1]),
    "NOT_CONTAINS_TOKEN": lambda held, wanted: str(wanted[0][1]).strip("*") not in str(held[1]),
}
WANTS: dict[str, tuple[str, ...]] = {"BETWEEN": ("value", "highValue"), "IN": ("values",), "NOT_IN": ("values",)}


@dataclass(frozen=True, slots=True)
class Query:
    """A search that has been understood."""

    groups: tuple[tuple[Filter, ...], ...]
    words: str
    sort: tuple[str, bool] | None  # property, descending
    properties: tuple[str, ...]
    limit: int
    after: int


def parse(body: bytes) -> Query:
    """Read a search; raises 400 for what HubSpot does not take, 500 for epoch 0."""
    if len(body) > LONGEST_BODY:
        raise invalid(f"The request body is {len(body)} characters long; at most {LONGEST_BODY} are allowed.")
    given = _object(body)
    groups = tuple(tuple(_filter(each) for each in group.get("filters", [])) for group in given.get("filterGroups", []))
    if len(groups) > MOST_GROUPS or any(len(group) > MOST_FILTERS for group in groups):
        raise invalid(f"At most {MOST_GROUPS} filter groups of {MOST_FILTERS} filters are allowed.")
    if sum(map(len, groups)) > MOST_TOGETHER:
        raise invalid(f"At most {MOST_TOGETHER} filters are allowed.")
    limit, after = _number(given, "limit", DEFAULT_LIMIT), _number(given, "after", 0)
    if not 0 < limit <= MOST_ROWS:
        raise invalid(f"limit {limit} is not between 1 and {MOST_ROWS}")
    if after + limit > CAP:
        raise invalid(f"Paging beyond {CAP} results is not possible: after {after}, limit {limit}.")
    words = str(given.get("query") or "").lower()
    return Query(groups, words, _sort(given.get("sorts") or []), tuple(given.get("properties") or ()), limit, after)


def run(portal: Portal, kind: Kind, query: Query) -> dict[str, Json]:
    """One page. `total` follows its own lag and may disagree with `results`."""
    now = milliseconds(portal.clock.now())
    found = _matching(portal, kind, query, now - int(portal.search_lag * 1000), archived_after=None)
    total_lag = portal.search_lag if portal.total_lag is None else portal.total_lag
    total_at = now - int(total_lag * 1000)
    total = len(_matching(portal, kind, query, total_at, archived_after=total_at)) if total_lag else len(found)
    page = _sorted(found, query)[query.after : query.after + query.limit]
    answer: dict[str, Json] = {
        "total": total,
        "results": [shown(portal, record, query.properties, seen) for record, seen in page],
    }
    following = query.after + query.limit
    if following < len(found):
        answer["paging"] = {"next": {"after": str(following), "link": f"?after={following}"}}
    return answer


def _matching(portal: Portal, kind: Kind, query: Query, at: int, archived_after: int | None) -> list[Found]:
    rows = []
    for record in portal.shelves[kind.name].records.values():
        if record.archived and (archived_after is None or milliseconds(record.archived) <= archived_after):
            continue
        seen = record.seen(at)
        if seen is not None and _fits(portal, record, seen, query):
            rows.append((record, seen))
    return rows


def _fits(portal: Portal, record: Record, seen: Properties, query: Query) -> bool:
    if query.words and not any(query.words in value.lower() for value in seen.values()):
        return False
    return not query.groups or any(all(_met(portal, record, seen, each) for each in group) for group in query.groups)


def _met(portal: Portal, record: Record, seen: Properties, condition: Filter) -> bool:
    if not condition.name.startswith("associations."):
        return condition.holds(held(seen, condition.name))
    kind = kind_called(condition.name.partition(".")[2])
    linked = portal.linked((record.kind.name, record.id), kind) if kind else []
    return any(other in condition.values for other, _ in linked)


def _sorted(found: list[Found], query: Query) -> list[Found]:
    def by(pair: Found) -> tuple[Any, ...]:
        record, seen = pair
        if query.sort is None:
            return (record.created, int(record.id))
        return (sort_key(query.sort[0], seen.get(query.sort[0], "")), int(record.id))

    return sorted(found, key=by, reverse=query.sort is not None and query.sort[1])


def _object(body: bytes) -> dict[str, Json]:
    try:
        given = json.loads(body or b"{}")
    except ValueError as problem:
        raise invalid("Invalid input JSON") from problem
    if not isinstance(given, dict):
        raise invalid("Invalid input JSON: an object is expected")
    return given


def _filter(given: Mapping[str, Json]) -> Filter:
    name, operator = str(given.get("propertyName", "")), str(given.get("operator", ""))
    if operator not in OPERATORS:
        raise invalid(f"Invalid input JSON: {operator!r} is not one of {', '.join(OPERATORS)}")
    values: list[str] = []
    for key in WANTS.get(operator, () if "HAS_PROPERTY" in operator else ("value",)):
        if given.get(key) is None:
            raise invalid(f"operator {operator} requires {key}")
        values += [str(each) for each in given[key]] if key == "values" else [str(given[key])]
    if name in INSTANTS and any(instant(value) == "1970-01-01T00:00:00.000Z" for value in values):
        raise Refusal(500, "INTERNAL_ERROR", "internal error")
    wanted = [instant(value) or value if name in INSTANTS else value for value in values]
    return Filter(name, operator, tuple(values), tuple(sort_key(name, value) for value in wanted))


def _number(given: Mapping[str, Json], name: str, otherwise: int) -> int:
    value = given.get(name)
    if value is None or value == "":
        return otherwise
    if not str(value).isdigit():
        raise invalid(f"{name} must be an integer, not {value!r}")
    return int(value)


def _sort(given: list[Json]) -> tuple[str, bool] | None:
    if len(given) > 1:
        raise invalid("Only one sort is allowed.")
    if not given:
        return None
    if isinstance(given[0], str):
        return given[0].lstrip("-"), given[0].startswith("-")
    return str(given[0]["propertyName"]), given[0].get("direction") == "DESCENDING"
