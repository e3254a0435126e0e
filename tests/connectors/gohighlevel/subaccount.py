"""A sub-account of the pretend HighLevel, and our connector pointed at it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from canonical.actions import Command, Payload
from canonical.clock import FixedClock
from canonical.delivery import Claimed, LookupResult, SendResult
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.raw import Page, RawRecord
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets, SecretStore
from emulators.gohighlevel import GoHighLevelEmulator, Place
from emulators.kit.running import running

LOCATION, OTHER = "locEmulated000000001", "locEmulated000000002"
NUMBER, ANA = "+12125550110", "+12125550142"
START = datetime(2026, 11, 12, 14, tzinfo=UTC)


@dataclass
class SubAccount:
    """What a test has in hand."""

    vendor: GoHighLevelEmulator
    transport: RequestsTransport
    store: SecretStore
    secret: dict[str, str] = field(default_factory=lambda: {"token": f"pit-{LOCATION}"})
    settings: dict[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = ("contacts", "appointments", "messages", "submissions", "opportunities", "tasks")
    attempts: int = 0

    @property
    def now(self) -> datetime:
        return self.vendor.clock.now()

    @property
    def connection(self) -> Connection:
        return Connection(
            connection_id=ConnectionId("highlevel"),
            vendor="gohighlevel",
            account="lumen",
            secret="env:HL",
            settings={"base_url": self.vendor.url, "location": LOCATION} | self.settings,
            streams=self.streams,
        )

    def tools(self) -> Tools:
        secrets = Secrets({"HL": json.dumps(self.secret)}, self.store)
        return Tools(FixedClock(self.now), secrets, self.transport, None, lambda _: None)

    def pages(self, stream: str, cursor: str | None = None) -> list[Page]:
        return list(registry.puller(self.connection, self.tools()).pull(stream, cursor, now=self.now))

    def pull(self, stream: str, cursor: str | None = None) -> list[RawRecord]:
        return [record for page in self.pages(stream, cursor) for record in page.records]

    def again(self, stream: str, *ids: str) -> tuple[RawRecord, ...]:
        return registry.puller(self.connection, self.tools()).again(stream, ids, now=self.now)

    def claim(self, payload: Payload) -> Claimed:
        self.attempts += 1
        described = registry.manifest("gohighlevel")
        return Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId(f"at-{self.attempts:08d}"),
            action_id=ActionId("a-1"),
            command=Command(
                connection_id=ConnectionId("highlevel"),
                vendor="gohighlevel",
                product=described.product_of(payload.kind),
                payload=payload,
            ),
            claimed_at=self.now,
            lease_until=self.now + timedelta(seconds=60),
        )

    def send(self, claimed: Claimed) -> SendResult:
        return dispatch.send(claimed, dispatch.SendContext(self.connection, self.tools(), lambda _: True))

    def look_up(self, claimed: Claimed) -> LookupResult:
        return dispatch.look_up(claimed, dispatch.SendContext(self.connection, self.tools(), lambda _: True))

    def contact(self, **fields: object) -> dict[str, Any]:
        made: dict[str, Any] = self.vendor.do("contact", **fields)
        return made

    def ana(self) -> dict[str, Any]:
        return self.contact(firstName="Ana", lastName="Ruiz", phone=ANA, email="ana@example.com")

    def texts(self) -> list[dict[str, Any]]:
        found = self.vendor.do("messages")["messages"]
        return [one for one in found if one["direction"] == "outbound"]

    def pass_time(self, **span: float) -> None:
        self.vendor.turn_clock(self.now + timedelta(**span), frozen=True)


@contextlib.contextmanager
def opened(folder: Path, *places: Place, burst: int | None = None) -> Iterator[SubAccount]:
    transport = RequestsTransport()
    with running(GoHighLevelEmulator(*places, burst=burst)) as vendor:
        vendor.turn_clock(START, frozen=True)
        try:
            yield SubAccount(vendor, transport, SecretStore(folder / "secrets", b"an invented installation key"))
        finally:
            transport.close()
