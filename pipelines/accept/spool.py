"""The spool: a folder of sealed calls. A call is on the disk before it is answered, and stays until a ledger holds it.

Each file is sealed with AES-256-GCM under a key of the installation and bound to its name, so that a file that was copied,
renamed or changed does not open. Names sort by arrival.
"""

import fcntl
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from canonical.problems import GlowlineError
from pipelines.accept.call import Call, CallUnreadable

_MAGIC: Final = b"GLC1"
_NONCE: Final = 12
_DONE, _UNFINISHED = ".call", ".part"
_REPORT = ".report"
"""Part of the name of a call in which nobody speaks: no claim waits for it."""
UNREADABLE: Final = "unreadable"
"""Beside the spool: files that do not open. A wrong key must not cost an event."""

log = logging.getLogger(__name__)


class SpoolFull(GlowlineError):
    """The call could not be put on the disk: it must not be answered as if it were."""


class Spool:
    """One installation's spool. Any number of processes may write to it and take from it."""

    def __init__(self, folder: Path, keys: Sequence[bytes]) -> None:
        """`keys`: 32 bytes each, the current one first; a previous one still opens what it sealed."""
        self.folder = folder
        self.stuck: set[str] = set()
        """Files that this process could not land, because their practice cannot be opened: they hold up nobody else."""
        self._ciphers = [AESGCM(key) for key in keys]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, call: Call, *, report: bool = False) -> str:
        """Put a call on the disk and give its name. When this returns, a power cut cannot take it away.

        `report`: it only says what became of our own messages.

        Raises:
            SpoolFull: it is not on the disk, and nothing is left of it.
        """
        name = f"{call.arrived_at:%Y%m%dT%H%M%S%f}-{token_hex(8)}{_REPORT if report else ''}{_DONE}"
        unfinished = self.folder / f".{name}{_UNFINISHED}"
        try:
            _write_through(unfinished, self._sealed(name, call.encoded()))
            unfinished.rename(self.folder / name)
            _sync(self.folder)
        except OSError as problem:
            failure = problem.strerror or type(problem).__name__
        else:
            return name
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise SpoolFull(f"{self.folder}: {failure}.", next_step="Make room on the disk of the data folder.")

    def names(self) -> tuple[str, ...]:
        """What lies there now, oldest first."""
        return tuple(sorted(entry.name for entry in os.scandir(self.folder) if entry.name.endswith(_DONE)))

    def speech(self) -> frozenset[str]:
        """What lies there in which somebody may speak, and that this process has not tried in vain."""
        return frozenset(name for name in self.names() if not name.endswith(_REPORT + _DONE)) - self.stuck

    @contextmanager
    def taken(self, name: str) -> Iterator[Call | None]:
        """Hold one file against everybody else, waiting for whoever has it; None when it is gone by then.

        The file stays unless `remove` is called inside the block. Never wait here with a ledger open: whoever holds the file
        waits for the ledger. A file that does not open is put aside and counts as gone.
        """
        path = self.folder / name
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield self._opened(path, handle)
        finally:
            os.close(handle)

    def remove(self, name: str) -> None:
        """Let go of a call that a ledger holds. Only inside `taken`."""
        (self.folder / name).unlink(missing_ok=True)

    def forget_unfinished(self, before: datetime) -> int:
        """Remove what writers that died left half written; it was never answered. `before`: machine time."""
        gone = 0
        for path in self.folder.glob(f".*{_UNFINISHED}"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    gone += 1
        return gone

    def _sealed(self, name: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return _MAGIC + nonce + self._ciphers[0].encrypt(nonce, plain, _MAGIC + name.encode())

    def _opened(self, path: Path, handle: int) -> Call | None:
        if not _still_there(path, handle):
            return None  # somebody else landed it, or put it aside, while we waited
        with os.fdopen(os.dup(handle), "rb") as file:
            sealed = file.read()
        try:
            return Call.decoded(self._unsealed(path.name, sealed))
        except CallUnreadable:
            self._put_aside(path)
            return None

    def _unsealed(self, name: str, sealed: bytes) -> bytes:
        start = len(_MAGIC)
        nonce, rest = sealed[start : start + _NONCE], sealed[start + _NONCE :]
        for cipher in self._ciphers:
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(nonce, rest, sealed[:start] + name.encode())
        raise CallUnreadable(f"{name} does not open.", next_step="Check the installation's key.")

    def _put_aside(self, path: Path) -> None:
        log.error("spool: %s does not open and was put into %s/; check the installation's key", path.name, UNREADABLE)
        aside = self.folder / UNREADABLE
        aside.mkdir(mode=0o700, exist_ok=True)
        path.rename(aside / path.name)


def _still_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _write_through(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
