"""What a verification found, in codes for machines and sentences for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.audit.own_events import Adoption, Rotation


class Code(StrEnum):
    """Why a log is not what it claims to be."""

    SEQUENCE_BROKEN = "sequence_broken"
    """An entry is missing, repeated or out of order."""
    CHAIN_BROKEN = "chain_broken"
    """An entry does not name the hash of the one before it."""
    ENTRY_CHANGED = "entry_changed"
    """An entry's hash does not fit its body."""
    ROW_DAMAGED = "row_damaged"
    """A stored row or an exported line cannot be read."""
    LEDGER_DAMAGED = "ledger_damaged"
    """There is nothing to walk over: the file, the audit's table or the head beside it cannot be read."""
    HEAD_DIFFERS = "head_differs"
    """The head kept beside the rows does not follow from them."""
    SHORTER_THAN_CHECKPOINT = "shorter_than_checkpoint"
    """The log ends before a checkpoint that was signed: its end was cut off, or an old backup restored."""
    HISTORY_REWRITTEN = "history_rewritten"
    """The entries are consistent among themselves, but are not the ones that were signed."""
    LOG_FORKED = "log_forked"
    """Two genuine checkpoints of one size disagree: two versions of the log exist."""
    NOTE_DAMAGED = "note_damaged"
    """An exported checkpoint is truncated or malformed."""
    NOTE_FOREIGN = "note_foreign"
    """An exported checkpoint belongs to another log."""
    SIGNATURE_FORGED = "signature_forged"
    """A checkpoint names a known key whose signature does not verify."""
    KEY_UNKNOWN = "key_unknown"
    """A checkpoint is signed by no key that is trusted or vouched for."""
    KEY_RETIRED = "key_retired"
    """A checkpoint is signed only by a key that had already handed over."""
    ADOPTION_UNPROVED = "adoption_unproved"
    """An entry accepts a lost history, but no later checkpoint covers that entry."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `seq` is the first entry that is or may be bad, None when it is not about entries."""

    code: Code
    sentence: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of one verification."""

    entries: int
    """How many entries were read and follow from each other."""
    findings: tuple[Finding, ...]
    proved_through: int
    """The newest entry that a genuine exported checkpoint covers; 0 when none does."""
    adopted: tuple[Adoption, ...] = ()
    """Lost histories that a person accepted; shown to every reader, never an error."""
    rotated: tuple[Rotation, ...] = ()
    """Changes of the signing key that were vouched for."""
    newest_signed: int = 0
    """The largest checkpoint the log itself says was exported: larger than `proved_through`, it should be asked for."""

    @property
    def ok(self) -> bool:
        """Nothing contradicts the log. See `unproved_after` for how far that is proof."""
        return not self.findings

    @property
    def proved(self) -> bool:
        """Whether exported checkpoints prove the log as far as the log itself says it was signed; an empty log needs no proof."""
        enough = self.proved_through > 0 or not self.entries
        return self.ok and enough and self.newest_signed <= self.proved_through

    @property
    def problem(self) -> Finding | None:
        """The first problem, with its code and sentence."""
        return self.findings[0] if self.findings else None

    @property
    def first_bad_seq(self) -> int | None:
        """The earliest entry that is or may be bad."""
        return min((each.seq for each in self.findings if each.seq is not None), default=None)

    @property
    def unproved_after(self) -> int | None:
        """Nothing after this entry is proved: neither what is there, nor that nothing was cut off. None for a bad log.

        It is the size of the newest exported checkpoint, also when the log ends exactly there: whether more was written
        since, only a newer checkpoint can tell.
        """
        return self.proved_through if self.ok else None

    @property
    def summary(self) -> str:
        """One sentence for a person."""
        if self.problem is not None:
            return self.problem.sentence
        if not self.proved_through:
            return f"{self.entries} entries follow from each other, but no exported checkpoint was given: nothing is proved."
        later = self.entries - self.proved_through
        asked_for = (
            f" The log says that a checkpoint over {self.newest_signed} entries was exported: ask for it."
            if self.newest_signed > self.proved_through
            else ""
        )
        return (
            f"Entries 1 to {self.proved_through} are proved by an exported checkpoint. Unproved since entry "
            f"{self.proved_through}: {later} later entries are here, and whether more were cut off only a newer "
            f"checkpoint can tell.{asked_for}"
        )
