"""A town's ledger is attached once a proof; the proofs of the file itself say otherwise."""

from tests.kept_open import ledgers

__all__ = ["ledgers"]
