"""A ledger that one process opens once for a whole test: attaching it a hundred times a run is another test's subject."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb
from typing_extensions import override

from ledger import engine
from ledger.embedded import EmbeddedFile
from ledger.files import ROWS_TOGETHER
from ledger.network_guard import no_network
from ledger.store import Store


class KeptOpen(EmbeddedFile):
    """The same encrypted file under the same statements, attached for as long as the block lasts. One process, one thread."""

    alias = ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Attach the file, and let go at the end."""
        self.alias = engine.fresh_alias()
        base = engine.cursor()
        mode = f"ENCRYPTION_KEY $key, ROW_GROUP_SIZE {ROWS_TOGETHER}"
        with engine.private_files():
            base.execute(
                f"ATTACH {engine.quoted(str(self.path))} AS {self.alias} ({mode})", {"key": self.keys()[0].for_file()}
            )
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # a test that failed inside a transaction has its own error to show
                base.execute(f"DETACH {self.alias}")
            base.close()

    def tidy(self) -> None:
        """Bring the file up to date with its log, as letting go would: what is deleted is read no more."""
        cursor = engine.cursor()
        with engine.private_files():
            cursor.execute(f"CHECKPOINT {self.alias}")
        cursor.close()

    @override
    @contextmanager
    def opened(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own that stands in the ledger, outside of any transaction."""
        del read_only
        cursor = engine.cursor()
        try:
            with no_network(), engine.private_files():
                cursor.execute(f"USE {self.alias}")
                yield cursor
        finally:
            cursor.close()


@contextmanager
def kept_open(store: Store) -> Iterator[None]:
    """Let a store use one attachment until the block ends."""
    before = store.place
    assert isinstance(before, EmbeddedFile)
    place = KeptOpen(before.path, before._key)
    with place.held():
        store.place = place
        try:
            yield
        finally:
            store.place = before


def tidy(store: Store) -> None:
    """What letting go does at the end of every access, once in a while."""
    assert isinstance(store.place, KeptOpen)
    store.place.tidy()
