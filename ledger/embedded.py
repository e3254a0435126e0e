"""A ledger as one encrypted file beside its locks: what a laptop, a single server and every test use."""

import os
import re
import resource
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb

from canonical.problems import LedgerKeyWrong
from ledger.engine import private_files, process_lives
from ledger.faults import FULL, LIMITED
from ledger.files import attached, fold_log, has_log, look_at, private_copy, put_in_place, raise_meaning
from ledger.keeping import Keeping
from ledger.keys import KeyReference, LedgerKey
from ledger.network_guard import no_network
from ledger.rewriting import copied_anew
from ledger.turnstile import Turnstile, turnstile_of

RESERVE = 32 * 1024 * 1024
"""Bytes that must be free before anything is written: enough to commit what a landing commits, and to fold the log."""
_SNAPSHOT = ".snapshot-"


class EmbeddedFile:
    """The place of one file. A key reference is followed at every opening, so that a rotated key is picked up."""

    def __init__(self, path: Path, key: KeyReference | LedgerKey) -> None:
        """Nothing is opened yet."""
        self.path = path
        self.turnstile: Turnstile = turnstile_of(path)
        self._key = key
        self._mine = threading.local()

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def has_keys(self) -> bool:
        """Yes."""
        return True

    def keys(self) -> tuple[LedgerKey, ...]:
        """The keys that may open the file: the current one, then the previous one. Raises `LedgerKeyMissing`."""
        if isinstance(self._key, LedgerKey):
            return (self._key,)
        previous = self._key.previous_key()
        return (self._key.key(), previous) if previous else (self._key.key(),)

    @contextmanager
    def opened(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """Wait at the turnstile, attach the file, let go at the end. Meanwhile this thread cannot call out."""
        keeping = self._keeping
        if not read_only and self.path.exists():
            _must_have_room(self.path)
        with keeping.session(read_only=read_only) if keeping else self._once(read_only) as cursor:
            yield cursor

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Sessions of this thread share one opening inside the block, unless somebody else wants the ledger in between."""
        if self._keeping:
            yield
            return
        self._mine.keeping = keeping = Keeping(self._once, self.turnstile.wanted)
        try:
            yield
        finally:
            self._mine.keeping = None
            keeping.let_go()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Inside the block nothing is kept: for what calls out, and for what treats the file as a whole."""
        keeping, self._mine.keeping = self._keeping, None
        try:
            if keeping:
                keeping.let_go()
            yield
        finally:
            self._mine.keeping = keeping

    @property
    def _keeping(self) -> Keeping | None:
        return getattr(self._mine, "keeping", None)

    @contextmanager
    def _once(self, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:  # noqa: FBT001 - `Attach`
        keys = self.keys()
        look_at(self.path)
        with (
            self._turn(read_only=read_only),
            no_network(),
            private_files(),
            _attached(self.path, keys, read_only=read_only) as cursor,
        ):
            yield cursor

    def _turn(self, *, read_only: bool) -> AbstractContextManager[None]:
        return self.turnstile.shared() if read_only else self.turnstile.exclusive()

    @contextmanager
    def copied(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A private copy of the file, taken under the lock and removed at the end."""
        keys = self.keys()
        self._sweep_copies()
        with (
            self.apart(),
            tempfile.TemporaryDirectory(prefix=f"{_SNAPSHOT}{os.getpid()}-", dir=self.path.parent) as folder,
        ):
            copy = Path(folder) / self.path.name
            self.copy_to(copy)
            with no_network(), private_files(), _attached(copy, keys, read_only=True) as cursor:
                yield cursor

    def copy_to(self, copy: Path) -> None:
        """Copy the file as it is now, everything committed included. Raises a `LedgerError`."""
        look_at(self.path)
        with self.turnstile.shared():
            if not has_log(self.path):
                private_copy(self.path, copy)
                return
        with self.turnstile.exclusive():
            fold_log(self.path, self.fitting_key())
            private_copy(self.path, copy)

    @contextmanager
    def rewritten(self) -> Iterator[Path]:
        """Alone with the file, all of it folded in: what stands at the path given, when the block ends well, replaces it, if anything does.

        A process that is killed inside leaves the ledger as it was; what it left beside it is removed by the next one.
        """
        look_at(self.path)
        new = self.path.with_name(f".{self.path.name}.new")
        with self.apart(), self.turnstile.exclusive():
            _remove(new)
            fold_log(self.path, self.fitting_key())
            try:
                yield new
                if new.exists():
                    put_in_place(new, self.path)
            finally:
                _remove(new)

    def migrated(self, apply: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Apply to a copy; only one that `apply` leaves without raising takes the file's place."""
        with self.rewritten() as new:
            private_copy(self.path, new)
            with attached(new, self.fitting_key(), read_only=False) as cursor:
                apply(cursor)

    def compact(self) -> None:
        """Write the file anew, without the bytes of what was deleted or overwritten. Raises a `LedgerError`."""
        with self.rewritten() as new:
            key = self.fitting_key()
            copied_anew(self.path, key, new, key)

    def fitting_key(self) -> LedgerKey:
        """The key that opens the file as it is now. Call with the turnstile in hand. Raises `LedgerKeyWrong`."""
        *others, last = self.keys()
        for key in others:
            try:
                with attached(self.path, key, read_only=True):
                    return key
            except LedgerKeyWrong:
                continue
        return last

    def _sweep_copies(self) -> None:
        """Remove copies of processes that were killed while reading one."""
        for folder in self.path.parent.glob(f"{_SNAPSHOT}*"):
            match = re.fullmatch(rf"{re.escape(_SNAPSHOT)}(\d+)-\w+", folder.name)
            if match and not process_lives(int(match[1])):
                shutil.rmtree(folder, ignore_errors=True)


def _must_have_room(path: Path) -> None:
    """Raise before anything is written where the disk, or what this process may write into one file, would not hold it.

    A commit that fails leaves the file whole; folding the log into it does not survive every limit (RLIMIT_FSIZE).
    """
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if most != resource.RLIM_INFINITY and most < path.stat().st_size + RESERVE:
        raise_meaning(LIMITED, path)
    if shutil.disk_usage(path.parent).free < RESERVE:
        raise_meaning(FULL, path)


@contextmanager
def _attached(path: Path, keys: tuple[LedgerKey, ...], *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach with the first key that fits: between the two steps of a rotation the file may still be under the previous one."""
    with ExitStack() as held:
        for key in keys[:-1]:
            with suppress(LedgerKeyWrong):
                cursor = held.enter_context(attached(path, key, read_only=read_only))
                break
        else:
            cursor = held.enter_context(attached(path, keys[-1], read_only=read_only))
        yield cursor


def _remove(path: Path) -> None:
    for each in (path, *path.parent.glob(f"{path.name}.*")):
        each.unlink(missing_ok=True)
