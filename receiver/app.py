"""The public port as an ASGI application: one kind of address for vendors, and one that says whether we are well."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pipelines.tick.doorway import spool_of
from pipelines.tick.hub import Hub
from receiver.directory import Directory
from receiver.door import LARGEST_BODY, Answer, Door, Knock
from receiver.health import healthy
from receiver.worker import Worker

SECONDS_TO_SEND: Final = 10.0
"""How long a caller may take for its body: whoever drips it holds a place that a vendor needs."""
AT_ONCE: Final = 16
"""Calls on their way to the disk together."""

Health = Callable[[], dict[str, object]]
"""Counts and ages, nothing else; `ok` says whether all is well."""


def create(hub: Hub, worker: Worker | None = None) -> Starlette:
    """The application of one installation, which nudges `worker` after each call it took. Raises LedgerKeyMissing.

    Without a worker, calls wait in the spool for the periodic sweep.
    """
    installation, spool = hub.installation, worker.spool if worker else spool_of(hub.installation)
    door = Door(
        Directory(installation),
        hub.tools,
        hub.clock,
        spool,
        installation.receiver.public_url,
        worker.nudge if worker else _nobody,
    )
    return application(door, partial(healthy, door, worker))


def _nobody() -> None:
    """Nobody waits for calls."""


def application(door: Door, health: Health) -> Starlette:
    """The routes. Whatever is no vendor's address is 404 and says no more."""
    limiter = CapacityLimiter(AT_ONCE)

    async def hook(request: Request) -> Response:
        return Response(status_code=await _answer(door, request, limiter))

    async def greeting(request: Request) -> Response:
        return await _greeted(door, request, limiter)

    async def well(_: Request) -> Response:
        state = await to_thread.run_sync(health)
        return JSONResponse(state, status_code=200 if state["ok"] else 503)

    return Starlette(
        routes=[
            Route("/hooks/{vendor}/{practice}/{connection}", hook, methods=["POST"]),
            Route("/hooks/{vendor}/{practice}/{connection}", greeting, methods=["GET"]),
            Route("/hooks/{vendor}/{practice}/{connection}/{secret:path}", hook, methods=["POST"]),
            Route("/health", well, methods=["GET"]),
        ],
        exception_handlers={404: _bare(404), 405: _bare(405)},
    )


def _bare(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(_: Request, __: Exception) -> Response:
        return Response(status_code=status)

    return handle


async def _answer(door: Door, request: Request, limiter: CapacityLimiter) -> int:
    names = request.path_params
    who = names["vendor"], names["practice"], names["connection"]
    address = await to_thread.run_sync(door.address, *who, limiter=limiter)
    if isinstance(address, Answer):
        return address
    body = await _body(request)
    if isinstance(body, Answer):
        return body
    knock = Knock(*who, path=_written(request), headers=_headers(request), body=body)
    return await to_thread.run_sync(door.receive, address, knock, limiter=limiter)


async def _greeted(door: Door, request: Request, limiter: CapacityLimiter) -> Response:
    """A vendor that asks by GET whether we know its word is answered in plain text; others hear 405, strangers 404."""
    names = request.path_params
    who = names["vendor"], names["practice"], names["connection"]
    address = await to_thread.run_sync(door.address, *who, limiter=limiter)
    answer = (
        address
        if isinstance(address, Answer)
        else await to_thread.run_sync(door.greet, address, _written(request), limiter=limiter)
    )
    if isinstance(answer, Answer):
        return Response(status_code=answer)
    return PlainTextResponse(answer, headers={"x-content-type-options": "nosniff"})


async def _body(request: Request) -> bytes | Answer:
    """The raw bytes, at most a megabyte of them, whether or not their length was announced."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > LARGEST_BODY:
        return Answer.TOO_LARGE
    found = bytearray()
    try:
        async with asyncio.timeout(SECONDS_TO_SEND):
            async for piece in request.stream():
                found += piece
                if len(found) > LARGEST_BODY:
                    return Answer.TOO_LARGE
    except (TimeoutError, ClientDisconnect):
        return Answer.TOO_SLOW
    return bytes(found)


def _written(request: Request) -> str:
    """Path and query as they stood on the wire: what was signed is not what a decoder makes of it."""
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    query = request.scope["query_string"].decode("ascii", "replace")
    return f"{path}?{query}" if query else path


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
