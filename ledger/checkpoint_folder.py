"""Where checkpoints are kept off the box: a folder that another machine, a mounted bucket or a backup takes away.

The file names carry the sizes, so a ledger that is shorter than its newest checkpoint shows before a note is opened.
"""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn, Protocol

from canonical.problems import LedgerError
from ledger.audit.judgement import ExportedNote
from ledger.files import PRIVATE_FILE, PRIVATE_FOLDER, flush

_NAME = re.compile(r"(?P<size>\d{12,})-[0-9a-f]{8}\.note")


class CheckpointNotKept(LedgerError):
    """A signed checkpoint could not be written where it is kept: nothing may be delivered until it can (AUD-01)."""


class Exporter(Protocol):
    """Takes checkpoints away, and knows which it has taken."""

    def export(self, name: str, note: str) -> str:
        """Keep the note durably and say where. Raises `CheckpointNotKept`."""

    def beyond(self, size: int) -> Sequence[str]:
        """Names of the kept checkpoints of more than `size` entries, smallest first; none where nobody can look."""

    def holds(self, size: int) -> bool:
        """Whether a checkpoint of exactly so many entries is kept."""

    def read(self, name: str) -> ExportedNote:
        """One of them. Raises `CheckpointNotKept`."""


class _Listing(NamedTuple):
    changed: int
    names: tuple[str, ...]


class CheckpointFolder:
    """A folder of notes of one ledger."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first note is written."""
        self.folder = folder
        self._listing = _Listing(-1, ())

    def export(self, name: str, note: str) -> str:
        """Write the note under its name, once and durably. Raises `CheckpointNotKept` when the disk or the folder refuses."""
        place = self.folder / name
        partial = self.folder / f".{name}.partial"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            if not place.exists():
                _write_durably(partial, note.encode())
                partial.rename(place)
                flush(self.folder)
                self._listing = _Listing(-1, ())
            kept = place.read_bytes()
        except OSError as problem:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            _not_kept(f"{self.folder}: a checkpoint could not be written ({problem.strerror})")
        if kept != note.encode():
            _not_kept(f"{place}: another note stands under this name")
        return str(place)

    def beyond(self, size: int) -> Sequence[str]:
        """Looks into the folder only when it has changed since the last look, by the kernel's clock of a few milliseconds."""
        return tuple(name for name in self._names() if int(name.split("-")[0]) > size)

    def holds(self, size: int) -> bool:
        """Whether a checkpoint of exactly so many entries lies there."""
        return any(int(name.split("-")[0]) == size for name in self._names())

    def read(self, name: str) -> ExportedNote:
        """The note as it lies there."""
        try:
            return ExportedNote(name, (self.folder / name).read_bytes())
        except OSError as problem:
            _not_kept(f"{self.folder / name}: the checkpoint cannot be read ({problem.strerror})")

    def notes(self) -> tuple[ExportedNote, ...]:
        """All of them, smallest first."""
        return tuple(map(self.read, self._names()))

    def _names(self) -> tuple[str, ...]:
        try:
            changed = self.folder.stat().st_mtime_ns
            if changed != self._listing.changed:
                self._listing = _Listing(
                    changed, tuple(sorted(each.name for each in self.folder.iterdir() if _NAME.fullmatch(each.name)))
                )
        except FileNotFoundError:
            self._listing = _Listing(-1, ())
        except OSError as problem:
            _not_kept(f"{self.folder}: the checkpoints cannot be listed ({problem.strerror})")
        return self._listing.names


def _write_durably(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_kept(message: str) -> NoReturn:
    raise CheckpointNotKept(
        message, next_step="Make the place of `checkpoints:` writable; nothing is delivered until it is."
    ) from None
