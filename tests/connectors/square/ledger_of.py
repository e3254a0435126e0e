"""A ledger behind the pretend Square: what a pass and a call bring is landed, understood, and joined to people and visits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from canonical.ids import ConnectionId, RunId
from canonical.practice import Practice
from canonical.raw import Page
from connectors.kit import registry
from connectors.kit.webhooks import Incoming
from emulators.kit.webhooks import Webhook
from ledger.raw import land
from ledger.store import Store
from ledger.streams import Stream
from mappings.catalogue import Catalogue
from pipelines.accept.arrival import arrival_of
from pipelines.normalize import Normalized, normalize
from pipelines.paperwork import update_paperwork
from pipelines.poll import Poll, open_puller, poll
from pipelines.resolve import resolve
from pipelines.visits.stage import update_visits
from tests.connectors.square.till import NOW, Spa
from tests.pipelines.resolve.landed import practice

RUN = RunId("run")
HOOK = "https://hooks.example.com/square"


@dataclass(frozen=True)
class Config:
    """What normalize asks of a practice's settings."""

    practice: Practice
    mapping_folders: tuple[Path, ...] = ()


@dataclass
class Books:
    """One practice that has Square and nothing else."""

    spa: Spa
    store: Store
    calls: list[Incoming] = field(default_factory=list)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.spa.merchant.hook = HOOK

    def called(self, call: Webhook) -> None:
        """Square calls: nothing leaves, the test carries the call."""
        headers, body = call.build(1)
        lowered = {name.lower(): value for name, value in headers.items()}
        self.calls.append(Incoming(url=HOOK, headers=lowered, body=body))

    @property
    def config(self) -> Config:
        where = self.spa.connection.model_copy(update={"locations": {"LMAIN": "downtown"}})
        return Config(practice(connections=[where]))

    def sync(self) -> Normalized:
        """One pass over every stream, and every stage after it."""
        self.now += timedelta(minutes=20)
        self.spa.turn(self.now)
        (connection,) = self.config.practice.connections
        catalogue = Catalogue()
        puller = open_puller(connection, self.spa.tools, catalogue)
        polled = poll(Poll(self.store, connection, puller, catalogue, self.now, RUN))
        assert all(one.closes and one.problem is None for one in polled.values())
        return self.understood()

    def hear(self) -> None:
        """Land what the calls since the last time say by themselves; what they only hint at is left to the next pass."""
        parse = registry.webhook("square").parse
        events = [event for call in self.calls for event in parse(call)]
        self.calls.clear()
        with self.store.writing() as session:
            for event in events:
                if event.meaning.value == "known":
                    stream = Stream(ConnectionId("square"), event.stream)
                    page = Page(records=(event.record(stream.connection_id),), cursor="")
                    land(session, arrival_of(stream, page, frozenset(), now=self.now, run_id=RUN))
        self.understood()

    def understood(self) -> Normalized:
        done = normalize(self.store, self.config, now=self.now, run_id=RUN)
        assert done.closes
        resolve(self.store, self.config.practice, (), self.now, RUN)
        update_visits(self.store, self.config.practice, self.now, RUN)
        update_paperwork(self.store, self.config.practice, self.now, RUN)
        return done

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a growing table, oldest first."""
        with self.store.reading() as session:
            found = session._cursor.execute(f'SELECT * FROM "{table}" ORDER BY seq').to_arrow_table()  # noqa: S608 - a table's name from a test
        return [dict(row) for row in found.to_pylist()]

    def versions(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.rows("versions") if row["kind"] == kind]

    def persons(self) -> set[str]:
        """Who there is."""
        with self.store.reading() as session:
            found = session._cursor.execute("SELECT person_id FROM current_persons").fetchall()
        return {row[0] for row in found}

    def owner(self, vendor_id: str) -> str:
        """Whose a customer's record is now."""
        record = next(row["record_id"] for row in self.rows("raw") if row["vendor_id"] == vendor_id)
        return next(str(row["person_id"]) for row in reversed(self.rows("person_links")) if row["record_id"] == record)
