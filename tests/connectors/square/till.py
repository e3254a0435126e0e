"""A pretend Square and everything we need to talk to it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from canonical.actions import Command
from canonical.clock import FixedClock
from canonical.delivery import Claimed, SendResult
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.practice import Connection
from canonical.raw import Page
from canonical.write_backs import CreatePaymentLink
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets
from connectors.square.pull import STREAMS
from emulators.kit.running import running
from emulators.square import SquareEmulator
from emulators.square.merchant import Merchant
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
VISIT = "v-2c4100000000"


class Spa:
    """One merchant, and our client of it."""

    def __init__(self, square: SquareEmulator) -> None:
        self.square = square
        self.merchant = square.merchant
        self.now = NOW
        secret = json.dumps({"access_token": self.merchant.token, "signature_key": self.merchant.signature_key})
        self.transport = RequestsTransport()
        self.tools = Tools(FixedClock(NOW), Secrets({"S": secret}), self.transport, None, lambda _: None)
        self.select = {"locations": "LMAIN"}
        self.settings: dict[str, str] = {}

    @property
    def connection(self) -> Connection:
        return Connection(
            connection_id=ConnectionId("square"),
            vendor="square",
            account="lumen",
            secret="env:S",
            settings={"base_url": self.square.url, **self.settings},
            select=self.select,
            streams=tuple(STREAMS),
        )

    def turn(self, moment: datetime) -> None:
        """Both clocks."""
        self.now = moment
        self.square.turn_clock(moment, frozen=True)

    def pages(self, stream: str, cursor: str | None = None) -> list[Page]:
        return list(registry.puller(self.connection, self.tools).pull(stream, cursor, now=self.now))

    def pull(self, stream: str, cursor: str | None = None) -> list[dict[str, Any]]:
        """What a pass gives, in our words."""
        mapping = Catalogue().mapping("square", stream)
        found = [record for page in self.pages(stream, cursor) for record in page.records]
        return [mapping.apply(read(each.format.text, each.body), Surroundings(), Notes()).body for each in found]

    def link(self, *, attempt: int = 1, cents: int = 5000, visit: str = VISIT) -> SendResult:
        claim = Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId(f"at-{attempt}"),
            action_id=ActionId("a-1"),
            command=Command(
                connection_id=ConnectionId("square"),
                vendor="square",
                product="booking",
                payload=CreatePaymentLink(external_id=visit, amount_cents=cents),
            ),
            claimed_at=NOW,
            lease_until=NOW + timedelta(seconds=60),
        )
        return dispatch.send(claim, dispatch.SendContext(self.connection, self.tools, lambda _: True))


@contextmanager
def opened(merchant: Merchant | None = None) -> Iterator[Spa]:
    with running(SquareEmulator(merchant)) as square:
        square.turn_clock(NOW, frozen=True)
        spa = Spa(square)
        try:
            yield spa
        finally:
            spa.transport.close()
