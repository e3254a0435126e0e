"""A pretend NexHealth with a clock to turn, a connection that reads it, and somebody who overhears what is said."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from connectors.kit.access import Access, Tools
from connectors.kit.exchange import Answer, Request
from connectors.kit.http import RequestsTransport
from connectors.kit.limits import Budgets
from connectors.kit.secrets import Secrets, SecretStore
from emulators.kit.running import running
from emulators.nexhealth import Institution, NexHealthEmulator, Place

START = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
KEY, SECRET = "an-invented-nexhealth-key", "an-invented-endpoint-secret"
DOWNTOWN, UPTOWN = Place(101, "Downtown"), Place(102, "Uptown", "America/Chicago")


@dataclass
class Overheard:
    """A transport that remembers what was asked and answered."""

    inner: RequestsTransport
    exchanges: list[tuple[Request, Answer]] = field(default_factory=list)

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        answer = self.inner.exchange(request, account=account, fresh=fresh)
        self.exchanges.append((request, answer))
        return answer

    def to(self, path: str) -> list[tuple[Request, Answer]]:
        return [pair for pair in self.exchanges if path in pair[0].url]


@dataclass
class Office:
    """The institution, and what our side of it does there."""

    nexhealth: NexHealthEmulator
    wire: Overheard
    store: SecretStore
    settings: dict[str, str] = field(default_factory=dict)
    locations: dict[str, str] = field(default_factory=lambda: {"101": "downtown"})
    select: dict[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = ("patients", "appointments")
    secret: dict[str, str] = field(default_factory=lambda: {"api_key": KEY, "webhook_secret": SECRET})
    cursors: dict[str, str] = field(default_factory=dict)
    budgets: Budgets | None = None
    pauses: list[float] = field(default_factory=list)
    attempts: int = 0

    @property
    def now(self) -> datetime:
        return self.nexhealth.clock.now()

    def machine_now(self) -> datetime:
        return datetime.fromtimestamp(self.nexhealth.clock.machine_milliseconds() / 1000, UTC)

    def later(self, **span: float) -> None:
        self.nexhealth.clock.advance(timedelta(**span).total_seconds())

    def connection(self) -> Connection:
        return Connection(
            connection_id=ConnectionId("calendar"),
            vendor="nexhealth",
            account="lumen",
            secret="env:NEXHEALTH",
            settings={"base_url": self.nexhealth.url} | self.settings,
            select=self.select,
            locations=self.locations,
            streams=self.streams,
        )

    def tools(self) -> Tools:
        secrets = Secrets({"NEXHEALTH": json.dumps(self.secret)}, self.store)
        return Tools(FixedClock(self.now, self.machine_now()), secrets, self.wire, self.budgets, self.pauses.append)

    def access(self) -> Access:
        return Access(self.connection(), registry.manifest("nexhealth"), self.tools())

    def pages(self, stream: str) -> list[Page]:
        """One pass, from where the last one of this stream ended."""
        pages = list(
            registry.puller(self.connection(), self.tools()).pull(stream, self.cursors.get(stream), now=self.now)
        )
        self.cursors[stream] = pages[-1].cursor
        return pages

    def pull(self, stream: str) -> list[RawRecord]:
        return [record for page in self.pages(stream) for record in page.records]

    def again(self, stream: str, ids: Sequence[str]) -> tuple[RawRecord, ...]:
        return registry.puller(self.connection(), self.tools()).again(stream, ids, now=self.now)

    def patient(self, first: str = "Ana", last: str = "Ruiz", phone: str = "2125550142", **more: Any) -> str:  # noqa: ANN401 - whatever stands in the record
        given = {"first_name": first, "last_name": last, "phone": phone, "birth_date": "1984-02-29"} | more
        return str(self.nexhealth.do("patient", **given)["id"])

    def book(self, patient: str, start: str, **more: Any) -> str:  # noqa: ANN401 - whatever stands in the record
        return str(self.nexhealth.do("book", patient=int(patient), start=start, **more)["id"])

    def does(self, what: str, appointment: str, **more: Any) -> None:  # noqa: ANN401 - whatever stands in the record
        self.nexhealth.do(what, id=int(appointment), **more)

    def claimed(self, payload: Payload, attempt: str = "") -> Claimed:
        self.attempts += 1
        return Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId(attempt or f"at-invented{self.attempts:05d}"),
            action_id=ActionId("a-invented"),
            command=Command(
                connection_id=ConnectionId("calendar"), vendor="nexhealth", product="calendar", payload=payload
            ),
            claimed_at=self.now,
            lease_until=self.machine_now() + timedelta(seconds=60),
        )

    def send(self, payload: Payload) -> SendResult:
        return dispatch.send(self.claimed(payload), self._context())

    def look_up(self, payload: Payload, claimed_at: datetime | None = None) -> LookupResult:
        claimed = self.claimed(payload)
        made = claimed.model_copy(update={"claimed_at": claimed_at or claimed.claimed_at})
        return dispatch.look_up(made, self._context())

    def _context(self) -> dispatch.SendContext:
        return dispatch.SendContext(self.connection(), self.tools(), lambda _: True)

    def calendar(self) -> list[dict[str, Any]]:
        return list(self.nexhealth.do("appointments")["appointments"])


@contextmanager
def opened(
    folder: Path, *, rate: int | None = None, places: tuple[Place, ...] = (DOWNTOWN, UPTOWN)
) -> Iterator[Office]:
    """An office that stands still at `START` and limits nothing unless told to."""
    institution = Institution(api_key=KEY, places=places)
    with running(NexHealthEmulator(institution, rate=rate)) as nexhealth:
        nexhealth.clock.set(START, frozen=True)
        transport = RequestsTransport()
        yield Office(
            nexhealth, Overheard(transport), SecretStore(folder / "secrets", b"an installation key of 32 bytes.")
        )
        transport.close()
