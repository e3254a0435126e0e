"""A pretend vendor: what all of them have, and what one that speaks HTTP adds."""

import asyncio
import contextlib
import hashlib
import secrets
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, TypedDict, TypeVar

from typing_extensions import Unpack, override

from emulators.kit.clock import Clock
from emulators.kit.control import control_app
from emulators.kit.exchange import Answer, Call, Given, Json, Mark, Refused
from emulators.kit.faults import Fault, Faults
from emulators.kit.gate import Gate
from emulators.kit.journal import Entry, Journal
from emulators.kit.listener import HOST, HttpPort, Outage, Port
from emulators.kit.webhooks import Webhooks

T = TypeVar("T")
Control = Callable[[Given], Json]


class Settings(TypedDict, total=False):
    """What every emulator can be given.

    Emulators of one process may share a clock and a journal. `state` is the folder for files (a scratch folder, removed
    at the end, when it is missing); ports are free ones unless given; `seed` makes ids repeatable.
    """

    clock: Clock
    journal: Journal
    state: Path
    port: int
    control_port: int
    seed: str


class Emulator:
    """State, faults, journal, clock and the control port of one pretend vendor.

    Two listen on loopback: the vendor's port and the control port, which stays reachable through any outage. Everything
    is done by one event loop; `do` and `run` let other threads ask for something to be done there.
    """

    vendor: ClassVar[str]

    def __init__(self, **settings: Unpack[Settings]) -> None:
        state = settings.get("state")
        self._scratch = None if state else tempfile.TemporaryDirectory(prefix="emulator-")
        self.state = state or Path(self._scratch.name if self._scratch else "")
        self.clock = settings.get("clock") or Clock()
        self._own_journal = "journal" not in settings
        self.journal = settings.get("journal") or Journal(self.state / f"journal-{self.vendor}.jsonl")
        self.faults = Faults()
        self.outage: Outage | None = None
        self.outage_status = 503
        self.controls: dict[str, Control] = {}
        self.views: dict[str, Control] = {}
        self._seed = settings.get("seed") or secrets.token_hex(8)
        self._made = 0
        self._busy = 0
        self.control_app = control_app(self)
        self._wanted_port = settings.get("port", 0)
        self._control_port = HttpPort(self.control_app, settings.get("control_port", 0))
        self._loop: asyncio.AbstractEventLoop | None = None

    def vendor_port(self) -> Port:
        """The port the vendor's clients talk to."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """The vendor's port number."""
        return self.vendor_port().port

    @property
    def control_url(self) -> str:
        """Where `/_emulator/…` answers whatever the vendor is made to suffer."""
        return f"http://{HOST}:{self._control_port.port}"

    def describe_ports(self) -> dict[str, Any]:
        """What somebody in another process needs to know."""
        return {"host": HOST, "port": self.port, "control": self.control_url}

    async def start(self) -> None:
        """Open both ports."""
        self._loop = asyncio.get_running_loop()
        self.lifted = asyncio.Event()
        self.webhooks = Webhooks(self.clock, self.faults)
        self._worker = self._loop.create_task(self.webhooks.run())
        await self.vendor_port().open()
        await self._control_port.open()

    async def stop(self) -> None:
        """Close both ports and drop what was on its way."""
        self.lifted.set()
        self.webhooks.stop()
        self._worker.cancel()
        await self.vendor_port().close()
        await self._control_port.close()
        await asyncio.gather(self._worker, return_exceptions=True)

    def dispose(self) -> None:
        """Give files back; a scratch folder is removed."""
        if self._own_journal:
            self.journal.close()
        if self._scratch:
            self._scratch.cleanup()

    # What tests and controls do, from any thread.

    def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Have a coroutine function run on the emulator's loop and wait for it."""
        if self._loop is None:
            raise RuntimeError(f"The {self.vendor} emulator is not running: use it inside `with running(...)`.")

        async def on_loop() -> T:
            return await job()

        future: Future[T] = asyncio.run_coroutine_threadsafe(on_loop(), self._loop)
        return future.result(timeout=60)

    def do(self, control: str, **arguments: Json) -> Json:
        """Use one of the vendor's controls as `POST /_emulator/<vendor>/<control>` would; `from_` stands for `from`."""
        given = {name.rstrip("_"): value for name, value in arguments.items()}

        async def job() -> Json:
            return (self.controls | self.views)[control](given)

        return self.run(job)

    def fail(self, kind: str, **details: Json) -> None:
        """Arm a fault; `details` are the fields of `Fault`."""
        self.faults.add(Fault(kind, **details))

    def turn_clock(self, moment: datetime, *, frozen: bool = False) -> None:
        """Set the emulator's now."""
        self.clock.set(moment, frozen=frozen)

    def begin_outage(self, mode: Outage, status: int = 503) -> None:
        """From now on everything is refused, hangs, or answers `status`."""
        self.run(lambda: self.set_outage(mode, status))

    def end_outage(self) -> None:
        """Serve again; what hung is dropped unheard."""
        self.run(lambda: self.set_outage(None))

    def settle(self) -> None:
        """Wait until no request is being worked on and no webhook is on its way."""
        self.run(self.settled)

    # What runs on the loop.

    async def set_outage(self, mode: Outage | None, status: int = 503) -> None:
        """Begin or end an outage."""
        self.outage, self.outage_status = mode, status
        if mode == "refuse":
            await self.vendor_port().close()
        else:
            await self.vendor_port().open()
        self.lifted.set()
        self.lifted = asyncio.Event()

    async def settled(self) -> None:
        """Wait for quiet; a request that hangs on purpose does not count."""
        await self.webhooks.settle()
        while self._busy:
            await asyncio.sleep(0.005)
            await self.webhooks.settle()

    async def reset(self) -> None:
        """Serve again, lift every fault, follow machine time, forget the world. The journal goes on, with a note."""
        await self.set_outage(None)
        self.faults.clear()
        self.clock.reset()
        self.forget()
        number = self.journal.next_request()
        note = Entry(
            0, number, self.clock.now().isoformat(), self.vendor, "POST", "/_emulator/reset", "reset", accepted=True
        )
        self.journal.append([note])

    def forget(self) -> None:
        """Drop the vendor's world."""

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """While a request is being worked on."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    def token(self, length: int = 32) -> str:
        """A fresh hexadecimal id: unguessable across runs, repeatable with a seed."""
        self._made += 1
        return hashlib.sha256(f"{self._seed}:{self._made}".encode()).hexdigest()[:length]


class HttpEmulator(Emulator):
    """A pretend vendor with an HTTP interface: it answers calls, and words its own errors."""

    def __init__(self, **settings: Unpack[Settings]) -> None:
        super().__init__(**settings)
        self.http = HttpPort(Gate(self), self._wanted_port, self.faults)

    @override
    def vendor_port(self) -> Port:
        return self.http

    @property
    def url(self) -> str:
        """The base URL a client is given."""
        return f"http://{HOST}:{self.http.port}"

    @override
    def describe_ports(self) -> dict[str, Any]:
        return super().describe_ports() | {"url": self.url}

    def answer(self, call: Call) -> Answer:
        """What the vendor makes of a request. What it refuses was asked for, and not accepted."""
        try:
            answer = self.respond(call)
        except Refused as refused:
            answer = refused.answer()
            answer.marks = [replace(mark, accepted=False) for mark in self.describe(call)]
        answer.marks = answer.marks or [self.unmarked(call)]
        return answer

    def respond(self, call: Call) -> Answer:
        """Carry a request out. Raises `Refused`."""
        raise NotImplementedError

    def unmarked(self, call: Call) -> Mark:
        """What the journal remembers of an answer that says nothing of itself."""
        del call
        return Mark()

    def describe(self, call: Call) -> list[Mark]:
        """What a request asks for, without carrying it out."""
        raise NotImplementedError

    def error(self, fault: Fault) -> Answer:
        """An error in the vendor's own words."""
        raise NotImplementedError
