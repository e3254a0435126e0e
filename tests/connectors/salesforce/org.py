"""A pretend Salesforce with a clock to turn, and our side of it."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from canonical.actions import Command, Payload
from canonical.clock import FixedClock
from canonical.delivery import Claimed, SendResult
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.problems import TryLater
from canonical.raw import Page, RawRecord
from connectors.kit import dispatch, registry
from connectors.kit.access import Access, Tools
from connectors.kit.exchange import Transport
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets, SecretStore
from connectors.salesforce.objects import KINDS
from emulators.kit.clock import Clock
from emulators.kit.running import running
from emulators.salesforce import Org, SalesforceEmulator

START = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
ENTRY = "salesforce/an-org"
KEY = "Glowline_Id__c"


@dataclass
class Crm:
    """The org, and what our side of it does there."""

    salesforce: SalesforceEmulator
    transport: Transport
    store: SecretStore
    settings: dict[str, str] = field(default_factory=dict)
    selecting: dict[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = tuple(name for name in KINDS if name != "person_accounts")
    cursors: dict[str, str] = field(default_factory=dict)
    key: dict[str, str] = field(default_factory=dict)
    """What the secret holds beside the app's id, instead of the app's secret."""
    attempts: int = 0
    rested: list[float] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.salesforce.clock.now()

    def later(self, **span: float) -> None:
        self.salesforce.clock.advance(timedelta(**span).total_seconds())

    def connection(self, **select: str) -> Connection:
        return Connection(
            connection_id=ConnectionId("crm"),
            vendor="salesforce",
            account="an-org",
            secret="env:SALESFORCE",
            settings={"token_url": f"{self.salesforce.url}/services/oauth2/token"} | self.settings,
            select=self.selecting | select,
            streams=self.streams,
        )

    def tools(self) -> Tools:
        client = self.salesforce.org.client
        secret = json.dumps({"client_id": client[0], **(self.key or {"client_secret": client[1]})})
        secrets = Secrets({"SALESFORCE": secret}, self.store)
        return Tools(FixedClock(self.now), secrets, self.transport, None, self.rested.append)

    def access(self) -> Access:
        return Access(self.connection(), registry.manifest("salesforce"), self.tools())

    def connect(self) -> None:
        """What `glowline connect` leaves behind."""
        kept = {"instance_url": self.salesforce.url}
        entry = {"access_token": "", "refresh_token": self.salesforce.org.refresh_token, "kept": kept}
        self.store.write(ENTRY, SecretStr(json.dumps(entry)))

    def pages(self, stream: str, connection: Connection | None = None) -> list[Page]:
        """One pass, from where the last one of this stream ended."""
        found: list[Page] = []
        puller = registry.puller(connection or self.connection(), self.tools())
        for page in puller.pull(stream, self.cursors.get(stream), now=self.now):
            found.append(page)
            self.cursors[stream] = page.cursor
        return found

    def begun(self, stream: str) -> list[str]:
        """The ids of the first page of a pass, as if the process had died behind it."""
        page = next(iter(registry.puller(self.connection(), self.tools()).pull(stream, None, now=self.now)))
        self.cursors[stream] = page.cursor
        return ids(page.records)

    def broken(self, stream: str) -> tuple[list[str], str]:
        """The ids that a pass lands before it breaks off with a `TryLater`, and what that says."""
        found: list[str] = []
        puller = registry.puller(self.connection(), self.tools())
        try:
            for page in puller.pull(stream, self.cursors.get(stream), now=self.now):
                self.cursors[stream] = page.cursor
                found += ids(page.records)
        except TryLater as problem:
            return found, str(problem)
        return found, ""

    def pull(self, stream: str, connection: Connection | None = None) -> list[RawRecord]:
        return [record for page in self.pages(stream, connection) for record in page.records]

    def again(self, stream: str, ids: Sequence[str]) -> tuple[RawRecord, ...]:
        return registry.puller(self.connection(), self.tools()).again(stream, ids, now=self.now)

    def make(self, kind: str, count: int = 1, **fields: Any) -> list[str]:  # noqa: ANN401 - whatever a field holds
        return list(self.salesforce.do("create", type=kind, fields=fields, count=count)["ids"])

    def change(self, record_id: str, **fields: Any) -> None:  # noqa: ANN401 - whatever a field holds
        self.salesforce.do("change", id=record_id, fields=fields)

    def held(self, kind: str) -> list[dict[str, Any]]:
        return list(self.salesforce.do("objects", type=kind)["results"])

    def asked(self) -> list[str]:
        """The paths of every request so far."""
        return [f"{entry.method} {entry.path}" for entry in self.salesforce.journal.entries()]

    def send(self, payload: Payload, attempt: str = "") -> SendResult:
        self.attempts += 1
        claimed = Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId(attempt or f"at-invented{self.attempts:05d}"),
            action_id=ActionId("a-invented"),
            command=Command(connection_id=ConnectionId("crm"), vendor="salesforce", product="crm", payload=payload),
            claimed_at=self.now,
            lease_until=self.now + timedelta(seconds=60),
        )
        return dispatch.send(claimed, dispatch.SendContext(self.connection(), self.tools(), lambda _: True))


@contextlib.contextmanager
def opened(folder: Path, org: Org | None = None, clock: Clock | None = None) -> Iterator[Crm]:
    """A connected org that stands still at `START`."""
    with running(SalesforceEmulator(org or Org(), clock=clock or Clock())) as salesforce:
        salesforce.clock.set(START, frozen=True)
        for kind in ("Lead", "Task"):
            salesforce.do("field", type=kind, name=KEY, external_id=True)
        for kind in ("Lead", "Contact"):
            salesforce.do("field", type=kind, name="Glowline_Tags__c")
        transport = RequestsTransport()
        crm = Crm(salesforce, transport, SecretStore(folder / "secrets", b"an installation key of 32 bytes."))
        crm.connect()
        yield crm
        transport.close()


def ids(records: Sequence[RawRecord]) -> list[str]:
    return [record.vendor_id for record in records]


def body(record: RawRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.body)
    return found
