"""Checkpoints: origin, size and root of the tree, signed as a C2SP note, and the proof that has to come before signing.

A log must never sign a checkpoint that contradicts one it signed before (c2sp.org/tlog-checkpoint). The ledger holds no
leaves, so the proof re-reads the bodies written since the last checkpoint and extends the tree as it stood then.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from canonical.problems import LedgerReadOnly
from ledger.audit.append import AuditHead, append_encoded
from ledger.audit.merkle import HASH_BYTES
from ledger.audit.notes import KeyRing, NoteRefused, Signer, parse_note, strict_base64

_TEXT = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n")
_READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of the entries 1 to `size` of the log `origin` has this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def from_text(cls, text: str) -> Checkpoint:
        """Reads `text`. Extension lines are refused: nothing could check them. Raises `NoteRefused`."""
        match = _TEXT.fullmatch(text)
        if match is None:
            _refuse("the note is not a checkpoint of three lines: origin, size and root")
        root = strict_base64(match["root"])
        if len(root) != HASH_BYTES:
            _refuse("the root of a checkpoint has the wrong length")
        return cls(match["origin"], int(match["size"]), root)

    @classmethod
    def of(cls, head: AuditHead, origin: str) -> Checkpoint:
        """What a head would sign now."""
        return cls(origin, head.seq, head.tree.root())


def sign_checkpoint(head: AuditHead, signer: Signer) -> str:
    """The signed note over the head as it stands; the origin is the signer's name. Call `prove_growth` first."""
    return signer.sign(Checkpoint.of(head, signer.name).text())


def open_checkpoint(data: bytes, ring: KeyRing, *, origin: str) -> Checkpoint:
    """The checkpoint of an exported note. Raises `NoteRefused` when damaged, signed by nobody known, or of another log."""
    checkpoint = Checkpoint.from_text(ring.open(data).text)
    if checkpoint.origin != origin:
        _refuse("the checkpoint belongs to another log")
    return checkpoint


def read_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint of a note whose signatures are checked elsewhere. Raises `NoteRefused`."""
    return Checkpoint.from_text(parse_note(data).text)


def prove_growth(*, signed: Checkpoint, then: AuditHead, since: Iterable[bytes], now: AuditHead) -> None:
    """Returns when `now` continues what was last signed, so that it may be signed too.

    `then` is the head as it stood at the last checkpoint, `since` the stored bodies of the entries after it, in order.
    For a log that never signed, pass the checkpoint of the empty head. Raises `LedgerReadOnly`.
    """
    if (then.seq, then.tree.root()) != (signed.size, signed.root):
        _stop("the head kept at the last checkpoint is not the one that was signed")
    if now.seq < signed.size:
        _stop(f"the ledger ends at entry {now.seq}, before its newest checkpoint of {signed.size} entries")
    grown, batch = then, []
    for body in since:
        batch.append(body)
        if len(batch) == _READ_AT_ONCE:
            grown, batch = append_encoded(grown, batch)[0], []
    if append_encoded(grown, batch)[0] != now:
        _stop(f"the entries after {signed.size} do not lead to the ledger's head")


def note_name(checkpoint: Checkpoint) -> str:
    """The file name of an exported checkpoint: sorts by size, and never collides for two roots of one size."""
    return f"{checkpoint.size:012d}-{sha256(checkpoint.root).hexdigest()[:8]}.note"


def _stop(message: str) -> NoReturn:
    raise LedgerReadOnly(
        message, next_step="Run `glowline audit verify`; for a restored backup, `glowline audit adopt`."
    )


def _refuse(message: str) -> NoReturn:
    raise NoteRefused(message, next_step="Fetch the note again from where checkpoints are exported to.")
