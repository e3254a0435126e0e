"""A pretend HubSpot with a clock to turn, and the connections of two practices that share its portal."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from canonical.actions import Command, Payload
from canonical.clock import FixedClock
from canonical.delivery import Claimed, SendResult
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.raw import Page, RawRecord
from connectors.hubspot.objects import KINDS
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.exchange import Answer, Request, Transport
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets
from emulators.hubspot import HubSpotEmulator, Portal
from emulators.kit.running import running

START = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
LUMEN, AURORA = "key-lumen", "key-aurora"
KEYED = ("contacts", "tasks", "communications", "notes")


@dataclass
class Crm:
    """The portal, and what our side of it does there."""

    hubspot: HubSpotEmulator
    transport: Transport
    settings: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    attempts: int = 0

    @property
    def now(self) -> datetime:
        return self.hubspot.clock.now()

    def machine_now(self) -> datetime:
        """What limits and signatures are measured by, and nobody turns."""
        return datetime.fromtimestamp(self.hubspot.clock.machine_milliseconds() / 1000, UTC)

    def later(self, **span: float) -> None:
        self.hubspot.clock.advance(timedelta(**span).total_seconds())

    def connection(self, token: str = LUMEN, **select: str) -> Connection:
        return Connection(
            connection_id=ConnectionId(token),
            vendor="hubspot",
            account="shared-portal",
            secret=f"env:{token}",
            settings={"base_url": self.hubspot.url} | self.settings,
            select=select,
            streams=tuple(KINDS),
        )

    def tools(self) -> Tools:
        secrets = {token: json.dumps({"token": token}) for token in (LUMEN, AURORA)}
        return Tools(FixedClock(self.now), Secrets(secrets), self.transport, None, lambda _: None)

    def pages(self, stream: str, connection: Connection | None = None) -> list[Page]:
        """One pass, from where the last one of this connection and stream ended."""
        using = connection or self.connection()
        at = f"{using.connection_id} {stream}"
        pages = list(registry.puller(using, self.tools()).pull(stream, self.cursors.get(at), now=self.now))
        self.cursors[at] = pages[-1].cursor
        return pages

    def pull(self, stream: str, connection: Connection | None = None) -> list[RawRecord]:
        return [record for page in self.pages(stream, connection) for record in page.records]

    def again(self, stream: str, ids: Sequence[str], connection: Connection | None = None) -> tuple[RawRecord, ...]:
        return registry.puller(connection or self.connection(), self.tools()).again(stream, ids, now=self.now)

    def make(self, kind: str, count: int = 1, contact: str = "", **properties: str) -> list[str]:
        linked = [{"type": "contacts", "id": contact}] if contact else []
        made = self.hubspot.do("create", type=kind, properties=properties, associations=linked, count=count)
        return list(made["ids"])

    def held(self, kind: str) -> list[dict[str, Any]]:
        return list(self.hubspot.do("objects", type=kind)["results"])

    def send(self, payload: Payload, attempt: str = "", connection: Connection | None = None) -> SendResult:
        self.attempts += 1
        using = connection or self.connection()
        claimed = Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId(attempt or f"at-invented{self.attempts:05d}"),
            action_id=ActionId("a-invented"),
            command=Command(connection_id=using.connection_id, vendor="hubspot", product="crm", payload=payload),
            claimed_at=self.now,
            lease_until=self.now + timedelta(seconds=60),
        )
        return dispatch.send(claimed, dispatch.SendContext(using, self.tools(), lambda _: True))

    @contextlib.contextmanager
    def answering(self, status: int, body: bytes) -> Iterator[None]:
        """Whatever is written is answered like that, and the portal hears nothing of it."""
        before = self.transport
        self.transport = _Saying(Answer(status, {"content-type": "application/json"}, body))
        try:
            yield
        finally:
            self.transport = before


@dataclass(frozen=True)
class _Saying:
    """A transport that knows one answer."""

    answer: Answer

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        return self.answer


@contextlib.contextmanager
def opened(*, search_lag: float = 0, search_limit: int | None = None) -> Iterator[Crm]:
    """A portal that stands still at `START` and limits nothing unless told to."""
    portal = Portal(143553, search_lag=search_lag, search_limit=search_limit, burst_limit=None)
    with running(HubSpotEmulator(portal.open_to(LUMEN, AURORA))) as hubspot:
        hubspot.clock.set(START, frozen=True)
        for kind in KEYED:
            hubspot.do("property", type=kind, name="glowline_id", unique=True)
        hubspot.do("property", type="contacts", name="glowline_source")
        transport = RequestsTransport()
        yield Crm(hubspot, transport)
        transport.close()


def ids(records: Sequence[RawRecord]) -> list[str]:
    return [record.vendor_id for record in records]


def body(record: RawRecord) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.body)
    return found
