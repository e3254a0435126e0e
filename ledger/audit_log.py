"""The audit as the ledger keeps it: when a checkpoint is due, signing and exporting it, proving the whole, handing it out."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import duckdb

from canonical.clock import rfc3339
from canonical.problems import LedgerDamaged, LedgerKeyWrong, LedgerReadOnly
from ledger.audit.append import AuditHead, append_encoded
from ledger.audit.bundle import Bundle, write_bundle
from ledger.audit.chain import GENESIS
from ledger.audit.checkpoints import Checkpoint, note_name, prove_growth, read_checkpoint, sign_checkpoint
from ledger.audit.findings import Verification
from ledger.audit.judgement import ExportedNote
from ledger.audit.merkle import CompactRange
from ledger.audit.notes import KeyRing, Signer, VerifierKey, parse_note
from ledger.audit.own_events import checkpoint_signed
from ledger.audit.verify import RowUnreadable
from ledger.audit.verify import verify as verify_rows
from ledger.checkpoint_folder import CheckpointNotKept, Exporter
from ledger.faults import DAMAGED
from ledger.session import Session
from ledger.store import Store

ENTRIES_PER_CHECKPOINT = 1000
LONGEST_UNSIGNED = timedelta(minutes=5)
HEARTBEAT = timedelta(hours=6)
"""An idle ledger is signed so often, so that a tail cut off shows within that time."""
_PROVE = "Run `glowline audit verify`: it says from which entry on nothing can be trusted."


def checkpoint_due(session: Session, now: datetime) -> bool:
    """Whether a checkpoint is to be signed before anything is delivered (AUD-01). `now` is business time."""
    head = session.head
    unsigned = head.audit.seq - (head.checkpoint_size or 0)
    if head.checkpoint_at is None:
        return unsigned > 0
    # The newest entry says of the checkpoint before it that it was signed; alone it is no news.
    waited = now - head.checkpoint_at
    return unsigned >= ENTRIES_PER_CHECKPOINT or waited >= (LONGEST_UNSIGNED if unsigned > 1 else HEARTBEAT)


def sign(store: Store, signer: Signer, exporter: Exporter, now: datetime) -> Checkpoint:
    """Sign the audit as it stands, export the note, and record both. `now` is business time.

    Before signing it is proved that the audit continues what was last signed, and every exported checkpoint it does not know.
    Raises `LedgerReadOnly` when it does not, `CheckpointNotKept` when the note cannot be kept, and `ValueError` when the
    signer's name is not the ledger's origin. Nothing is recorded then.
    """
    with _unhurried(store) as session:
        head = session.head
        if signer.name != head.origin:
            message = f"the signer is called {signer.name}, and signs for {head.origin} only under that name"
            raise ValueError(message)
        _must_be_its_own(session, signer, exporter)
        signed, then = _last_signed(session)
        since = [bytes(body) for (body,) in session.stream("audit_bodies_since", size=signed.size)]
        adopted = {row["name"] for row in session.rows("adopted_checkpoints")}
    prove_growth(signed=signed, then=then, since=since, now=head.audit)
    strange = [name for name in exporter.beyond(signed.size) if name not in adopted]
    _must_fit((exporter.read(name) for name in strange), then, since)
    checkpoint = Checkpoint.of(head.audit, signer.name)
    note = sign_checkpoint(head.audit, signer)
    place = exporter.export(note_name(checkpoint), note)
    _record(store, checkpoint, head.audit, note, (place, signer.key), now)
    return checkpoint


def entries_of(store: Store) -> int:
    """How many entries the audit holds, as its head says. Raises `LedgerDamaged` where head or audit cannot be read as such."""
    with _legible(store), store.reading() as session:
        head = session.head
        VerifierKey(head.origin, bytes(32))  # a name that no key can have is no name of a log
        next(session.stream("audit_bodies_since", size=head.audit.seq), None)
        return head.audit.seq


def verify(store: Store, notes: Iterable[ExportedNote], ring: KeyRing) -> Verification:
    """Prove or refute the audit of a copy of the ledger, from its rows, the exported notes and the keys the reader trusts.

    Raises `LedgerDamaged` where there is nothing left to walk over: the audit's table is gone, or its head is no head.
    """
    with _legible(store), store.snapshot() as session:
        head = session.head
        return verify_rows(_rows(session), notes=notes, ring=ring, origin=head.origin, head=head.audit)


def export(store: Store, place: Path, notes: Sequence[ExportedNote], keys: Sequence[VerifierKey]) -> None:
    """Write a bundle that a stranger verifies without us. Raises `BundleRefused` when the place is taken."""
    with store.snapshot() as session:
        head = session.head
        write_bundle(Bundle(place, head.origin, tuple(keys), tuple(notes), head.audit), _rows(session))


@contextmanager
def _legible(store: Store) -> Iterator[None]:
    """What a file says that was changed behind our back may be anything: it is damaged then, whatever we stumbled over."""
    try:
        yield
    except (ValueError, TypeError, duckdb.CatalogException, duckdb.BinderException) as stumbled:
        raise LedgerDamaged(
            f"{store.place.name}: the head or the audit of this ledger is damaged", next_step=DAMAGED.next_step
        ) from stumbled


@contextmanager
def _unhurried(store: Store) -> Iterator[Session]:
    """A short look where little is unsigned, as always; a copy where much is, as after an import."""
    with store.reading() as session:
        many = session.head.audit.seq - (session.head.checkpoint_size or 0) > 10 * ENTRIES_PER_CHECKPOINT
        if not many:
            yield session
    if many:
        with store.snapshot() as session:
            yield session


def _rows(session: Session) -> Iterator[tuple[int, bytes, bytes, bytes]]:
    for seq, *fields in session.stream("audit_rows"):
        if None in fields:
            raise RowUnreadable(f"Entry {seq} is damaged: a part of its row is empty", next_step=_PROVE)
        prev_hash, this, body = map(bytes, fields)
        yield seq, prev_hash, this, body


def can_sign(store: Store, signer: Signer, exporter: Exporter) -> None:
    """Return when this key may sign next, beside the note it signed last. Raises as `sign`, and writes nothing."""
    with store.reading() as session:
        _must_be_its_own(session, signer, exporter)


def _must_be_its_own(session: Session, signer: Signer, exporter: Exporter) -> None:
    """Sign with the key that signed last, beside the note it signed; anything else could never be proved afterwards."""
    last = session.one("last_note")
    if last is None:
        return
    if not exporter.holds(last["size"]):
        raise CheckpointNotKept(
            f"{session.head.origin}: the checkpoint over {last['size']:,} entries is not where checkpoints are kept",
            next_step="Mount the place of `checkpoints:`, or put its notes back; nothing is delivered until then.",
        )
    by_us = KeyRing.of(signer.key).signers_of(parse_note(last["note"].encode()))
    if not by_us and session.one("handed_over_to", key=signer.key.public_key.hex()) is None:
        raise LedgerKeyWrong(
            f"{session.head.origin}: another key signed the last checkpoint, and it has not handed over to this one",
            next_step="Put the signing key back that `glowline init` made (keys/signing.key, from your backup of keys).",
        )


def _last_signed(session: Session) -> tuple[Checkpoint, AuditHead]:
    row = session.one("last_checkpoint")
    if row is None:
        nothing = AuditHead()
        return Checkpoint.of(nothing, session.head.origin), nothing
    tree = CompactRange.from_hex(row["size"], json.loads(row["tree"]))
    then = AuditHead(row["size"], bytes(row["last_hash"] or GENESIS), tree)
    return Checkpoint(session.head.origin, row["size"], bytes(row["root"])), then


def _must_fit(strange: Iterable[ExportedNote], then: AuditHead, since: Sequence[bytes]) -> None:
    """Exported checkpoints the ledger does not know: it was killed before recording one, or a backup was restored."""
    for note in strange:
        found = read_checkpoint(note.data)
        more = found.size - then.seq
        if more > len(since):
            _lost(f"the ledger ends before the exported checkpoint {note.label}")
        if append_encoded(then, since[:more])[0].tree.root() != found.root:
            _lost(f"the exported checkpoint {note.label} was signed over other entries")


def _lost(message: str) -> NoReturn:
    raise LedgerReadOnly(
        message, next_step="Run `glowline audit verify`; for a restored backup, `glowline audit adopt`."
    )


def _record(
    store: Store, checkpoint: Checkpoint, head: AuditHead, note: str, exported: tuple[str, VerifierKey], now: datetime
) -> None:
    place, key = exported
    row = {
        "size": checkpoint.size,
        "root": checkpoint.root,
        "note": note,
        "signed_at": now,
        "exported_to": place,
        "last_hash": head.last_hash,
        "tree": json.dumps(head.tree.to_hex()),
    }
    said = checkpoint_signed(
        at=rfc3339(now), practice=store.practice_id, ledger=checkpoint.origin, checkpoint=checkpoint, key=key
    )
    with store.writing(business_now=now) as session:
        session.insert("checkpoints", [row])
        session.run("set_checkpoint", size=checkpoint.size, signed_at=now)
        session.audit(said)
