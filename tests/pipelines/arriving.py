"""A practice whose records arrive through a drop folder, from the file to the versions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

from canonical.ids import RunId
from canonical.practice import Connection, Practice
from canonical.raw import Page
from ledger.raw import Landed
from ledger.store import Store
from ledger.streams import Stream
from mappings.catalogue import Catalogue
from pipelines.normalize import Normalized, StreamCounts, normalize, renormalize, replay
from pipelines.poll import Poll, Polled, open_puller, poll
from tests.connectors.files.dropped import STREAM, Drop, tools
from tests.pipelines.resolve.landed import practice

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MAPPING = """
    kind: appointment
    id: id
    volatile: [age]
    effective_at: {from: changed, via: instant}
    fields:
      person_vendor_id: {from: patient}
      start: {from: start, via: local_time}
      status: {from: status, code: appointment_status}
      location: {from: place}
"""
HEADER = "id,patient,start,status,age,changed,place\n"


@dataclass(frozen=True)
class Settings:
    """What normalize asks of a practice's settings."""

    practice: Practice
    mapping_folders: tuple[Path, ...]


@dataclass
class Desk:
    """Everything one test needs: drop files, poll, normalize, look."""

    store: Store
    drop: Drop
    folder: Path
    locations: dict[str, str] = field(default_factory=dict)
    now: datetime = NOW
    runs: int = 0

    def __post_init__(self) -> None:
        self.drop.settings.pop(f"{STREAM}.id")
        self.map(MAPPING)

    def map(self, text: str, name: str = f"files/{STREAM}.yaml") -> None:
        """The practice's own mapping of the stream, which replaces every field of the shipped one it names."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    @property
    def connection(self) -> Connection:
        return self.drop.connection.model_copy(update={"locations": self.locations})

    @property
    def stream(self) -> Stream:
        return Stream(self.connection.connection_id, STREAM)

    @property
    def config(self) -> Settings:
        return Settings(practice(connections=[self.connection]), (self.folder,))

    def _run(self) -> RunId:
        self.runs += 1
        self.now += timedelta(minutes=1)
        return RunId(f"run-{self.runs}")

    def poll(self) -> Polled:
        catalogue = Catalogue([self.folder])
        puller = open_puller(self.connection, tools(), catalogue)
        run = Poll(self.store, self.connection, puller, catalogue, self.now, self._run())
        return poll(run)[STREAM]

    def landed(self) -> Landed:
        polled = self.poll()
        assert polled.closes
        assert polled.problem is None
        return polled.landed

    def normalize(self) -> Normalized:
        return normalize(self.store, self.config, now=self.now, run_id=self._run())

    def counts(self) -> StreamCounts:
        found = self.normalize()
        assert found.closes
        return found.total

    def renormalize(self) -> Normalized:
        return renormalize(self.store, self.config, self.stream, now=self.now, run_id=self._run())

    def replay(self) -> Normalized:
        return replay(self.store, self.config, self.stream, now=self.now, run_id=self._run())

    def stored(self, table: str, order: str = "") -> list[dict[str, Any]]:
        """Every row of a table, through the session's own cursor: no named query lists one."""
        with self.store.reading() as session:
            found = session._cursor.execute(f'SELECT * FROM "{table}" {order}').to_arrow_table()  # noqa: S608 - a table's name from a test
        return [dict(row) for row in found.to_pylist()]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a growing table, oldest first."""
        return self.stored(table, "ORDER BY seq")

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(row["body"]) for row in self.rows("versions")]

    def marks(self) -> list[dict[str, Any]]:
        with self.store.reading() as session:
            return session.rows("open_marks_by_reason")


def row(
    number: int,
    *,
    start: str = "2026-12-01 09:00",
    status: str = "booked",
    age: int = 40,
    changed: str = "",
    place: str = "",
) -> str:
    return f"{number},p{number},{start},{status},{age},{changed},{place}\n"


class Served:
    """A puller that serves pages made by a test, from the cursor on."""

    def __init__(self, *pages: Page) -> None:
        self.pages = pages
        self.pulls = 0

    def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
        del stream, now
        self.pulls += 1
        at = next((number for number, page in enumerate(self.pages, 1) if page.cursor == cursor), 0)
        yield from self.pages[at:]
