"""Many bodies onto one head, in one go. The ledger holds the head in a single row and writes both in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.audit.chain import GENESIS, Entry, extend
from ledger.audit.events import AuditBody
from ledger.audit.merkle import HASH_BYTES, CompactRange, leaf_hash


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The state from which the next entry is written: newest seq (0 when empty), its hash, and the tree over all bodies.

    Raises `ValueError` when the three cannot belong together.
    """

    seq: int = 0
    last_hash: bytes = GENESIS
    tree: CompactRange = field(default_factory=CompactRange)

    def __post_init__(self) -> None:
        if self.seq != self.tree.size:
            raise ValueError(f"an audit head at entry {self.seq} cannot have a tree of {self.tree.size}")
        if len(self.last_hash) != HASH_BYTES or (self.seq == 0) != (self.last_hash == GENESIS):
            raise ValueError(
                "the last hash of an audit head has 32 bytes, and is the genesis hash exactly when there is no entry"
            )


def append_bodies(head: AuditHead, bodies: Sequence[AuditBody]) -> tuple[AuditHead, list[Entry]]:
    """The head after these bodies, and the entries to store for them, in order. Nothing is changed in place."""
    return append_encoded(head, [body.encoded() for body in bodies])


def append_encoded(head: AuditHead, bodies: Sequence[bytes]) -> tuple[AuditHead, list[Entry]]:
    """`append_bodies` for bodies already in canonical bytes; for re-reading stored entries and for tests."""
    entries = extend(head.last_hash, head.seq + 1, bodies)
    if not entries:
        return head, entries
    return AuditHead(entries[-1].seq, entries[-1].hash, head.tree.extended(map(leaf_hash, bodies))), entries
