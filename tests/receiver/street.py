"""The street before the door: a pretend Twilio and a form that call us, and the whole installation behind the port."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from emulators.kit.running import running
from emulators.twilio import Account, Sender, TwilioEmulator
from receiver.worker import Worker
from tests.receiver.folder import CONNECTIONS, write
from tests.receiver.serving import Port, serving
from tests.receiver.world import LUMEN, SOLIS, Hand, World, lay_out
from tests.waiting import until as soon

FORM_SECRET = "an-invented-form-secret-of-some-length"


until = partial(soon, longest=60.0)
"""The whole way through, on a machine that may be busy with other tests."""


@dataclass
class Street:
    """Everything that runs."""

    world: World
    twilio: TwilioEmulator
    worker: Worker
    door: Port

    def form(self, practice: str = "lumen", **fields: str) -> int:
        """Somebody presses the button of the site's form."""
        given = {"name": "Ana Field", "phone": "+12125550142", "message": "Do you have time on Friday?"} | fields
        path = f"/hooks/webform/{practice}/form/{FORM_SECRET}"
        return self.door.post(path, urlencode(given).encode(), {"content-type": "application/x-www-form-urlencoded"})

    def texts(self, body: str, *, to: str = LUMEN, person: str = "+12125550142") -> None:
        """Somebody writes to one of our numbers."""
        self.twilio.do("inbound", from_=person, to=to, body=body)
        self.settle()

    def settle(self) -> None:
        """Wait until every call has arrived and everybody was carried."""
        self.twilio.settle()
        until(lambda: self.worker.at_rest)
        self.twilio.settle()
        until(lambda: self.worker.at_rest)

    def heard(self, person: str = "+12125550142") -> list[str]:
        """What that person was sent, in order: the vendor's own copy."""
        sent = [m for m in self.twilio.messages.values() if m.to == person and m.direction == "outbound-api"]
        return [message.body for message in sorted(sent, key=lambda message: message.date_created)]

    def rows(self, table: str, practice: str = "lumen") -> list[dict[str, Any]]:
        return self.world.table(table, practice)


@contextmanager
def street(home: Path, *practices: str, hand: Hand | None = None, wake_every: float = 0.3) -> Iterator[Street]:
    """Open everything, close everything."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    public = f"http://127.0.0.1:{port}"
    hooks = {name: f"{public}/hooks/twilio/{name}/twilio" for name in ("lumen", "solis")}
    account = Account().add(Sender(LUMEN, sms_url=hooks["lumen"]), Sender(SOLIS, sms_url=hooks["solis"]))
    with running(TwilioEmulator(account)) as twilio:
        lay_out(home, *practices, base_url=twilio.url, public_url=public)
        write(home / "secrets" / "form", FORM_SECRET)
        for name in practices or ("lumen",):
            connect(home, name, twilio.url)
        world = World.at(home, hand)
        worker = Worker(world.hub, world.spool, wake_every=wake_every)
        with serving(world, worker, port) as door:
            yield Street(world, twilio, worker, door)


def connect(home: Path, practice: str, base_url: str) -> None:
    """A practice with a form of its own beside Twilio."""
    text = CONNECTIONS.format(secret=home / "secrets" / "twilio", base_url=base_url)
    form = {
        "vendor": "webform",
        "account": practice,
        "secret": f"file:{home / 'secrets' / 'form'}",
        "settings": {"tool": "html"},
    }
    write(home / practice / "connections.yaml", yaml.safe_load(text) | {"form": form})


def journal(street: Street) -> str:
    """The emulator's journal of accepted sends, for a failing test to show."""
    return json.dumps([entry.recipient for entry in street.twilio.journal.accepted()])
