"""A whole installation on the disk, small: two practices that share a Twilio account, a clock in the test's hand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from canonical.ids import ConnectionId, PracticeId
from connectors.kit.signatures import TWILIO, signed_by_twilio
from connectors.kit.webhooks import Incoming
from emulators.twilio import Account, Sender
from ledger.keys import LedgerKey
from ledger.migration import INSTALLATION_ID
from ledger.store import Store, create
from pipelines.accept.call import Call
from pipelines.accept.spool import Spool
from pipelines.tick.doorway import HubRooms, spool_of
from pipelines.tick.hub import Hub, PracticeHub, installation_ledger
from pipelines.tick.opening import open_hub
from settings.clock import SystemClock
from tests.receiver.folder import practice_folder, write

LUMEN, SOLIS = "+12125550110", "+12125550120"
PATIENT, OTHER = "+12125550142", "+12125550143"
PUBLIC = "https://hooks.example"
NOON = datetime(2026, 11, 12, 17, 0, tzinfo=UTC)
"""A Thursday, 12:00 in New York."""
NIGHT = datetime(2026, 11, 13, 4, 0, tzinfo=UTC)
"""23:00 of the same day."""
ACCOUNT = Account().add(Sender(LUMEN), Sender(SOLIS))
_NUMBERS = {"lumen": LUMEN, "solis": SOLIS}


@dataclass
class Hand:
    """Business time stands where it is put; machine time is the test's beginning, or the machine's own."""

    now: datetime = NOON
    machine: datetime | None = None

    def business_now(self) -> datetime:
        return self.now

    def machine_now(self) -> datetime:
        return self.machine or SystemClock().machine_now()

    def pass_(self, **by: float) -> None:
        self.now += timedelta(**by)


def lay_out(
    home: Path,
    *names: str,
    base_url: str = "http://127.0.0.1:9",
    public_url: str = PUBLIC,
    **more: Mapping[str, object],
) -> Path:
    """An installation with keys and empty ledgers. `more`: by practice, files that replace the usual ones."""
    write(home / "installation.yaml", {"receiver": {"public_url": public_url}})
    write(home / "secrets" / "twilio", json.dumps({"account_sid": ACCOUNT.sid, "auth_token": ACCOUNT.auth_token}))
    for name in names or ("lumen",):
        practice_folder(home, name, number=_NUMBERS.get(name, LUMEN), base_url=base_url, more=more.get(name, {}))
    for name in (*(names or ("lumen",)), INSTALLATION_ID, "signing"):
        key = LedgerKey.fresh()
        write(home / "keys" / f"{name}.key", key.text())
        if name != "signing":
            file = "installation.duckdb" if name == INSTALLATION_ID else f"{name}/ledger.duckdb"
            create(home / "data" / file, practice_id=name, key=key)
    return home


@dataclass
class World:
    """An installation with its hub."""

    home: Path
    hand: Hand
    hub: Hub
    spool: Spool

    @classmethod
    def at(cls, home: Path, hand: Hand | None = None) -> "World":
        hand = hand or Hand()
        hub = open_hub(home, clock=hand)
        return cls(home, hand, replace(hub, tools=replace(hub.tools, budgets=None)), spool_of(hub.installation))

    def practice(self, name: str = "lumen") -> PracticeHub:
        return self.hub.open(name)

    def rows(self, query: str, practice: str = "lumen", /, **params: object) -> list[dict[str, Any]]:
        with self.hub.store(practice).reading() as session:
            return session.rows(query, **params)

    def table(self, name: str, practice: str = "lumen") -> list[dict[str, Any]]:
        """Everything in a table, for a test to look at."""
        return self._everything(self.hub.store(practice), name)

    def installation(self, name: str) -> list[dict[str, Any]]:
        """Everything in a table of the installation's ledger."""
        return self._everything(installation_ledger(self.hub.installation), name)

    def declare(self, practice: str) -> None:
        """Let the installation know the practice's accounts."""
        HubRooms(self.hub).declare(self.practice(practice))

    @staticmethod
    def _everything(store: Store, name: str) -> list[dict[str, Any]]:
        with store.reading() as session:
            found = session._cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 - a table's name, from a test
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def sid(number: int) -> str:
    """The n-th text has an id like Twilio's."""
    return f"SM{number:032x}"


def inbound(body: str, *, number: int = 1, to: str = LUMEN, sender: str = PATIENT, practice: str = "lumen") -> Incoming:
    """A text as Twilio posts it, signed."""
    form = {
        "MessageSid": sid(number),
        "SmsStatus": "received",
        "AccountSid": ACCOUNT.sid,
        "From": sender,
        "To": to,
        "Body": body,
    }
    return signed(f"{PUBLIC}/hooks/twilio/{practice}/twilio", urlencode(form).encode())


def signed(url: str, body: bytes) -> Incoming:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    [first, *_] = signed_by_twilio(url, body, headers)
    signature = TWILIO.sign(SecretStr(ACCOUNT.auth_token), first)
    return Incoming(url=url, headers=headers | {"x-twilio-signature": signature}, body=body)


def call(incoming: Incoming, practice: str = "lumen", at: datetime = NOON) -> Call:
    return Call(
        vendor="twilio",
        practice_id=PracticeId(practice),
        connection_id=ConnectionId("twilio"),
        incoming=incoming,
        arrived_at=at,
    )
