"""The Merkle tree of RFC 6962: one root that stands for every entry, and proofs a stranger can check.

A leaf is SHA-256(0x00 || data), a node SHA-256(0x01 || left || right); the two prefixes keep a node from passing as a leaf.
The ledger holds only a `CompactRange`, never the leaves: those are recomputed from the entries' bodies, because a stored leaf
would hide an edited body.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from canonical.problems import GlowlineError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
_LARGEST_SIZE = 2**63 - 1


class ProofRefused(GlowlineError):
    """The proof does not show what it claims; the message says which part failed, never the hashes."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class CompactRange:
    """A tree of `size` leaves as the roots of its full subtrees, largest (leftmost) first: one per bit set in `size`.

    Raises `ValueError` when the hashes cannot belong to that size.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= _LARGEST_SIZE:
            raise ValueError("a compact range counts between 0 and 2^63-1 leaves")
        if len(self.hashes) != self.size.bit_count() or any(len(each) != HASH_BYTES for each in self.hashes):
            raise ValueError(
                f"a compact range of size {self.size} holds {self.size.bit_count()} hashes of {HASH_BYTES} bytes"
            )

    def extended(self, leaves: Iterable[bytes]) -> CompactRange:
        """The range after appending these leaf hashes in order. Amortised O(1) per leaf."""
        stack, size = list(self.hashes), self.size
        for leaf in leaves:
            stack.append(leaf)
            full = size
            while full & 1:
                right = stack.pop()
                stack[-1] = node_hash(stack[-1], right)
                full >>= 1
            size += 1
        return CompactRange(size, tuple(stack))

    def root(self) -> bytes:
        """The RFC 6962 root of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        folded = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            folded = node_hash(left, folded)
        return folded

    def to_hex(self) -> list[str]:
        """The hashes as lowercase hex, in order; with `size` enough to rebuild the range by `from_hex`."""
        return [each.hex() for each in self.hashes]

    @classmethod
    def from_hex(cls, size: int, hashes: Iterable[str]) -> Self:
        """Rebuilds what `to_hex` wrote. Raises `ValueError` on anything else."""
        return cls(size, tuple(bytes.fromhex(each) for each in hashes))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    return CompactRange().extended(leaves).root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962 2.1); `size` is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` (from 0) in the tree of all these leaf hashes. Raises `IndexError` outside of it."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    path: list[bytes] = []
    while len(leaves) > 1:
        middle = _split(len(leaves))
        left, right = leaves[:middle], leaves[middle:]
        leaves, sibling, index = (left, right, index) if index < middle else (right, left, index - middle)
        path.append(root_of(sibling))
    return path[::-1]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Shows that the tree of the first `old_size` leaf hashes is a prefix of the tree of all of them.

    Raises `IndexError` unless 0 < old_size <= number of leaves: everything continues an empty tree, so a proof of that proves nothing.
    """
    if not 0 < old_size <= len(leaves):
        raise IndexError(f"no consistency proof from size {old_size} to {len(leaves)}")
    path: list[bytes] = []
    whole = True
    while old_size != len(leaves):
        middle = _split(len(leaves))
        left, right = leaves[:middle], leaves[middle:]
        if old_size <= middle:
            leaves, sibling = left, right
        else:
            leaves, sibling, old_size, whole = right, left, old_size - middle, False
        path.append(root_of(sibling))
    return ([] if whole else [root_of(leaves)]) + path[::-1]


def check_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Returns when `leaf` is entry `index` (from 0) of the tree of `size` with this root, else raises `ProofRefused`."""
    if not 0 <= index < size:
        raise ProofRefused(f"there is no leaf {index} in a tree of {size}")
    _refuse_bad_hashes(leaf, root, *proof)
    place, last, folded = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofRefused("the inclusion proof is too long")
        if place & 1 or place == last:
            folded = node_hash(sibling, folded)
            place, last = _past_right_edge(place, last)
        else:
            folded = node_hash(folded, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused("the inclusion proof is too short")
    _refuse_other_root(folded, root, "the root")


def check_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Returns when the tree of `new_size` continues the tree of `old_size`, else raises `ProofRefused`.

    Size 0 is always refused: an empty tree is a prefix of every tree, so such a proof proves nothing.
    """
    if not 0 < old_size <= new_size:
        raise ProofRefused(f"nothing to prove between size {old_size} and size {new_size}")
    if (old_size == new_size) != (not proof):
        raise ProofRefused("the consistency proof is empty exactly when both sizes are equal")
    if old_size == new_size:
        _refuse_other_root(old_root, new_root, "the later root")
        return
    _refuse_bad_hashes(old_root, new_root, *proof)
    starts_full = old_size.bit_count() == 1
    old, new = _fold_both([old_root, *proof] if starts_full else proof, old_size - 1, new_size - 1)
    _refuse_other_root(old, old_root, "the earlier root")
    _refuse_other_root(new, new_root, "the later root")


def _fold_both(steps: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes]:
    """RFC 9162 2.1.4.2 from step 4 on: the old and the new root that these proof nodes lead to."""
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise ProofRefused("the consistency proof is too long")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            place, last = _past_right_edge(place, last)
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused("the consistency proof is too short")
    return old, new


def _past_right_edge(place: int, last: int) -> tuple[int, int]:
    """Climbs over the levels where a node on the right edge has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _refuse_bad_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofRefused(f"every hash of a proof has {HASH_BYTES} bytes")


def _refuse_other_root(found: bytes, expected: bytes, what: str) -> None:
    if found != expected:
        raise ProofRefused(f"the proof does not lead to {what}")
