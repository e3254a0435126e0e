"""A ledger kept open from one session to the next, for as long as nobody else wants it.

Attaching an encrypted file costs 2 ms, letting go of it up to 20. A tick opens its practice's ledger some forty times within
half a second, mostly to find that there is nothing to do: it keeps the ledger from one session to the next, and looks after each
whether somebody waits in line. The rules of a session stay what they are: a committed transaction is on the disk, and there are no
calls out from the first session on until the ledger is let go.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import monotonic
from typing import Final

import duckdb

LONGEST: Final = 0.25
"""Seconds after which whoever keeps a ledger lets go of it after the session that is under way."""

Attach = Callable[[bool], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""Waits in line and attaches; read-only or not."""


class Keeping:
    """One thread's hold on one ledger."""

    def __init__(self, attach: Attach, wanted: Callable[[], bool]) -> None:
        """Nothing is attached yet. `wanted` says whether somebody else waits for the ledger."""
        self._attach = attach
        self._wanted = wanted
        self._held = ExitStack()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._read_only = True
        self._since = 0.0
        self._in_session = False

    @contextmanager
    def session(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """The cursor, attached now or before. Raises `RuntimeError` inside another session, and a `LedgerError`."""
        if self._in_session:
            message = "this thread already has a session on this ledger: pass that one on instead of opening a second"
            raise RuntimeError(message)
        cursor = self._standing(read_only=read_only)
        self._in_session = True
        try:
            yield cursor
        except BaseException:
            self._held.__exit__(*sys.exc_info())
            self._forget()
            raise
        finally:
            self._in_session = False
        if self._wanted() or monotonic() - self._since > LONGEST:
            self.let_go()

    def _standing(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        if self._cursor is not None and (read_only or not self._read_only):
            return self._cursor
        self.let_go()
        self._cursor = self._held.enter_context(self._attach(read_only))
        self._read_only, self._since = read_only, monotonic()
        return self._cursor

    def let_go(self) -> None:
        """Detach and leave the turnstile; the next session attaches again. Raises a `LedgerError`."""
        try:
            self._held.close()
        finally:
            self._forget()

    def _forget(self) -> None:
        self._held, self._cursor = ExitStack(), None
