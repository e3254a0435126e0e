"""The entries the audit writes about itself, and how a verifier reads them back.

They are what makes later exceptions provable: a checkpoint of a lost history is excused, and a new key trusted, only by
such an entry that a later checkpoint covers.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.audit.checkpoints import Checkpoint
from ledger.audit.events import AuditBody, AuditTag
from ledger.audit.merkle import HASH_BYTES
from ledger.audit.notes import VerifierKey

_MARKS = {
    tag: f'"tag":"{tag.value}"'.encode()
    for tag in (AuditTag.CHECKPOINT_SIGNED, AuditTag.CHECKPOINT_ADOPTED, AuditTag.SIGNING_KEY_ROTATED)
}


@dataclass(frozen=True, slots=True)
class Adoption:
    """Entry `seq` accepts that of the history signed as `size` entries with this root only the first `restored` are left."""

    seq: int
    restored: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Rotation:
    """Entry `seq` hands the signing of checkpoints from one public key to another."""

    seq: int
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """Entry `seq` says that a checkpoint of `size` entries was exported."""

    seq: int
    size: int


def checkpoint_signed(*, at: str, practice: str, ledger: str, checkpoint: Checkpoint, key: VerifierKey) -> AuditBody:
    """Append after the checkpoint is exported; `ledger` is the id of the ledger."""
    return AuditBody(
        tag=AuditTag.CHECKPOINT_SIGNED,
        at=at,
        practice=practice,
        subject_id=ledger,
        refs={"root": checkpoint.root.hex(), "key_id": key.id.hex()},
        counts={"size": checkpoint.size},
    )


def checkpoint_adopted(
    *, at: str, practice: str, ledger: str, checkpoint: Checkpoint, restored: int, user: str
) -> AuditBody:
    """Append one for every exported checkpoint larger than the `restored` file, then sign and export at once."""
    return AuditBody(
        tag=AuditTag.CHECKPOINT_ADOPTED,
        at=at,
        practice=practice,
        subject_id=ledger,
        refs={"root": checkpoint.root.hex(), "user": user},
        counts={"size": checkpoint.size, "restored": restored},
    )


def signing_key_rotated(*, at: str, practice: str, old: VerifierKey, new: VerifierKey) -> AuditBody:
    """Append, then sign and export one more checkpoint with the old key: that is how the old key vouches for the new one."""
    return AuditBody(
        tag=AuditTag.SIGNING_KEY_ROTATED,
        at=at,
        practice=practice,
        subject_id=f"key-{new.id.hex()}",
        refs={"old_public_key": old.public_key.hex(), "new_public_key": new.public_key.hex()},
    )


def read_own_event(seq: int, body: bytes) -> Adoption | Rotation | Signed | None:
    """What entry `seq` says about the audit itself; None for every other entry. Cheap for those: one search each."""
    if not any(mark in body for mark in _MARKS.values()):
        return None
    try:
        return _understood(seq, AuditBody.decoded(body))
    except ValueError:
        return None


def _understood(seq: int, said: AuditBody) -> Adoption | Rotation | Signed | None:
    if said.tag is AuditTag.CHECKPOINT_SIGNED:
        return Signed(seq, said.counts["size"])
    if said.tag is AuditTag.CHECKPOINT_ADOPTED:
        return Adoption(seq, said.counts["restored"], said.counts["size"], _exact(said.refs["root"]))
    if said.tag is AuditTag.SIGNING_KEY_ROTATED:
        return Rotation(seq, _exact(said.refs["old_public_key"]), _exact(said.refs["new_public_key"]))
    return None


def _exact(text: str) -> bytes:
    """The 32 bytes of a root or key. Raises `ValueError`: an entry that names anything else says nothing."""
    raw = bytes.fromhex(text)
    if len(raw) != HASH_BYTES or raw.hex() != text:
        raise ValueError
    return raw
