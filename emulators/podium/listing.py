"""Podium's lists: up to 100 on a page, and a cursor that holds all that was asked for."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulators.kit.exchange import Answer, Call
from emulators.podium.problems import Refusal

Record = dict[str, Any]
Chosen = Callable[[Mapping[str, str]], Sequence[Record]]
USUAL, LARGEST = 10, 100


def page(call: Call, choose: Chosen, url: str, *, size: int = 0) -> Answer:
    """One page of what `choose` makes of the query. Beside a cursor every other parameter is ignored."""
    asked, start = dict(call.query), 0
    if "cursor" in asked:
        asked, start = _opened(asked["cursor"])
    wanted = size or _size(asked.get("limit", ""))
    found = choose(asked)
    shown, end = found[start : start + wanted], start + wanted
    metadata: Record = {"url": url, "totalItems": len(found)}
    if end < len(found):
        metadata["nextCursor"] = _sealed(asked, end)
    if start:
        metadata["previousCursor"] = _sealed(asked, max(0, start - wanted))
    return Answer(200, {"data": list(shown), "metadata": metadata})


def within(rows: Sequence[Record], asked: Mapping[str, str], *fields: str) -> list[Record]:
    """The rows whose dates fit every `field[gt|gte|lt|lte]` of the query; `updated_at` means after."""
    checks = {"gt": str.__gt__, "gte": str.__ge__, "lt": str.__lt__, "lte": str.__le__}
    wanted = [
        (name, checks[how], asked[f"{name}[{how}]"]) for name in fields for how in checks if f"{name}[{how}]" in asked
    ]
    if "updated_at" in asked:
        wanted.append(("updatedAt", str.__gt__, asked["updated_at"]))
    return [row for row in rows if all(check(row[name], value) for name, check, value in wanted)]


def _size(written: str) -> int:
    if written and not (written.isdecimal() and int(written) <= LARGEST):
        raise Refusal(422, f"limit is a number up to {LARGEST}")
    return int(written or USUAL)


def _sealed(asked: Mapping[str, str], start: int) -> str:
    return base64.b64encode(json.dumps([dict(asked), start]).encode()).decode()


def _opened(cursor: str) -> tuple[dict[str, str], int]:
    try:
        asked, start = json.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError) as wrong:
        raise Refusal(400, "cursor is invalid") from wrong
    return asked, start
