"""Where a ledger is: what a store needs from a file, and equally from a catalogue shared by a cluster."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import duckdb


class Place(Protocol):
    """A ledger that can be opened. Each opening waits its turn, and holds it until the block ends."""

    @property
    def name(self) -> str:
        """How error messages call it."""

    @property
    def has_keys(self) -> bool:
        """Whether tables can declare primary keys here."""

    def opened(self, *, read_only: bool) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor that stands in the ledger, outside of any transaction. Raises a `LedgerError`."""

    def kept(self) -> AbstractContextManager[None]:
        """A block in which this thread's openings may be one, for as long as nobody else waits."""

    def apart(self) -> AbstractContextManager[None]:
        """A block inside of that one in which each opening is its own again: for what calls out between them."""

    def copied(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor that stands in a private copy of the ledger as it is now; nobody waits for whoever reads it."""

    def migrated(self, apply: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Let `apply` change the tables: all of it or nothing. Raises what `apply` raises."""

    def compact(self) -> None:
        """Give up the bytes of everything that was deleted or overwritten, for good."""
