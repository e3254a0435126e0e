"""Checkpoints as the outbox needs them: due ones are signed and taken off the box before anything is delivered (AUD-01)."""

from dataclasses import dataclass

from canonical.clock import Clock
from canonical.problems import LedgerError, LedgerReadOnly
from ledger.audit.notes import Signer, VerifierKey
from ledger.audit_log import checkpoint_due, sign
from ledger.keys import read_key, subkey
from ledger.store import Store
from pipelines.policy.facts import Ledger


@dataclass(frozen=True)
class Sealing:
    """Signs for all ledgers of an installation, each under its own name."""

    reference: str
    """Where the signing key is: `file:…` or `env:…`."""
    clock: Clock

    def signer(self, store: Store) -> Signer:
        """The signer of one ledger. Raises LedgerKeyMissing."""
        seed = subkey(read_key(self.reference).secret, "audit-signing")
        return Signer.from_seed(origin(store), seed)

    def public_key(self, store: Store) -> VerifierKey:
        """What a verifier needs to know."""
        return self.signer(store).key

    def state(self, store: Store) -> Ledger:
        """Whether this ledger can be written and proved now; signs what is due. Never raises for a failed checkpoint.

        A failure is an answer here, because AUD-01 has to say it for every action it holds.
        """
        try:
            signed = self.sign_if_due(store)
        except LedgerReadOnly:
            return Ledger(writable=False, verified=False)
        except LedgerError:
            return Ledger(checkpoint_due_unsigned=True)
        return Ledger(checkpoint_due_unsigned=not signed)

    def sign_if_due(self, store: Store) -> bool:
        """Sign when it is due; True when nothing is left to sign. Raises LedgerError when it cannot be signed or kept."""
        with store.reading() as session:
            due = checkpoint_due(session, self.clock.business_now())
        if due:
            self.sign(store)
        return True

    def sign(self, store: Store) -> int:
        """Sign the audit as it stands and export the note; returns its size. Raises LedgerError."""
        exporter = store.checkpoints
        if exporter is None:
            message = f"{store.practice_id}: nobody takes checkpoints away"
            raise LedgerError(message, next_step="Name a folder off the box: `checkpoints:` in installation.yaml.")
        return sign(store, self.signer(store), exporter, self.clock.business_now()).size


def origin(store: Store) -> str:
    """The name under which a ledger's checkpoints are signed."""
    with store.reading() as session:
        return session.head.origin
