"""How the contract reaches Luma: its fixtures, its credentials, and which of its requests only read."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.said_inside import ScheduleReminder, SendPortalMessage
from canonical.write_backs import ConfirmAppointment
from connectors.kit.secrets import SecretStore
from connectors.luma_health.client import AUTH
from connectors.luma_health.pull import PATHS, Cursor
from connectors.luma_health.rows import TOLD
from tests.connectors.contract.subject import PushCase, Subject, Wire
from tests.connectors.wire.exchanges import answering, exchanges
from tests.connectors.wire.http_wire import HttpWire
from tests.connectors.wire.server import READS, FakeWire, Seen

FIXTURES = Path(__file__).parent / "fixtures"
SECRET, TOKEN, NEXT_TOKEN = "invented-client-secret", "an-invented-access-token-1", "an-invented-access-token-2"
PATIENT, APPOINTMENT = f"{0x101:024x}", f"{0x202:024x}"
PHONE, MAIL, TEXT = "+12125550142", "ana.ruiz@example.com", "Your aftercare is ready."
AT = datetime(2026, 11, 13, 20, 30, tzinfo=UTC)

ENVIRON = {"LUMA": json.dumps({"client_id": "invented-client", "client_secret": SECRET})}
KEPT = {"access_token": TOKEN, "refresh_token": "", "expires_at": 4102444800}


def connection(url: str) -> Connection:
    return Connection(
        connection_id=ConnectionId("luma"),
        vendor="luma_health",
        account="lumen-luma",
        secret="env:LUMA",
        settings={"base_url": url},
        locations={f"{0xFA:024x}": "downtown"},
        streams=tuple(PATHS),
    )


def error_body(status: int) -> bytes:
    """An error as Luma words it, with what a careless vendor might repeat of the request."""
    return json.dumps({"code": status, "message": f"{PHONE} could not be used for '{TEXT}'"}).encode()


def only_reads(seen: Seen) -> bool:
    return seen.method in READS or seen.path == AUTH


def asked_first(seen: Seen) -> bool:
    """What is asked before something goes: the faults of the contract strike the sending itself."""
    appointment = seen.method == "GET" and seen.path.startswith("/appointments/")
    return (
        appointment
        or seen.path.endswith("/contact-preferences")
        or (seen.path == "/reminders" and "_select" in seen.query)
    )


class Luma(FakeWire):
    """Behaves while it is asked something before a send; the send itself meets the fault."""

    @property
    def fault(self) -> str | None:
        spared = bool(self.seen) and asked_first(self.seen[-1])
        return None if spared and self._fault != "refused" else self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        self._fault = fault


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[HttpWire]:
    known, store = exchanges(FIXTURES), SecretStore(folder / "secrets", b"an invented key of the installation")
    store.write("luma_health/lumen-luma", SecretStr(json.dumps(KEPT)))
    with Luma(lambda seen: answering(known, seen), error_body, only_reads).running() as server:
        wire = HttpWire(server, connection, ENVIRON, {}, store)
        try:
            yield wire
        finally:
            wire.close()


def pieces(body: bytes) -> Sequence[bytes]:
    """The row as it came over the wire, without what is told beside it."""
    parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return (body.partition(f',"{TOLD}":'.encode())[0].rstrip(),) if TOLD in parts else (body,)


def position(cursor: str) -> tuple[int, bool, int]:
    at = Cursor.model_validate_json(cursor)
    return at.passes, at.gone, at.page


def _opened(path: Path) -> contextlib.AbstractContextManager[Wire]:
    return opened(path)


SUBJECT = Subject(
    vendor="luma_health",
    opened=_opened,
    private=(SECRET, TOKEN, NEXT_TOKEN, PHONE, PHONE[2:], MAIL, "Ruiz", TEXT),
    pushes={
        "send_portal_message": PushCase(
            SendPortalMessage(person_vendor_id=PATIENT, body=SecretStr(TEXT)), found_as=f"{0x307:024x}"
        ),
        "schedule_reminder": PushCase(
            ScheduleReminder(person_vendor_id=PATIENT, appointment_vendor_id=APPOINTMENT, at=AT),
            reference=lambda _: APPOINTMENT,  # Luma has no place for ours: the appointment and the instant tell it
            found_as=f"{0x507:024x}",
        ),
        "confirm_appointment": PushCase(
            ConfirmAppointment(external_id="x-1", appointment_vendor_id=APPOINTMENT, at=AT),
            reference=lambda _: APPOINTMENT,  # to say yes twice says no more than once
        ),
    },
    pieces=pieces,
    position=position,
)
