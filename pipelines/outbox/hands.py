"""What is claimed together, and how far a process came with it: a file that outlives the process and proves what became of each.

A process that is killed takes its memory along; what it wrote to a file stays. The files lie in the machine's memory, beside no
ledger: whoever puts yesterday's ledger back must not get yesterday's proofs with it. A file proves something only on the machine
start it was written in, never as a copy, and only when its owner is gone. Without a proof an attempt is in doubt.
"""

import errno
import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from canonical.delivery import SendResult
from canonical.ids import AttemptId

LONGEST: Final = timedelta(seconds=1)
"""What a hand may take, in machine time: so long, at most, a text waits between its last check and its request."""
MOST: Final = 16
FIRST: Final = 8
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, looked at before it is used


@dataclass
class Pace:
    """How many tickets are claimed at once: a few at first, twice as many after every hand that was quick, else what was done in time."""

    size: int = FIRST

    def after(self, sent: int, taken: timedelta, *, whole: bool) -> None:
        """Learn from a hand of which so many were sent in that time."""
        if not whole:
            self.size = max(1, sent)
        elif taken * 2 <= LONGEST:
            self.size = min(MOST, self.size * 2)


class Hand:
    """The tickets of one claim, while they are sent. The file is locked for as long as its owner lives."""

    def __init__(self, path: Path, handle: int) -> None:
        """See `Hands.take`."""
        self._path, self._handle = path, handle

    def begin(self, attempt_id: AttemptId) -> None:
        """This request is made now: from here on it may have been sent. Raises OSError where that cannot be written; then make none."""
        self.note({"begun": attempt_id})

    def answered(self, attempt_id: AttemptId, result: SendResult) -> None:
        """The vendor has taken it, and the ledger does not know yet. Where that cannot be written, a look-up finds it."""
        with suppress(OSError):
            self.note({"sent": attempt_id, **result.model_dump()})

    def lay_down(self) -> None:
        """Every outcome is in the ledger."""
        with suppress(FileNotFoundError):
            self._path.unlink()
        os.close(self._handle)

    def note(self, line: Mapping[str, object]) -> None:
        """Append a line, at once and whole. Raises OSError."""
        text = json.dumps(line).encode() + b"\n"
        if os.write(self._handle, text) != len(text):
            raise OSError(errno.ENOSPC, "the mark was cut off")


class NoHand(Hand):
    """Nothing is kept, so nothing will be proved."""

    def __init__(self) -> None:
        """Without a file."""

    def note(self, line: Mapping[str, object]) -> None:
        """Forgotten."""

    def lay_down(self) -> None:
        """Nothing lies there."""


@dataclass(frozen=True)
class Hands:
    """One ledger's hands. Without a folder nothing is kept, and nothing can be proved."""

    folder: Path | None = None
    ledger: str = ""
    """Tells the files of one ledger from those of others in the folder."""

    def take(self, attempts: Iterable[AttemptId]) -> Hand:
        """Write down what is about to be claimed. The caller commits the claim afterwards, and lays the hand down in the end."""
        if self.folder is None:
            return NoHand()
        try:
            handle, name = tempfile.mkstemp(prefix=self._prefix, dir=self.folder)
        except OSError:  # no room for a proof is no reason to send nothing
            return NoHand()
        fcntl.flock(handle, fcntl.LOCK_EX)
        hand = Hand(Path(name), handle)
        hand.note({"here": _here(handle), "claimed": list(attempts)})
        return hand

    def proves_unbegun(self, attempt_id: str) -> bool:
        """Whether this attempt was claimed by a process that is gone and never began its request."""
        told = self._about(attempt_id)
        return bool(told) and all(one.is_proof and attempt_id not in one.begun for one in told)

    def proves_sent(self, attempt_id: str) -> SendResult | None:
        """What the vendor answered to a process that is gone before it could write that down; None without a proof."""
        told = self._about(attempt_id)
        return next((one.sent[attempt_id] for one in told if one.is_proof and attempt_id in one.sent), None)

    def _about(self, attempt_id: str) -> "list[_Left]":
        return [one for one in self._left() if attempt_id in one.claimed]

    def clear(self, under_way: frozenset[str]) -> None:
        """Throw away what gone processes left, except where one of these attempts is still without an outcome or a doubt."""
        for one in self._left():
            if one.owner_is_gone and not one.claimed & under_way:
                with suppress(FileNotFoundError):
                    one.path.unlink()

    def _left(self) -> "Iterator[_Left]":
        if self.folder is None:
            return
        for path in sorted(self.folder.glob(f"{self._prefix}*")):
            with suppress(OSError), _read(path) as found:
                yield found

    @property
    def _prefix(self) -> str:
        return f"hand-{self.ledger}-"


def hands_of(ledger: str) -> Hands:
    """The hands of the ledger of that name: this user's, in the machine's memory where it offers that. Nobody else may look."""
    base = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    folder = base / f"glowline-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    about = folder.lstat()
    ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077
    return Hands(folder if ours else None, hashlib.sha256(ledger.encode()).hexdigest()[:16])


@dataclass(frozen=True)
class _Left:
    path: Path
    claimed: frozenset[str]
    begun: frozenset[str]
    sent: Mapping[str, SendResult]
    owner_is_gone: bool
    is_original: bool

    @property
    def is_proof(self) -> bool:
        return self.owner_is_gone and self.is_original


@contextmanager
def _read(path: Path) -> Iterator[_Left]:
    """A hand's file, held while it is looked at so that nobody takes it for a living owner's in between."""
    with path.open("rb") as file:
        gone = True
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            gone = False
        lines, whole = _lines(file.read())
        head: dict[str, Any] = lines[0] if lines else {}
        yield _Left(
            path,
            claimed=frozenset(head.get("claimed", ())),
            begun=frozenset(line["begun"] for line in lines if "begun" in line),
            sent={line["sent"]: _result(line) for line in lines if "sent" in line},
            owner_is_gone=gone,
            is_original=whole and bool(head.get("here")) and head["here"] == _here(file.fileno()),
        )


def _lines(text: bytes) -> tuple[list[dict[str, Any]], bool]:
    """Whole lines, and whether all of them are ours: among one that is not, a `begun` may have been lost.

    A last line that was cut off was followed by nothing: what it announces was not done.
    """
    found: list[dict[str, Any]] = []
    for line in text.split(b"\n")[:-1]:
        try:
            said = json.loads(line)
        except ValueError:
            return found, False
        if not isinstance(said, dict):
            return found, False
        found.append(said)
    return found, True


def _result(line: Mapping[str, Any]) -> SendResult:
    return SendResult(vendor_id=line["vendor_id"], status=line["status"], link=line.get("link", ""))


def _here(handle: int) -> str:
    """This start of this machine and this very file; empty where the system does not tell its starts apart."""
    try:
        start = _BOOT.read_text().strip()
    except OSError:
        return ""
    about = os.fstat(handle)
    return f"{start}/{about.st_dev}/{about.st_ino}"
