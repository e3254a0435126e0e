"""The lines of one thread, newest first, each with its bytes: back to the last long pause, and no further."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from connectors.kit.access import Access
from connectors.kit.calls import Line as Calling
from connectors.kit.exchange import get
from connectors.kit.moments import counted
from connectors.kit.shapes import Misshapen, split
from connectors.meta import client
from connectors.meta.wire import Message, Paging

FIELDS: Final = "id,created_time,from,to,message"
SILENCE: Final = timedelta(hours=24)
"""After so long without a word, whoever writes asks anew (R4)."""
MOST: Final = 500
"""A conversation that goes on without a pause for longer than that began where we stop looking."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and its bytes as Meta wrote them."""

    said: Message
    body: bytes

    @property
    def at(self) -> datetime | None:
        """When it was written."""
        return counted(self.said.created_time)

    @property
    def key(self) -> str:
        """Its id; where it has none, its time tells it apart within a thread."""
        return self.said.id or self.said.created_time

    def is_of(self, people: frozenset[str]) -> bool:
        """Whether one of these wrote it. One that names nobody is nobody's."""
        return self.said.sender is not None and self.said.sender.id in people

    @property
    def is_signed(self) -> bool:
        """Whether it says who wrote it."""
        return self.said.sender is not None and bool(self.said.sender.id)


def since_silence(access: Access, calling: Calling, thread: str, body: bytes, capability: str) -> list[Line]:
    """The newest lines of a thread, back to the last long pause. `body` is the thread as Meta showed it."""
    found: list[Line] = []
    for line in _lines(access, calling, thread, body, capability):
        if found and _paused(line, found[-1]):
            break
        found.append(line)
    return found


def _lines(access: Access, calling: Calling, thread: str, body: bytes, capability: str) -> Iterator[Line]:
    """Those that did not come along are asked for when they are needed."""
    shown, told = _came_along(body), 0
    while True:
        lines, after = _page(shown)
        yield from lines
        told += len(lines)
        if not after or not lines or told >= MOST:
            return
        query = [("fields", FIELDS), ("limit", "100"), ("after", after)]
        shown = calling.read(get(client.resource(access, f"{thread}/messages"), query), capability).body


def _came_along(body: bytes) -> bytes:
    thread = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return bytes(thread.get("messages", msgspec.Raw(b"{}")))


def _page(shown: bytes) -> tuple[list[Line], str]:
    """A page of lines and where it goes on. What is no line says nothing to anybody; the thread is kept whole beside it."""
    try:
        bodies, rest = split(shown, "data")
    except Misshapen:
        return [], ""
    return [line for body in bodies if (line := _line(body))], _after(rest)


def _after(rest: Mapping[str, Any]) -> str:
    try:
        return Paging.model_validate(rest.get("paging") or {}).token or ""
    except ValidationError:
        return ""


def _line(body: bytes) -> Line | None:
    try:
        return Line(Message.model_validate_json(body), body)
    except ValidationError:
        return None


def _paused(before: Line, after: Line) -> bool:
    return before.at is not None and after.at is not None and after.at - before.at >= SILENCE
