"""Webhooks on their way out: one after the other, unless a fault says otherwise."""

import asyncio
import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from emulators.kit.clock import Clock, iso
from emulators.kit.faults import Fault, Faults

# What is signed may depend on the attempt (HubSpot counts them in the body).
Build = Callable[[int], tuple[dict[str, str], bytes]]
ACCEPTED = range(200, 300)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One POST to a customer: its address, its headers and body for the n-th attempt, and a label for the log."""

    url: str
    build: Build
    label: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one attempt; `status` is `None` when no answer came."""

    at: str
    url: str
    label: str
    attempt: int
    status: int | None


@dataclass(slots=True)
class Webhooks:
    """The queue of one emulator. Everything happens on the emulator's loop.

    `retry_delays` are machine seconds between attempts after anything but a 2xx; none by default.
    """

    clock: Clock
    faults: Faults
    timeout: float = 15.0
    retry_delays: tuple[float, ...] = ()
    log: list[Delivery] = field(default_factory=list)
    held: list[Webhook] = field(default_factory=list)
    _queue: asyncio.Queue[tuple[Webhook, int]] = field(default_factory=asyncio.Queue)
    _collected: list[Webhook] = field(default_factory=list)
    _pending: set[asyncio.Task[None]] = field(default_factory=set)

    def send(self, hook: Webhook) -> None:
        """Put a webhook in the queue, or wherever a fault wants it."""
        taken = self.faults.take_webhook(hook.url)
        if taken is None:
            self._put(hook)
        elif taken.fault.kind == "webhook_duplicate":
            self._put(hook)
            self._put(hook)
        elif taken.fault.kind == "webhook_late":
            self._late(hook, taken.fault)
        elif taken.fault.kind == "webhook_reorder":
            self._collect(hook, last=not taken.left)

    async def deliver(self, hook: Webhook, attempt: int = 0) -> None:
        """Deliver now and wait for the outcome."""
        headers, body = hook.build(attempt)
        status = await asyncio.to_thread(post, hook.url, headers, body, self.timeout)
        self.log.append(Delivery(iso(self.clock.now()), hook.url, hook.label, attempt, status))
        if status not in ACCEPTED and attempt < len(self.retry_delays):
            self._after(self.retry_delays[attempt], hook, attempt + 1)

    def release(self) -> int:
        """Put everything held or collected so far in the queue; how many that were."""
        waiting, self.held, self._collected = [*self.held, *self._collected], [], []
        for hook in waiting:
            self._put(hook)
        return len(waiting)

    async def run(self) -> None:
        """The worker; ends by being cancelled."""
        while True:
            hook, attempt = await self._queue.get()
            try:
                await self.deliver(hook, attempt)
            finally:
                self._queue.task_done()

    async def settle(self) -> None:
        """Wait until nothing is on its way; what a fault holds back does not count."""
        await self._queue.join()
        while self._pending:
            await asyncio.wait(self._pending)
            await self._queue.join()

    def stop(self) -> None:
        """Forget what waits for its time."""
        for task in self._pending:
            task.cancel()

    def _put(self, hook: Webhook, attempt: int = 0) -> None:
        self._queue.put_nowait((hook, attempt))

    def _late(self, hook: Webhook, fault: Fault) -> None:
        if fault.seconds:
            self._after(fault.seconds, hook, 0)
        else:
            self.held.append(hook)

    def _collect(self, hook: Webhook, *, last: bool) -> None:
        self._collected.append(hook)
        if last:
            reordered, self._collected = self._collected[::-1], []
            for each in reordered:
                self._put(each)

    def _after(self, seconds: float, hook: Webhook, attempt: int) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            self._put(hook, attempt)

        task = asyncio.get_running_loop().create_task(wait())
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)


def post(url: str, headers: dict[str, str], body: bytes, timeout: float) -> int | None:
    """POST bytes to a URL; the status, or `None` when nobody answered in time."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
