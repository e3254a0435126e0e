"""What one thread says since somebody last began to write: an inquiry, and the messages that followed it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from canonical.raw import RawRecord
from connectors.kit.access import Access
from connectors.kit.moments import counted
from connectors.kit.shapes import beside
from connectors.meta.lines import Line
from connectors.meta.wire import Person, Thread

CONVERSATIONS: Final = "conversations"
MESSAGES: Final = "direct_messages"


@dataclass(frozen=True)
class Talk:
    """A thread, and its lines since the last long pause, newest first. `ours` are the page and its Instagram account."""

    platform: str
    thread: Thread
    body: bytes
    lines: tuple[Line, ...]
    ours: frozenset[str]

    def records(self, access: Access, stream: str, origin: str) -> Iterator[RawRecord]:
        """The inquiry, or what was said after it. A thread in which only we wrote is neither."""
        asked = [line for line in self.lines if line.is_signed and not line.is_of(self.ours)]
        if not asked:
            return
        first, person = asked[-1], self._person(asked[-1])
        if stream == CONVERSATIONS:
            apart = MESSAGES in access.connection.streams
            yield self._inquiry(access, asked, asked[-1:] if apart else asked, person, origin)
            return
        for line in self.lines[: self.lines.index(first)]:
            if line.is_signed:
                yield self._message(access, line, person, origin)

    def _inquiry(
        self, access: Access, asked: list[Line], read_here: list[Line], person: Person, origin: str
    ) -> RawRecord:
        """`read_here`: what of it is read with the inquiry; the rest are messages of their own, where these are read too."""
        first = asked[-1]
        told = {
            "key": f"{self.thread.id}/{first.key}",
            "source": self.platform,
            "person": person.id,
            "thread": f"{self.platform}:{person.id}",
            "name": person.name or person.username,
            "at": first.said.created_time,
            "heard_at": asked[0].said.created_time,
            "text": "\n".join(line.said.message for line in reversed(read_here) if line.said.message),
        }
        return _record(access, CONVERSATIONS, told, self.body, origin, self.thread.updated_time)

    def _message(self, access: Access, line: Line, person: Person, origin: str) -> RawRecord:
        """A line names the two sides by ids; which of them is ours is found out here."""
        told = {
            "key": line.said.id or f"{self.thread.id}/{line.key}",
            "source": self.platform,
            "thread": f"{self.platform}:{person.id}",
            "direction": "outbound" if line.is_of(self.ours) else "inbound",
        }
        return _record(access, MESSAGES, told, line.body, origin, line.said.created_time)

    def _person(self, line: Line) -> Person:
        """Whoever wrote, with the name that the thread knows them by."""
        wrote = line.said.sender or Person()
        return next((each for each in self.thread.participants if each.id == wrote.id), wrote)


def _record(access: Access, stream: str, told: dict[str, Any], body: bytes, origin: str, at: str) -> RawRecord:
    return RawRecord(
        connection_id=access.connection.connection_id,
        stream=stream,
        vendor_id=told["key"],
        body=beside(body, "told", told),
        origin=origin,
        effective_at=counted(at),
    )
