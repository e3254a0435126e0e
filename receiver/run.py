"""The process of the door: the public port and its worker, until it is told to stop."""

import logging
import signal
from pathlib import Path
from types import FrameType

import uvicorn

from canonical.clock import Clock
from pipelines.tick.doorway import spool_of
from pipelines.tick.opening import open_hub
from receiver.app import create
from receiver.worker import Worker

KEEP_ALIVE = 5
"""Seconds an idle connection stays open."""
MOST_CONNECTIONS = 256


def serve(home: Path, *, host: str = "", port: int = 0, clock: Clock | None = None) -> None:
    """Serve an installation's door until SIGTERM or SIGINT; then finish what is under way.

    `host` and `port` stand for those of installation.yaml. Raises SettingsError and LedgerKeyMissing before the port is opened.
    """
    hub = open_hub(home, clock=clock)
    worker = Worker(hub, spool_of(hub.installation))
    settings = hub.installation.receiver
    server = uvicorn.Server(configured(create(hub, worker), host or settings.host, port or settings.port))
    signal.signal(signal.SIGTERM, _end)
    worker.start()
    try:
        server.run()
    finally:
        worker.stop()


def _end(number: int, _: FrameType | None) -> None:
    """Uvicorn closes the port and then lets the signal through: end like a program that was asked to, not like one that was killed."""
    raise SystemExit(0 if number == signal.SIGTERM else 1)


def configured(app: object, host: str, port: int) -> uvicorn.Config:
    """How the port is served: no line per request, for an address may hold a secret; no word about what serves it."""
    logging.getLogger(
        "uvicorn.access"
    ).disabled = True  # `access_log=False` alone leaves it to whoever listens at the root
    return uvicorn.Config(
        app,  # type: ignore[arg-type] # uvicorn's own word for an application is private
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        lifespan="off",
        limit_concurrency=MOST_CONNECTIONS,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
    )
