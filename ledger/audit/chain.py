"""Entries, each tied to the one before: hash = SHA-256(prev_hash || body).

The chain shows that one body was edited, removed or moved. It does not show a shortened log or one that was rebuilt from
the start; that is what the signed checkpoints over the Merkle tree are for.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

GENESIS = bytes(32)
"""What the first entry names as the hash before it."""

FIRST_SEQ = 1


class Entry(NamedTuple):
    """One entry as it is stored. `seq` counts from 1 without gaps, so the tree of size n covers the entries 1 to n."""

    seq: int
    body: bytes
    prev_hash: bytes
    hash: bytes


def entry_hash(prev_hash: bytes, body: bytes) -> bytes:
    """SHA-256(prev_hash || body). `prev_hash` is always 32 bytes, so the border between the two is unambiguous."""
    return sha256(prev_hash + body).digest()


def extend(last_hash: bytes, next_seq: int, bodies: Iterable[bytes]) -> list[Entry]:
    """The entries that continue a chain whose newest hash is `last_hash` (`GENESIS` for an empty one)."""
    entries: list[Entry] = []
    for seq, body in enumerate(bodies, start=next_seq):
        this = entry_hash(last_hash, body)
        entries.append(Entry(seq, body, last_hash, this))
        last_hash = this
    return entries
