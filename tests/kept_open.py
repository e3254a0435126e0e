"""Ledgers that a process attaches once for a whole test: attaching one a hundred times a run is what other tests are about.

Everything above the file stays as it is: who may read or write when, what is committed, and that nobody calls out meanwhile.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import duckdb
import pytest

from ledger import embedded, engine
from ledger.files import beside
from ledger.keys import LedgerKey
from ledger.transactions import roll_back

_PRIVATE_COPY = ".snapshot-"


class Kept:
    """By path, under which name it is attached. What treats a file as a whole is given it whole."""

    def __init__(self) -> None:
        self._held: dict[Path, tuple[str, int, ExitStack]] = {}
        self._lock = threading.Lock()
        self._attached = embedded._attached
        self._rewritten, self._copy_to = embedded.EmbeddedFile.rewritten, embedded.EmbeddedFile.copy_to

    @contextmanager
    def attached(
        self, path: Path, keys: tuple[LedgerKey, ...], *, read_only: bool
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own that stands in the ledger."""
        if path.parent.name.startswith(_PRIVATE_COPY) or len(keys) > 1:
            self.let_go(path)
            with self._attached(path, keys, read_only=read_only) as cursor:
                yield cursor
            return
        cursor = engine.cursor()
        try:
            cursor.execute(f"USE {self._alias(path, keys[0])}")
            yield cursor
        except BaseException:
            roll_back(cursor)
            raise
        finally:
            cursor.close()

    def _alias(self, path: Path, key: LedgerKey) -> str:
        with self._lock:
            alias, number, _ = self._held.get(path, ("", 0, None))
            if number != path.stat().st_ino:  # another file has taken its place
                self._let_go(path)
                stack = ExitStack()
                base = engine.cursor()
                stack.callback(base.close)
                alias = stack.enter_context(beside(base, path, key, read_only=False))
                self._held[path] = (alias, path.stat().st_ino, stack)
            return alias

    def let_go(self, path: Path) -> None:
        """The file on the disk is all there is."""
        with self._lock:
            self._let_go(path)

    def tidy(self) -> None:
        """Let go of all until they are asked for again, which brings each up to date with its log: what is deleted is read no more."""
        for path in list(self._held):
            self.let_go(path)

    def _let_go(self, path: Path) -> None:
        if path in self._held:
            _, _, stack = self._held.pop(path)
            stack.close()

    @contextmanager
    def rewritten(self, file: embedded.EmbeddedFile) -> Iterator[Path]:
        """See `EmbeddedFile`."""
        self.let_go(file.path)
        with self._rewritten(file) as new:
            yield new

    def copy_to(self, file: embedded.EmbeddedFile, copy: Path) -> None:
        """See `EmbeddedFile`."""
        self.let_go(file.path)
        self._copy_to(file, copy)


@contextmanager
def kept_open() -> Iterator[Kept]:
    """Whatever this process opens stays attached until the block ends. Another process finds it in use as long."""
    kept = Kept()
    place = embedded.EmbeddedFile

    # Functions, which the class binds to the place they are asked of.
    def rewritten(file: embedded.EmbeddedFile) -> AbstractContextManager[Path]:
        return kept.rewritten(file)

    def copy_to(file: embedded.EmbeddedFile, copy: Path) -> None:
        kept.copy_to(file, copy)

    with ExitStack() as patched:
        patched.callback(kept.tidy)
        patched.enter_context(mock.patch.object(embedded, "_attached", kept.attached))
        patched.enter_context(mock.patch.object(place, "rewritten", rewritten))
        patched.enter_context(mock.patch.object(place, "copy_to", copy_to))
        yield kept


@pytest.fixture(autouse=True)
def ledgers() -> Iterator[None]:
    """For a folder whose conftest takes it over. Modules that look at the file, or start another process, say otherwise."""
    with kept_open():
        yield
