"""A request as a pretend vendor sees it, and what it answers."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import parse_qsl

from starlette.routing import compile_path

from emulators.kit.journal import Action

Json: TypeAlias = Any
Given: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True)
class Call:
    """One HTTP request, read to its end."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    fields: Mapping[str, str] = field(default_factory=dict)  # the named parts of the path

    @cached_property
    def form(self) -> dict[str, str]:
        """The urlencoded body; the last value wins."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def arguments(self) -> dict[str, str]:
        """The query string; the last value wins."""
        return dict(self.query)

    def listed(self, name: str) -> list[str]:
        """A query value that may be repeated or separated by commas."""
        return [part for key, value in self.query if key == name for part in value.split(",") if part]

    def json(self) -> Json:
        """The JSON body; `ValueError` when it is none."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True, slots=True)
class Mark:
    """What the journal should remember of one item of a request."""

    action: Action = "read"
    accepted: bool = True
    reference: str | None = None
    recipient: str | None = None
    vendor_id: str | None = None


class Refused(Exception):
    """The vendor says no. Each vendor words it."""

    def answer(self) -> "Answer":
        """The error as the vendor words it."""
        raise NotImplementedError


@dataclass(slots=True)
class Answer:
    """What goes back, what the journal keeps, and what happens just before or after (webhooks)."""

    status: int
    json: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    before: list[Callable[[], None]] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)
    raw: bytes | None = None
    content_type: str = "application/json;charset=utf-8"

    def body(self) -> bytes:
        """The bytes of the body; empty for 204."""
        if self.raw is not None:
            return self.raw
        return b"" if self.json is None else json.dumps(self.json, ensure_ascii=False).encode()


Handler = Callable[[Call], Answer]
H = TypeVar("H")


class Routes(Generic[H]):
    """A table of method, path and handler; the first match wins."""

    def __init__(self, table: Iterable[tuple[str, str, H]]) -> None:
        self._table = [(method, compile_path(path)[0], handler) for method, path, handler in table]

    def find(self, call: Call) -> tuple[H, Call] | None:
        """The handler for a request, and the request with the named parts of its path."""
        for method, pattern, handler in self._table:
            match = pattern.match(call.path)
            if match and method == call.method:
                return handler, replace(call, fields=match.groupdict())
        return None


IDS = frozenset({"id", "sid", "hs_object_id", "uri", "subresource_uris", "url", "uid", "sourceTrackingId"})


def without_ids(value: Json) -> Json:
    """The same JSON with nothing left to recognise the record by."""
    if isinstance(value, dict):
        return {key: without_ids(inner) for key, inner in value.items() if key not in IDS}
    return [without_ids(inner) for inner in value] if isinstance(value, list) else value
