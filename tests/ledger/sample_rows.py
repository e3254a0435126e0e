"""Rows for every table and parameters for every query, invented by name and type, the same each time.

Every id is one of a few, so that joins meet and filters find something; whatever is compared between two places is compared
over the same rows.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pyarrow as pa

from ledger.store import Store
from ledger.tables import shapes_in

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
ROWS = 36
IDS = [f"x-{n}" for n in range(5)]
_ACTION_STATES = ["planned", "cleared", "sent", "cancelled", "claimed", "ambiguous", "abandoned", "delayed"]
_WORDS: dict[str, list[str]] = {
    "state": _ACTION_STATES,
    "before": _ACTION_STATES,
    "after": _ACTION_STATES,
    "carrier_state": ["sent", "cancelled"],
    "outcome": ["sent", "not_sent", "refused"],
    "subject_kind": ["visit", "inquiry"],
    "purpose": ["treatment", "requested_reply", "marketing"],
    "row": ["6.1", "6.2", "2.5", "3.2", "1.1"],
    "completion": ["none", "marked"],
    "channel": ["sms", "email", "secure_email"],
    "intent": ["human", "confirm", "stop"],
    "word": ["late", "hold", "deceased"],
    "decided": ["", "approved"],
    "category": ["informational", "marketing"],
    "scope": ["all", "texts"],
    "status": ["booked", "cancelled", "completed", "no_show", "paid"],
    "join_key": ["cp-1", "cp-2", "files/people/9"],
    "value": ["+13055550142", "+13055550143"],
    "stage": ["normalize", "resolve", "border"],
    "stream": ["people", "visits"],
}
_JSON = {
    "body",
    "facts",
    "refs",
    "counts",
    "answers",
    "tags",
    "flags",
    "carries",
    "rewrites",
    "journeys",
    "policy",
    "evidence",
}
_KINDS = [
    *("person", "appointment", "inquiry", "phone", "email", "review_link", "message", "payment", "intake", "review"),
    *("red_flag", "call_list", "reply", "guardian", "drift", "no_show", "written", "low_score"),
]
_SKIPPED = {"ledger_head", "migrations", "audit"}


def fill(store: Store) -> None:
    """Put rows into every table of an empty ledger."""
    with store.place.opened(read_only=True) as cursor:
        shapes = shapes_in(cursor)
    with store.writing(business_now=NOW) as session:
        for table, shape in sorted(shapes.items()):
            if table not in _SKIPPED:
                session.insert_arrow(table, _table(table, shape.columns))


def _table(table: str, columns: dict[str, pa.DataType]) -> pa.Table:
    return pa.table(
        {
            name: pa.array([_value(table, name, kind, n) for n in range(ROWS)], kind)
            for name, kind in columns.items()
            if name != "seq" or table == "progress"
        }
    )


def _value(table: str, name: str, kind: pa.DataType, n: int) -> object:
    if (table, name) in {("attempts", "attempt_id"), ("open_actions", "action_id")}:
        return f"x-{n}"
    if kind == pa.string():
        return _text(table, name, n)
    if pa.types.is_timestamp(kind):
        return NOW + timedelta(minutes=(n * 37) % 240 - 120) if n % 5 else None
    plain: dict[pa.DataType, object] = {
        pa.binary(): f"body {n}".encode(),
        pa.bool_(): n % 3 == 0,
        pa.date32(): date(1990, 1, 1) + timedelta(days=n),
    }
    return plain.get(kind, n % 4)


def _text(table: str, name: str, n: int) -> str | None:
    if name in _WORDS:
        words = _WORDS[name]
        return words[n % len(words)]
    if name in {"tombstone", "merged_into", "absorbed_by", "same_as"}:
        return IDS[n % 5] if n % 4 == 0 else None
    if name == "kind":
        return _KINDS[n % len(_KINDS)]
    if name in _JSON:
        return json.dumps({"tells": ["time", ""][n % 2], "provider": IDS[n % 5], "seq": str(n)}, separators=(",", ":"))
    if name in {"addresses", "action_ids", "keyed_hashes"}:
        return json.dumps([IDS[n % 5]])
    return IDS[(n * 7 + len(name) + len(table)) % 5] if name.endswith("_id") else f"{name}-{n % 3}"


def parameters(kinds: dict[str, pa.DataType], sql: str) -> Iterator[dict[str, object]]:
    """Values for each `$name` of a statement, likeliest first: how it is used says much, and the rest is tried.

    `kinds`: the types of columns, by name.
    """
    names = sorted(set(re.findall(r"\$([a-z][a-z0-9_]*)", sql)))
    choices = [_choices(name, kinds, sql) for name in names]
    return (dict(zip(names, chosen, strict=True)) for chosen in product(*choices))


_ANYTHING: list[object] = [NOW, 3, "x-1", True]


def _choices(name: str, kinds: dict[str, pa.DataType], sql: str) -> list[object]:
    if re.search(rf"string_split\(\${name}\b", sql):
        return ["\x1f".join(IDS)]
    if cast := re.search(rf"\${name}::(\w+)\[\]", sql):
        return [json.dumps(list(range(5)) if cast[1] in {"BIGINT", "INTEGER"} else IDS)]
    if re.search(rf"(?:unnest|list_contains)\(\${name}\b", sql):
        return [list(IDS)]
    if re.search(rf"LIMIT \${name}\b", sql):
        return [5]
    compared = re.search(rf"(\w+)\"?\s*(?:=|<>|<=|>=|<|>|BETWEEN|BETWEEN \$\w+ AND)\s*\${name}\b", sql)
    kind = kinds.get(compared[1]) if compared else None
    likely = _wide(name, _of_kind(kind or kinds.get(name)))
    return [likely, *(one for one in _ANYTHING if one is not likely)]


_EARLY, _LATE = ("since", "after", "born"), ("until", "before", "now")


def _wide(name: str, value: object) -> object:
    """A span that holds all there is: from long before, until long after."""
    early, late = name.startswith(_EARLY), name.startswith(_LATE)
    if isinstance(value, datetime) and (early or late):
        return NOW + timedelta(days=2 if late else -2)
    return (10_000 if late else 0) if value == _ANYTHING[1] and (early or late) else value


def _of_kind(kind: pa.DataType | None) -> object:
    if kind is None or kind == pa.string():
        return _ANYTHING[2]
    if pa.types.is_timestamp(kind):
        return NOW
    if kind == pa.binary():
        return b"x"
    return _ANYTHING[3] if kind == pa.bool_() else _ANYTHING[1]
