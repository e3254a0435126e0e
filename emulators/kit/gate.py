"""Where a request meets the faults and the journal, before its answer goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call, Mark, without_ids
from emulators.kit.faults import Fault
from emulators.kit.journal import Entry
from emulators.kit.listener import reset

if TYPE_CHECKING:
    from emulators.kit.emulator import HttpEmulator

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SILENT = frozenset({"reset", "hang", "drop", "cut"})
PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr>proxy</body></html>"


class Gate:
    """The ASGI application of one pretend vendor."""

    def __init__(self, vendor: HttpEmulator) -> None:
        self._vendor = vendor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, unless an outage or a fault has other plans."""
        if scope["path"].startswith("/_emulator"):
            await self._vendor.control_app(scope, receive, send)
            return
        call = await _read(scope, receive)
        wire = Wire(self._vendor, scope, receive, send)
        if self._vendor.outage is not None:
            await self._during_outage(call, wire)
            return
        taken = self._vendor.faults.take(call.method, call.path)
        await self._exchange(call, wire, taken.fault if taken else None)

    async def _during_outage(self, call: Call, wire: Wire) -> None:
        kind = "status" if self._vendor.outage == "status" else "hang"
        await self._exchange(call, wire, Fault(kind, status=self._vendor.outage_status))

    async def _exchange(self, call: Call, wire: Wire, fault: Fault | None) -> None:
        hangs = fault is not None and fault.kind == "hang"
        with self._vendor.working():
            answer = await self._settled(call, fault)
            if not hangs:
                await wire.carry(answer, fault)
            for later in answer.after:
                later()
        if hangs:
            await wire.carry(answer, fault)

    async def _settled(self, call: Call, fault: Fault | None) -> Answer:
        """The vendor has made up its mind, and the journal has it on disk."""
        if fault is not None and fault.seconds:
            await asyncio.sleep(fault.seconds)
        answer = self._answer(call, fault)
        self._record(call, answer, fault)
        for first in answer.before:
            first()
            await self._vendor.webhooks.settle()
        return answer

    def _answer(self, call: Call, fault: Fault | None) -> Answer:
        if fault is None:
            return self._vendor.answer(call)
        if not fault.accepts:
            return self._turned_away(call, fault)
        return _disfigured(self._vendor.answer(call), fault, self._vendor)

    def _turned_away(self, call: Call, fault: Fault) -> Answer:
        answer = self._vendor.error(fault) if fault.kind == "status" else _page(fault.status)
        answer.marks = [
            Mark(mark.action, accepted=False, reference=mark.reference, recipient=mark.recipient)
            for mark in self._vendor.describe(call)
        ]
        return answer

    def _record(self, call: Call, answer: Answer, fault: Fault | None) -> None:
        vendor, kind = self._vendor, fault.kind if fault else None
        number, at = vendor.journal.next_request(), iso(vendor.clock.now())
        status = None if kind in SILENT else answer.status
        vendor.journal.append(
            Entry(
                seq=0, request=number, at=at, vendor=vendor.vendor, method=call.method, path=call.path,
                action=mark.action, accepted=mark.accepted, reference=mark.reference, recipient=mark.recipient,
                vendor_id=mark.vendor_id, status=status, fault=kind,
            )
            for mark in answer.marks
        )  # fmt: skip


class Wire:
    """The connection a request came through."""

    def __init__(self, vendor: HttpEmulator, scope: Scope, receive: Receive, send: Send) -> None:
        self._vendor = vendor
        self._peer: tuple[str, int] = scope["client"]
        self._receive = receive
        self._send = send

    async def carry(self, answer: Answer, fault: Fault | None) -> None:
        """Write the answer, or what the fault leaves of it."""
        kind = fault.kind if fault else "delay"
        if kind == "hang":
            await self._silence()
        elif kind in ("reset", "drop"):
            await self._end(with_reset=kind == "reset")
        elif kind == "cut":
            await self._write(answer, half=True)
            await self._end(with_reset=False)
        else:
            await self._write(answer)

    async def _write(self, answer: Answer, *, half: bool = False) -> None:
        body = answer.body()
        headers = {"content-type": answer.content_type} if body else {}
        headers |= answer.headers | {"content-length": str(len(body))}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        part = body[: len(body) // 2] if half else body
        await self._send({"type": "http.response.body", "body": part, "more_body": half})

    async def _silence(self) -> None:
        gone = asyncio.ensure_future(self._gone())
        lifted = asyncio.ensure_future(self._vendor.lifted.wait())
        await asyncio.wait({gone, lifted}, return_when=asyncio.FIRST_COMPLETED)
        for waiting in (gone, lifted):
            waiting.cancel()
        await self._end(with_reset=True)

    async def _end(self, *, with_reset: bool) -> None:
        transport = self._vendor.http.connection(self._peer)
        if transport is None:
            return
        if with_reset:
            reset(transport)
        else:
            transport.close()
        await self._gone()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _disfigured(answer: Answer, fault: Fault, vendor: HttpEmulator) -> Answer:
    """An accepted request whose answer does not say so. Its marks and webhooks stay."""
    if fault.kind in ("status", "html"):
        other = vendor.error(fault) if fault.kind == "status" else _page(fault.status)
        return Answer(
            other.status, other.json, other.headers, answer.marks, answer.before, answer.after, other.raw,
            other.content_type,
        )  # fmt: skip
    if fault.kind == "no_id":
        answer.json = without_ids(answer.json)
    elif fault.kind == "truncated":
        answer.raw = answer.body()[: len(answer.body()) // 2]
    elif fault.kind == "empty":
        answer.raw = b""
    return answer


def _page(status: int) -> Answer:
    return Answer(status, raw=PAGE % (status, status), content_type="text/html")


async def _read(scope: Scope, receive: Receive) -> Call:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    query = tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Call(scope["method"], scope["path"], query, headers, body)
