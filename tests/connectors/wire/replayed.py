"""An answer, or a recording of several, played to a connector as a whole: what lands of it, and what becomes of that."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from canonical.problems import ProtocolBroken
from canonical.raw import Page, RawRecord
from connectors.kit import registry
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Cannot, Mapped
from mappings.wire import read
from tests.connectors.contract.subject import NOW, Subject
from tests.connectors.contract.test_mapping import HERE
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import Reply, Seen

Answer = Callable[[Seen], Reply]
NOT_RECORDED = Reply(404, b'{"message": "nobody asked that", "statusCode": 404}')


@dataclass(frozen=True)
class Landed:
    """What one pass made of a recording."""

    pages: tuple[Page, ...]

    @property
    def records(self) -> list[RawRecord]:
        return [record for page in self.pages for record in page.records]

    @property
    def ids(self) -> list[str]:
        return [record.vendor_id for record in self.records]

    @property
    def suspects(self) -> int:
        return sum(len(page.suspects) for page in self.pages)

    def mapped(self, subject: Subject) -> Iterator[Mapped]:
        """The records in our words. Raises `Cannot` or `ProtocolBroken` for one that would be set aside."""
        for record in self.records:
            fields = read(record.format.text, record.body)
            registry.require_known_shape(subject.vendor, record.stream, fields)
            yield Catalogue().mapping(subject.vendor, record.stream).apply(fields, HERE, Notes())

    def set_aside(self, subject: Subject) -> list[str]:
        """Why records would be set aside."""
        try:
            list(self.mapped(subject))
        except (Cannot, ProtocolBroken) as why:
            return [str(why)]
        return []


def landed(subject: Subject, stream: str, answer: Answer, folder: Path) -> Landed:
    """One pass over a vendor that answers like that."""
    with subject.opened(folder) as opened:
        return played(cast("HttpWire", opened), stream, answer)


def played(wire: HttpWire, stream: str, answer: Answer) -> Landed:
    """As `landed`, of a vendor that is open already."""
    before, wire.server.answer = wire.server.answer, answer
    try:
        return Landed(tuple(registry.puller(wire.connection, wire.tools()).pull(stream, None, now=NOW)))
    finally:
        wire.server.answer = before


def reply(answer: object) -> Reply:
    return Reply(200, json.dumps(answer).encode())


def in_turn(answers: Iterable[object]) -> Answer:
    """The answers in the order in which they were recorded, whatever is asked."""
    left = iter(answers)

    def answer(_: Seen) -> Reply:
        found = next(left, None)
        return NOT_RECORDED if found is None else reply(found)

    return answer


def by_path(answers: Mapping[str, Any]) -> Answer:
    """The answer that was recorded of a path."""
    return lambda seen: reply(answers[seen.path]) if seen.path in answers else NOT_RECORDED
