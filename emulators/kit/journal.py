"""The witness: what reached a pretend vendor, and whether it was accepted."""

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Literal, Self

Action = Literal["send", "write", "read", "reset"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing somebody asked a vendor for.

    A batch request gives one entry per item; they share `request`. `at` is the emulator's clock, UTC. `accepted` is what
    the vendor decided, whatever the client got to hear about it; `status` is the HTTP status or SMTP code that was
    answered, `None` when nothing was.
    """

    seq: int
    request: int
    at: str
    vendor: str
    method: str
    path: str
    action: Action
    accepted: bool
    reference: str | None = None
    recipient: str | None = None
    vendor_id: str | None = None
    status: int | None = None
    fault: str | None = None


NAMES = frozenset(field.name for field in fields(Entry))


class Journal:
    """An append-only JSON-lines file: a line is on the disk (fsync) before its answer is written to the socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._entries = _read(path)
        self._file = path.open("ab")
        self._requests = max((entry.request for entry in self._entries), default=0)

    def next_request(self) -> int:
        """A number for a request, never given twice in one journal."""
        with self._lock:
            self._requests += 1
            return self._requests

    def append(self, entries: Iterable[Entry]) -> None:
        """Write entries (their `seq` is given here) and wait until the disk has them."""
        with self._lock:
            first = len(self._entries) + 1
            numbered = [replace(entry, seq=first + index) for index, entry in enumerate(entries)]
            self._file.write(b"".join(json.dumps(asdict(entry)).encode() + b"\n" for entry in numbered))
            self._file.flush()
            os.fsync(self._file.fileno())
            self._entries += numbered

    def entries(self, *, since: int = 0, **wanted: object) -> list[Entry]:
        """Entries after `since` (a `seq`) whose fields equal the given ones, oldest first."""
        unknown = set(wanted) - NAMES
        if unknown:
            raise ValueError(f"The journal has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(NAMES))}.")
        with self._lock:
            rows = self._entries[since:]
        return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]

    def accepted(self, *, since: int = 0, **wanted: object) -> list[Entry]:
        """The sends a vendor accepted: the number that must be at most one per attempt."""
        return self.entries(since=since, **{"action": "send", "accepted": True, **wanted})

    def mark(self) -> int:
        """The newest `seq`: give it as `since` to see only what comes later."""
        with self._lock:
            return len(self._entries)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [Entry(**json.loads(line)) for line in file if line.endswith(b"\n")]
