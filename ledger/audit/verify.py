"""The proof: recompute everything from the bodies and compare it with what was signed and taken off the box.

A chain alone misses a shortened or rebuilt log, a checkpoint alone misses an edited body; so the walk recomputes sequence,
chain and tree, and `judgement` compares the tree with every exported checkpoint. One pass, memory independent of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from canonical.problems import GlowlineError
from ledger.audit.append import AuditHead
from ledger.audit.chain import FIRST_SEQ, GENESIS, entry_hash
from ledger.audit.findings import Code, Finding, Verification
from ledger.audit.judgement import ExportedNote, Judgement, read_notes
from ledger.audit.merkle import CompactRange, leaf_hash
from ledger.audit.notes import KeyRing
from ledger.audit.own_events import Adoption, Rotation, Signed, read_own_event

Row = tuple[int, bytes, bytes, bytes]
"""seq, prev_hash, hash, body, as stored."""

_LEAVES_AT_ONCE = 4096


class RowUnreadable(GlowlineError):
    """Whoever reads rows raises this for one that has no fields to judge; the walk ends there. The message says where."""


def verify(
    rows: Iterable[Row], *, notes: Iterable[ExportedNote], ring: KeyRing, origin: str, head: AuditHead | None = None
) -> Verification:
    """Proves or refutes a log from its rows in order of `seq`, its exported checkpoints, and the keys the reader trusts.

    `head` is what the ledger keeps beside the rows; give it when there is one. Nothing is raised for a bad log: every
    problem is a finding. The walk ends at the first row that cannot be trusted.
    """
    held, findings = read_notes(notes, origin)
    walk = Walk(frozenset(each.checkpoint.size for each in held))
    broken = walk.over(rows)
    if broken is not None:
        findings.append(broken)
    elif head is not None:
        findings.extend(_against_head(walk, head))
    judgement = Judgement(held, walk.roots, walk.seq, whole=broken is None, origin=origin)
    judgement.decide(ring, walk.rotations, walk.adoptions)
    return Verification(
        entries=walk.seq,
        findings=(*findings, *judgement.findings),
        proved_through=judgement.proved_through,
        adopted=tuple(judgement.adopted),
        rotated=tuple(judgement.rotated),
        newest_signed=walk.newest_signed,
    )


@dataclass(slots=True)
class Walk:
    """One pass over the rows. Keeps the recomputed root of each size in `wanted`, and nothing of the rows."""

    wanted: frozenset[int]
    seq: int = 0
    last_hash: bytes = GENESIS
    tree: CompactRange = field(default_factory=CompactRange)
    roots: dict[int, bytes] = field(default_factory=dict)
    rotations: list[Rotation] = field(default_factory=list)
    adoptions: list[Adoption] = field(default_factory=list)
    newest_signed: int = 0
    _leaves: list[bytes] = field(default_factory=list)

    def over(self, rows: Iterable[Row]) -> Finding | None:
        """Takes every row; stops at the first that cannot be trusted and says why."""
        self._keep_root()
        try:
            return next((problem for row in rows if (problem := self._take_unless_bad(*row)) is not None), None)
        except RowUnreadable as unreadable:
            return Finding(Code.ROW_DAMAGED, f"{unreadable}.", self.seq + FIRST_SEQ)
        finally:
            self._grow()

    def _take_unless_bad(self, seq: int, prev_hash: bytes, this: bytes, body: bytes) -> Finding | None:
        expected = self.seq + FIRST_SEQ
        if seq != expected:
            return _sequence_problem(seq, expected)
        if prev_hash != self.last_hash:
            return Finding(
                Code.CHAIN_BROKEN, f"Entry {seq} does not continue entry {seq - 1}: one of the two was replaced.", seq
            )
        if entry_hash(prev_hash, body) != this:
            return Finding(
                Code.ENTRY_CHANGED,
                f"Entry {seq} was changed after it was written: its hash does not fit its body.",
                seq,
            )
        self._take(seq, this, body)
        return None

    def _take(self, seq: int, this: bytes, body: bytes) -> None:
        self.seq, self.last_hash = seq, this
        self._leaves.append(leaf_hash(body))
        if self.seq in self.wanted:
            self._grow()
            self._keep_root()
        elif len(self._leaves) >= _LEAVES_AT_ONCE:
            self._grow()
        said = read_own_event(self.seq, body)
        if said is not None:
            self._remember(said)

    def _remember(self, said: Adoption | Rotation | Signed) -> None:
        if isinstance(said, Rotation):
            self.rotations.append(said)
        elif isinstance(said, Adoption):
            self.adoptions.append(said)
        elif said.size < said.seq:
            self.newest_signed = max(self.newest_signed, said.size)

    def _grow(self) -> None:
        self.tree = self.tree.extended(self._leaves)
        self._leaves.clear()

    def _keep_root(self) -> None:
        if self.seq in self.wanted:
            self.roots[self.seq] = self.tree.root()


def _sequence_problem(seq: int, expected: int) -> Finding:
    if seq > expected:
        missing = (
            f"Entry {expected} is missing" if seq == expected + 1 else f"Entries {expected} to {seq - 1} are missing"
        )
        return Finding(Code.SEQUENCE_BROKEN, f"{missing}: after entry {expected - 1} comes entry {seq}.", expected)
    return Finding(
        Code.SEQUENCE_BROKEN,
        f"Where entry {expected} belongs stands entry {seq}: rows were moved or repeated.",
        expected,
    )


def _against_head(walk: Walk, head: AuditHead) -> list[Finding]:
    if (head.seq, head.last_hash, head.tree) == (walk.seq, walk.last_hash, walk.tree):
        return []
    if head.seq > walk.seq:
        sentence = f"The ledger's head counts {head.seq} entries, but only {walk.seq} are there: the end was cut off."
        return [Finding(Code.HEAD_DIFFERS, sentence, walk.seq + 1)]
    sentence = (
        f"The ledger's head, kept at {head.seq} entries, does not follow from the {walk.seq} entries that are there."
    )
    return [Finding(Code.HEAD_DIFFERS, sentence, head.seq + 1 if head.seq < walk.seq else None)]
