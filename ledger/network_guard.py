"""No network call while a ledger is open: whoever waits for a vendor would make everybody else wait for the ledger.

The guard watches the thread (or asyncio task) that holds a session; other threads may talk. It sees what Python sees:
connections that DuckDB's own extensions make in C (the Postgres catalogue of DuckLake) are exempt by construction.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from canonical.problems import NetworkWhileLedgerOpen

WATCHED = frozenset({"http.client.send", "smtplib.send", "socket.connect"})
"""Python's own audit events for the moment a call leaves (docs.python.org, "Audit events table")."""

_open_sessions: ContextVar[int] = ContextVar("open_sessions", default=0)


@contextmanager
def no_network() -> Iterator[None]:
    """Until the end of the block, this thread's calls out raise `NetworkWhileLedgerOpen`."""
    token = _open_sessions.set(_open_sessions.get() + 1)
    try:
        yield
    finally:
        _open_sessions.reset(token)


def _refuse_calls(event: str, _arguments: tuple[object, ...]) -> None:
    if event in WATCHED and _open_sessions.get():
        raise NetworkWhileLedgerOpen(
            f"{event} while a ledger is open in this thread",
            next_step="Leave the session first, call, then open another one to write what came back.",
        )


sys.addaudithook(_refuse_calls)
