"""Lists: filters, order, and pages by cursor."""

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from emulators.kit.exchange import Answer, Call
from emulators.nexhealth.institution import Record
from emulators.nexhealth.problems import Refusal, envelope

DEFAULT_PAGE, LARGEST_PAGE = 5, 1000
_SORTS = ("id", "updated_at")


def moment(call: Call, name: str, *, required: bool = False) -> datetime | None:
    """A date-time of the query; a bare date is one only where it is not required."""
    written = call.arguments.get(name, "")
    if not written:
        if required:
            raise Refusal(400, f"Missing required parameter: {name}")
        return None
    if required and len(written) <= len("2026-11-01"):
        raise Refusal(400, f"{name} is not a date-time")
    return instant(written, name)


def instant(written: Any, name: str) -> datetime:  # noqa: ANN401 - JSON
    """An ISO 8601 instant; one without an offset is refused."""
    try:
        found = datetime.fromisoformat(str(written) + ("T00:00:00Z" if len(str(written)) == len("2026-11-01") else ""))
    except ValueError as problem:
        raise Refusal(400, f"{name} cannot be parsed") from problem
    if found.tzinfo is None:
        raise Refusal(400, f"{name} has no offset")
    return found


def flag(call: Call, name: str) -> bool | None:
    """A truth value of the query."""
    return {"true": True, "false": False}.get(call.arguments.get(name, ""))


def changed(records: Iterable[Record], call: Call) -> list[Record]:
    """Those updated at or after `updated_since`."""
    since = moment(call, "updated_since")
    return [each for each in records if since is None or datetime.fromisoformat(each["updated_at"]) >= since]


def page(call: Call, records: list[Record]) -> Answer:
    """One page. A cursor names the last record that was seen by its place in the order, so that pages do not shift."""
    wanted = call.arguments.get("sort", "id")
    name, down = wanted.removeprefix("-"), wanted.startswith("-")
    if name not in _SORTS:
        raise Refusal(400, "sort does not have a valid value")
    ordered = sorted(records, key=lambda each: (each[name], each["id"]), reverse=down)
    after = call.arguments.get("end_cursor", "")
    if after:
        value, _, number = _opened(after).partition(" ")
        passed = (int(value) if name == "id" else value, int(number))
        ordered = [
            each
            for each in ordered
            if ((each[name], each["id"]) < passed) is down and (each[name], each["id"]) != passed
        ]
    size = min(int(call.arguments.get("per_page") or DEFAULT_PAGE), LARGEST_PAGE)
    shown = ordered[:size]
    info = {
        "has_previous_page": bool(after),
        "has_next_page": len(ordered) > size,
        "start_cursor": _closed(shown[0], name) if shown else None,
        "end_cursor": _closed(shown[-1], name) if shown else None,
    }
    return Answer(200, envelope(shown, page_info=info))


def _closed(record: Record, name: str) -> str:
    return base64.urlsafe_b64encode(f"{record[name]} {record['id']}".encode()).decode()


def _opened(cursor: str) -> str:
    try:
        found = base64.urlsafe_b64decode(cursor).decode()
        int(found.rpartition(" ")[2])
    except ValueError as problem:
        raise Refusal(400, "end_cursor is invalid") from problem
    return found
