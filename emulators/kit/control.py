"""The control port: `/_emulator/…`, JSON in and out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulators.kit.clock import iso
from emulators.kit.faults import Fault
from emulators.kit.listener import Outage

if TYPE_CHECKING:
    from starlette.requests import Request

    from emulators.kit.emulator import Emulator

FLAGS = {"true": True, "false": False}


class _Control:
    """The handlers of one emulator's control port."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def journal(self, request: Request) -> Response:
        """Entries, filtered by any field; `since` is a seq."""
        wanted: dict[str, Any] = dict(request.query_params)
        since = int(wanted.pop("since", 0))
        wanted = {name: FLAGS.get(value, value) for name, value in wanted.items()}
        return JSONResponse(
            {"entries": [asdict(each) for each in self._emulator.journal.entries(since=since, **wanted)]}
        )

    async def faults(self, request: Request) -> Response:
        """Arm one fault or a list of them; GET lists, DELETE lifts."""
        if request.method == "DELETE":
            self._emulator.faults.clear()
        if request.method == "POST":
            given = await request.json()
            for each in given if isinstance(given, list) else [given]:
                self._emulator.faults.add(Fault.parse(each))
        return JSONResponse({"armed": self._emulator.faults.listing()})

    async def clock(self, request: Request) -> Response:
        """`{"now": "…Z", "frozen": false}`, `{"advance": seconds}` or `{"now": null}`."""
        clock = self._emulator.clock
        if request.method == "POST":
            given = await request.json()
            if "advance" in given:
                clock.advance(float(given["advance"]))
            elif given.get("now") is None:
                clock.reset()
            else:
                clock.set(datetime.fromisoformat(given["now"]), frozen=bool(given.get("frozen", False)))
        return JSONResponse({"now": iso(clock.now())})

    async def outage(self, request: Request) -> Response:
        """`{"mode": "refuse" | "hang" | "status" | null, "status": 503}`."""
        if request.method == "POST":
            given = await request.json()
            mode = given.get("mode")
            if mode not in (None, *get_args(Outage)):
                raise ValueError(f"No outage is called {mode!r}; there are {', '.join(get_args(Outage))} and null.")
            await self._emulator.set_outage(mode, int(given.get("status", 503)))
        return JSONResponse({"mode": self._emulator.outage})

    async def settle(self, request: Request) -> Response:
        """Answers once nothing is on its way any more."""
        del request
        await self._emulator.settled()
        return JSONResponse({"settled": True})

    async def webhooks(self, request: Request) -> Response:
        """The attempts so far; POST sets retry delays."""
        hooks = self._emulator.webhooks
        if request.method == "POST":
            hooks.retry_delays = tuple(float(each) for each in (await request.json())["retry_delays"])
        return JSONResponse({"attempts": [asdict(each) for each in hooks.log], "held": len(hooks.held)})

    async def release(self, request: Request) -> Response:
        """Deliver what a fault held back."""
        del request
        return JSONResponse({"released": self._emulator.webhooks.release()})

    async def reset(self, request: Request) -> Response:
        """Everything as at the start; the journal goes on."""
        del request
        await self._emulator.reset()
        return JSONResponse({"reset": True})

    async def vendor(self, request: Request) -> Response:
        """One of the vendor's own controls or views."""
        known = self._emulator.controls if request.method == "POST" else self._emulator.views
        name = request.path_params["control"]
        if request.path_params["vendor"] != self._emulator.vendor or name not in known:
            return JSONResponse({"error": f"{self._emulator.vendor} has {', '.join(sorted(known))}."}, 404)
        given = await request.json() if request.method == "POST" else dict(request.query_params)
        return JSONResponse(known[name](given))

    async def health(self, request: Request) -> Response:
        """Who is here."""
        del request
        return JSONResponse({"vendor": self._emulator.vendor, **self._emulator.describe_ports()})


async def _not_understood(request: Request, problem: Exception) -> Response:
    del request
    return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, 400)


def control_app(emulator: Emulator) -> Starlette:
    """The control application of one emulator."""
    control = _Control(emulator)
    table = [
        ("/_emulator/health", control.health, ["GET"]),
        ("/_emulator/journal", control.journal, ["GET"]),
        ("/_emulator/faults", control.faults, ["GET", "POST", "DELETE"]),
        ("/_emulator/clock", control.clock, ["GET", "POST"]),
        ("/_emulator/outage", control.outage, ["GET", "POST"]),
        ("/_emulator/settle", control.settle, ["POST"]),
        ("/_emulator/webhooks", control.webhooks, ["GET", "POST"]),
        ("/_emulator/webhooks/release", control.release, ["POST"]),
        ("/_emulator/reset", control.reset, ["POST"]),
        ("/_emulator/{vendor}/{control}", control.vendor, ["GET", "POST"]),
    ]
    routes = [Route(path, handler, methods=methods) for path, handler, methods in table]
    mistakes = (ValueError, KeyError, TypeError, AttributeError)
    return Starlette(routes=routes, exception_handlers=dict.fromkeys(mistakes, _not_understood))
