"""A practice connected to the pretend Podium: claims, pulls and calls, over real sockets."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from canonical.actions import Command, Payload, SendSms, WriteOptOut
from canonical.clock import FixedClock
from canonical.delivery import Claimed, LookupResult, SendResult
from canonical.ids import ActionId, AttemptId, ConnectionId, PracticeId
from canonical.inbox_writes import AddNote, CreateReviewInvite, ImportMessage, ReportAppointment
from canonical.practice import Channel, Connection
from canonical.raw import Page, RawRecord
from canonical.visits import AppointmentStatus
from connectors.kit import dispatch, registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport, Timeouts
from connectors.kit.registry import Verified
from connectors.kit.secrets import Secrets, SecretStore
from connectors.podium.pull import STREAMS
from emulators.podium import PodiumEmulator
from emulators.podium.emulator import DOWNTOWN
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
CLINIC, PATIENT, FRIEND = "+12125550100", "+12125550142", "+12125550143"
NAME, TEXT = "Ana Ruiz", "See you at Lumen tomorrow at 9."
SECRET = "an-invented-webhook-secret"
KEY = b"an installation key of 32 bytes."


class Desk:
    """The practice's side. Leave it to close what it opened."""

    def __init__(self, podium: PodiumEmulator) -> None:
        self.podium = podium
        self.now = NOW
        podium.turn_clock(NOW, frozen=True)
        self.settings = {
            "base_url": podium.url,
            "token_url": f"{podium.url}/oauth/token",
            "location": DOWNTOWN,
        }
        self.select: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory()
        self.store = SecretStore(Path(self._folder.name), KEY)
        self.connect(podium.tokens.granted())
        self.calm = RequestsTransport(Timeouts(connect=10, read=20, whole=30))
        self.hasty = RequestsTransport(Timeouts(connect=10, read=0.4, whole=1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.calm.close()
        self.hasty.close()
        self._folder.cleanup()

    def connect(self, granted: Mapping[str, object], *, ended: bool = False) -> None:
        """As `glowline connect` leaves it."""
        ends = self.now.timestamp() + (-1 if ended else float(str(granted["expires_in"])))
        kept = {"access_token": granted["access_token"], "refresh_token": granted["refresh_token"], "expires_at": ends}
        self.store.write("podium/lumen", SecretStr(json.dumps(kept | {"kept": {}})))

    @property
    def connection(self) -> Connection:
        return Connection(
            connection_id=ConnectionId("podium"),
            vendor="podium",
            account="lumen",
            secret="env:P",
            settings=self.settings,
            select=self.select,
            streams=tuple(STREAMS),
        )

    @property
    def tools(self) -> Tools:
        app = self.podium.tokens
        secret = json.dumps({"client_id": app.client_id, "client_secret": app.client_secret, "webhook_secret": SECRET})
        return Tools(FixedClock(self.now), Secrets({"P": secret}, self.store), self.calm, None, lambda _: None)

    def context(self, fault: str = "") -> dispatch.SendContext:
        tools = replace(self.tools, transport=self.hasty) if fault == "hang" else self.tools
        return dispatch.SendContext(self.connection, tools, lambda _: True)

    def claim(self, payload: Payload, number: int = 1) -> Claimed:
        return Claimed(
            practice_id=PracticeId("lumen"),
            attempt_id=AttemptId(f"at-{number}"),
            action_id=ActionId(f"a-{number}"),
            command=Command(connection_id=ConnectionId("podium"), vendor="podium", product="sms", payload=payload),
            claimed_at=self.now,
            lease_until=self.now + timedelta(seconds=60),
        )

    def send(self, payload: Payload, *, fault: str = "") -> SendResult:
        result = dispatch.send(self.claim(payload), self.context(fault))
        self.podium.settle()
        return result

    def look_up(self, payload: Payload) -> LookupResult:
        return dispatch.look_up(self.claim(payload), self.context())

    def pages(self, stream: str, cursor: str | None = None) -> list[Page]:
        return list(registry.puller(self.connection, self.tools).pull(stream, cursor, now=self.now))

    def pull(self, stream: str, cursor: str | None = None) -> list[RawRecord]:
        return [record for page in self.pages(stream, cursor) for record in page.records]

    def verified(self) -> Verified:
        return registry.verifier(self.connection, self.tools)()

    def later(self, **span: float) -> None:
        """Time passes, here and there."""
        self.now += timedelta(**span)
        self.podium.turn_clock(self.now, frozen=True)

    def write_everything(self) -> None:
        """One of each record there is, both directions."""
        self.send(text())
        self.podium.do("inbound", from_=PATIENT, body="C")
        thread = next(iter(self.podium.world.conversations))
        self.send(
            ImportMessage(
                external_id="x",
                contact=SecretStr(PATIENT),
                contact_name=SecretStr(NAME),
                channel=Channel.SMS,
                body=SecretStr("Sent elsewhere."),
                at=self.now,
            )
        )
        self.send(AddNote(external_id="x", conversation_vendor_id=thread, body=SecretStr("Asked for 9.")))
        invite = self.send(CreateReviewInvite(external_id="x", contact=SecretStr(PATIENT)))
        self.podium.do(
            "review", rating=5, body="Lovely.", author="Joe Orange", invite=invite.vendor_id, reply="Thank you!"
        )
        self.send(appointment(AppointmentStatus.NO_SHOW))
        self.send(WriteOptOut(contact=SecretStr(PATIENT), channel=Channel.SMS, at=self.now))


def text(to: str = PATIENT, body: str = TEXT, sender: str = CLINIC) -> SendSms:
    return SendSms(to=SecretStr(to), sender=sender, body=SecretStr(body))


def appointment(status: AppointmentStatus) -> ReportAppointment:
    return ReportAppointment(
        external_id="x",
        contact=SecretStr(PATIENT),
        contact_name=SecretStr(NAME),
        start=NOW + timedelta(days=1),
        minutes=45,
        status=status,
    )


def told(record: RawRecord) -> dict[str, object]:
    """What our mapping makes of a record, without what is empty."""
    mapping = Catalogue().mapping("podium", record.stream)
    body = mapping.apply(read(record.format.text, record.body), Surroundings(), Notes()).body
    return {name: value for name, value in body.items() if value not in ("", None, [], False)}
