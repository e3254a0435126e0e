"""HubSpot's real traffic of 2022-02, played back: our client sees what the client that was recorded saw.

The repository holds one stretch of it; the whole of it, three object types, lies beside the checkout.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from canonical.clock import FixedClock
from canonical.practice import Connection
from connectors.hubspot.asking import Reading, Writing
from connectors.hubspot.batches import id_of
from connectors.hubspot.objects import CONTACTS, Kind
from connectors.hubspot.rows import rows_of
from connectors.hubspot.wire import BatchAnswer
from connectors.kit import registry
from connectors.kit.access import Access, Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.moments import instant
from connectors.kit.secrets import Secrets
from connectors.kit.shapes import shaped
from tests.connectors.contract.subject import NOW, attempt
from tests.connectors.hubspot.wire import ENVIRON, connection
from tests.connectors.wire.server import FakeWire, Reply, Seen
from tests.shared_data import SHARED, shared

HERE = Path(__file__).parent / "fixtures" / "recorded" / "contacts.json"
TYPES = {"contact": "CONTACT", "companies": "COMPANY", "custom-object": "2-3604285"}
TOO_MANY = 429


@dataclass(frozen=True)
class Exchange:
    """One question of the recorded client, and HubSpot's answer."""

    asked: str
    asking: Any
    """The body of the question."""
    status: int
    headers: dict[str, str]
    answer: Any

    @property
    def body(self) -> bytes:
        return json.dumps(self.answer).encode() if self.answer else b""

    @property
    def at(self) -> datetime:
        return parsedate_to_datetime(self.headers["Date"])

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.answer["results"]]


def stretch() -> list[Exchange]:
    found = json.loads(HERE.read_text(encoding="utf-8"))
    return [
        Exchange(_last(each["path"]), each["asked"], each["status"], each["headers"], each["answer"]) for each in found
    ]


def whole(name: str) -> list[Exchange]:
    path = shared("vendors", "payloads", "hubspot", "grouparoo", f"export-objects__export-records-{name}.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    said = [(each["request"], each["response"]) for each in found]
    return [
        Exchange(_last(ask["url"]), ask["body"], answer["status"], answer["headers"], answer["body"])
        for ask, answer in said
    ]


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


@dataclass
class Playback:
    """A server that gives the recorded answers in their order, and our side of it."""

    access: Access
    rested: list[float]

    def reading(self) -> Reading:
        return Reading(self.access, "pull.contacts")

    def writing(self) -> Writing:
        return Writing(self.access, "create_task", attempt())


def playing(exchanges: Sequence[Exchange], tools: RequestsTransport) -> Iterator[tuple[Playback, FakeWire]]:
    answers = iter(exchanges)

    def answer(_: Seen) -> Reply:
        each = next(answers)
        return Reply(each.status, each.body, each.headers)

    rested: list[float] = []
    with FakeWire(answer).running() as server:
        using: Connection = connection(server.url)
        kit = Tools(FixedClock(NOW), Secrets(ENVIRON), tools, None, rested.append)
        yield Playback(Access(using, registry.manifest("hubspot"), kit), rested), server


def searches_of(exchanges: Sequence[Exchange]) -> list[Exchange]:
    return [each for each in exchanges if each.asked == "search"]


def seen_by_them(exchanges: Sequence[Exchange]) -> list[list[str]]:
    """The ids of each search that was answered; what was refused for its rate they asked again, and so do we."""
    return [each.ids for each in searches_of(exchanges) if each.status != TOO_MANY]


def searched(exchanges: Sequence[Exchange], object_type: str) -> tuple[list[list[str]], list[float]]:
    transport = RequestsTransport()
    kind = Kind(CONTACTS.stream, object_type, CONTACTS.properties, modified="lastmodifieddate")
    found: list[list[str]] = []
    rested: list[float] = []
    for played, server in playing(searches_of(exchanges), transport):
        reading = played.reading()
        while len(server.seen) < len(searches_of(exchanges)):
            answer = reading.search(object_type, {"filterGroups": [], "limit": 100})
            page = rows_of(answer.body, kind, reading.where, "page")
            assert not page.suspects
            assert [row.body for row in page.rows] == [
                json.dumps(row).encode() for row in json.loads(answer.body)["results"]
            ]
            found.append([row.id for row in page.rows])
        rested = played.rested
    transport.close()
    return found, rested


def held_against(exchanges: Sequence[Exchange], object_type: str) -> None:
    found, rested = searched(exchanges, object_type)
    assert found == seen_by_them(exchanges)
    refused = [each for each in searches_of(exchanges) if each.status == TOO_MANY]
    assert len(rested) == len(refused)
    assert all(seconds >= 1 for seconds in rested)


def test_a_recorded_stretch_is_read_as_its_own_client_read_it() -> None:
    exchanges = stretch()
    assert (len(searches_of(exchanges)), len(seen_by_them(exchanges))) == (37, 34)
    held_against(exchanges, "CONTACT")


@pytest.mark.parametrize("name", TYPES)
def test_the_whole_recording_is_read_as_its_own_client_read_it(name: str) -> None:
    exchanges = whole(name)
    assert len(seen_by_them(exchanges)) == 208
    held_against(exchanges, TYPES[name])


def recordings() -> list[list[Exchange]]:
    names = TYPES if SHARED.exists() else ()
    return [stretch(), *(whole(name) for name in names)]


def contacts_beside() -> list[list[Exchange]]:
    return [whole("contact")] if SHARED.exists() else []


def test_a_recorded_batch_gives_the_ids_that_hubspot_gave() -> None:
    told = 0
    for exchange in itertools.chain.from_iterable(recordings()):
        if exchange.asked in {"create", "update"}:
            batch = shaped(exchange.body, BatchAnswer)
            assert [each.id for each in batch.results] == exchange.ids
            told += 1
    assert told >= 6


def test_what_was_written_is_known_by_the_id_that_hubspot_gave() -> None:
    created = [each for each in stretch() if each.asked == "create"]
    transport = RequestsTransport()
    for played, _ in playing(created, transport):
        for each in created:
            writing = played.writing()
            assert id_of(writing, writing.create("tasks", {"properties": {}})) == each.ids[0]
    transport.close()


def missed(exchanges: Sequence[Exchange]) -> Iterator[timedelta]:
    """How old records were that a search asked for by their mail address and did not show, though they were there."""
    made: dict[str, tuple[str, datetime]] = {}
    for exchange in exchanges:
        if exchange.asked in {"create", "update"}:
            made |= {row["id"]: (row["properties"]["email"], changed(row)) for row in exchange.answer["results"]}
        elif exchange.asked == "archive":
            for each in exchange.asking["inputs"]:
                made.pop(each["id"], None)
        elif exchange.status != TOO_MANY:
            wanted = {one["value"] for group in exchange.asking["filterGroups"] for one in group["filters"]}
            hidden = [at for which, (mail, at) in made.items() if mail in wanted and which not in exchange.ids]
            yield from (exchange.at - at for at in hidden)


def changed(row: dict[str, Any]) -> datetime:
    found = instant(row["updatedAt"])
    assert found is not None
    return found


def test_a_total_that_counts_more_than_is_shown_is_in_the_recording() -> None:
    odd = [each for each in searches_of(stretch()) if each.status != TOO_MANY and each.answer["total"] > len(each.ids)]
    assert len(odd) == 7


def test_the_overlap_covers_the_recorded_lag_many_times() -> None:
    overlap = registry.manifest("hubspot").streams["contacts"].overlap
    lags = [lag for exchanges in (stretch(), *contacts_beside()) for lag in missed(exchanges)]
    assert len(lags) >= 3
    assert max(lags) * 10 <= overlap


def test_a_recorded_refusal_has_neither_retry_after_nor_a_policy() -> None:
    refused = [each for each in stretch() if each.status == TOO_MANY]
    assert refused
    for each in refused:
        assert "Retry-After" not in each.headers
        assert set(each.answer) == {"status", "message", "correlationId", "category"}
