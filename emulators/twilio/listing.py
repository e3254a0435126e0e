"""GET Messages.json: filters and pages, with the quirks of the real one."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from emulators.kit.exchange import Answer, Call
from emulators.twilio.messages import Message
from emulators.twilio.problems import Refusal

DEFAULT_PAGE, LARGEST_PAGE = 50, 1000
DAY = timedelta(days=1)


def _bounds(value: str) -> tuple[datetime, datetime]:
    """The first instant a date or date-time covers, and the first after it."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as problem:
        raise Refusal(20001, f"DateSent {value}") from problem
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    return moment, moment + (DAY if len(value) == len("2026-11-01") else timedelta(seconds=1))


def matching(messages: Iterable[Message], call: Call) -> list[Message]:
    """Messages with the wanted To, From and DateSent, newest first. Without a `date_sent` a date filter never fits."""
    asked = call.arguments
    found = [
        message
        for message in messages
        if asked.get("To", message.to) == message.to
        and asked.get("From", message.sender) == message.sender
        and _sent_within(message, asked)
    ]
    return sorted(found, key=lambda message: message.date_created, reverse=True)


def _sent_within(message: Message, asked: dict[str, str]) -> bool:
    wanted = {name: _bounds(asked[name]) for name in ("DateSent", "DateSent<", "DateSent>") if asked.get(name)}
    if not wanted:
        return True
    sent = message.date_sent
    if sent is None:
        return False
    exact, before, after = (wanted.get(name) for name in ("DateSent", "DateSent<", "DateSent>"))
    return (
        (exact is None or exact[0] <= sent < exact[1])
        and (before is None or sent < before[1])
        and (after is None or sent >= after[0])
    )


def page(call: Call, name: str, rows: list[tuple[str, dict[str, Any]]]) -> Answer:
    """One page of (sid, resource). `page`, `start` and `end` always speak of the first page: only the URIs can be trusted."""
    size = min(_page_size(call.arguments.get("PageSize", "")), LARGEST_PAGE)
    token = call.arguments.get("PageToken", "")[2:]
    sids = [sid for sid, _ in rows]
    first = sids.index(token) + 1 if token in sids else 0
    shown = rows[first : first + size]
    kept = [(key, value) for key, value in call.query if key not in ("Page", "PageToken", "PageSize")]
    number = int(call.arguments.get("Page", 0))

    def uri(*more: tuple[str, str]) -> str:
        return f"{call.path}?{urlencode([*kept, ('PageSize', str(size)), *more])}"

    more = first + size < len(rows)
    following = uri(("Page", str(number + 1)), ("PageToken", f"PA{shown[-1][0]}")) if more else None
    return Answer(200, {
        "page": 0, "start": 0, "end": max(len(shown) - 1, 0), "page_size": size,
        "uri": uri(("Page", "0")), "first_page_uri": uri(("Page", "0")), "previous_page_uri": None,
        "next_page_uri": following, name: [resource for _, resource in shown],
    })  # fmt: skip


def _page_size(value: str) -> int:
    if value and not value.isdigit():
        raise Refusal(20001, f"PageSize {value}")
    return int(value or DEFAULT_PAGE) or DEFAULT_PAGE
