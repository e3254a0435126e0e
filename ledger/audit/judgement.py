"""Exported checkpoints against the recomputed tree: which are genuine, which fit, and what the others mean.

Every checkpoint is compared with a root recomputed from the same rows, so any two that fit are consistent with each
other; a separate consistency proof per pair would add nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ledger.audit.checkpoints import Checkpoint
from ledger.audit.findings import Code, Finding
from ledger.audit.notes import KeyRing, Note, NoteRefused, VerifierKey, parse_note
from ledger.audit.own_events import Adoption, Rotation


@dataclass(frozen=True, slots=True)
class ExportedNote:
    """The bytes of a checkpoint as they were exported, and where they were found, for the report."""

    label: str
    data: bytes


@dataclass(slots=True)
class Held:
    """A checkpoint that could be read, and who is known to have signed it."""

    label: str
    note: Note
    checkpoint: Checkpoint
    signers: frozenset[VerifierKey] = frozenset()
    forged: bool = False


def read_notes(notes: Iterable[ExportedNote], origin: str) -> tuple[list[Held], list[Finding]]:
    """The checkpoints that can be judged, by size, and a finding for each that cannot."""
    held: list[Held] = []
    findings: list[Finding] = []
    for each in notes:
        try:
            note = parse_note(each.data)
            checkpoint = Checkpoint.from_text(note.text)
        except NoteRefused as refused:
            findings.append(Finding(Code.NOTE_DAMAGED, f"Checkpoint {each.label} cannot be read: {refused}."))
            continue
        if checkpoint.origin != origin:
            findings.append(Finding(Code.NOTE_FOREIGN, f"Checkpoint {each.label} belongs to another log."))
            continue
        held.append(Held(each.label, note, checkpoint))
    return sorted(held, key=lambda one: one.checkpoint.size), findings


@dataclass(slots=True)
class Judgement:
    """Decides about the held checkpoints. `whole` is false when the rows end in one that could not be trusted."""

    held: Sequence[Held]
    roots: dict[int, bytes]
    entries: int
    whole: bool
    origin: str
    proved_through: int = 0
    findings: list[Finding] = field(default_factory=list)
    adopted: list[Adoption] = field(default_factory=list)
    rotated: list[Rotation] = field(default_factory=list)
    _fitting: list[int] = field(default_factory=list)
    _last_of_retired: dict[bytes, int] = field(default_factory=dict)

    def decide(self, ring: KeyRing, rotations: Sequence[Rotation], adoptions: Sequence[Adoption]) -> None:
        """Fills in what is proved, adopted, rotated and found."""
        self._settle_signatures(ring, rotations)
        self._fitting = [one.checkpoint.size for one in self.held if one.signers and self._fits(one)]
        self._last_of_retired = {one.old: self._last_note_of(one) for one in self.rotated}
        for each in self.held:
            finding = self._signature_problem(each) or self._root_problem(each, adoptions)
            if finding is not None:
                self.findings.append(finding)

    def _settle_signatures(self, ring: KeyRing, rotations: Sequence[Rotation]) -> None:
        """A key is trusted when it was given, or when an entry proved by a trusted key names it; repeated until nothing changes."""
        while True:
            for each in self.held:
                self._look_for_signers(each, ring)
            known = {key.public_key for key in ring.keys}
            self.rotated = [
                each for each in rotations if each.seq <= self.proved_through and known & {each.old, each.new}
            ]
            grown = ring.with_keys(
                *(VerifierKey(self.origin, key) for each in self.rotated for key in (each.old, each.new))
            )
            if grown == ring:
                return
            ring = grown

    def _look_for_signers(self, each: Held, ring: KeyRing) -> None:
        if each.signers or each.forged:
            return
        try:
            each.signers = ring.signers_of(each.note)
        except NoteRefused:
            each.forged = True
        if each.signers and self._fits(each):
            self.proved_through = max(self.proved_through, each.checkpoint.size)

    def _fits(self, each: Held) -> bool:
        return self.roots.get(each.checkpoint.size) == each.checkpoint.root

    def _signature_problem(self, each: Held) -> Finding | None:
        if each.forged:
            return Finding(
                Code.SIGNATURE_FORGED, f"Checkpoint {each.label} names a known key, but that key did not sign it."
            )
        if not each.signers:
            return Finding(
                Code.KEY_UNKNOWN,
                f"Checkpoint {each.label} is signed by no trusted key: it is forged, or a key is missing.",
            )
        if all(
            each.checkpoint.size > self._last_of_retired.get(key.public_key, each.checkpoint.size)
            for key in each.signers
        ):
            return Finding(
                Code.KEY_RETIRED, f"Checkpoint {each.label} is signed by a key that had already handed over."
            )
        return None

    def _last_note_of(self, rotation: Rotation) -> int:
        """A key signs once more after the entry that hands over, to vouch for it, and then never again."""
        vouched = (
            one.checkpoint.size
            for one in self.held
            if one.checkpoint.size >= rotation.seq
            and self._fits(one)
            and rotation.old in {key.public_key for key in one.signers}
        )
        return next(vouched, rotation.seq)

    def _root_problem(self, each: Held, adoptions: Sequence[Adoption]) -> Finding | None:
        if self._fits(each) or (not self.whole and each.checkpoint.size > self.entries):
            return None
        accepted = [one for one in adoptions if _accepts(one, each.checkpoint)]
        proved = [one for one in accepted if one.seq <= self.proved_through]
        if proved:
            self.adopted.extend(proved)
            return None
        if accepted:
            return Finding(
                Code.ADOPTION_UNPROVED,
                f"Entry {accepted[0].seq} accepts the loss of checkpoint {each.label}, but no later checkpoint covers that entry.",
                accepted[0].seq,
            )
        return self._contradiction(each)

    def _contradiction(self, each: Held) -> Finding:
        size = each.checkpoint.size
        if size > self.entries:
            sentence = f"The log ends at entry {self.entries}, but checkpoint {each.label} was signed over {size}: its end was cut off, or an old backup restored."
            return Finding(Code.SHORTER_THAN_CHECKPOINT, sentence, self.entries + 1)
        place = bisect_left(self._fitting, size)
        after = self._fitting[place - 1] if place else 0
        if size in self._fitting[place : place + 1]:
            sentence = f"Two genuine checkpoints of {size} entries disagree ({each.label} is one): two versions of this log exist."
            return Finding(Code.LOG_FORKED, sentence, after + 1)
        sentence = f"Checkpoint {each.label} was signed over other entries: somewhere in {after + 1} to {size} the history was rewritten."
        return Finding(Code.HISTORY_REWRITTEN, sentence, after + 1)


def _accepts(adoption: Adoption, lost: Checkpoint) -> bool:
    return (adoption.size, adoption.root) == (lost.size, lost.root) and adoption.restored < min(lost.size, adoption.seq)
