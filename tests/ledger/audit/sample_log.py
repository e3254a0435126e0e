"""A small log with exported checkpoints, ways to tamper with it, and both verifiers behind one call."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from canonical.problems import GlowlineError
from ledger.audit.append import AuditHead, append_bodies, append_encoded
from ledger.audit.bundle import Bundle, read_bundle, write_bundle
from ledger.audit.chain import Entry
from ledger.audit.checkpoints import Checkpoint, note_name, sign_checkpoint
from ledger.audit.events import AuditBody, AuditTag
from ledger.audit.judgement import ExportedNote
from ledger.audit.notes import KeyRing, Signer, VerifierKey
from tools import verify_audit

ORIGIN = "demo.example/audit"
OLD = Signer.from_seed(ORIGIN, bytes(range(32)))
NEW = Signer.from_seed(ORIGIN, bytes(range(32, 64)))
INTRUDER = Signer.from_seed(ORIGIN, bytes(range(64, 96)))
AT = "2026-11-01T08:00:00.000Z"


def body(number: int) -> AuditBody:
    return AuditBody(
        tag=AuditTag.SEND_CLAIMED,
        at=AT,
        practice="demo",
        subject_id=f"a-{number}",
        refs={"attempt": f"at-{number}"},
        counts={"number": number},
    )


@dataclass
class SampleLog:
    """What an attacker with the box can change: rows, head, exported files that were left there, and the claimed keys."""

    entries: list[Entry] = field(default_factory=list)
    head: AuditHead = field(default_factory=AuditHead)
    notes: list[ExportedNote] = field(default_factory=list)
    keys: tuple[VerifierKey, ...] = (OLD.key,)

    def append(self, *bodies: AuditBody) -> SampleLog:
        self.head, more = append_bodies(self.head, bodies)
        self.entries.extend(more)
        return self

    def grow(self, count: int) -> SampleLog:
        return self.append(*(body(len(self.entries) + each) for each in range(1, count + 1)))

    def export(self, signer: Signer = OLD) -> SampleLog:
        name = note_name(Checkpoint.of(self.head, ORIGIN))
        self.notes.append(ExportedNote(name, sign_checkpoint(self.head, signer).encode()))
        return self

    def checkpoint(self) -> Checkpoint:
        return Checkpoint.of(self.head, ORIGIN)

    def rebuilt(self, bodies: Iterable[bytes]) -> SampleLog:
        """Everything the box holds, made consistent again; what was exported stays as it is."""
        self.head, self.entries = append_encoded(AuditHead(), list(bodies))
        return self

    def bodies(self) -> list[bytes]:
        return [entry.body for entry in self.entries]

    def rows(self) -> list[tuple[int, bytes, bytes, bytes]]:
        return [(entry.seq, entry.prev_hash, entry.hash, entry.body) for entry in self.entries]

    def write(self, place: Path) -> Path:
        write_bundle(Bundle(place, ORIGIN, self.keys, tuple(self.notes), self.head), self.rows())
        return place

    def changed(self, seq: int, *, body: bytes | None = None, this: bytes | None = None) -> SampleLog:
        """A stored row, changed behind everyone's back."""
        entry = self.entries[seq - 1]
        self.entries[seq - 1] = entry._replace(
            body=entry.body if body is None else body, hash=entry.hash if this is None else this
        )
        return self


def sample_log() -> SampleLog:
    """Twelve entries, checkpoints exported at 4 and 8."""
    return SampleLog().grow(4).export().grow(4).export().grow(4)


@dataclass(frozen=True)
class Outcome:
    """What a verifier said: 0 verified, 1 something is wrong, 2 nothing is proved; and its words."""

    code: int
    words: str


def by_the_ledger(place: Path, keys: Sequence[VerifierKey], kept: Sequence[ExportedNote]) -> Outcome:
    try:
        result = read_bundle(place).verified(KeyRing.of(*keys) if keys else None, kept)
    except GlowlineError as refused:
        return Outcome(1, str(refused))
    if not result.ok:
        return Outcome(1, " ".join(each.sentence for each in result.findings))
    return Outcome(0 if result.proved_through else 2, result.summary)


def by_the_tool(place: Path, keys: Sequence[VerifierKey], kept: Sequence[ExportedNote]) -> Outcome:
    arguments = [str(place), *(part for key in keys for part in ("--key", key.vkey()))]
    for number, note in enumerate(kept):
        file = place.with_name(f"{place.name}-kept-{number}.note")
        file.write_bytes(note.data)
        arguments += ["--checkpoint", str(file)]
    with redirect_stdout(io.StringIO()) as words:
        code = verify_audit.main(arguments)
    return Outcome(code, words.getvalue())


Verifier = Callable[[Path, Sequence[VerifierKey], Sequence[ExportedNote]], Outcome]
VERIFIERS: dict[str, Verifier] = {"ledger": by_the_ledger, "tool": by_the_tool}
